import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../../test/support/engine.ts';
import { createCatalogs } from '../catalogs.ts';
import { checkRebuild, type RebuildReport } from './rebuild.ts';
import { quietLog } from '../../../test/support/log.ts';

const CATALOG = `
diana: 1
currencies: { points: {} }
metrics:
  commits: { count: code.commit }
  files: { sum: event.data.files, on: code.commit }
  biggest: { max: event.data.files, on: code.commit }
  repos: { distinct: event.data.repo, on: code.commit }
  early: { count: code.commit, when: 'event.local.hour < 9' }
  loud: { count: code.commit, when: 'has(user.attributes.loud)' }
  in-a-row: { run: code.commit, while: 'event.data.files > 2' }
  earned: { earned: points }
  spent: { spent: points }
  wealth: { balance: points }
  level: { level: true }
  days: { streak: daily }
  medals: { count: achievement.unlocked }
streaks: { daily: { on: 'code.*', every: day } }
levels: { metric: earned, thresholds: [0, 50, 200] }
multipliers: { streak: { streak: daily, tiers: [{ from: 2, factor: 1.5 }] } }
rules: [{ id: commit, on: code.commit, award: { points: 10 }, limit: { max: 3, per: day } }]
achievements:
  - { id: committer, metric: commits, tiers: [{ id: one, at: 1, award: { points: 5 } }, { id: five, at: 5 }] }
boards:
  - { id: weekly, metric: earned, period: week }
  - { id: repos-daily, metric: repos, period: day }
  - { id: wealth, metric: wealth }
  - { id: days, metric: days, period: month }
  - { id: teams, metric: files, period: month, by: event.data.repo, record: { files: event.data.files, hour: event.local.hour } }
  - { id: biggest, metric: biggest, by: user.attributes.loud, record: { repo: event.data.repo } }
  - { id: medals, metric: medals, record: { tier: event.data.tier } }
  - { id: riches, metric: wealth, period: week, by: event.type, record: { repo: event.data.repo } }
`;

let world: TestEngine;
let report: () => Promise<RebuildReport>;

beforeAll(async () => {
  world = await createTestEngine(CATALOG);
  const { database } = world.test;
  const catalogs = await createCatalogs(database, world.clock, quietLog);
  report = async () => {
    await catalogs.refresh();
    return database.snapshot((tx) => checkRebuild(database, tx, catalogs.current(), catalogs.rulebooks, () => undefined));
  };
  // Days in any order: late ones, ones in closed weeks, ones that join two runs.
  const days = [3, 17, 5, 4, 20, 19, 18, 1, 2, 12, 14, 13, 20, 20];
  await world.submit(
    days.flatMap((day, i) =>
      ['ada', 'bob'].map((user) => ({
        id: `${user}-${i}`,
        type: i % 5 === 4 ? 'code.review' : 'code.commit',
        user,
        time: `2026-11-${String(day).padStart(2, '0')}T${i % 2 === 0 ? '08' : '20'}:30:00+02:00`,
        data: { files: i % 4, repo: `r${i % 3}` },
      })),
    ),
  );
  await world.engine.putUser('ada', { zone: 'Pacific/Auckland', attributes: { loud: true } }, ADMIN);
  await world.engine.transfer({ id: 't1', kind: 'transfer', user: 'ada', to: 'carla', currency: 'points', amount: 7 }, ADMIN);
  await world.engine.transfer({ id: 't2', kind: 'spend', user: 'ada', currency: 'points', amount: 9 }, ADMIN);
  await world.submit([{ id: 'last', type: 'code.commit', user: 'ada', data: { files: 9, repo: 'r9' } }]);
  await world.engine.putUser('ada', { zone: null, attributes: {} }, ADMIN);
});
afterAll(() => world.close());

test('what is kept is what the log bears out, though zones and attributes are others now', async () => {
  expect(await report()).toMatchObject({ ok: true, users: 3, skipped: 0, differences: 0, first: [] });
});

test('also after the catalog gave names other meanings, and back', async () => {
  const other = CATALOG.replace('count: code.commit }\n  files', "count: code.commit, when: 'event.data.files > 1' }\n  files");
  await world.engine.applyCatalog(other, ADMIN);
  await world.submit([{ id: 'other', type: 'code.commit', user: 'bob', data: { files: 2, repo: 'r1' } }]);
  await world.engine.applyCatalog(CATALOG, ADMIN);
  await world.submit([{ id: 'back', type: 'code.commit', user: 'bob', data: { files: 1, repo: 'r1' } }]);
  expect(await report()).toMatchObject({ ok: true, first: [] });
});

describe('a value that nothing bears out is named', () => {
  const swap = async (change: string, undo: string): Promise<RebuildReport> => {
    await world.test.owner.unsafe(change);
    const found = await report();
    await world.test.owner.unsafe(undo);
    return found;
  };

  test.each([
    [
      'score',
      'update boards.score set score = score + 1 where (account, board, period) in (select account, board, period from boards.score order by 1, 2, 3 limit 1)',
      'update boards.score set score = score - 1 where (account, board, period) in (select account, board, period from boards.score order by 1, 2, 3 limit 1)',
    ],
    [
      'run',
      'update streaks.run set last = last + 40 where (account, streak, first) in (select account, streak, first from streaks.run order by 1, 2, 3 limit 1)',
      'update streaks.run set last = last - 40 where (account, streak, first) in (select account, streak, first from streaks.run order by 1, 2, 3 limit 1)',
    ],
    [
      'metric',
      `update engine.account set state = replace(state::text, '"commits":[', '"commits":[1')::json where account = (select min(account) from users.person where id in ('ada', 'bob'))`,
      `update engine.account set state = replace(state::text, '"commits":[1', '"commits":[')::json where account = (select min(account) from users.person where id in ('ada', 'bob'))`,
    ],
  ])('%s', async (what, change, undo) => {
    const found = await swap(change, undo);
    expect(found.ok).toBe(false);
    expect(found.first[0]).toMatchObject({ what });
    expect((await report()).ok).toBe(true);
  });

  test('unlock', async () => {
    const [row] = await world.test.owner.unsafe(`delete from achievements.unlock where tier = 'five' returning *`);
    const found = await report();
    expect(found.first).toEqual(
      expect.arrayContaining([expect.objectContaining({ what: 'unlock', key: 'committer five', live: null })]),
    );
    expect(row).toBeDefined();
  });
});
