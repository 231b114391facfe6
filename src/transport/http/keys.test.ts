import { afterEach, describe, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

describe('keys and audit', () => {
  test('a new key is told once, and kept from caches', async () => {
    http = await startStubbedHttp();
    const answer = await http.call('POST', '/v1/keys', { body: { role: 'service', name: 'bot' } });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ id: 'key_1', key: 'diana_service_secret' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await http.call('GET', '/v1/keys')).text).not.toContain('secret');
  });

  test('a client key needs a known user', async () => {
    http = await startStubbedHttp();
    expect((await http.call('POST', '/v1/keys', { body: { role: 'client', name: 'app', user: 'nobody' } })).body['code']).toBe(
      'unknown_user',
    );
    expect((await http.call('POST', '/v1/keys', { body: { role: 'client', name: 'app', user: 'ada' } })).status).toBe(201);
  });

  test('a key that does not exist cannot be revoked', async () => {
    http = await startStubbedHttp();
    expect((await http.call('DELETE', '/v1/keys/key_1')).status).toBe(200);
    expect((await http.call('DELETE', '/v1/keys/key_2')).body['code']).toBe('unknown_key');
  });

  test('a cursor of the audit log is a number of ours', async () => {
    http = await startStubbedHttp();
    expect((await http.call('GET', '/v1/audit?cursor=5')).body).toEqual({ entries: [], cursor: null });
    expect((await http.call('GET', '/v1/audit?cursor=x')).body).toMatchObject({ code: 'malformed', path: '/query/cursor' });
  });
});
