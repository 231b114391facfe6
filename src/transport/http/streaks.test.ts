import { afterEach, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import { accepted, refused } from '../../kernel/outcome.ts';
import type { RefusalCode } from '../../kernel/refusals.ts';
import type { HttpDependencies } from './port.ts';

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

const serve = (engine: Partial<HttpDependencies['engine']>) => startStubbedHttp({ engine: engine as HttpDependencies['engine'] });

const RESTORED = { streak: 'daily', length: 4, from: '2026-11-05', to: '2026-11-05', price: { points: 200 } };

test('a pause is planned and taken back', async () => {
  const asked: unknown[] = [];
  http = await serve({
    pauseStreak: async (...question) => {
      asked.push(question.slice(0, 3));
      return accepted({ result: { streak: 'daily', from: '2026-12-24', to: '2026-12-26' }, first: true, position: 7 });
    },
    cancelPause: async (...question) => {
      asked.push(question.slice(0, 3));
      return accepted({ result: { streak: 'daily', from: '2026-12-24', cancelled: true }, first: true, position: 8 });
    },
  });
  const body = { from: '2026-12-24', to: '2026-12-26', reason: 'holidays' };
  expect(await http.call('POST', '/v1/users/ada%20l/streaks/daily/pauses', { body })).toMatchObject({
    status: 201,
    body: { streak: 'daily', from: '2026-12-24', to: '2026-12-26', position: 7 },
  });
  expect(await http.call('DELETE', '/v1/users/ada%20l/streaks/daily/pauses/2026-12-24')).toMatchObject({
    status: 200,
    body: { streak: 'daily', from: '2026-12-24', cancelled: true, position: 8 },
  });
  expect(asked).toEqual([
    ['ada l', 'daily', body],
    ['ada l', 'daily', '2026-12-24'],
  ]);
});

test('restoring answers 201 at first, and 200 with the same answer again', async () => {
  let calls = 0;
  http = await serve({ restoreStreak: async () => accepted({ result: RESTORED, first: (calls += 1) === 1, position: 9 }) });
  const restore = () => http!.call('POST', '/v1/users/ada/streaks/daily/restore', { body: { id: 'r1' } });
  expect(await restore()).toMatchObject({ status: 201, body: { ...RESTORED, position: 9 } });
  expect(await restore()).toMatchObject({ status: 200, body: { ...RESTORED, position: 9 } });
});

test.each<[RefusalCode, number]>([
  ['not_restorable', 422],
  ['insufficient_balance', 422],
  ['unknown_streak', 404],
  ['unknown_user', 404],
  ['id_reused', 409],
  ['malformed', 400],
])('restoring that is refused as %s is %i', async (code, status) => {
  http = await serve({ restoreStreak: async () => refused({ code, message: 'no' }) });
  const answer = await http.call('POST', '/v1/users/ada/streaks/daily/restore', { body: { id: 'r1' } });
  expect(answer).toMatchObject({ status, body: { code } });
});

test('a client key does none of it', async () => {
  http = await startStubbedHttp();
  for (const path of ['pauses', 'restore'])
    expect((await http.call('POST', `/v1/users/ada/streaks/daily/${path}`, { key: 'client-key', body: {} })).status).toBe(403);
});
