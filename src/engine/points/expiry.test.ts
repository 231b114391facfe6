import { afterEach, describe, expect, test } from 'vitest';
import { balanceOf, expectProven, factsOf, give, hold, told } from '../../../test/support/points.ts';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../../test/support/engine.ts';

let world: TestEngine;
afterEach(async () => {
  await expectProven(world);
  await world.close();
});

const open = async (expires: string): Promise<void> => {
  world = await createTestEngine(`
diana: 1
timezone: Europe/Madrid
currencies: { points: { expires: ${expires} }, gems: {} }
metrics: { earned: { earned: points }, balance: { balance: points } }
rules: [{ id: quiz, on: quiz.won, award: { points: 10, gems: 1 } }]
`);
};

async function quiz(id: string, time: string, user = 'ada'): Promise<void> {
  const [result] = await world.submit([{ id, type: 'quiz.won', user, time }]);
  expect(result?.status).toBe('accepted');
}

async function at(time: string): Promise<void> {
  world.clock.set(time);
  while ((await world.engine.runDueTimers()) > 0);
}

const spend = (id: string, amount: number) =>
  world.engine.transfer({ id, kind: 'spend', user: 'ada', currency: 'points', amount }, SERVICE);

const lots = async (): Promise<readonly (readonly [string, number])[]> => {
  const rows = await world.test.owner<{ on: string; amount: string }[]>`
    select expires_on::text as on, amount from ledger.lot order by expires_on`;
  return rows.map(({ on, amount }) => [on, Number(amount)]);
};

describe('points that expire after a time', () => {
  test('go on their day in the zone of the catalog, the oldest first, once, with two processes looking; those of other currencies stay', async () => {
    await open('{ after: P30D }');
    await quiz('a', '2026-11-20T22:59:59Z');
    await quiz('b', '2026-11-20T23:00:00Z');
    await quiz('c', '2026-11-21T11:00:00Z');
    expect(await lots()).toEqual([
      ['2026-12-20', 10],
      ['2026-12-21', 20],
    ]);
    await spend('s', 4);
    await at('2026-12-19T22:59:59.999Z');
    expect(await balanceOf(world, 'ada')).toEqual([26, 0]);
    const other = await world.another();
    world.clock.set('2026-12-19T23:00:00Z');
    await Promise.all([world.engine.runDueTimers(), other.runDueTimers(), world.engine.runDueTimers()]);
    expect(await balanceOf(world, 'ada')).toEqual([20, 0]);
    await at('2026-12-20T23:00:00Z');
    expect(await balanceOf(world, 'ada')).toEqual([0, 0]);
    expect(await factsOf(world, 'points.exp%')).toMatchObject([
      ['points.expired', { currency: 'points', amount: 6, balance: 20, kind: 'expire' }],
      ['points.expired', { currency: 'points', amount: 20, balance: 0 }],
    ]);
    expect(await lots()).toEqual([]);
    await at('2027-12-31T00:00:00Z');
    expect(await factsOf(world, 'points.expired')).toHaveLength(2);
    const [gems] = await world.test.owner`select available from ledger.account where currency = 'gems'`;
    expect(gems).toEqual({ available: '3' });
  });

  test('are told of ahead, once for each day, what is left of them then', async () => {
    await open('{ after: P30D, warn: P7D }');
    await quiz('a', '2026-11-21T10:00:00Z');
    await quiz('b', '2026-11-21T11:00:00Z');
    world.clock.set('2026-11-25T12:00:00Z');
    await quiz('c', '2026-11-25T11:00:00Z');
    await spend('s', 5);
    await at('2026-12-14T12:00:00Z');
    await at('2026-12-15T12:00:00Z');
    expect(await factsOf(world, 'points.expiring')).toEqual([
      ['points.expiring', { currency: 'points', amount: 15, on: '2026-12-21' }],
    ]);
    // Late, and into a day that was told of already.
    await quiz('late', '2026-11-21T09:00:00Z');
    await at('2026-12-18T12:00:00Z');
    expect((await factsOf(world, 'points.expiring')).map(([, data]) => data)).toEqual([
      { currency: 'points', amount: 15, on: '2026-12-21' },
      { currency: 'points', amount: 10, on: '2026-12-25' },
    ]);
    await at('2026-12-21T12:00:00Z');
    await at('2026-12-25T12:00:00Z');
    expect((await factsOf(world, 'points.expired')).map(([, data]) => data)).toMatchObject([{ amount: 25 }, { amount: 10 }]);
    expect(await factsOf(world, 'points.expiring')).toHaveLength(2);
  });

  test('that come too late expire at once', async () => {
    await open('{ after: P30D }');
    await quiz('a', '2026-10-01T10:00:00Z');
    expect(await balanceOf(world, 'ada')).toEqual([10, 0]);
    await at('2026-11-21T12:00:01Z');
    expect(await balanceOf(world, 'ada')).toEqual([0, 0]);
  });

  test('do not expire while they are held; they do at release, with those that did not fit', async () => {
    await open('{ after: P30D }');
    await quiz('a', '2026-11-21T10:00:00Z');
    await quiz('b', '2026-11-21T11:00:00Z');
    await hold(world.engine, 'order', 14);
    await at('2026-12-21T12:00:00Z');
    expect(await balanceOf(world, 'ada')).toEqual([0, 14]);
    expect(told(await world.engine.captureHold('order', { amount: 3 }, SERVICE))).toMatchObject({ held: 11, balance: 0 });
    expect(told(await world.engine.releaseHold('order', { amount: 1 }, SERVICE))).toMatchObject({ held: 10, balance: 0 });
    await give(world, 'ada', 7);
    expect(told(await world.engine.releaseHold('order', {}, SERVICE))).toMatchObject({ held: 0, balance: 7 });
    expect((await factsOf(world, 'points.expired')).map(([, data]) => (data as { amount: number }).amount)).toEqual([6, 1, 10]);
    await at('2027-02-01T00:00:00Z');
    expect(await balanceOf(world, 'ada')).toEqual([0, 0]);
  });

  test('begin to with the catalog that says so; those of before are spent first, and stay', async () => {
    await open('{ after: P30D }');
    const catalog = (points: string) =>
      `diana: 1\ncurrencies: { points: ${points}, gems: {} }\nrules: [{ id: quiz, on: quiz.won, award: { points: 10 } }]`;
    await world.engine.applyCatalog(catalog('{}'), ADMIN);
    await quiz('a', '2026-11-21T10:00:00Z');
    await world.engine.applyCatalog(catalog('{ expires: { after: P30D } }'), ADMIN);
    await quiz('b', '2026-11-21T11:00:00Z');
    await spend('s', 4);
    await at('2026-12-21T12:00:00Z');
    expect(await balanceOf(world, 'ada')).toEqual([6, 0]);
    // And stop with the one that says so no more.
    await quiz('c', '2026-12-21T11:00:00Z');
    await world.engine.applyCatalog(catalog('{}'), ADMIN);
    world.clock.set('2027-02-01T00:00:00Z');
    expect(await world.engine.runDueTimers()).toBe(1);
    expect(await balanceOf(world, 'ada')).toEqual([16, 0]);
    await world.engine.applyCatalog(catalog('{ expires: { after: P30D } }'), ADMIN);
    await at('2027-02-02T00:00:00Z');
    expect(await balanceOf(world, 'ada')).toEqual([6, 0]);
  });
});

test('points that expire on a day of the year go then, however they came, and a gift begins anew', async () => {
  await open("{ at: '12-31' }");
  await give(world, 'ada', 5);
  await world.engine.transfer({ id: 'fix', kind: 'adjust', user: 'ada', currency: 'points', amount: 3, reason: 'x' }, ADMIN);
  await world.engine.transfer({ id: 'gift', kind: 'transfer', user: 'ada', to: 'bob', currency: 'points', amount: 2 }, SERVICE);
  await at('2026-12-30T22:59:59Z');
  expect([await balanceOf(world, 'ada'), await balanceOf(world, 'bob')]).toEqual([
    [6, 0],
    [2, 0],
  ]);
  await at('2026-12-30T23:00:00Z');
  expect([await balanceOf(world, 'ada'), await balanceOf(world, 'bob')]).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

test('who is erased leaves no lots and no timers', async () => {
  await open('{ after: P30D, warn: P7D }');
  await quiz('a', '2026-11-21T10:00:00Z');
  await world.engine.eraseUser('ada', null, ADMIN);
  expect(await lots()).toEqual([]);
  await at('2027-01-01T00:00:00Z');
  expect(await factsOf(world, 'points.exp%')).toEqual([]);
});
