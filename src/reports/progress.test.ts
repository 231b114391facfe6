import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import { CATALOG } from './progress.fixture.ts';

let world: TestReports;
let ids = 0;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
});
beforeEach(() => world.clock.set('2026-11-21T12:00:00Z'));
afterAll(() => world.close());

/** One event each, at noon UTC of these days of November 2026. */
async function act(user: string, days: readonly number[], type = 'code.commit', hour = '12'): Promise<readonly string[]> {
  const events = days.map((day) => ({
    id: `e${(ids += 1)}`,
    type,
    user,
    time: `2026-11-${String(day).padStart(2, '0')}T${hour}:00:00Z`,
  }));
  for (const event of events) {
    const [result] = await world.submit([event]);
    if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
  }
  return events.map(({ id }) => id);
}

describe('a profile', () => {
  test('shows every metric, streak and the level of the catalog, moved or not', async () => {
    await world.engine.putUser('nil', {}, ADMIN);
    expect(await world.reports.profile('nil')).toMatchObject({
      level: 1,
      levelProgress: { level: 1, value: 0, from: 0, next: 3, percent: 0 },
      streaks: [
        { id: 'daily', current: 0, length: 0, longest: 0 },
        { id: 'testing', current: 0, length: 0, longest: 0 },
      ],
      metrics: { commits: 0, tests: 0, earned: 0, purse: 0, rank: 1, days: 0, late: 0, 'late-rank': 0 },
    });
  });

  test('shows what mirrors a state as it is now, and with a condition as it was seen last', async () => {
    await act('mia', [16, 17, 19, 20]);
    await world.transfer({ id: 'mia-1', kind: 'spend', user: 'mia', amount: 1 });
    const profile = await world.reports.profile('mia');
    expect(profile).toMatchObject({
      level: 2,
      levelProgress: { level: 2, value: 4, from: 3, next: 10, percent: 14 },
      metrics: { commits: 4, rank: 2, days: 2, 'late-rank': 0 },
    });
    expect(profile?.metrics['purse']).toBe(profile?.balances['points']);
    expect(profile?.metrics['earned']).toBe((profile?.balances['points'] ?? 0) + 1);
  });

  test.each([
    ['goes on the same day', '2026-11-20T22:59:59Z', null, 2, false],
    ['goes on the day after, which may still bring an event', '2026-11-21T22:59:59Z', null, 2, true],
    ['is broken once that day is over in the zone of the catalog', '2026-11-21T23:00:00Z', null, 0, false],
    ['goes on where the day of the user is not over', '2026-11-22T07:59:59Z', 'America/Los_Angeles', 2, true],
    ['is broken where it is', '2026-11-22T08:00:00Z', 'America/Los_Angeles', 0, false],
  ])('a streak %s', async (name, now, zone, current, isLast) => {
    const user = `s-${name}`;
    await act(user, [13, 14, 15, 19, 20]);
    if (zone !== null) await world.engine.putUser(user, { zone }, ADMIN);
    world.clock.set(now);
    const standing = { id: 'daily', current, length: 2, longest: 3 };
    expect((await world.reports.profile(user))?.streaks[0]).toEqual(isLast ? { ...standing, atRisk: true } : standing);
  });
});

describe('achievements', () => {
  const shown = async (user: string) =>
    (await world.reports.achievements(user))?.map(({ id, progress, percent, tiers }) => [
      id,
      progress,
      percent,
      tiers.filter(({ unlockedAt }) => unlockedAt !== null).map((tier) => tier.id),
    ]);

  test('come in the order of the catalog with tiers, rewards and the way to the next', async () => {
    await act('ann', [16, 17]);
    const rarity: unknown = expect.any(Number);
    expect(await world.reports.achievements('ann')).toEqual([
      {
        id: 'committer',
        name: 'Committer',
        secret: false,
        progress: 2,
        percent: 66,
        requires: [],
        tiers: [
          { id: 'bronze', at: 1, unlockedAt: '2026-11-16T12:00:00.000Z', award: { points: 5 }, rarity },
          { id: 'silver', at: 3, unlockedAt: null, rarity },
          { id: 'gold', at: 100, unlockedAt: null, rarity },
        ],
      },
      {
        id: 'tester',
        name: 'Tester',
        secret: false,
        progress: 0,
        percent: 0,
        // That it requires a secret one as well is not given away.
        requires: ['committer.silver'],
        tiers: [{ id: 'once', at: 1, unlockedAt: null, rarity }],
      },
    ]);
    expect(await world.reports.achievements('nobody')).toBeUndefined();
  });

  test('are at 99 percent while something else is missing, at 100 once unlocked, and secret until then', async () => {
    await act('sue', [16], 'code.test');
    expect(await shown('sue')).toEqual([
      ['committer', 0, 0, []],
      ['tester', 1, 99, []],
    ]);
    await act('sue', [16, 17, 18], 'code.commit', '21');
    expect(await shown('sue')).toEqual([
      ['committer', 3, 3, ['bronze', 'silver']],
      ['tester', 1, 100, ['once']],
      ['owl', 3, 100, ['once']],
    ]);
    expect((await world.reports.achievements('sue'))?.[1]?.requires).toEqual(['committer.silver', 'owl']);
  });
});

describe('the explanation of an event', () => {
  test('gives the reason of each factor and of each reward', async () => {
    await world.engine.putUser('eli', { attributes: { vip: true } }, ADMIN);
    const found = async (id: string | undefined) => {
      const outcome = (await world.reports.event('default', id ?? ''))?.outcome;
      return outcome?.status === 'accepted' ? outcome.awards : [];
    };
    const [first, , third] = await act('eli', [8, 9, 10]);
    expect(await found(first)).toMatchObject([
      {
        rule: 'commit',
        multipliers: [
          { id: 'vip', factor: 1.5, reason: 'when has(user.attributes.vip) && user.attributes.vip == true' },
          { id: 'level', factor: 1, reason: '1 + 0.5 * (user.level - 1)' },
        ],
        limits: [{ used: 1, max: 5, per: 'day' }],
      },
      { rule: 'achievement:committer:bronze', amount: 5, reason: 'unlocked committer bronze at 1' },
    ]);
    expect((await found(third))[0]?.multipliers).toMatchObject([
      { id: 'streak', factor: 2, length: 3, reason: 'streak daily at 3 days, from 3' },
      { id: 'vip' },
      { id: 'level' },
      { id: 'spree', factor: 3, reason: 'from 2026-11-10T00:00:00.000Z to 2026-11-11T00:00:00.000Z' },
    ]);
  });
});

test('an export has every run with its days, and every unlock with its time', async () => {
  await act('xan', [3, 4, 9, 6, 7, 8, 20]);
  expect(await world.reports.exportUser('xan')).toMatchObject({
    achievements: [
      { id: 'committer', tier: 'bronze', unlockedAt: '2026-11-03T12:00:00.000Z', catalogVersion: 1 },
      { id: 'committer', tier: 'silver', unlockedAt: '2026-11-09T12:00:00.000Z', catalogVersion: 1 },
    ],
    streaks: [
      {
        id: 'daily',
        longest: 4,
        runs: [
          { first: '2026-11-03', last: '2026-11-04' },
          { first: '2026-11-06', last: '2026-11-09' },
          { first: '2026-11-20', last: '2026-11-20' },
        ],
      },
    ],
  });
});
