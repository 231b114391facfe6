import { expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports } from '../../test/support/reports.ts';
import { CATALOG } from './progress.fixture.ts';

test('a summary tells boards, streaks, unlocks and levels of everybody', async () => {
  const other = await createTestReports(CATALOG);
  const submit = async (user: string, days: readonly number[]): Promise<void> => {
    for (const day of days) {
      const time = `2026-11-${String(day).padStart(2, '0')}T12:00:00Z`;
      await other.submit([{ id: `${user}-${day}`, type: 'code.commit', user, time }]);
    }
  };
  try {
    expect(await other.reports.summary()).toEqual({
      users: 0,
      boards: ['all-time', 'weekly', 'tests'].map((board) => ({ board, period: null, total: 0, entries: [] })),
      streaks: [],
      unlocks: { total: 0, rarest: [] },
      levels: [],
    });
    await submit('ann', [2, 3, 4, 17]);
    await submit('bob', [18]);
    await submit('cyd', [18, 19]);
    await other.engine.putUser('dot', {}, ADMIN);
    const summary = await other.reports.summary();
    expect(summary).toMatchObject({
      users: 4,
      boards: [
        { board: 'all-time', period: 'all', total: 3, entries: [{ rank: 1, user: 'ann' }, { user: 'cyd' }, { user: 'bob' }] },
        {
          board: 'weekly',
          period: '2026-W47',
          total: 3,
          entries: [
            { rank: 1, user: 'cyd', score: 2 },
            { rank: 2, user: 'ann', score: 1 },
            { rank: 2, user: 'bob', score: 1 },
          ],
        },
        { board: 'tests', period: null, total: 0, entries: [] },
      ],
      streaks: [
        { user: 'ann', streak: 'daily', length: 1, longest: 3, first: '2026-11-02', last: '2026-11-04' },
        { user: 'cyd', streak: 'daily', length: 2, longest: 2, first: '2026-11-18', last: '2026-11-19' },
        { user: 'bob', streak: 'daily', length: 1, longest: 1, first: '2026-11-18', last: '2026-11-18' },
      ],
      unlocks: {
        total: 4,
        rarest: [
          {
            achievement: 'committer',
            name: 'Committer',
            tier: 'silver',
            users: 1,
            percent: 25,
            first: { user: 'ann', at: '2026-11-04T12:00:00.000Z' },
          },
          { tier: 'bronze', users: 3, percent: 75, first: { user: 'ann', at: '2026-11-02T12:00:00.000Z' } },
        ],
      },
      levels: [
        { level: 1, users: 3 },
        { level: 2, users: 1 },
      ],
    });
  } finally {
    await other.close();
  }
});

test.each([
  ['{ balance: points }', 'thresholds: [0, 20]', 2, 1],
  ['{ streak: daily }', 'thresholds: [0, 2]', 2, 1],
  ["{ streak: daily, when: 'false' }", 'thresholds: [0, 1]', 1, 1],
  ['{ count: code.commit }', "formula: '1 + value'", 4, 2],
])('users by level are counted by %s where the profile reads it', async (metric, levels, ann, bob) => {
  const world = await createTestReports(`
diana: 1
name: levels
currencies: { points: {} }
metrics: { by: ${metric} }
streaks: { daily: { on: code.commit, every: day } }
levels: { metric: by, ${levels} }
rules: [{ id: commit, on: code.commit, award: { points: 10 } }]
`);
  try {
    const commit = (user: string, day: number) => ({ type: 'code.commit', user, time: `2026-11-0${day}T12:00:00Z` });
    await world.submit([commit('ann', 2), commit('ann', 3), commit('ann', 4), commit('bob', 2)]);
    const levelOf = async (user: string) => (await world.reports.profile(user))?.level;
    expect([await levelOf('ann'), await levelOf('bob')]).toEqual([ann, bob]);
    expect((await world.reports.summary()).levels).toEqual(
      ann === bob ? [{ level: ann, users: 2 }] : [bob, ann].map((level) => ({ level, users: 1 })),
    );
  } finally {
    await world.close();
  }
});
