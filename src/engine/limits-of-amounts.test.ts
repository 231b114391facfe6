import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { balanceOf, expectProven, factsOf, give, told } from '../../test/support/points.ts';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../test/support/engine.ts';
import type { AcceptedResult } from './index.ts';

let world: TestEngine;
beforeAll(async () => {
  world = await createTestEngine(`
diana: 1
timezone: Europe/Madrid
currencies:
  points:
    transfers: [{ max: 100, per: day }, { max: 150, per: week }]
    cap: [{ max: 25, per: day }, { max: 40, per: week }]
  gems: {}
  debts: { adjust: allow }
  scraps: { adjust: clamp }
  strict: { overdraft: allow, adjust: refuse }
metrics: { wins: { count: quiz.won }, earned: { earned: points } }
rules:
  - { id: quiz, on: quiz.won, award: { points: 10 }, limit: { max: 5, per: day } }
  - { id: both, on: quiz.both, award: { points: 10, gems: 1 } }
  - { id: more, on: quiz.both, award: { points: 10 } }
  - { id: fix, on: admin.fix, adjust: { scraps: event.data.n } }
achievements:
  - { id: winner, metric: wins, tiers: [{ id: first, at: 1, award: { points: 100 } }] }
`);
});
afterAll(async () => {
  await expectProven(world);
  await world.close();
});

async function submit(...events: readonly object[]): Promise<readonly AcceptedResult[]> {
  const results = await world.submit(events, ADMIN);
  return results.map((result) => {
    if (result.status === 'refused') throw new Error(result.message);
    return result;
  });
}

const win = (user: string, n: number, time: string) => ({ id: `${user}-${n}`, type: 'quiz.won', user, time });

describe('a cap on what rules award', () => {
  test('cuts the award that goes beyond it, and then the rule is skipped; rewards of achievements are not counted', async () => {
    const results = await submit(...[1, 2, 3, 4].map((n) => win('ada', n, '2026-11-21T10:00:00Z')));
    expect(results.map(({ awards }) => awards.filter(({ rule }) => rule === 'quiz'))).toMatchObject([
      [{ amount: 10, balance: 10, limits: [{ used: 1, max: 5 }] }],
      [{ amount: 10, balance: 120 }],
      [{ base: 10, amount: 5, balance: 125, capped: { max: 25, per: 'day', used: 25 }, limits: [{ used: 3 }] }],
      [],
    ]);
    expect(results[0]?.awards[0]).not.toHaveProperty('capped');
    expect(results[3]?.skipped).toEqual([{ rule: 'quiz', code: 'limit_reached', message: 'awarded 25 of 25 points per day' }]);
    // What was not awarded has not used the limit of the rule either.
    const [usage] = await world.test.owner`select used from rules.usage where rule = 'quiz'`;
    expect(usage).toEqual({ used: '3' });
  });

  test("counts by the event's local day, also of late events, and by the user's own zone", async () => {
    await world.engine.putUser('tom', { zone: 'Pacific/Auckland' }, SERVICE);
    // In Auckland both are on the 21st, on which Madrid has two days.
    const results = await submit(
      ...[1, 2, 3].map((n) => win('tom', n, '2026-11-20T12:00:00Z')),
      win('tom', 4, '2026-11-21T10:59:59Z'),
      win('tom', 5, '2026-11-20T10:59:59Z'),
    );
    const amounts = results.map(({ awards }) => awards.find(({ rule }) => rule === 'quiz')?.amount ?? 0);
    // The 20th is of the same week, of which 40 are left for both days.
    expect(amounts).toEqual([10, 10, 5, 0, 10]);
    const [late] = await submit(win('tom', 6, '2026-11-20T10:00:00Z'));
    expect(late?.awards).toMatchObject([{ amount: 5, capped: { max: 40, per: 'week', used: 40 } }]);
  });

  test('holds for the rules of one event together, and leaves other currencies alone', async () => {
    const [first, second] = await submit(
      { id: 'b1', type: 'quiz.both', user: 'eve', time: '2026-11-21T10:00:00Z' },
      { id: 'b2', type: 'quiz.both', user: 'eve', time: '2026-11-21T10:00:00Z' },
    );
    expect(first?.awards).toMatchObject([{ amount: 10 }, { amount: 1 }, { amount: 10 }]);
    expect(second?.awards).toMatchObject([
      { rule: 'both', amount: 5 },
      { currency: 'gems', amount: 1 },
    ]);
    expect(second?.skipped).toMatchObject([{ rule: 'more', code: 'limit_reached' }]);
    const [third] = await submit({ id: 'b3', type: 'quiz.both', user: 'eve', time: '2026-11-21T10:00:00Z' });
    expect(third?.awards).toMatchObject([{ rule: 'both', currency: 'gems', amount: 1 }]);
    expect(third?.skipped).toMatchObject([{ rule: 'both' }, { rule: 'more' }]);
  });

  test('is exact while two processes award at once', async () => {
    const other = await world.another();
    const of = (from: number) =>
      Array.from({ length: 10 }, (_, n) => ({ ...win('max', from + n, '2026-11-21T10:00:00Z'), type: 'quiz.both' }));
    await Promise.all([world.submit(of(0)), other.submit(of(100), SERVICE)]);
    expect(await balanceOf(world, 'max')).toEqual([25, 0]);
  });
});

describe('limits on what one user sends to others', () => {
  const send = async (id: string, amount: number, more: object = {}) =>
    told(
      await world.engine.transfer({ id, kind: 'transfer', user: 'kim', to: 'lee', currency: 'points', amount, ...more }, SERVICE),
    );

  test("hold for a day and a week of the giver's calendar, across midnight in their zone, and are remembered", async () => {
    await world.engine.putUser('kim', { zone: 'America/New_York' }, SERVICE);
    await give(world, 'kim', 1_000);
    // Saturday evening in New York, Sunday in Madrid.
    world.clock.set('2026-11-22T04:59:59Z');
    expect(await send('a', 60)).toMatchObject({ amount: 60 });
    expect(await send('b', 41)).toBe('limit_reached');
    expect(await send('c', 40)).toMatchObject({ amount: 40 });
    expect(await send('a', 60)).toMatchObject({ amount: 60 });
    world.clock.set('2026-11-22T05:00:00Z');
    expect(await send('b', 41)).toBe('limit_reached');
    expect(await send('d', 50)).toMatchObject({ amount: 50 });
    expect(await send('e', 1)).toBe('limit_reached');
    // Monday.
    world.clock.set('2026-11-23T05:00:00Z');
    expect(await send('f', 100)).toMatchObject({ amount: 100 });
    expect(await balanceOf(world, 'kim')).toEqual([750, 0]);
  });

  test('count neither what is spent nor what is received, and want of points is told first', async () => {
    expect(await send('g', 5_000)).toBe('insufficient_balance');
    const spend = { id: 'h', kind: 'spend', user: 'kim', currency: 'points', amount: 500 };
    expect(told(await world.engine.transfer(spend, SERVICE))).toMatchObject({ amount: 500 });
    expect(await send('i', 100, { user: 'lee', to: 'kim' })).toMatchObject({ amount: 100 });
  });

  test('are exact while two processes send at once', async () => {
    const other = await world.another();
    await give(world, 'pat', 1_000);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        (n % 2 === 0 ? world.engine : other).transfer(
          { id: `p${n}`, kind: 'transfer', user: 'pat', to: `friend-${n}`, currency: 'points', amount: 30 },
          SERVICE,
        ),
      ),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(3);
    expect(await balanceOf(world, 'pat')).toEqual([910, 0]);
  });
});

describe('an adjustment beyond the balance', () => {
  let n = 0;
  const adjust = async (currency: string, amount: number, user = 'joe') =>
    told(
      await world.engine.transfer({ id: `adj-${(n += 1)}`, kind: 'adjust', user, currency, amount, reason: 'put right' }, ADMIN),
    );

  test.each([
    ['points', 'insufficient_balance'],
    ['strict', 'insufficient_balance'],
    ['debts', { amount: -15, balance: -5 }],
    ['scraps', { amount: -10, balance: 0 }],
  ])('of %s', async (currency, answer) => {
    expect(await adjust(currency, 10)).toMatchObject({ amount: 10, balance: 10 });
    const taken = await adjust(currency, -15);
    if (typeof answer === 'string') expect(taken).toBe(answer);
    else expect(taken).toMatchObject(answer);
  });

  test('is refused where it takes what there is and there is nothing, with a word of it', async () => {
    const outcome = await world.engine.transfer(
      { id: 'none', kind: 'adjust', user: 'joe', currency: 'scraps', amount: -1, reason: 'put right' },
      ADMIN,
    );
    expect(outcome).toMatchObject({
      refusal: { code: 'insufficient_balance', message: 'nothing of 1 scraps can be taken: 0 available' },
    });
  });

  test('a debt is paid by what comes next, and nothing is spent of it', async () => {
    const spend = { id: 'debt', kind: 'spend', user: 'joe', currency: 'debts', amount: 1 };
    expect(told(await world.engine.transfer(spend, SERVICE))).toBe('insufficient_balance');
    expect(await adjust('debts', 7)).toMatchObject({ balance: 2 });
  });

  test('by a rule takes what there is too, and the answer and the fact tell how much', async () => {
    await adjust('scraps', 4);
    const [result] = await submit({ id: 'fix', type: 'admin.fix', user: 'joe', data: { n: -9 } });
    expect(result?.adjustments).toMatchObject([{ rule: 'fix', base: -9, amount: -4, balance: 0 }]);
    expect((await factsOf(world, 'points.adjusted')).at(-1)?.[1]).toMatchObject({ rule: 'fix', amount: -4 });
    expect((await world.submit([{ id: 'fix2', type: 'admin.fix', user: 'joe', data: { n: -9 } }], ADMIN))[0]).toMatchObject({
      status: 'refused',
      code: 'insufficient_balance',
    });
  });
});
