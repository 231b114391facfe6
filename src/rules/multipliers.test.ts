import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';

const catalog = (rounding: string): string => `
diana: 1
name: multipliers
rounding: ${rounding}
currencies: { points: { name: Points } }
metrics:
  played: { count: 'game.*' }
  awards: { count: points.awarded }
  bonus-seen: { sum: event.data.amount, on: points.awarded, when: "event.data.rule == 'echo'" }
streaks:
  daily: { on: 'run.*', every: day }
multipliers:
  daily: { streak: daily, tiers: [ { from: 2, factor: 1.5 }, { from: 4, factor: 2 } ] }
  tenth: { factor: 1.1 }
  vip: { when: 'user.attributes.vip == true', factor: 1.5 }
  weekend: { from: 2026-11-21T00:00:00Z, to: 2026-11-23T00:00:00Z, factor: 2 }
  experience: { factor: "1 + 0.05 * (metrics['played'] - 1)" }
rules:
  - { id: plain, on: game.plain, award: { points: event.data.n }, multipliers: [] }
  - { id: tenth, on: game.tenth, award: { points: event.data.n }, multipliers: [tenth] }
  - { id: all, on: game.all, award: { points: 10 }, multipliers: [tenth, vip, weekend] }
  - { id: grows, on: game.grows, award: { points: 100 }, multipliers: [experience] }
  - { id: run, on: run.done, award: { points: 10 }, multipliers: [daily] }
  - { id: echo, on: achievement.unlocked, award: { points: 1 } }
`;

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine(catalog('floor'));
});
afterAll(() => engine.close());

let ids = 0;
async function award(type: string, user: string, more: object = {}): Promise<unknown> {
  const [result] = await engine.submit([{ id: `m${(ids += 1)}`, type, user, ...more }]);
  if (result === undefined || result.status === 'refused') return result?.code;
  const [first] = result.awards;
  return first === undefined
    ? result.skipped
    : [first.base, first.multipliers.map(({ id, factor }) => `${id} ${factor}`).join(', '), first.amount];
}

test('factors are exact decimals: 1.1 × 10 is 11, not a little more', async () => {
  for (const [n, amount] of [
    [10, 11],
    [30, 33],
    [70, 77],
    [110, 121],
    [9, 9],
    [1_000_000_000_000_010, 1_100_000_000_000_011],
  ] as const) {
    expect(await award('game.tenth', 'dec', { data: { n } })).toEqual([n, 'tenth 1.1', amount]);
  }
});

test('the product of all factors is rounded once', async () => {
  await engine.engine.putUser('vip', { attributes: { vip: true } }, ADMIN);
  expect(await award('game.all', 'vip')).toEqual([10, 'tenth 1.1, vip 1.5, weekend 2', 33]);
  expect(await award('game.all', 'vip', { time: '2026-11-20T23:59:59.999Z' })).toEqual([10, 'tenth 1.1, vip 1.5', 16]);
  expect(await award('game.all', 'someone', { time: '2026-11-21T00:00:00Z' })).toEqual([10, 'tenth 1.1, weekend 2', 22]);
});

test('a computed factor sees the metrics as this very event moved them', async () => {
  expect(await award('game.grows', 'gro')).toEqual([100, 'experience 1', 100]);
  expect(await award('game.grows', 'gro')).toEqual([100, 'experience 1.05', 105]);
  expect(await award('game.grows', 'gro')).toEqual([100, 'experience 1.1', 110]);
});

test('a factor by a streak takes the length that this very event brings it to, on whatever day it falls', async () => {
  const run = async (day: number): Promise<unknown> => award('run.done', 'runner', { time: `2026-11-${day}T10:00:00Z` });
  expect(await run(10)).toEqual([10, '', 10]);
  expect(await run(10)).toEqual([10, '', 10]);
  expect(await run(11)).toEqual([10, 'daily 1.5', 15]);
  expect(await run(13)).toEqual([10, '', 10]);
  // A late event fills the gap.
  expect(await run(12)).toEqual([10, 'daily 2', 20]);
  const [result] = await engine.submit([{ id: 'told', type: 'run.done', user: 'runner', time: '2026-11-14T10:00:00Z' }]);
  expect(result).toMatchObject({ awards: [{ multipliers: [{ id: 'daily', factor: 2, length: 5 }] }] });
});

test.each([
  ['floor', 10.9, 10, 11.5, 11],
  ['half_even', 10.5, 10, 11.5, 12],
  ['ceil', 10.1, 11, 11, 11],
] as const)('rounding %s', async (rounding, a, roundedA, b, roundedB) => {
  const applied = await engine.engine.applyCatalog(catalog(rounding), ADMIN);
  expect(applied.ok).toBe(true);
  expect(await award('game.plain', 'round', { data: { n: a } })).toEqual([a, '', roundedA]);
  expect(await award('game.plain', 'round', { data: { n: b } })).toEqual([b, '', roundedB]);
});

test.each([
  ['a negative award', { n: -1 }, /not negative/],
  ['an award beyond the exact integers', { n: 1e300 }, /beyond the exact integers/],
  ['a computed number that is text', { n: 'ten' }, /./],
  ['a field that is not there', {}, /./],
])('%s is no award: the rule says that it failed, the event counts', async (_, data, why) => {
  const skipped = await award('game.plain', 'failing', { data });
  expect(skipped).toEqual([{ rule: 'plain', code: 'condition_failed', message: expect.stringMatching(why) }]);
});

test('metrics hear what is announced, when they name it', async () => {
  await award('game.plain', 'heard', { data: { n: 5 } });
  await award('game.tenth', 'heard', { data: { n: 5 } });
  await award('game.other', 'heard');
  const [row] = await engine.test.owner.unsafe(
    `select a.state from engine.account a join users.person p using (account) where p.id = 'heard'`,
  );
  expect(row?.['state']).toMatchObject({ metrics: { awards: [2, expect.any(Number)], played: [3, expect.any(Number)] } });
});
