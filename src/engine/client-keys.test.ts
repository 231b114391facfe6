import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../test/support/engine.ts';
import type { Actor } from '../access/index.ts';

let engine: TestEngine;
let ada: Actor;
beforeAll(async () => {
  engine = await createTestEngine(`
diana: 1
name: clients
strictEvents: true
currencies: { points: { name: Points } }
events:
  app.opened: { data: { screen: string }, public: true }
  app.bought: { data: { price: integer } }
rules:
  - { id: opened, on: app.opened, award: { points: 1 } }
  - { id: fine, on: app.bought, adjust: { points: event.data.price } }
`);
  await engine.submit([opened('ada-0', 'ada'), opened('bob-0', 'bob')]);
  const [row] = await engine.test.owner.unsafe(`select account from users.person where id = 'ada'`);
  ada = { id: 'key_ada', role: 'client', account: Number(row?.['account']) };
});
afterAll(() => engine.close());

const opened = (id: string, user: string, data: object = { screen: 'home' }): object => ({ id, type: 'app.opened', user, data });
async function code(event: unknown, actor: Actor): Promise<string> {
  const [result] = await engine.submit([event], actor);
  return result === undefined
    ? 'nothing'
    : result.status === 'refused'
      ? `${result.code} ${result.path ?? ''}`.trim()
      : result.status;
}

describe('a client key', () => {
  test('sends public events of its own user', async () => {
    expect(await code(opened('ada-1', 'ada'), ada)).toBe('accepted');
    expect(await code(opened('ada-1', 'ada'), ada)).toBe('duplicate');
  });

  test('speaks for nobody else, known or new', async () => {
    expect(await code(opened('b-1', 'bob'), ada)).toBe('forbidden /user');
    expect(await code(opened('b-2', 'nobody-yet'), ada)).toBe('forbidden /user');
    const people = await engine.test.owner.unsafe(`select 1 from users.person where id = 'nobody-yet'`);
    expect(people).toHaveLength(0);
  });

  test('sends no event that is not public', async () => {
    expect(await code({ id: 'b-3', type: 'app.bought', user: 'ada', data: { price: 1 } }, ada)).toBe('forbidden /type');
    expect(await code({ id: 'b-4', type: 'app.unheard', user: 'ada' }, ada)).toBe('forbidden /type');
  });

  test('learns nothing about the events of others by sending their ids', async () => {
    expect(await code(opened('bob-0', 'bob'), ada)).toBe('forbidden /user');
    expect(await code(opened('bob-0', 'bob', { screen: 'other' }), ada)).toBe('forbidden /user');
  });
});

describe('of several refusals the foremost is told', () => {
  const later = '2027-01-01T00:00:00Z';
  const big = { screen: 'x'.repeat(300_000) };
  test.each([
    ['malformed before too_large', { id: 'p', type: 'app.opened', user: '', data: big }, 'malformed /user'],
    ['too_large before forbidden', { id: 'p', type: 'app.opened', user: 'bob', data: big }, 'too_large'],
    ['invalid_time before reserved_type', { id: 'p', type: 'points.awarded', user: 'ada', time: later }, 'invalid_time /time'],
    ['reserved_type before forbidden', { id: 'p', type: 'points.awarded', user: 'bob' }, 'reserved_type /type'],
    ['forbidden before id_reused', { id: 'bob-0', type: 'app.opened', user: 'bob', data: { screen: 'no' } }, 'forbidden /user'],
    ['forbidden before invalid_data', { id: 'p', type: 'app.opened', user: 'bob', data: {} }, 'forbidden /user'],
  ])('%s', async (_, event, expected) => {
    expect(await code(event, ada)).toBe(expected);
  });
  test.each([
    ['id_reused before unknown_type', { id: 'bob-0', type: 'app.unheard', user: 'bob' }, 'id_reused /id'],
    ['id_reused before invalid_data', opened('bob-0', 'bob', { screen: 7 }), 'id_reused /id'],
    [
      'invalid_data before insufficient_balance',
      { id: 'p', type: 'app.bought', user: 'bob', data: { price: '-9' } },
      'invalid_data /data/price',
    ],
    ['insufficient_balance last', { id: 'p', type: 'app.bought', user: 'bob', data: { price: -9 } }, 'insufficient_balance'],
  ])('%s', async (_, event, expected) => {
    expect(await code(event, ADMIN)).toBe(expected);
  });
});

test('a service key may not adjust: the rule is skipped, the event counts', async () => {
  const [result] = await engine.submit([{ id: 'svc-1', type: 'app.bought', user: 'bob', data: { price: 5 } }], SERVICE);
  expect(result).toMatchObject({ status: 'accepted', awards: [], skipped: [{ rule: 'fine', code: 'condition_failed' }] });
});

test('an event of an admin adjusts, says so, and leaves an audit row', async () => {
  const [result] = await engine.submit([{ id: 'adm-1', type: 'app.bought', user: 'bob', data: { price: 5 } }], ADMIN);
  expect(result).toMatchObject({ status: 'accepted', adjustments: [{ rule: 'fine', amount: 5, balance: 6 }] });
  const rows = await engine.test.owner.unsafe(`select actor, before, after from access.audit where action = 'event.adjust'`);
  expect(rows).toEqual([expect.objectContaining({ actor: ADMIN.id, before: { available: 1 }, after: { available: 6 } })]);
});
