import { afterEach, describe, expect, test } from 'vitest';
import { ADA, type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import type { AuditEntry } from '../../access/index.ts';
import { accepted, refused } from '../../kernel/outcome.ts';
import type { HttpDependencies } from './port.ts';

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

const serveEngine = (engine: Partial<HttpDependencies['engine']>) =>
  startStubbedHttp({ engine: engine as HttpDependencies['engine'] });

describe('users', () => {
  test('putting one answers the profile: 201 when new, 200 when known', async () => {
    http = await serveEngine({
      putUser: async (_user, change) => accepted({ created: (change as { name?: string }).name === 'new' }),
    });
    expect(await http.call('PUT', '/v1/users/ada', { body: { name: 'new' } })).toMatchObject({ status: 201, body: ADA });
    expect(await http.call('PUT', '/v1/users/ada', { body: {} })).toMatchObject({ status: 200, body: ADA });
  });

  test('an unknown one is 404 in every question', async () => {
    http = await serveEngine({ eraseUser: async () => refused({ code: 'unknown_user', message: 'no such user', path: '/id' }) });
    for (const call of ['GET ', 'GET /transfers', 'GET /achievements', 'GET /export', 'DELETE ']) {
      const [method = '', rest = ''] = call.split(' ');
      const answer = await http.call(method, `/v1/users/nobody${rest}`);
      expect([call, answer.status, answer.body['code'], answer.body['path']]).toEqual([
        call,
        404,
        'unknown_user',
        '/params/user',
      ]);
    }
  });

  test('exporting one is on record before the document leaves, without the name', async () => {
    const deeds: AuditEntry[] = [];
    const access = {
      authenticate: async () => ({ id: 'key_admin', role: 'admin', account: null }),
    } as Partial<HttpDependencies['access']>;
    http = await startStubbedHttp({
      access: { ...access, recordDeed: async (_actor, entry) => void deeds.push(entry) } as HttpDependencies['access'],
    });
    const answer = await http.call('GET', '/v1/users/ada/export?reason=asked%20for');
    expect(answer.body).toEqual({ id: 'ada' });
    expect(deeds).toEqual([{ action: 'user.export', target: 'acct_1', before: null, after: null, reason: 'asked for' }]);
  });

  test('erasing one hands the reason on', async () => {
    const reasons: (string | null)[] = [];
    http = await serveEngine({
      eraseUser: async (_user, reason) => {
        reasons.push(reason);
        return accepted({ account: 'acct_1' });
      },
    });
    expect((await http.call('DELETE', '/v1/users/ada?reason=asked', { body: '' })).body).toEqual({ account: 'acct_1' });
    await http.call('DELETE', '/v1/users/ada');
    expect(reasons).toEqual(['asked', null]);
  });

  test('transfers are paged as asked', async () => {
    const asked: unknown[] = [];
    http = await startStubbedHttp({
      reports: {
        transfers: async (user: string, query: unknown) => {
          asked.push([user, query]);
          return { transfers: [], cursor: 'next' };
        },
      } as Partial<HttpDependencies['reports']> as HttpDependencies['reports'],
    });
    expect((await http.call('GET', '/v1/users/ada/transfers?currency=points&limit=2&cursor=cG9pbnRzLjU')).body).toEqual({
      transfers: [],
      cursor: 'next',
    });
    await http.call('GET', '/v1/users/ada/transfers');
    expect(asked).toEqual([
      ['ada', { limit: 2, currency: 'points', cursor: 'cG9pbnRzLjU' }],
      ['ada', { limit: 50 }],
    ]);
  });

  test('the cursor of a user of a hundred currencies is taken back', async () => {
    const bounds = Array.from({ length: 100 }, (_, index) => `currency-${index}.zz`).join(',');
    http = await startStubbedHttp();
    const cursor = Buffer.from(bounds).toString('base64url');
    expect((await http.call('GET', `/v1/users/ada/transfers?cursor=${cursor}`)).status).toBe(200);
  });

  test('a reason may be as long in an address as in a body', async () => {
    http = await startStubbedHttp();
    expect((await http.call('DELETE', `/v1/users/ada?reason=${'x'.repeat(1_000)}`)).status).toBe(200);
    expect((await http.call('DELETE', `/v1/users/ada?reason=${'x'.repeat(1_001)}`)).body).toMatchObject({
      code: 'malformed',
      path: '/query/reason',
    });
  });

  test('a cursor of transfers that is none of ours is malformed', async () => {
    http = await startStubbedHttp();
    const answer = await http.call('GET', '/v1/users/ada/transfers?cursor=x');
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed', path: '/query/cursor' } });
  });
});
