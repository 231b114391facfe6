import { afterEach, describe, expect, test } from 'vitest';
import { MIRROR, type StubbedHttp, startStubbedHttp, stubbedBus } from '../../../test/support/stubbed-http.ts';
import { accepted, refused } from '../../kernel/outcome.ts';
import type { RefusalCode } from '../../kernel/refusals.ts';
import type { HttpDependencies } from './port.ts';

type Bus = HttpDependencies['bus'];

let http: StubbedHttp;
afterEach(() => http.close());

/** A server whose bus answers some calls in its own way; all of those are noted. */
async function serve(answers: Partial<Bus> = {}): Promise<unknown[][]> {
  const calls: unknown[][] = [];
  const noted = Object.entries(answers).map(([name, answer]) => [
    name,
    (...args: readonly unknown[]) => {
      calls.push([name, ...args]);
      return (answer as (...given: readonly unknown[]) => unknown)(...args);
    },
  ]);
  http = await startStubbedHttp({ bus: { ...stubbedBus(), ...(Object.fromEntries(noted) as Partial<Bus>) } });
  return calls;
}

const ADMIN = expect.objectContaining({ id: 'key_admin' });
const refusing = (code: RefusalCode, path: string) => async () => refused({ code, path, message: `because of ${code}` });

const READS = ['GET /v1/subscriptions', 'GET /v1/subscriptions/mirror', 'GET /v1/dead-letters', 'GET /v1/bus', 'GET /v1/stream'];
const CHANGES = [
  'POST /v1/subscriptions',
  'PATCH /v1/subscriptions/mirror',
  'DELETE /v1/subscriptions/mirror',
  'POST /v1/subscriptions/mirror/pause',
  'POST /v1/subscriptions/mirror/resume',
  'POST /v1/subscriptions/mirror/secret',
  'POST /v1/subscriptions/mirror/replay',
  'POST /v1/dead-letters/redrive',
  'POST /v1/dead-letters/discard',
];

test('services look, admins change, nobody else does either', async () => {
  await serve();
  const statusOf = async (call: string, key: string | null): Promise<number> => {
    const [method = '', path = ''] = call.split(' ');
    const body = ['GET', 'DELETE'].includes(method) ? undefined : {};
    return (await http.call(method, path, { key, body })).status;
  };
  for (const call of [...READS, ...CHANGES]) {
    expect(await statusOf(call, null), call).toBe(401);
    expect(await statusOf(call, 'client-key'), call).toBe(403);
  }
  for (const call of READS) expect(await statusOf(call, 'service-key'), call).not.toBe(403);
  for (const call of CHANGES) {
    expect(await statusOf(call, 'service-key'), call).toBe(403);
    expect(await statusOf(call, 'admin-key'), call).not.toBe(403);
  }
});

describe('subscriptions', () => {
  test('are listed and shown', async () => {
    await serve();
    expect((await http.call('GET', '/v1/subscriptions')).body).toEqual({ subscriptions: [MIRROR] });
    expect((await http.call('GET', '/v1/subscriptions/mirror')).body).toEqual(MIRROR);
    const unknown = await http.call('GET', '/v1/subscriptions/other');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'unknown_subscription', path: '/params/name' } });
  });

  test('are made of what the bus takes, and the secret is told', async () => {
    const calls = await serve({ create: async () => accepted({ subscription: MIRROR, secret: 'whsec_x' }) });
    const body = { name: 'mirror', url: 'https://example.org/', types: ['game.*'], anything: 1 };
    const answer = await http.call('POST', '/v1/subscriptions', { body });
    expect(answer).toMatchObject({ status: 201, body: { subscription: MIRROR, secret: 'whsec_x' } });
    expect(calls).toEqual([['create', body, ADMIN]]);
  });

  test.each([
    ['malformed', '/types/0', 400],
    ['name_taken', '/name', 409],
  ] as const)('are refused with the path of the fault: %s', async (code, path, status) => {
    await serve({ create: refusing(code, path) });
    expect(await http.call('POST', '/v1/subscriptions', { body: {} })).toMatchObject({ status, body: { code, path } });
  });

  test('are changed, by an object or by null within it', async () => {
    const calls = await serve({ change: async () => accepted(MIRROR) });
    const answer = await http.call('PATCH', '/v1/subscriptions/mirror', { body: { filter: null } });
    expect(answer).toMatchObject({ status: 200, body: MIRROR });
    expect(calls).toEqual([['change', 'mirror', { filter: null }, ADMIN]]);
  });

  test('are deleted with a reason, and the answer is empty', async () => {
    const calls = await serve({ remove: async () => accepted(null) });
    const answer = await http.call('DELETE', '/v1/subscriptions/mirror?reason=moved');
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(calls).toEqual([['remove', 'mirror', ADMIN, 'moved']]);
  });

  test.each(['pause', 'resume'] as const)('%s, with or without a reason', async (action) => {
    const calls = await serve({ [action]: async () => accepted(MIRROR) });
    const path = `/v1/subscriptions/mirror/${action}`;
    expect(await http.call('POST', path)).toMatchObject({ status: 200, body: MIRROR });
    expect(await http.call('POST', path, { body: { reason: 'night' } })).toMatchObject({ status: 200 });
    expect(calls).toEqual([
      [action, 'mirror', ADMIN, null],
      [action, 'mirror', ADMIN, 'night'],
    ]);
    for (const body of [{ reason: '' }, { why: 'night' }, []])
      expect(await http.call('POST', path, { body })).toMatchObject({ status: 400, body: { code: 'malformed' } });
  });

  test('that are unknown are so by their address', async () => {
    await serve();
    for (const [method, rest, body] of [
      ['PATCH', '', {}],
      ['DELETE', '', undefined],
      ['POST', '/pause', undefined],
      ['POST', '/secret', undefined],
      ['POST', '/replay', { from: 0 }],
    ] as const) {
      const answer = await http.call(method, `/v1/subscriptions/other${rest}`, { body });
      expect(answer, rest).toMatchObject({ status: 404, body: { code: 'unknown_subscription', path: '/params/name' } });
    }
  });

  test('get a new secret beside the old one, for a day or as long as is said', async () => {
    const value = { secret: 'whsec_new', until: '2026-11-22T12:00:00.000Z' };
    const calls = await serve({ rotate: async () => accepted(value) });
    const path = '/v1/subscriptions/mirror/secret';
    expect(await http.call('POST', path)).toMatchObject({ status: 200, body: value });
    await http.call('POST', path, { body: { overlapSeconds: 0 } });
    expect(calls.map((call) => call[2])).toEqual([86_400, 0]);
    for (const overlapSeconds of [-1, 2_592_001, 1.5, '60']) {
      const answer = await http.call('POST', path, { body: { overlapSeconds } });
      expect(answer).toMatchObject({ status: 400, body: { path: '/overlapSeconds' } });
    }
  });

  test('are replayed: 200 where that only counts, 202 where it has begun', async () => {
    const answered = { subscription: 'mirror', from: 0, to: 9, events: 2, types: { 'game.won': 2 } };
    const calls = await serve({
      replay: async (_name, input) => accepted({ ...answered, dryRun: (input as { dryRun?: boolean }).dryRun === true }),
    });
    const path = '/v1/subscriptions/mirror/replay';
    const dry = await http.call('POST', path, { body: { from: 'beginning', dryRun: true } });
    expect(dry).toMatchObject({ status: 200, body: { ...answered, dryRun: true } });
    expect(await http.call('POST', path, { body: { from: 3 } })).toMatchObject({ status: 202 });
    expect(calls[1]).toEqual(['replay', 'mirror', { from: 3 }, ADMIN]);
  });

  test.each([
    ['replay_under_way', undefined, 409, undefined],
    ['name_taken', '/name', 409, '/into'],
    ['malformed', '/from', 400, '/from'],
  ] as const)('whose replay is refused say why: %s', async (code, path, status, told) => {
    await serve({ replay: async () => refused({ code, message: 'no', ...(path === undefined ? {} : { path }) }) });
    const answer = await http.call('POST', '/v1/subscriptions/mirror/replay', { body: {} });
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.body['path']).toBe(told);
  });
});

test('a body that is no JSON reaches nobody', async () => {
  const calls = await serve({ create: async () => accepted({ subscription: MIRROR, secret: null }) });
  for (const body of ['{', '{"a":"\\u0000"}', '{"__proto__":{}}'])
    expect(await http.call('POST', '/v1/subscriptions', { body })).toMatchObject({ status: 400, body: { code: 'malformed' } });
  const plain = await http.call('POST', '/v1/subscriptions', { body: 'name: mirror', type: 'text/plain' });
  expect(plain.status).toBe(415);
  expect(calls).toEqual([]);
});

describe('dead letters', () => {
  test('are listed by filter, a page at a time', async () => {
    const page = { total: 3, deadLetters: [], cursor: 'more' };
    const calls = await serve({ deadLetters: async () => accepted(page) });
    const query = 'subscription=mirror&type=game.won&user=ada&correlationId=o%201&limit=2&cursor=c';
    expect(await http.call('GET', `/v1/dead-letters?${query}`)).toMatchObject({ status: 200, body: page });
    expect(calls).toEqual([
      ['deadLetters', { subscription: 'mirror', type: 'game.won', user: 'ada', correlationId: 'o 1' }, { limit: 2, cursor: 'c' }],
    ]);
    expect(await http.call('GET', '/v1/dead-letters?limit=0')).toMatchObject({ status: 400, body: { path: '/query/limit' } });
  });

  test('have cursors of their own', async () => {
    await serve({ deadLetters: refusing('malformed', '/cursor') });
    const answer = await http.call('GET', '/v1/dead-letters?cursor=x');
    expect(answer).toMatchObject({ status: 400, body: { path: '/query/cursor' } });
  });

  test('are shown by id', async () => {
    const letter = { id: 'mirror:7' };
    const calls = await serve({ deadLetter: async (id) => (id === letter.id ? (letter as never) : undefined) });
    expect(await http.call('GET', '/v1/dead-letters/mirror%3A7')).toMatchObject({ status: 200, body: letter });
    const unknown = await http.call('GET', '/v1/dead-letters/mirror:8');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'unknown_dead_letter', path: '/params/id' } });
    expect(calls).toEqual([
      ['deadLetter', 'mirror:7'],
      ['deadLetter', 'mirror:8'],
    ]);
  });

  test('are redriven and discarded as the bus understands it', async () => {
    const calls = await serve({
      redrive: async () => accepted({ redriven: 2, left: 1 }),
      discard: refusing('malformed', '/reason'),
    });
    const redriven = await http.call('POST', '/v1/dead-letters/redrive', { body: { all: true } });
    expect(redriven).toMatchObject({ status: 200, body: { redriven: 2, left: 1 } });
    const discarded = await http.call('POST', '/v1/dead-letters/discard', { body: { ids: ['mirror:7'] } });
    expect(discarded).toMatchObject({ status: 400, body: { path: '/reason' } });
    expect(calls).toEqual([
      ['redrive', { all: true }, ADMIN],
      ['discard', { ids: ['mirror:7'] }, ADMIN],
    ]);
  });
});

test('the bus in short tells the worst of those that are active', async () => {
  const like = (name: string, state: 'active' | 'paused', events: number, seconds: number) => ({
    ...MIRROR,
    name,
    state,
    health: { ...MIRROR.health, deadLetters: 2, lag: { events, seconds } },
  });
  await serve({
    list: async () => [like('a', 'active', 5, 9.5), like('b', 'active', 70, 0.5), like('c', 'paused', 900, 900)],
    status: () => ({ degraded: ['redis'], redis: { configured: true, kind: 'single', up: false }, streams: 4 }),
  });
  expect(await http.call('GET', '/v1/bus')).toMatchObject({
    status: 200,
    body: {
      degraded: ['redis'],
      redis: { configured: true, kind: 'single', up: false },
      streams: 4,
      subscriptions: 3,
      deadLetters: 6,
      lag: { events: 70, seconds: 9.5 },
    },
  });
  await http.close();
  await serve({ list: async () => [] });
  expect((await http.call('GET', '/v1/bus')).body).toMatchObject({ subscriptions: 0, lag: { events: 0, seconds: 0 } });
});
