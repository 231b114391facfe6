import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { verifyLedger } from '../ledger/index.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine(`
diana: 1
currencies: { points: {}, gems: {} }
metrics:
  spends: { count: points.spent }
  received: { count: points.transferred, when: 'event.data.direction == "in"' }
  gems-earned: { earned: gems }
rules:
  - { id: loyal, on: points.spent, award: { gems: 1 } }
  - { id: welcome, on: user.created, award: { gems: 5 } }
boards:
  - { id: gems, metric: gems-earned, period: week }
`);
});
afterAll(() => engine.close());

async function state(user: string): Promise<unknown> {
  const [row] = await engine.test.owner.unsafe(
    `select a.state -> 'metrics' as metrics, (select json_object_agg(currency, available) from ledger.account l where l.account = p.account) as balances
     from users.person p join engine.account a using (account) where p.id = $1`,
    [user],
  );
  return row;
}

test('somebody who is put is as new as somebody who comes with an event', async () => {
  const put = await engine.engine.putUser('eve', { zone: 'Asia/Tokyo', attributes: { vip: true } }, ADMIN);
  expect(put).toEqual({ ok: true, value: { created: true } });
  expect(await state('eve')).toMatchObject({ metrics: { 'gems-earned': [5, expect.any(Number)] }, balances: { gems: 5 } });
  expect(await engine.engine.putUser('eve', { name: 'Eve' }, ADMIN)).toEqual({ ok: true, value: { created: false } });
  expect(await state('eve')).toMatchObject({ balances: { gems: 5 } });
  const rows = await engine.test.owner.unsafe(
    `select l.type, a.state -> 'zone' as zone, s.score from events.log l
     join users.person p using (account) join engine.account a using (account) join boards.score s using (account)
     where p.id = 'eve' order by position`,
  );
  expect(rows.map(({ type, zone, score }) => [type, zone, score])).toEqual([
    ['user.created', 'Asia/Tokyo', 5],
    ['points.awarded', 'Asia/Tokyo', 5],
    ['user.updated', 'Asia/Tokyo', 5],
  ]);
  expect(await verifyLedger(engine.test.database, { now: () => 0 })).toMatchObject({ ok: true });
});

test('rules and metrics hear of what a transfer announces, about the giver and the receiver', async () => {
  const run = (command: object): ReturnType<typeof engine.engine.transfer> => engine.engine.transfer(command, ADMIN);
  await run({ id: 'h1', kind: 'award', user: 'ann', currency: 'points', amount: 10 });
  expect(await state('ann')).toMatchObject({ balances: { points: 10, gems: 5 } });
  await run({ id: 'h2', kind: 'spend', user: 'ann', currency: 'points', amount: 4 });
  await run({ id: 'h3', kind: 'transfer', user: 'ann', to: 'bob', currency: 'points', amount: 1 });
  expect(await state('ann')).toMatchObject({ metrics: { spends: [1, expect.any(Number)] }, balances: { points: 5, gems: 6 } });
  expect(await state('bob')).toMatchObject({ metrics: { received: [1, expect.any(Number)] }, balances: { points: 1, gems: 5 } });
  expect(await verifyLedger(engine.test.database, { now: () => 0 })).toMatchObject({ ok: true });
});
