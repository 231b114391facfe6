import { afterEach, describe, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import { accepted, refused } from '../../kernel/outcome.ts';
import { REFUSALS, type RefusalCode } from '../../kernel/refusals.ts';
import type { HttpDependencies } from './port.ts';
import { PROBLEMS } from './problems.ts';

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

const serveEngine = (engine: Partial<HttpDependencies['engine']>) =>
  startStubbedHttp({ engine: engine as HttpDependencies['engine'] });

describe('POST /v1/transfers', () => {
  const result = {
    id: 't',
    transfer: 'tr_1',
    kind: 'award',
    user: 'ada',
    currency: 'points',
    amount: 5,
    balance: 5,
    position: 1,
  } as const;

  test.each([
    [true, 201],
    [false, 200],
  ])('the first answer is 201, and the same again 200', async (first, status) => {
    http = await serveEngine({ transfer: async () => accepted({ result, first }) });
    const answer = await http.call('POST', '/v1/transfers', { key: 'service-key', body: { id: 't' } });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(result);
  });

  test.each(Object.keys(REFUSALS) as RefusalCode[])('a transfer refused as %s has the status of the table', async (code) => {
    http = await serveEngine({ transfer: async () => refused({ code, message: 'why', path: '/amount' }) });
    const answer = await http.call('POST', '/v1/transfers', { body: {} });
    expect(answer.status).toBe(PROBLEMS[code].status);
    expect(answer.body).toEqual({
      type: `/problems/${code}`,
      title: PROBLEMS[code].title,
      status: PROBLEMS[code].status,
      detail: 'why',
      code,
      retryable: REFUSALS[code].retryable,
      path: '/amount',
    });
    expect(answer.headers.has('retry-after')).toBe(answer.status === 503);
  });
});
