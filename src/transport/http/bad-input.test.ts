import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';

let http: StubbedHttp;
beforeAll(async () => {
  http = await startStubbedHttp();
});
afterAll(async () => {
  await http.close();
});

/** What the server says to bytes on a bare connection. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(http.port, '127.0.0.1');
  socket.end(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('a body', () => {
  test('over 5 MB is answered 413, on a connection that the caller can still read', async () => {
    const answer = await http.call('POST', '/v1/events', { body: `"${'x'.repeat(10 * 1024 * 1024)}"` });
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({ code: 'too_large', detail: 'a body is at most 5242880 bytes' });
  });

  test('over 5 MB that does not tell its length is answered 413 too', async () => {
    const request = httpRequest(`${http.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer admin-key', 'content-type': 'application/json' },
    });
    const answered = once(request, 'response') as Promise<[{ statusCode: number; resume(): void }]>;
    for (let i = 0; i < 10; i += 1) request.write(Buffer.alloc(1024 * 1024, 'x'));
    request.end();
    const [response] = await answered;
    response.resume();
    expect(response.statusCode).toBe(413);
  });

  test.each([
    ['{', 400, 'malformed', ''],
    ['{"a":NaN}', 400, 'malformed', ''],
    [new Uint8Array([0x22, 0xff, 0x22]), 400, 'malformed', ''],
  ])('that is no JSON or no UTF-8 is malformed', async (body, status, code, path) => {
    const answer = await http.call('POST', '/v1/events', { body });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, path });
  });

  test.each([
    ['{"name":"x","role":"service","__proto__":{"role":"admin"}}', '/__proto__'],
    ['{"name":"x","role":"service","reason":"a\\u0000"}', '/reason'],
    ['{"name":"\\ud800","role":"service"}', '/name'],
    [`{"name":${'['.repeat(35)}${']'.repeat(35)},"role":"service"}`, `/name${'/0'.repeat(31)}`],
    [`{"name":${'['.repeat(1_000)}${']'.repeat(1_000)},"role":"service"}`, ''],
    ['{"name":"x","role":"root"}', '/role'],
    ['{"name":"x","role":"service","extra":1}', '/extra'],
    ['{"role":"service"}', '/name'],
    ['{"name":"x","role":"client"}', '/user'],
    ['{"name":"x","role":"service","user":"ada"}', '/user'],
    ['[]', ''],
  ])('with a fault is 400 and names its path', async (body, path) => {
    const answer = await http.call('POST', '/v1/keys', { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'malformed', path });
  });

  test.each(['text/plain', 'application/xml', 'application/yaml', 'application/cloudevents+json', 'nonsense'])(
    'of a type that is not read there (%s) is 415',
    async (type) => {
      const answer = await http.call('POST', '/v1/transfers', { body: '{}', type });
      expect(answer.status).toBe(415);
      expect(answer.body).toMatchObject({ code: 'unsupported_media_type' });
    },
  );

  test('that is compressed is 415', async () => {
    const response = await fetch(`${http.url}/v1/transfers`, {
      method: 'POST',
      headers: { authorization: 'Bearer admin-key', 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: '{}',
    });
    expect(response.status).toBe(415);
  });

  test('that never arrives whole leaves no error in the log and no connection behind', async () => {
    const head = 'POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer admin-key\r\ncontent-type: application/json\r\n';
    for (let i = 0; i < 20; i += 1) {
      const socket = connect(http.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(`${head}content-length: 1000000\r\n\r\n{"type":`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      socket.resetAndDestroy();
    }
    await expect
      .poll(() => new Promise((resolve) => http.server.server.getConnections((_, count) => resolve(count))))
      .toBeLessThanOrEqual(2);
    expect(http.logged.filter(({ level }) => level !== 'debug')).toEqual([]);
  });
});

describe('an address', () => {
  test('that does not exist is 404', async () => {
    const answer = await http.call('GET', '/v1/nothing', { key: null });
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'not_found', type: '/problems/not_found' });
    expect(http.observed.at(-1)).toEqual({ route: 'unmatched', method: 'GET', status: 404 });
  });

  test('that exists for another method is 405 and names the methods', async () => {
    const answer = await http.call('PATCH', '/v1/users/ada');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('DELETE, GET, HEAD, PUT');
    expect(answer.body).toMatchObject({ code: 'method_not_allowed' });
  });

  test.each([
    '/v1/users/%E0%A4%A',
    '/v1/users/%ff',
    '/v1/users/a%00b',
    `/v1/users/${'x'.repeat(257)}`,
    `/v1/users/${'x'.repeat(10_000)}`,
  ])('with a user id that cannot be one is 400', async (path) => {
    const answer = await http.call('GET', path);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'malformed' });
  });

  test('may hold any characters in a user id, percent-encoded', async () => {
    const seen: string[] = [];
    const other = await startStubbedHttp({
      reports: { profile: async (user: string) => void seen.push(user) } as never,
    });
    const ids = ['a/b', 'ü€😀', '../x', 'a b?c#d', '%', 'ж'.repeat(256)];
    for (const id of ids) expect((await other.call('GET', `/v1/users/${encodeURIComponent(id)}`)).status).toBe(404);
    expect(seen).toEqual(ids);
    await other.close();
  });

  test.each([
    ['limit=', '/query/limit'],
    ['limit=0', '/query/limit'],
    ['limit=1e1', '/query/limit'],
    ['limit=5.5', '/query/limit'],
    ['limit=99999999999999999999', '/query/limit'],
    ['limit=1&limit=2', '/query/limit'],
    ['limti=1', '/query/limti'],
    ['__proto__=1', '/query/__proto__'],
    ['period=a%00', '/query/period'],
    ['offset=-1', '/query/offset'],
  ])('with the query %s is 400 and names the parameter', async (query, path) => {
    const answer = await http.call('GET', `/v1/boards/weekly?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'malformed', path });
  });
});

describe('what is no HTTP', () => {
  test('is a problem too', async () => {
    expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json.*"code":"malformed"/s);
  });

  test('nor is an endless header', async () => {
    expect(await raw(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 .*"code":"headers_too_large"/s,
    );
  });
});
