import { afterEach, describe, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

describe('a key', () => {
  test('that is missing is asked for', async () => {
    http = await startStubbedHttp();
    const answer = await http.call('GET', '/v1/users/ada', { key: null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="diana"');
    expect(answer.body).toMatchObject({ code: 'unauthorized' });
  });

  test('that is wrong is turned away', async () => {
    http = await startStubbedHttp();
    const answer = await http.call('GET', '/v1/users/ada', { key: 'guess' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
  });

  // Everything that a role may call beyond the one before it.
  const SERVICE = ['GET /v1/events/1', 'PUT /v1/users/ada', 'POST /v1/transfers'];
  const ADMIN = [
    'DELETE /v1/users/ada',
    'GET /v1/users/ada/export',
    'GET /v1/catalog',
    'POST /v1/catalog',
    'POST /v1/catalog/plan',
    'GET /v1/audit',
    'GET /v1/set-aside',
    'GET /v1/keys',
    'POST /v1/keys',
    'DELETE /v1/keys/key_1',
  ];
  const refusedTo = async (server: StubbedHttp, calls: readonly string[], key: string): Promise<readonly string[]> => {
    const refused: string[] = [];
    for (const call of calls) {
      const [method = '', path = ''] = call.split(' ');
      const body = method === 'GET' || method === 'DELETE' ? undefined : {};
      const answer = await server.call(method, path, { key, body });
      if (answer.status === 403) refused.push(call);
    }
    return refused;
  };

  test('opens what its role is for, and nothing else', async () => {
    http = await startStubbedHttp();
    expect(await refusedTo(http, [...SERVICE, ...ADMIN], 'client-key')).toEqual([...SERVICE, ...ADMIN]);
    expect(await refusedTo(http, [...SERVICE, ...ADMIN], 'service-key')).toEqual(ADMIN);
    expect(await refusedTo(http, [...SERVICE, ...ADMIN], 'admin-key')).toEqual([]);
  });

  test.each(['', '/transfers', '/achievements'])('of a client reads its own user only (users/…%s)', async (rest) => {
    http = await startStubbedHttp();
    expect((await http.call('GET', `/v1/users/ada${rest}`, { key: 'client-key' })).status).toBe(200);
    expect((await http.call('GET', `/v1/users/grace${rest}`, { key: 'client-key' })).status).toBe(403);
    // Whether a user exists is nothing that it is told.
    expect((await http.call('GET', `/v1/users/nobody${rest}`, { key: 'client-key' })).status).toBe(403);
  });

  test('of a client reads boards, and its own place on them', async () => {
    http = await startStubbedHttp();
    expect((await http.call('GET', '/v1/boards/weekly', { key: 'client-key' })).body['code']).toBe('unknown_board');
    expect((await http.call('GET', '/v1/boards/weekly/users/ada', { key: 'client-key' })).body['code']).toBe('not_ranked');
    expect((await http.call('GET', '/v1/boards/weekly/users/grace', { key: 'client-key' })).body['code']).toBe('forbidden');
  });

  test('is not needed for health, metrics and the description of the API', async () => {
    http = await startStubbedHttp();
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/problems/busy']) {
      expect((await http.call('GET', path, { key: null })).status).toBe(200);
    }
  });
});

describe('limits', () => {
  test('a client key that sends too much waits, others do not', async () => {
    http = await startStubbedHttp({ limits: { perKey: { client: { max: 3, window: 60_000 }, service: null, admin: null } } });
    const call = async (key: string) => (await http?.call('GET', '/v1/users/ada', { key }))?.status;
    expect([await call('client-key'), await call('client-key'), await call('client-key')]).toEqual([200, 200, 200]);
    const answer = await http.call('GET', '/v1/users/ada', { key: 'client-key' });
    expect(answer.status).toBe(429);
    expect(answer.body).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(await call('service-key')).toBe(200);
    http.clock.time += Number(answer.headers.get('retry-after')) * 1_000;
    expect(await call('client-key')).toBe(200);
  });

  test('who guesses keys waits, while good keys behind the same address go on working', async () => {
    http = await startStubbedHttp({ limits: { failedAuthentication: { max: 2, window: 60_000 } } });
    const call = async (key: string) => (await http?.call('GET', '/v1/users/ada', { key }))?.status;
    expect([await call('guess1'), await call('guess2'), await call('guess3')]).toEqual([401, 401, 429]);
    const answer = await http.call('GET', '/v1/users/ada', { key: 'guess4' });
    expect(answer.body).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('too many wrong keys') });
    // Neither was seen before: a key that was made this minute opens too.
    expect([await call('admin-key'), await call('service-key')]).toEqual([200, 200]);
    http.clock.time += Number(answer.headers.get('retry-after')) * 1_000;
    expect(await call('guess5')).toBe(401);
  });

  test('an address may be limited as a whole, but for probes', async () => {
    http = await startStubbedHttp({ limits: { perAddress: { max: 1, window: 60_000 } } });
    expect((await http.call('GET', '/openapi.json', { key: null })).status).toBe(200);
    expect((await http.call('GET', '/v1/users/ada')).status).toBe(429);
    expect((await http.call('GET', '/livez', { key: null })).status).toBe(200);
  });
});
