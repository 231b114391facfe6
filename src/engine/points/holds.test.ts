import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { balanceOf, expectProven, factsOf, give, hold, told } from '../../../test/support/points.ts';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../../test/support/engine.ts';

const CATALOG = `
diana: 1
currencies: { points: { transfers: { max: 50, per: day } } }
metrics: { spent: { spent: points }, balance: { balance: points }, earned: { earned: points } }
rules: [{ id: thanks, on: points.captured, award: { points: 1 } }]
`;

let world: TestEngine;
beforeEach(async () => {
  world = await createTestEngine(CATALOG);
  await give(world, 'ada', 100);
});
afterEach(async () => {
  await expectProven(world);
  await world.close();
});

const capture = async (id: string, more: object = {}) => told(await world.engine.captureHold(id, more, SERVICE));
const release = async (id: string, more: object = {}) => told(await world.engine.releaseHold(id, more, SERVICE));

describe('points that are held', () => {
  test('are set apart: they can be neither spent nor given nor held again, and belong to the balance', async () => {
    const held = await hold(world.engine, 'order-1', 70);
    expect(held).toMatchObject({
      id: 'order-1',
      hold: expect.stringMatching(/^hold_[0-9a-f]{32}$/),
      user: 'ada',
      amount: 70,
      captured: 0,
      released: 0,
      state: 'held',
      expiresAt: null,
      balance: 30,
      held: 70,
      position: expect.any(Number),
    });
    const spend = { kind: 'spend', user: 'ada', currency: 'points', amount: 31 };
    expect(told(await world.engine.transfer({ id: 's', ...spend }, SERVICE))).toBe('insufficient_balance');
    expect(told(await world.engine.transfer({ id: 't', ...spend, kind: 'transfer', to: 'bob' }, SERVICE))).toBe(
      'insufficient_balance',
    );
    expect(await hold(world.engine, 'order-2', 31)).toBe('insufficient_balance');
    expect(await balanceOf(world, 'ada')).toEqual([30, 70]);
  });

  test('are spent by a capture, in pieces or whole, and no piece is more than what is left', async () => {
    await hold(world.engine, 'order', 70);
    expect(await capture('order', { amount: 20 })).toMatchObject({ captured: 20, state: 'held', held: 50, balance: 31 });
    expect(await capture('order', { amount: 51 })).toBe('insufficient_balance');
    expect(await capture('order')).toMatchObject({ captured: 70, released: 0, state: 'captured', held: 0, balance: 32 });
    expect(await capture('order')).toBe('hold_closed');
    expect(await release('order')).toBe('hold_closed');
    const [profile] = await world.test.owner<{ state: { metrics: object } }[]>`select state from engine.account`;
    expect(profile?.state.metrics).toMatchObject({ spent: [70, expect.any(Number)], earned: [102, expect.any(Number)] });
  });

  test('go back by a release, in pieces or whole, and what a final capture leaves does', async () => {
    await hold(world.engine, 'a', 30);
    expect(await release('a', { amount: 10 })).toMatchObject({ released: 10, state: 'held', held: 20, balance: 80 });
    expect(await release('a')).toMatchObject({ released: 30, state: 'released', held: 0, balance: 100 });
    await hold(world.engine, 'b', 30);
    expect(await capture('b', { amount: 5, final: true })).toMatchObject({
      captured: 5,
      released: 25,
      state: 'captured',
      held: 0,
    });
    expect(await balanceOf(world, 'ada')).toEqual([96, 0]);
    const facts = (await factsOf(world, 'points.%')).map(([type, data]) => [type, (data as { amount: number }).amount]);
    expect(facts).toEqual([
      ['points.awarded', 100],
      ['points.held', 30],
      ['points.released', 10],
      ['points.released', 20],
      ['points.held', 30],
      ['points.captured', 5],
      ['points.released', 25],
      ['points.awarded', 1],
    ]);
  });

  test('may be captured for somebody else, who is created; neither spent them, and limits on transfers hold', async () => {
    const created = await hold(world.engine, 'order', 80);
    const id = typeof created === 'string' ? '' : created.hold;
    expect(await capture(id, { amount: 51, to: 'bob' })).toBe('limit_reached');
    expect(await capture(id, { amount: 50, to: 'bob' })).toMatchObject({ captured: 50, held: 30, user: 'ada', id: 'order' });
    expect(await capture(id, { amount: 1, to: 'bob' })).toBe('limit_reached');
    expect(await capture(id, { amount: 1, to: 'ada' })).toBe('same_user');
    expect(await balanceOf(world, 'bob')).toEqual([50, 0]);
    expect((await factsOf(world, 'points.transferred'))[0]?.[1]).toMatchObject({ kind: 'capture', direction: 'in', balance: 50 });
  });

  test('stay held when their person is erased, and the ledger verifies', async () => {
    await hold(world.engine, 'order', 70, { expiresIn: '1h', reason: 'for Ada' });
    await world.engine.eraseUser('ada', null, ADMIN);
    await expectProven(world);
    expect(await capture('order')).toBe('unknown_hold');
    world.clock.set('2026-11-21T14:00:00Z');
    expect(await world.engine.runDueTimers()).toBe(0);
    const [row] = await world.test.owner`select held from ledger.account where currency = 'points'`;
    expect(row).toEqual({ held: '70' });
  });
});

describe('a hold is made once', () => {
  test('a repeat gets the first answer, also once it is over; another body is refused', async () => {
    const first = await hold(world.engine, 'order', 70, { expiresIn: '15m' });
    await capture('order');
    expect(await hold(world.engine, 'order', 70, { expiresIn: '15m' })).toEqual(first);
    expect(await hold(world.engine, 'order', 71, { expiresIn: '15m' })).toBe('id_reused');
  });

  test('a refusal for want of points is remembered', async () => {
    expect(await hold(world.engine, 'order', 101)).toBe('insufficient_balance');
    await give(world, 'ada', 50);
    expect(await hold(world.engine, 'order', 101)).toBe('insufficient_balance');
  });

  test('two at the same time, with one id or for all the points: one', async () => {
    const other = await world.another();
    const same = await Promise.all([world.engine, other].map((engine) => hold(engine, 'same', 10)));
    expect(same[0]).toEqual(same[1]);
    const both = await Promise.all([hold(world.engine, 'a', 60), hold(other, 'b', 60)]);
    expect(both.filter((one) => one === 'insufficient_balance')).toHaveLength(1);
    expect(await balanceOf(world, 'ada')).toEqual([30, 70]);
  });

  test('captures and releases with an id of their own are repeated likewise', async () => {
    await hold(world.engine, 'order', 70);
    const first = await capture('order', { id: 'c1', amount: 20 });
    expect(await capture('order', { id: 'c1', amount: 20 })).toEqual(first);
    expect(await capture('order', { id: 'c1', amount: 21 })).toBe('id_reused');
    const back = await release('order', { id: 'r1' });
    expect(await release('order', { id: 'r1' })).toEqual(back);
    expect(await balanceOf(world, 'ada')).toEqual([81, 0]);
  });

  test('capture and release that race: each point goes one way', async () => {
    const other = await world.another();
    await hold(world.engine, 'order', 70);
    const answers = await Promise.all(
      [0, 1, 2, 3].map(async (n) => {
        const engine = n % 2 === 0 ? world.engine : other;
        return told(await (n < 2 ? engine.captureHold('order', {}, SERVICE) : engine.releaseHold('order', {}, SERVICE)));
      }),
    );
    expect(answers.filter((answer) => answer === 'hold_closed')).toHaveLength(3);
    const [available, held] = await balanceOf(world, 'ada');
    expect([31, 100]).toContain(available);
    expect(held).toBe(0);
  });
});

describe('a hold that waited long enough', () => {
  test('gives back what is left of it, once, with two processes looking', async () => {
    const other = await world.another();
    await hold(world.engine, 'order', 70, { expiresIn: '15m' });
    await capture('order', { amount: 20 });
    world.clock.set('2026-11-21T12:14:59.999Z');
    expect(await world.engine.runDueTimers()).toBe(0);
    world.clock.set('2026-11-21T12:15:00Z');
    // From this moment on, also before anybody looks.
    expect(await capture('order')).toBe('hold_closed');
    await Promise.all([world.engine.runDueTimers(), other.runDueTimers()]);
    expect(await world.engine.runDueTimers()).toBe(0);
    expect(await balanceOf(world, 'ada')).toEqual([81, 0]);
    const released = await factsOf(world, 'points.released');
    expect(released).toMatchObject([['points.released', { amount: 50, state: 'expired', kind: 'release' }]]);
    expect(await release('order')).toBe('hold_closed');
  });

  test('does nothing more once it was captured, and a time that is over is refused', async () => {
    await hold(world.engine, 'order', 70, { expiresAt: '2026-11-21T12:15:00Z' });
    await capture('order');
    world.clock.set('2026-11-21T13:00:00Z');
    expect(await world.engine.runDueTimers()).toBe(0);
    expect(await hold(world.engine, 'late', 1, { expiresAt: '2026-11-21T12:59:00Z' })).toBe('invalid_time');
    expect(await hold(world.engine, 'order', 70, { expiresAt: '2026-11-21T12:15:00Z' })).toMatchObject({ state: 'held' });
  });
});

test.each<[string, object, string, string]>([
  ['an unknown user', { user: 'eve' }, 'unknown_user', '/user'],
  ['an unknown currency', { currency: 'gems' }, 'unknown_currency', '/currency'],
  ['nothing', { amount: 0 }, 'malformed', '/amount'],
  ['less than nothing', { amount: -1 }, 'malformed', '/amount'],
  ['a fraction', { amount: 1.5 }, 'malformed', '/amount'],
  ['a time that is none', { expiresIn: '15 minutes' }, 'malformed', '/expiresIn'],
  ['two times', { expiresIn: '15m', expiresAt: '2026-12-01T00:00:00Z' }, 'malformed', '/expiresAt'],
  ['what it does not know', { kind: 'hold' }, 'malformed', '/kind'],
])('a hold of %s is refused, and its id stays free', async (_, more, code, path) => {
  const command = { id: 'order', user: 'ada', currency: 'points', amount: 10 };
  const outcome = await world.engine.createHold({ ...command, ...more }, SERVICE);
  expect(outcome.ok ? outcome : outcome.refusal).toMatchObject({ code, path });
  expect(told(await world.engine.createHold(command, SERVICE))).toMatchObject({ held: 10 });
});

test('what is held of nobody is unknown', async () => {
  expect(await capture('nothing')).toBe('unknown_hold');
  expect(await release(`hold_${'0'.repeat(32)}`)).toBe('unknown_hold');
  expect(
    told(await world.engine.createHold({ id: 'x', user: 'ada', currency: 'points', amount: 1 }, { ...SERVICE, role: 'client' })),
  ).toBe('forbidden');
});
