import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProven } from '../../../test/support/points.ts';
import { createTestReports, type TestReports } from '../../../test/support/reports.ts';
import { type Answer, type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';

let world: TestReports;
let http: StubbedHttp;
beforeAll(async () => {
  world = await createTestReports(`
diana: 1
name: points
currencies:
  points: { expires: { after: P30D, warn: P7D }, transfers: { max: 100, per: day }, cap: { max: 25, per: day } }
  scraps: { adjust: clamp }
multipliers: { double: { factor: 2 } }
rules: [{ id: quiz, on: quiz.won, award: { points: 10 } }]
`);
  http = await startStubbedHttp({ engine: world.engine, reports: world.reports });
  await post('/v1/transfers', { id: 'start', kind: 'award', user: 'ada', currency: 'points', amount: 500 });
});
afterAll(async () => {
  await http.close();
  await expectProven(world);
  await world.close();
});

const post = (path: string, body?: object): Promise<Answer> => http.call('POST', path, body === undefined ? {} : { body });
const get = (path: string): Promise<Answer> => http.call('GET', path, { key: 'service-key' });
const order = { id: 'order/1', user: 'ada', currency: 'points', amount: 70, reason: 'a lamp', expiresIn: '15m' };

describe('a hold', () => {
  test('is made, shown, captured in part, and what is left released', async () => {
    const made = await post('/v1/holds', order);
    expect(made).toMatchObject({
      status: 201,
      body: {
        id: 'order/1',
        user: 'ada',
        amount: 70,
        state: 'held',
        balance: 430,
        held: 70,
        expiresAt: '2026-11-21T12:15:00.000Z',
      },
    });
    expect(await post('/v1/holds', order)).toMatchObject({ status: 200, body: made.body });
    expect(await post('/v1/holds', { ...order, amount: 71 })).toMatchObject({ status: 409, body: { code: 'id_reused' } });
    const path = `/v1/holds/${encodeURIComponent('order/1')}`;
    expect(await post(`${path}/capture`, { amount: 20, final: true })).toMatchObject({
      status: 201,
      body: { captured: 20, released: 50, state: 'captured', balance: 480, held: 0, position: expect.any(Number) },
    });
    expect(await post(`${path}/capture`)).toMatchObject({ status: 409, body: { code: 'hold_closed' } });
    expect(await post(`${path}/release`)).toMatchObject({ status: 409, body: { code: 'hold_closed' } });
    const shown = { id: 'order/1', hold: made.body['hold'], state: 'captured', reason: 'a lamp', balance: 480, held: 0 };
    expect(await get(path)).toMatchObject({ status: 200, body: shown });
    expect(await get(`/v1/holds/${String(made.body['hold'])}`)).toMatchObject({ status: 200, body: shown });
  });

  test('is told of as unknown, too large, or malformed', async () => {
    expect(await get('/v1/holds/none')).toMatchObject({ status: 404, body: { code: 'unknown_hold', path: '/params/id' } });
    expect(await post('/v1/holds/none/capture', {})).toMatchObject({ status: 404, body: { code: 'unknown_hold' } });
    expect(await post('/v1/holds', { ...order, id: 'b', amount: 5_000 })).toMatchObject({
      status: 422,
      body: { code: 'insufficient_balance' },
    });
    expect(await post('/v1/holds', { ...order, id: 'd', user: 'eve' })).toMatchObject({
      status: 404,
      body: { code: 'unknown_user' },
    });
    expect(await post('/v1/holds', { ...order, id: 'c', amount: '5' })).toMatchObject({ status: 400, body: { path: '/amount' } });
    expect(await http.call('POST', '/v1/holds', { key: 'client-key', body: order })).toMatchObject({ status: 403 });
  });

  test('is in the list of its user, newest first, a page at a time, and in the export', async () => {
    for (const n of [1, 2, 3]) await post('/v1/holds', { id: `list-${n}`, user: 'ada', currency: 'points', amount: n });
    const seen: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await get(`/v1/users/ada/holds?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const { holds } = page.body as { holds: readonly { id: string }[] };
      expect(holds.length).toBeLessThanOrEqual(2);
      seen.push(...holds.map(({ id }) => id));
      ({ cursor } = page.body as { cursor: string | null });
    }
    expect(seen.toSorted()).toEqual(['list-1', 'list-2', 'list-3', 'order/1']);
    expect((await get('/v1/users/ada/holds?state=captured')).body['holds']).toMatchObject([{ id: 'order/1' }]);
    expect(await get('/v1/users/eve/holds')).toMatchObject({ status: 404 });
    expect(await get('/v1/users/ada/holds?cursor=x')).toMatchObject({ status: 400, body: { path: '/query/cursor' } });
    const document = await http.call('GET', '/v1/users/ada/export');
    expect((document.body['holds'] as readonly object[]).length).toBe(4);
    for (const n of [1, 2, 3]) await post(`/v1/holds/list-${n}/release`);
  });
});

test('a profile tells which points expire next', async () => {
  expect((await get('/v1/users/ada')).body['expiring']).toEqual({ points: [{ on: '2026-12-21', amount: 480 }] });
  expect((await get('/v1/users/ada')).body['held']).toEqual({});
});

describe('a boost', () => {
  const boost = { id: 'party', user: 'ada', factor: 1.5, until: '2026-11-21T13:00:00Z', reason: 'a party' };

  test('is granted by an admin, listed, and counts beside the factors of the catalog, up to the cap', async () => {
    expect(await http.call('POST', '/v1/boosts', { key: 'service-key', body: boost })).toMatchObject({ status: 403 });
    const granted = await post('/v1/boosts', boost);
    expect(granted).toMatchObject({ status: 201, body: { id: 'party', user: 'ada', factor: 1.5, cancelled: false } });
    expect(await post('/v1/boosts', boost)).toMatchObject({ status: 200, body: granted.body });
    expect((await get('/v1/boosts?user=ada')).body).toMatchObject({
      boosts: [{ id: 'party', reason: 'a party', grantedBy: 'key_admin' }],
    });
    expect((await get('/v1/boosts')).body).toEqual({ boosts: [] });
    expect(await get('/v1/boosts?user=eve')).toMatchObject({ status: 404, body: { code: 'unknown_user', path: '/query/user' } });
    await post('/v1/events', { id: 'e1', type: 'quiz.won', user: 'ada' });
    const award = { base: 10, amount: 25, multipliers: [{ id: 'double' }, { id: 'boost:party', factor: 1.5 }] };
    expect((await get('/v1/events/e1')).body).toMatchObject({
      outcome: { awards: [{ ...award, capped: { max: 25, per: 'day', used: 25 } }] },
    });
  });

  test('is taken back', async () => {
    expect(await http.call('DELETE', '/v1/boosts/party?reason=over')).toMatchObject({ status: 200, body: { cancelled: true } });
    expect((await get('/v1/boosts?user=ada')).body).toEqual({ boosts: [] });
    expect(await http.call('DELETE', '/v1/boosts/none')).toMatchObject({ status: 404, body: { code: 'unknown_boost' } });
  });
});

test('what goes beyond a limit on transfers is 422, and an adjustment that is cut tells what was taken', async () => {
  const gift = { kind: 'transfer', user: 'ada', to: 'bob', currency: 'points' };
  expect(await post('/v1/transfers', { ...gift, id: 'g1', amount: 100 })).toMatchObject({ status: 201 });
  expect(await post('/v1/transfers', { ...gift, id: 'g2', amount: 1 })).toMatchObject({
    status: 422,
    body: { code: 'limit_reached' },
  });
  const scraps = { kind: 'adjust', user: 'ada', currency: 'scraps', reason: 'x' };
  await post('/v1/transfers', { ...scraps, id: 'a1', amount: 3 });
  expect(await post('/v1/transfers', { ...scraps, id: 'a2', amount: -5 })).toMatchObject({
    status: 201,
    body: { amount: -3, balance: 0 },
  });
});
