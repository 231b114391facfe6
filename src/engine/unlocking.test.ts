import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { rebuildReport } from '../../test/support/rebuild.ts';
import { dumpState } from '../../test/support/state.ts';
import type { AcceptedResult } from './index.ts';

const CATALOG = `
diana: 1
currencies: { points: { name: Points } }
metrics:
  commits: { count: code.commit }
  files: { sum: event.data.files, on: code.commit }
  repos: { distinct: event.data.repo, on: code.commit }
  reviews: { count: code.review }
  wins: { count: game.won }
  unlocks: { count: achievement.unlocked, when: 'event.data.achievement == "tens" && event.data.times > 1' }
achievements:
  - { id: busy-day, metric: commits, within: day, tiers: [ { id: two, at: 2 }, { id: three, at: 3 } ] }
  - { id: busy-weeks, metric: commits, within: week, repeatable: true, tiers: [ { id: two, at: 2, award: { points: 5 } }, { id: three, at: 3 } ] }
  - { id: traveller, metric: repos, within: week, tiers: [ { id: two, at: 2 } ] }
  - { id: tens, metric: files, repeatable: true, tiers: [ { id: ten, at: 10, award: { points: 1 } } ] }
  - { id: committer, metric: commits, tiers: [ { id: bronze, at: 1 }, { id: gold, at: 1000 } ] }
  - { id: reviewer, metric: reviews, tiers: [ { id: bronze, at: 1 }, { id: gold, at: 2, award: { points: 7 } } ] }
  - { id: all-rounder, all: [ committer, reviewer.gold ], award-is: 1 }
  - { id: either, any: [ reviewer.gold, either-part ] }
  - { id: either-part, metric: wins, tiers: [ { id: first, at: 1 } ] }
  - { id: whole, all: [ all-rounder, either ], secret: true, tiers: [ { id: half, at: 1 }, { id: done, at: 2, award: { points: 100 } } ] }
  - id: welcome
    sequence: [ user.signed-up, { on: profile.completed, when: 'event.data.full' }, first.post ]
    deadline: 7d
    tiers: [ { id: begun, at: 1 }, { id: done, at: 3, award: { points: 20 } } ]
  - { id: hero, manual: true }
`.replace(', award-is: 1', '');

let bench: TestEngine;
beforeAll(async () => {
  bench = await createTestEngine(CATALOG);
});
/** The copies in the hot rows are what the tables say, and both are what the log bears out. */
afterAll(async () => {
  await dumpState(bench.test.owner);
  expect(await rebuildReport(bench)).toMatchObject({ ok: true, skipped: 0, first: [] });
  await bench.close();
});

let ids = 0;
let user = '';
beforeEach(() => {
  user = `user-${(ids += 1)}`;
});

async function happen(type: string, time: string, data: object = {}): Promise<AcceptedResult> {
  ids += 1;
  const [result] = await bench.submit([{ id: `e${ids}`, type, user, time, data }]);
  if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
  return result;
}

const told = ({ achievements }: AcceptedResult): readonly string[] =>
  achievements.map(({ id, tier, times }) => `${id}.${tier}${times === undefined ? '' : ` ${times}`}`);

const of = (id: string, result: AcceptedResult): readonly string[] => told(result).filter((one) => one.startsWith(`${id}.`));

const commit = (time: string, data: object = {}): Promise<AcceptedResult> =>
  happen('code.commit', time, { files: 0, repo: 'a', ...data });

describe('within a period', () => {
  test('progress begins anew in each, and each tier is unlocked once for ever', async () => {
    expect(of('busy-day', await commit('2026-11-16T10:00:00Z'))).toEqual([]);
    expect(of('busy-day', await commit('2026-11-17T10:00:00Z'))).toEqual([]);
    expect(of('busy-day', await commit('2026-11-17T23:59:59Z'))).toEqual(['busy-day.two']);
    expect(of('busy-day', await commit('2026-11-18T10:00:00Z'))).toEqual([]);
    expect(of('busy-day', await commit('2026-11-18T11:00:00Z'))).toEqual([]);
    expect(of('busy-day', await commit('2026-11-18T12:00:00Z'))).toEqual(['busy-day.three']);
  });

  test('a late event counts in its own period, however long that is over', async () => {
    await commit('2026-11-02T10:00:00Z');
    await commit('2026-11-03T10:00:00Z');
    await commit('2026-11-18T10:00:00Z');
    expect(of('busy-day', await commit('2026-11-02T12:00:00Z'))).toEqual(['busy-day.two']);
    expect(of('busy-day', await commit('2026-11-18T12:00:00Z'))).toEqual([]);
  });

  test("the period is that of the user's own calendar", async () => {
    await bench.engine.putUser(user, { zone: 'America/New_York' }, { id: 'key', role: 'service', account: null });
    await commit('2026-11-17T04:30:00Z');
    expect(of('busy-day', await commit('2026-11-17T05:30:00Z'))).toEqual([]);
    expect(of('busy-day', await commit('2026-11-17T04:59:59Z'))).toEqual(['busy-day.two']);
  });

  test('what is distinct counts once in each', async () => {
    await commit('2026-11-02T10:00:00Z', { repo: 'a' });
    await commit('2026-11-10T10:00:00Z', { repo: 'a' });
    expect(of('traveller', await commit('2026-11-11T10:00:00Z', { repo: 'a' }))).toEqual([]);
    expect(of('traveller', await commit('2026-11-12T10:00:00Z', { repo: 'b' }))).toEqual(['traveller.two']);
  });
});

describe('repeatable by periods', () => {
  test('each tier comes once in every period, and pays each time', async () => {
    await commit('2026-11-09T10:00:00Z');
    expect(of('busy-weeks', await commit('2026-11-10T10:00:00Z'))).toEqual(['busy-weeks.two 1']);
    expect(of('busy-weeks', await commit('2026-11-11T10:00:00Z'))).toEqual(['busy-weeks.three 1']);
    expect(of('busy-weeks', await commit('2026-11-12T10:00:00Z'))).toEqual([]);
    expect(of('busy-weeks', await commit('2026-11-16T10:00:00Z'))).toEqual([]);
    const again = await commit('2026-11-17T10:00:00Z');
    expect(of('busy-weeks', again)).toEqual(['busy-weeks.two 2']);
    expect(again.awards).toMatchObject([{ rule: 'achievement:busy-weeks:two', amount: 5, balance: 10 }]);
  });

  test('a late event unlocks in its own period, and a second one there does not', async () => {
    for (const day of ['16', '17']) await commit(`2026-11-${day}T10:00:00Z`);
    await commit('2026-11-02T10:00:00Z');
    expect(of('busy-weeks', await commit('2026-11-03T10:00:00Z'))).toEqual(['busy-weeks.two 2']);
    await commit('2026-11-18T10:00:00Z');
    expect(of('busy-weeks', await commit('2026-11-04T10:00:00Z'))).toEqual(['busy-weeks.three 2']);
    expect(of('busy-weeks', await commit('2026-11-05T10:00:00Z'))).toEqual([]);
    const [row] = await bench.test.owner.unsafe(
      `select times from achievements.unlock join users.person using (account)
       where id = $1 and achievement = 'busy-weeks' and tier = 'two'`,
      [user],
    );
    expect(row).toEqual({ times: 2 });
  });
});

test('in one batch, too: a late event does not unlock in a period that was the newest before', async () => {
  const commit = (n: number, time: string) => ({
    id: `batch-${n}`,
    type: 'code.commit',
    user,
    time,
    data: { files: 0, repo: 'r' },
  });
  await bench.submit([commit(1, '2026-11-02T10:00:00Z'), commit(2, '2026-11-03T10:00:00Z')]);
  const results = await bench.submit([
    commit(3, '2026-11-09T10:00:00Z'),
    commit(4, '2026-11-10T10:00:00Z'),
    commit(5, '2026-11-04T10:00:00Z'),
  ]);
  expect(
    results.map((result) => (result.status === 'accepted' ? told(result).filter((one) => one.startsWith('busy-weeks')) : [])),
  ).toEqual([[], ['busy-weeks.two 2'], ['busy-weeks.three 1']]);
});

describe('repeatable by multiples', () => {
  test('at, just under and just over', async () => {
    expect(of('tens', await commit('2026-11-16T10:00:00Z', { files: 9 }))).toEqual([]);
    expect(of('tens', await commit('2026-11-16T10:00:00Z', { files: 1 }))).toEqual(['tens.ten 1']);
    expect(of('tens', await commit('2026-11-16T10:00:00Z', { files: 9 }))).toEqual([]);
    expect(of('tens', await commit('2026-11-16T10:00:00Z', { files: 2 }))).toEqual(['tens.ten 2']);
  });

  test('several in one event, each with its reward', async () => {
    const result = await commit('2026-11-16T10:00:00Z', { files: 35 });
    expect(of('tens', result)).toEqual(['tens.ten 1', 'tens.ten 2', 'tens.ten 3']);
    expect(result.awards.map(({ rule, balance }) => [rule, balance])).toEqual([
      ['achievement:tens:ten', 1],
      ['achievement:tens:ten', 2],
      ['achievement:tens:ten', 3],
    ]);
  });

  test('at most a hundred in one event; the rest comes with the next', async () => {
    expect(of('tens', await commit('2026-11-16T10:00:00Z', { files: 1_500 }))).toHaveLength(100);
    const rest = of('tens', await commit('2026-11-16T10:00:00Z'));
    expect([rest.length, rest.at(-1)]).toEqual([50, 'tens.ten 150']);
  });

  test('what sinks and rises again is not paid again', async () => {
    await commit('2026-11-16T10:00:00Z', { files: 12 });
    await commit('2026-11-16T10:00:00Z', { files: -8 });
    expect(of('tens', await commit('2026-11-16T10:00:00Z', { files: 8 }))).toEqual([]);
    expect(of('tens', await commit('2026-11-16T10:00:00Z', { files: 8 }))).toEqual(['tens.ten 2']);
  });

  test('rules and metrics hear how often', async () => {
    await commit('2026-11-16T10:00:00Z', { files: 30 });
    const [row] = await bench.test.owner.unsafe(
      `select state -> 'metrics' -> 'unlocks' ->> 0 as value from engine.account join users.person using (account) where id = $1`,
      [user],
    );
    expect(row).toEqual({ value: '2' });
  });
});

test('several events of one batch are one row, and those of the next one count on', async () => {
  const batch = (from: number, days: readonly string[]): readonly object[] =>
    days.map((day, n) => ({
      id: `${user}-${from + n}`,
      type: 'code.commit',
      user,
      time: `2026-11-${day}T10:00:00Z`,
      data: { files: 10, repo: 'a' },
    }));
  await bench.submit(batch(0, ['02', '03', '09', '10', '11']));
  await bench.submit(batch(5, ['16', '17', '04']));
  const rows = await bench.test.owner.unsafe(
    `select achievement || '.' || tier as tier, times, unlocked_at, last_at from achievements.unlock join users.person using (account)
     where id = $1 and times > 1 order by 1`,
    [user],
  );
  const at = (day: string): Date => new Date(`2026-11-${day}T10:00:00Z`);
  expect(rows).toEqual([
    { tier: 'busy-weeks.three', times: 2, unlocked_at: at('11'), last_at: at('04') },
    { tier: 'busy-weeks.two', times: 3, unlocked_at: at('03'), last_at: at('17') },
    { tier: 'tens.ten', times: 8, unlocked_at: at('02'), last_at: at('04') },
  ]);
});

test('composites are unlocked with their last part, and those made of them, too', async () => {
  await happen('code.review', '2026-11-16T10:00:00Z');
  expect(told(await happen('code.review', '2026-11-16T10:00:00Z'))).toEqual(['reviewer.gold', 'either.done', 'whole.half']);
  const last = await commit('2026-11-16T10:00:00Z');
  expect(told(last)).toEqual(['committer.bronze', 'all-rounder.done', 'whole.done']);
  expect(last.awards).toMatchObject([{ rule: 'achievement:whole:done', balance: 107 }]);
});

describe('a sequence', () => {
  const start = '2026-11-02T10:00:00.000Z';

  test('is done by its last step', async () => {
    expect(told(await happen('user.signed-up', start))).toEqual(['welcome.begun']);
    expect(told(await happen('profile.completed', '2026-11-02T11:00:00Z', { full: false }))).toEqual([]);
    expect(told(await happen('first.post', '2026-11-02T12:00:00Z'))).toEqual([]);
    expect(told(await happen('profile.completed', '2026-11-02T13:00:00Z', { full: true }))).toEqual([]);
    const done = await happen('first.post', '2026-11-09T10:00:00.000Z');
    expect(told(done)).toEqual(['welcome.done']);
    expect(done.awards).toMatchObject([{ rule: 'achievement:welcome:done', amount: 20 }]);
  });

  test('is not done a millisecond after its deadline, and may be begun anew', async () => {
    await happen('user.signed-up', start);
    await happen('profile.completed', '2026-11-03T10:00:00Z', { full: true });
    expect(told(await happen('first.post', '2026-11-09T10:00:00.001Z'))).toEqual([]);
    await happen('user.signed-up', '2026-11-10T10:00:00Z');
    await happen('profile.completed', '2026-11-11T10:00:00Z', { full: true });
    expect(told(await happen('first.post', '2026-11-12T10:00:00Z'))).toEqual(['welcome.done']);
  });

  test('goes by the times of the events: one that comes late does not advance it', async () => {
    await happen('user.signed-up', start);
    expect(told(await happen('profile.completed', '2026-11-01T10:00:00Z', { full: true }))).toEqual([]);
    expect(told(await happen('first.post', '2026-11-03T10:00:00Z'))).toEqual([]);
  });

  test('tells which achievement has a condition without a value', async () => {
    await happen('user.signed-up', start);
    const { skipped } = await happen('profile.completed', '2026-11-02T11:00:00Z');
    expect(skipped).toMatchObject([{ achievement: 'welcome', code: 'condition_failed' }]);
  });

  test('keeps its steps while the catalog changes around it, and begins anew where they change', async () => {
    const mine = user;
    await happen('user.signed-up', start);
    await bench.engine.applyCatalog(`${CATALOG}# otherwise the same\n`, { id: 'key', role: 'admin', account: null });
    await happen('profile.completed', '2026-11-02T11:00:00Z', { full: true });
    expect(told(await happen('first.post', '2026-11-02T12:00:00Z'))).toEqual(['welcome.done']);
    user = `${mine}-b`;
    await happen('user.signed-up', start);
    await happen('profile.completed', '2026-11-02T11:00:00Z', { full: true });
    expect(bench.engine.planCatalog(CATALOG.replace('deadline: 7d', 'deadline: 8d'))).toMatchObject({
      value: {
        changes: [
          {
            noun: 'achievements',
            id: 'welcome',
            note: 'What was unlocked stays unlocked; its progress starts anew for every user.',
          },
        ],
      },
    });
    await bench.engine.applyCatalog(CATALOG.replace('deadline: 7d', 'deadline: 8d'), { id: 'key', role: 'admin', account: null });
    expect(told(await happen('first.post', '2026-11-02T12:00:00Z'))).toEqual([]);
    await bench.engine.applyCatalog(CATALOG, { id: 'key', role: 'admin', account: null });
  });
});

test('what only people grant is never unlocked by itself', async () => {
  await commit('2026-11-16T10:00:00Z', { files: 100 });
  const [row] = await bench.test.owner.unsafe(
    `select count(*)::integer as heroes from achievements.unlock where achievement = 'hero'`,
  );
  expect(row).toEqual({ heroes: 0 });
});
