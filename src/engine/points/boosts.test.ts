import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProven, factsOf, told } from '../../../test/support/points.ts';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../../test/support/engine.ts';
import type { AwardResult } from '../index.ts';

let world: TestEngine;
beforeAll(async () => {
  world = await createTestEngine(`
diana: 1
currencies: { points: {}, gems: {} }
rounding: floor
multipliers: { vip: { when: 'user.attributes.vip == true', factor: 1.5 } }
metrics: { wins: { count: quiz.won } }
rules:
  - { id: quiz, on: quiz.won, award: { points: 10, gems: 1 } }
  - { id: plain, on: quiz.won, award: { points: 7 }, multipliers: [] }
  - { id: vips, on: vip.came, award: { points: 10 }, multipliers: [vip] }
achievements: [{ id: winner, metric: wins, tiers: [{ id: first, at: 1, award: { points: 100 } }] }]
`);
  for (const user of ['ada', 'bob', 'eve', 'max']) await world.engine.putUser(user, {}, SERVICE);
});
afterAll(async () => {
  await expectProven(world);
  await world.close();
});

let n = 0;
async function awards(user: string, time: string, type = 'quiz.won'): Promise<readonly AwardResult[]> {
  const [result] = await world.submit([{ id: `e${(n += 1)}`, type, user, time }]);
  if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
  return result.awards;
}

/** What the rule "quiz" gave of points. */
const quiz = async (user: string, time: string) =>
  (await awards(user, time)).find(({ rule, currency }) => rule === 'quiz' && currency === 'points')?.amount;

const grant = async (id: string, more: object) =>
  told(await world.engine.grantBoost({ id, factor: 2, until: '2026-11-21T13:00:00Z', reason: 'a party', ...more }, ADMIN));

describe('a boost of one user', () => {
  test('is one more factor from its first millisecond to its last, stacked exactly, on rules that have any', async () => {
    expect(await grant('party', { user: 'ada', factor: 1.1, from: '2026-11-21T12:00:00Z' })).toMatchObject({
      id: 'party',
      user: 'ada',
      factor: 1.1,
      currency: null,
      rules: null,
      from: '2026-11-21T12:00:00.000Z',
      until: '2026-11-21T13:00:00.000Z',
      cancelled: false,
    });
    await world.engine.putUser('ada', { attributes: { vip: true } }, SERVICE);
    world.clock.set('2026-11-21T13:30:00Z');
    expect(await awards('ada', '2026-11-21T12:00:00Z')).toMatchObject([
      // 10 × 1.5 × 1.1 is 16.5, and not what binary fractions make of it.
      {
        rule: 'quiz',
        base: 10,
        amount: 16,
        multipliers: [
          { id: 'vip', factor: 1.5 },
          { id: 'boost:party', factor: 1.1 },
        ],
      },
      { rule: 'quiz', currency: 'gems', amount: 1 },
      { rule: 'plain', amount: 7, multipliers: [] },
      { rule: 'achievement:winner:first', amount: 100, multipliers: [] },
    ]);
    const around = [
      '2026-11-21T11:59:59.999Z',
      '2026-11-21T12:00:00.000Z',
      '2026-11-21T12:59:59.999Z',
      '2026-11-21T13:00:00.000Z',
    ];
    const amounts: unknown[] = [];
    for (const time of around) amounts.push(await quiz('ada', time));
    expect(amounts).toEqual([15, 16, 16, 15]);
    expect(await quiz('bob', '2026-11-21T12:30:00Z')).toBe(10);
  });

  test('is announced as it is granted and as it ends, once, and is in the audit log', async () => {
    await world.engine.runDueTimers();
    await world.engine.runDueTimers();
    expect(await factsOf(world, 'boost.%')).toMatchObject([
      ['boost.granted', { boost: 'party', factor: 1.1 }],
      ['boost.ended', { boost: 'party', cancelled: false }],
    ]);
    const [audit] = await world.test.owner`select action, actor, reason, after from access.audit where action = 'boost.grant'`;
    expect(audit).toMatchObject({ action: 'boost.grant', actor: 'key_test', reason: 'a party', after: { factor: 1.1 } });
  });

  test('may be for some rules and one currency only', async () => {
    const until = '2026-11-21T15:00:00Z';
    await grant('some', { user: 'bob', rules: ['vips'], currency: 'points', until });
    const at = '2026-11-21T13:31:00Z';
    world.clock.set(at);
    expect(await awards('bob', at, 'vip.came')).toMatchObject([{ amount: 20 }]);
    expect(await quiz('bob', at)).toBe(10);
    await grant('gems', { user: 'bob', currency: 'gems', until });
    expect((await awards('bob', at)).map(({ currency, amount }) => [currency, amount])).toEqual([
      ['points', 10],
      ['gems', 2],
      ['points', 7],
    ]);
  });

  test('ends when it is taken back; what happened before keeps it', async () => {
    await grant('short', { user: 'eve', until: '2026-11-21T20:00:00Z' });
    world.clock.set('2026-11-21T14:00:00Z');
    expect(told(await world.engine.cancelBoost('short', 'enough', ADMIN))).toMatchObject({
      cancelled: true,
      until: '2026-11-21T14:00:00.000Z',
    });
    expect(await quiz('eve', '2026-11-21T13:59:59.999Z')).toBe(20);
    expect(await quiz('eve', '2026-11-21T14:00:00Z')).toBe(10);
    const ended = (await factsOf(world, 'boost.ended')).length;
    expect(told(await world.engine.cancelBoost('short', null, ADMIN))).toMatchObject({ cancelled: true });
    world.clock.set('2026-11-21T21:00:00Z');
    await world.engine.runDueTimers();
    expect(
      (await factsOf(world, 'boost.ended')).map(([, data]) => (data as { boost: string }).boost).filter((id) => id === 'short'),
    ).toHaveLength(1);
    expect(ended).toBeGreaterThan(0);
    expect(told(await world.engine.cancelBoost('nothing', null, ADMIN))).toBe('unknown_boost');
  });

  test('is there for late events for a week, and then leaves the hot row', async () => {
    world.clock.set('2026-11-21T21:00:00Z');
    await grant('week', { user: 'max', until: '2026-11-21T22:00:00Z' });
    world.clock.set('2026-11-28T21:59:59.999Z');
    expect(await quiz('max', '2026-11-21T21:30:00Z')).toBe(20);
    world.clock.set('2026-11-28T22:00:00Z');
    expect(await quiz('max', '2026-11-21T21:30:00Z')).toBe(10);
    const [row] = await world.test
      .owner`select a.state from engine.account a join users.person p using (account) where p.id = 'max'`;
    expect(row?.['state']).toMatchObject({ boosts: [] });
  });

  test('is one of at most twenty that go on', async () => {
    const until = '2026-12-21T00:00:00Z';
    for (let i = 0; i < 20; i += 1)
      expect(await grant(`many-${i}`, { user: 'max', until, factor: 1 })).toMatchObject({ factor: 1 });
    expect(await grant('many-20', { user: 'max', until })).toBe('limit_reached');
    expect(await grant('many-0', { user: 'max', until, factor: 1 })).toMatchObject({ id: 'many-0' });
    expect(await grant('many-0', { user: 'max', until, factor: 3 })).toBe('id_reused');
  });
});

test('a boost for everyone counts in every process from the moment on at which it is granted, until it is taken back', async () => {
  const other = await world.another();
  world.clock.set('2026-11-29T12:00:00Z');
  const send = async (engine: TestEngine['engine'], id: string) => {
    const [result] = await engine.submit([{ id, type: 'quiz.won', user: 'bob', time: '2026-11-29T12:00:00Z' }], SERVICE);
    return result?.status === 'accepted' ? result.awards[0]?.amount : result;
  };
  expect([await send(world.engine, 'g1'), await send(other, 'g2')]).toEqual([10, 10]);
  await grant('all', { factor: 3, until: '2026-11-30T00:00:00Z' });
  expect([await send(other, 'g3'), await send(world.engine, 'g4')]).toEqual([30, 30]);
  world.clock.set('2026-11-29T12:00:01Z');
  await other.cancelBoost('all', null, ADMIN);
  const late = (id: string) => ({ id, type: 'quiz.won', user: 'bob', time: '2026-11-29T12:00:01Z' });
  const answers = [...(await world.engine.submit([late('g5')], SERVICE)), ...(await other.submit([late('g6')], SERVICE))];
  expect(answers).toMatchObject([{ awards: [{ amount: 10 }, {}, {}] }, { awards: [{ amount: 10 }, {}, {}] }]);
  expect((await factsOf(world, 'boost.%')).slice(-2)).toMatchObject([
    ['boost.granted', { boost: 'all' }],
    ['boost.ended', { boost: 'all', cancelled: true }],
  ]);
});

test('of boosts for everyone that two processes grant at once, no more than twenty go on', async () => {
  const other = await world.another();
  const until = '2026-12-21T00:00:00Z';
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      (i % 2 === 0 ? world.engine : other).grantBoost({ id: `a-${i}`, factor: 1, until, reason: 'x' }, ADMIN),
    ),
  );
  expect(answers.filter(({ ok }) => ok)).toHaveLength(20);
});

test.each<[string, object, string, string]>([
  ['nobody', { user: 'nobody' }, 'unknown_user', '/user'],
  ['factor 0', { factor: 0 }, 'malformed', '/factor'],
  ['factor 1001', { factor: 1001 }, 'malformed', '/factor'],
  ['an unknown currency', { currency: 'gold' }, 'unknown_currency', '/currency'],
  ['an unknown rule', { rules: ['quiz', 'quizz'] }, 'malformed', '/rules/1'],
  ['no rules', { rules: [] }, 'malformed', '/rules'],
  ['a time that is over', { until: '2026-11-29T11:00:00Z' }, 'invalid_time', '/until'],
  ['a time before its beginning', { from: '2027-01-02T00:00:00Z', until: '2027-01-01T00:00:00Z' }, 'malformed', '/until'],
  ['no reason', { reason: undefined }, 'malformed', ''],
  ['an id that nobody can read', { id: 'a b' }, 'malformed', '/id'],
])('a boost of %s is refused', async (_, more, code, path) => {
  const outcome = await world.engine.grantBoost(
    { id: 'bad', user: 'ada', factor: 2, until: '2027-01-01T00:00:00Z', reason: 'x', ...more },
    ADMIN,
  );
  expect(outcome.ok ? outcome : outcome.refusal).toMatchObject({ code, path: expect.stringContaining(path) });
});

test('who is erased leaves no boosts', async () => {
  await world.engine.eraseUser('max', null, ADMIN);
  const rows = await world.test.owner`select name from rules.boost where name like 'many%'`;
  expect(rows).toEqual([]);
  expect(told(await world.engine.cancelBoost('many-1', null, ADMIN))).toBe('unknown_boost');
});
