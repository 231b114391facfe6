import { afterEach, expect, test } from 'vitest';
import { type ClosingWorld, openClosing } from '../../../test/support/closing.ts';

let world: ClosingWorld;
afterEach(async () => {
  await world.prove();
  await world.close();
});

const LEAGUES =
  '  - { id: duel, metric: steps, period: day, zone: UTC, leagues: { tiers: [bronze, silver, gold], size: 3, promote: 1, relegate: 1 } }';

/** `user next` of everybody who has a tier, and the cohorts of a day: `tier cohort: users in order`. */
const tiers = async (): Promise<Readonly<Record<string, unknown>>> =>
  Object.fromEntries(
    (await world.rows('select id, tier from boards.league_place join users.person using (account) order by id')).map((row) => [
      String(row['id']),
      row['tier'],
    ]),
  );
const cohorts = async (day: string): Promise<readonly string[]> =>
  (
    await world.rows(
      `select tier || ' ' || cohort || ': ' || string_agg(id, ' ' order by seat) as line from boards.league_entry
       join users.person using (account) where period = '${day}' group by tier, cohort order by tier, cohort`,
    )
  ).map((row) => String(row['line']));

async function play(day: string, scores: Readonly<Record<string, number>>): Promise<void> {
  let second = 0;
  for (const [user, n] of Object.entries(scores)) {
    world.clock.set(`${day}T12:00:${String((second += 1)).padStart(2, '0')}Z`);
    await world.step(user, n);
  }
  await world.engine.tendBoards();
}

async function close(day: string): Promise<void> {
  world.clock.set(`${day}T00:00:00Z`);
  await world.run();
}

test('over three days: seats by first activity, up and down by rank within the cohort, and who is away stays', async () => {
  world = await openClosing(LEAGUES);
  await play('2026-11-21', { ann: 1, bob: 2, cy: 3, dee: 9, eve: 8 });
  expect(await cohorts('2026-11-21')).toEqual(['bronze 0: ann bob cy', 'bronze 1: dee eve']);
  expect(await world.closings.league('duel', 'cy', 'current')).toEqual({
    ok: true,
    value: {
      board: 'duel',
      period: '2026-11-21',
      user: 'cy',
      tier: 'bronze',
      cohort: 0,
      rank: 1,
      zone: 'promotion',
      entries: [
        { rank: 1, user: 'cy', score: 3, zone: 'promotion' },
        { rank: 2, user: 'bob', score: 2, zone: null },
        { rank: 3, user: 'ann', score: 1, zone: null },
      ],
    },
  });
  await close('2026-11-22');
  expect(await tiers()).toEqual({ ann: 'bronze', bob: 'bronze', cy: 'silver', dee: 'silver', eve: 'bronze' });
  expect(await world.closings.league('duel', 'cy', 'current')).toMatchObject({
    value: { tier: 'silver', cohort: null, rank: null, entries: [] },
  });

  // Bob comes late: the seat next to ann and eve is his. Cy is away.
  await play('2026-11-22', { eve: 5, dee: 1, ann: 7, bob: 6 });
  expect(await cohorts('2026-11-22')).toEqual(['bronze 0: eve ann bob', 'silver 0: dee']);
  await close('2026-11-23');
  expect(await tiers()).toEqual({ ann: 'silver', bob: 'bronze', cy: 'silver', dee: 'gold', eve: 'bronze' });

  await play('2026-11-23', { dee: 1, cy: 2, ann: 1, fay: 1 });
  expect(await world.closings.league('duel', 'dee', 'current')).toMatchObject({ value: { tier: 'gold', zone: null } });
  expect(await world.closings.league('duel', 'ann', 'current')).toMatchObject({
    value: { tier: 'silver', rank: 2, zone: 'relegation' },
  });
  await close('2026-11-24');
  expect(await tiers()).toEqual({ ann: 'bronze', bob: 'bronze', cy: 'gold', dee: 'gold', eve: 'bronze', fay: 'silver' });
  expect(await world.facts('league.moved')).toHaveLength(7);
  expect(await world.facts('league.moved')).toContainEqual({
    board: 'duel',
    period: '2026-11-23',
    from: 'silver',
    to: 'bronze',
    rank: 2,
  });
  expect(await world.facts('board.placed')).toEqual([]);
  expect(await world.closings.standings('duel', { period: '2026-11-23', limit: 1, offset: 0 })).toMatchObject({
    value: { entries: [{ rank: 1, user: 'cy', league: { tier: 'silver', cohort: 0, rank: 1, next: 'gold' } }] },
  });
});

test('who scored and has no seat yet gets one when the period closes', async () => {
  world = await openClosing(LEAGUES);
  world.clock.set('2026-11-21T13:00:00Z');
  await world.step('ann', 1);
  world.clock.set('2026-11-22T00:00:00Z');
  await world.engine.runDueTimers();
  await world.engine.runDueTimers();
  expect(await cohorts('2026-11-21')).toEqual(['bronze 0: ann']);
  expect(await tiers()).toEqual({ ann: 'silver' });
});

test('engines that give out seats at once seat everybody once, and no cohort is too large', async () => {
  world = await openClosing(LEAGUES);
  const engines = [world.engine, await world.another(), await world.another()];
  for (let round = 0; round < 4; round += 1) {
    await world.submit(
      Array.from({ length: 25 }, (_, n) => ({
        id: `e${round}-${n}`,
        type: 'walk.step',
        user: `u${round}-${n}`,
        data: { n: n + 1 },
      })),
    );
    await Promise.all(engines.map((engine) => engine.tendBoards()));
  }
  for (const engine of engines) await engine.tendBoards();
  const [sizes] = await world.rows(
    'select sum(n)::int as total, max(n)::int as most, count(*)::int as cohorts from (select count(*) as n from boards.league_entry group by cohort) c',
  );
  expect(sizes).toEqual({ total: 100, most: 3, cohorts: 34 });
});

test('a board without leagues has none', async () => {
  world = await openClosing('  - { id: plain, metric: steps, period: day }');
  await world.step('ann', 1);
  expect(await world.closings.league('plain', 'ann', 'current')).toEqual({ ok: false, fault: 'no_leagues' });
});
