import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { dumpState } from '../../test/support/state.ts';
import type { AcceptedResult } from './index.ts';

const CATALOG = `
diana: 1
name: whole
currencies: { points: { name: Points }, gems: { name: Gems } }
events:
  code.commit: { data: { files: integer, repo: string } }
metrics:
  commits: { count: code.commit }
  biggest: { max: event.data.files, on: code.commit }
  repos: { distinct: event.data.repo, on: code.commit }
  in-a-row: { run: quiz.answered, while: 'event.data.correct' }
  earned: { earned: points }
  spent: { spent: points }
  pocket: { balance: points }
  level: { level: true }
  level-by-day: { level: true, when: 'event.local.hour < 24' }
  days: { streak: daily }
streaks:
  daily: { on: 'code.*', every: day }
levels: { metric: earned, thresholds: [0, 100, 300, 1000] }
multipliers:
  streak: { streak: daily, tiers: [ { from: 2, factor: 1.5 }, { from: 3, factor: 2 } ] }
  vip: { when: 'user.attributes.vip == true', factor: 3 }
rules:
  - { id: commit, on: code.commit, award: { points: 10 }, limit: [ { max: 3, per: day }, { max: 2, within: 1m } ] }
  - { id: promoted, on: level.reached, award: { gems: 1 } }
achievements:
  - { id: committer, metric: commits, tiers: [ { id: bronze, at: 1, award: { points: 90 } }, { id: silver, at: 3 } ] }
  - { id: traveller, metric: repos, requires: [ committer.silver ], tiers: [ { id: two, at: 2, award: { gems: 5 } } ] }
  - { id: steady, metric: days, secret: true, tiers: [ { id: three, at: 3 } ] }
  - { id: grown, metric: level, tiers: [ { id: two, at: 2 } ] }
  - { id: known, metric: level-by-day, tiers: [ { id: two, at: 2 } ] }
boards:
  - { id: repos-weekly, metric: repos, period: week }
  - { id: biggest-daily, metric: biggest, period: day }
  - { id: rows, metric: in-a-row, period: month }
`;

let bench: TestEngine;
beforeAll(async () => {
  bench = await createTestEngine(CATALOG);
});
afterAll(() => bench.close());

let ids = 0;
async function commit(user: string, time: string, data: object = { files: 1, repo: 'a' }): Promise<AcceptedResult> {
  ids += 1;
  const [result] = await bench.submit([{ id: `c${ids}`, type: 'code.commit', user, time, data }]);
  if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
  return result;
}

async function answer(user: string, time: string, correct: boolean): Promise<void> {
  ids += 1;
  await bench.submit([{ id: `c${ids}`, type: 'quiz.answered', user, time, data: { correct } }]);
}

async function score(user: string, board: string): Promise<readonly (readonly [string, number])[]> {
  const rows = await bench.test.owner.unsafe(
    'select period, score from boards.score join users.person using (account) where id = $1 and board = $2 order by period',
    [user, board],
  );
  return rows.map((row) => [String(row['period']), Number(row['score'])]);
}

describe('an event and all that the catalog says', () => {
  test('awards, rewards, unlocks, streaks and the level come in one answer', async () => {
    const first = await commit('ada', '2026-11-02T10:00:00Z');
    expect(first).toMatchObject({
      awards: [
        {
          rule: 'commit',
          base: 10,
          amount: 10,
          balance: 10,
          limits: [
            { used: 1, max: 3, per: 'day' },
            { used: 1, max: 2, within: '1m' },
          ],
          failed: ['vip'],
        },
        { rule: 'achievement:committer:bronze', base: 90, amount: 90, balance: 100, multipliers: [] },
        { rule: 'promoted', currency: 'gems', amount: 1 },
      ],
      achievements: [
        { id: 'committer', tier: 'bronze' },
        { id: 'grown', tier: 'two' },
        { id: 'known', tier: 'two' },
      ],
      streaks: [{ id: 'daily', length: 1 }],
      level: 2,
      skipped: [],
    });
    const second = await commit('ada', '2026-11-03T10:00:00Z', { files: 7, repo: 'b' });
    expect(second.awards).toMatchObject([{ amount: 15, multipliers: [{ id: 'streak', factor: 1.5, length: 2 }] }]);
    expect(second).toMatchObject({ achievements: [], streaks: [{ id: 'daily', length: 2 }], level: 2 });
    // What it requires came later than its own progress.
    const third = await commit('ada', '2026-11-04T10:00:00Z');
    expect(third.achievements).toEqual([
      { id: 'committer', tier: 'silver' },
      { id: 'traveller', tier: 'two' },
      { id: 'steady', tier: 'three' },
    ]);
    expect(third.awards).toMatchObject([
      { amount: 20 },
      { rule: 'achievement:traveller:two', currency: 'gems', amount: 5, balance: 6 },
    ]);
    await dumpState(bench.test.owner);
  });

  test('a streak is mended by late events, in any order', async () => {
    for (const [day, length] of [
      [5, 1],
      [9, 1],
      [7, 1],
      [8, 3],
      [6, 5],
      [1, 5],
      [6, 5],
    ] as const) {
      const { streaks } = await commit('late', `2026-11-0${day}T12:00:00Z`);
      expect([day, streaks]).toEqual([day, [{ id: 'daily', length }]]);
    }
    const rows = await bench.test.owner.unsafe(
      `select r.first, r.last from streaks.run r join users.person using (account) where id = 'late'`,
    );
    expect(rows.map(({ first, last }) => [first, last])).toEqual([[20_758, 20_758]]);
    await dumpState(bench.test.owner);
  });

  test('a board follows its kind of metric within its period', async () => {
    const at = (day: number): string => `2026-11-${day}T12:00:00Z`;
    await commit('bo', at(16), { files: 5, repo: 'a' });
    await commit('bo', at(17), { files: 3, repo: 'a' });
    await commit('bo', at(17), { files: 9, repo: 'b' });
    await commit('bo', at(21), { files: 4, repo: 'c' });
    expect(await score('bo', 'repos-weekly')).toEqual([['2026-W47', 3]]);
    expect(await score('bo', 'biggest-daily')).toEqual([
      ['2026-11-16', 5],
      ['2026-11-17', 9],
      ['2026-11-21', 4],
    ]);
    for (const correct of [true, true, false, true]) await answer('bo', at(20), correct);
    expect(await score('bo', 'rows')).toEqual([['2026-11', 1]]);
    await dumpState(bench.test.owner);
  });

  test('what is spent, given and taken outside the rules moves metrics and levels', async () => {
    const give = await bench.engine.transfer({ id: 't1', kind: 'award', user: 'cy', currency: 'points', amount: 350 }, ADMIN);
    expect(give.ok).toBe(true);
    await bench.engine.transfer({ id: 't2', kind: 'spend', user: 'cy', currency: 'points', amount: 50 }, ADMIN);
    const rows = await bench.test.owner.unsafe(
      `select state from engine.account join users.person using (account) where id = 'cy'`,
    );
    const [{ state }] = rows as unknown as [{ state: object }];
    const { metrics } = state as { metrics: Record<string, readonly number[]> };
    expect([metrics['earned']?.[0], metrics['spent']?.[0], metrics['pocket']?.[0], metrics['level']?.[0]]).toEqual([
      350, 50, 300, 3,
    ]);
    const facts = await bench.test.owner.unsafe(
      `select type, data from events.log join users.person using (account) where users.person.id = 'cy' order by position`,
    );
    expect(
      facts.map((row) => [
        row['type'],
        (row['data'] as Record<string, unknown>)['level'] ?? (row['data'] as Record<string, unknown>)['achievement'] ?? null,
      ]),
    ).toEqual([
      ['user.created', null],
      ['points.awarded', null],
      ['achievement.unlocked', 'grown'],
      ['level.reached', 3],
      ['achievement.unlocked', 'known'],
      ['points.awarded', null],
      ['points.spent', null],
    ]);
  });
});
