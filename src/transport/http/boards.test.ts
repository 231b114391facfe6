import { afterEach, describe, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

describe('boards', () => {
  test('defaults are filled in, and what is asked goes on', async () => {
    const asked: unknown[] = [];
    const page = { board: 'weekly', period: '2026-W47', position: 3, total: 0, entries: [] };
    http = await startStubbedHttp({
      boards: {
        page: async (...question) => {
          asked.push(question);
          return { ok: true, value: page };
        },
        around: async (...question) => {
          asked.push(question);
          return { ok: true, value: { ...page, rank: 1, user: 'ada', score: 5 } };
        },
      },
    });
    expect((await http.call('GET', '/v1/boards/weekly')).body).toEqual(page);
    await http.call('GET', '/v1/boards/weekly?period=previous&limit=3&offset=4&after=9');
    expect((await http.call('GET', '/v1/boards/weekly/users/ada?around=2')).body).toEqual({
      ...page,
      rank: 1,
      user: 'ada',
      score: 5,
    });
    expect(asked).toEqual([
      ['weekly', { period: 'current', limit: 10, offset: 0 }],
      ['weekly', { period: 'previous', limit: 3, offset: 4, after: 9 }],
      ['weekly', 'ada', { period: 'current', around: 2 }],
    ]);
  });

  test.each([
    ['unknown_board', 404],
    ['unknown_period', 400],
    ['unknown_user', 404],
    ['not_ranked', 404],
  ] as const)('%s is a problem of status %i', async (fault, status) => {
    http = await startStubbedHttp({
      boards: { page: async () => ({ ok: false, fault }), around: async () => ({ ok: false, fault }) },
    });
    for (const path of ['/v1/boards/weekly', '/v1/boards/weekly/users/ada']) {
      const answer = await http.call('GET', path);
      expect([answer.status, answer.body['code']]).toEqual([status, fault]);
    }
  });
});
