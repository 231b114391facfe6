import { afterEach, describe, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import type { HttpDependencies } from './port.ts';

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

const serveEngine = (engine: Partial<HttpDependencies['engine']>) =>
  startStubbedHttp({ engine: engine as HttpDependencies['engine'] });

describe('the server', () => {
  test('says that it is not ready, and why', async () => {
    http = await startStubbedHttp({ readiness: async () => ({ ready: false, degraded: ['database'] }) });
    expect(await http.call('GET', '/readyz', { key: null })).toMatchObject({
      status: 503,
      body: { ready: false, degraded: ['database'] },
    });
  });

  test('tells nothing of what broke inside but where to look', async () => {
    http = await serveEngine({ submit: () => Promise.reject(new Error('password=hunter2')) });
    const answer = await http.call('POST', '/v1/events', { body: {} });
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: 'internal_error', retryable: true });
    expect(answer.text).not.toContain('hunter2');
    expect(http.logged).toMatchObject([{ level: 'error', fields: { requestId: answer.body['requestId'], route: '/v1/events' } }]);
  });

  test('measures by the pattern of a route, never by what was sent', async () => {
    http = await startStubbedHttp();
    await http.call('GET', '/v1/users/ada?after=1');
    expect(http.observed).toEqual([{ route: '/v1/users/:user', method: 'GET', status: 200 }]);
    expect(http.logged).toEqual([]);
  });

  test('sends the headers that an API needs, and no permission for other origins', async () => {
    http = await startStubbedHttp();
    const { headers } = await http.call('GET', '/v1/users/ada');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.has('access-control-allow-origin')).toBe(false);
    expect(headers.has('x-powered-by')).toBe(false);
  });

  test('answers what is under way before it closes', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await serveEngine({
      submit: async () => {
        await gate;
        return [{ id: null, status: 'refused', code: 'unknown_type', message: 'late', retryable: false }];
      },
    });
    const answer = server.call('POST', '/v1/events', { body: {} });
    await new Promise((resolve) => setTimeout(resolve, 50));
    let closed = false;
    const closing = server.close().then(() => {
      closed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(closed).toBe(false);
    release();
    expect((await answer).status).toBe(200);
    await closing;
  });
});
