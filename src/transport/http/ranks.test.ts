import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADA, type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import type { Boards } from '../../boards/index.ts';

const page = { board: 'weekly', period: '2026-W47', position: 9, total: 7, entries: [] };
let asked: unknown[];
const boards: Boards = {
  async page(board, query) {
    asked.push(['page', board, query]);
    return { ok: true, value: { ...page, board, period: 'all' } };
  },
  async around(board, user, query) {
    asked.push(['around', board, user, query]);
    return board === 'weekly' ? { ok: true, value: { ...page, rank: 2, user, score: 40 } } : { ok: false, fault: 'not_ranked' };
  },
  among: async () => ({ ok: false, fault: 'unknown_board' }),
  periods: async () => ({ ok: false, fault: 'unknown_board' }),
};

let http: StubbedHttp;
beforeEach(async () => {
  asked = [];
  http = await startStubbedHttp({ boards });
});
afterEach(() => http.close());

test('a profile has the ranks on the boards that were asked for, each once', async () => {
  const { status, body } = await http.call('GET', '/v1/users/ada?boards=weekly,all-time,weekly&after=9');
  expect([status, body]).toEqual([
    200,
    {
      ...ADA,
      ranks: [
        { board: 'weekly', period: '2026-W47', rank: 2, score: 40, total: 7 },
        { board: 'all-time', period: 'all', rank: null, score: null, total: 7 },
      ],
    },
  ]);
  expect(asked).toEqual([
    ['around', 'weekly', 'ada', { period: 'current', after: 9, around: 0 }],
    ['around', 'all-time', 'ada', { period: 'current', after: 9, around: 0 }],
    ['page', 'all-time', { period: 'current', after: 9, offset: 0, limit: 1 }],
  ]);
  expect((await http.call('GET', '/v1/users/ada')).body).toEqual(ADA);
});

test.each([
  ['weakly', 'there is no board "weakly"; there are weekly, all-time'],
  ['weekly,', 'there is no board ""; there are weekly, all-time'],
  [Array.from({ length: 21 }, (_, n) => `b${n}`).join(','), 'at most 20 boards; this has 21'],
])('boards=%s is malformed', async (list, detail) => {
  expect(await http.call('GET', `/v1/users/ada?boards=${list}`)).toMatchObject({
    status: 400,
    body: { code: 'malformed', path: '/query/boards', detail },
  });
});

test('ranks of nobody are no ranks', async () => {
  expect(await http.call('GET', '/v1/users/nobody?boards=weekly')).toMatchObject({ status: 404, body: { code: 'unknown_user' } });
  expect(asked).toEqual([]);
});

test('the summary is for services', async () => {
  const ask = async (key: string) => (await http.call('GET', '/v1/summary', { key })).status;
  expect([await ask('client-key'), await ask('service-key')]).toEqual([403, 200]);
});
