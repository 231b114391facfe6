import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import type { Trace } from '../../reports/index.ts';

const TRACE: Trace = { correlationId: 'order 1/2', events: 0, truncated: false, pending: 0, failed: 0, flows: [], roots: [] };

let http: StubbedHttp;
const asked: unknown[] = [];
beforeAll(async () => {
  http = await startStubbedHttp({
    reports: {
      trace: async (id: string, options: object) => {
        asked.push([id, options]);
        return id === TRACE.correlationId ? TRACE : undefined;
      },
      flows: async (query: { readonly cursor?: string }) => {
        asked.push(query);
        return query.cursor === undefined ? { flows: [], cursor: 'more' } : undefined;
      },
      flowSummary: async () => [],
    } as never,
  });
});
afterAll(() => http.close());

test('a trace is asked for by any name', async () => {
  const path = `/v1/traces/${encodeURIComponent(TRACE.correlationId)}`;
  expect(await http.call('GET', path, { key: 'service-key' })).toMatchObject({ status: 200, body: TRACE });
  expect(asked.splice(0)).toEqual([['order 1/2', { limit: 1_000 }]]);
  await http.call('GET', `${path}?limit=5`);
  expect(asked.splice(0)).toEqual([['order 1/2', { limit: 5 }]]);
  for (const limit of ['0', '1001', 'x'])
    expect(await http.call('GET', `${path}?limit=${limit}`)).toMatchObject({ status: 400, body: { path: '/query/limit' } });
  expect(await http.call('GET', '/v1/traces/a%00')).toMatchObject({ status: 400, body: { path: '/params/correlationId' } });
});

test('a trace that is not there is a problem of its own', async () => {
  const answer = await http.call('GET', '/v1/traces/order-9');
  expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_trace', path: '/params/correlationId' } });
});

test('flows are listed by flow and state, a page at a time', async () => {
  asked.length = 0;
  const answer = await http.call('GET', '/v1/flows?flow=purchase&state=overdue&limit=3', { key: 'service-key' });
  expect(answer).toMatchObject({ status: 200, body: { flows: [], cursor: 'more' } });
  expect(asked.splice(0)).toEqual([{ flow: 'purchase', state: 'overdue', limit: 3 }]);
  expect(await http.call('GET', '/v1/flows?cursor=x')).toMatchObject({ status: 400, body: { path: '/query/cursor' } });
  for (const [name, value] of [
    ['state', 'late'],
    ['flow', 'Purchase'],
    ['limit', '1001'],
  ])
    expect(await http.call('GET', `/v1/flows?${name}=${value}`)).toMatchObject({ status: 400, body: { path: `/query/${name}` } });
  expect(await http.call('GET', '/v1/flows/summary', { key: 'service-key' })).toMatchObject({ status: 200, body: { flows: [] } });
});

test('client keys see neither', async () => {
  for (const path of ['/v1/traces/x', '/v1/flows', '/v1/flows/summary'])
    expect((await http.call('GET', path, { key: 'client-key' })).status).toBe(403);
});
