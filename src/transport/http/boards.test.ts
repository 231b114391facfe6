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
        among: async (...question) => {
          asked.push(question);
          return { ok: true, value: { ...page, missing: ['bob'] } };
        },
        periods: async (...question) => {
          asked.push(question);
          return { ok: true, value: { board: 'weekly', periods: [{ period: '2026-W47', total: 3 }] } };
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
    await http.call('GET', '/v1/boards/weekly?segment=ES');
    await http.call('GET', '/v1/boards/weekly/users/ada?segment=ES');
    const body = { users: ['ada', 'bob'], limit: 1 };
    const among = await http.call('POST', '/v1/boards/weekly/among?after=9', { key: 'client-key', body });
    expect(among.body).toEqual({ ...page, missing: ['bob'] });
    const periods = await http.call('GET', '/v1/boards/weekly/periods?limit=3', { key: 'client-key' });
    expect(periods.body).toEqual({ board: 'weekly', periods: [{ period: '2026-W47', total: 3 }] });
    expect(asked).toEqual([
      ['weekly', { period: 'current', limit: 10, offset: 0 }],
      ['weekly', { period: 'previous', limit: 3, offset: 4, after: 9 }],
      ['weekly', 'ada', { period: 'current', around: 2 }],
      ['weekly', { period: 'current', limit: 10, offset: 0, segment: 'ES' }],
      ['weekly', 'ada', { period: 'current', around: 5, segment: 'ES' }],
      ['weekly', ['ada', 'bob'], { period: 'current', limit: 1, after: 9 }],
      ['weekly', { limit: 3 }],
    ]);
  });

  test.each([
    ['unknown_board', 404, 'unknown_board'],
    ['unknown_period', 400, 'unknown_period'],
    ['unknown_user', 404, 'unknown_user'],
    ['not_ranked', 404, 'not_ranked'],
    ['hidden', 404, 'not_ranked'],
    ['no_segments', 400, 'malformed'],
  ] as const)('%s is a problem of status %i', async (fault, status, code) => {
    const no = async (): Promise<{ ok: false; fault: typeof fault }> => ({ ok: false, fault });
    http = await startStubbedHttp({ boards: { page: no, around: no, among: no, periods: no } });
    for (const path of ['', '/users/ada', '/periods', '/among']) {
      const [method, options] = path === '/among' ? ['POST', { body: { users: ['ada'] } }] : ['GET', {}];
      const answer = await http.call(method, `/v1/boards/weekly${path}`, options);
      const hidden = fault === 'hidden' ? true : undefined;
      expect([answer.status, answer.body['code'], answer.body['hidden']]).toEqual([status, code, hidden]);
    }
  });

  test.each([
    ['nobody', []],
    ['more than 1,000 users', Array.from({ length: 1_001 }, (_, i) => `u${i}`)],
    ['no list', 'ada'],
    ['a user without a name', ['']],
  ])('%s cannot be ranked among each other', async (_, users) => {
    http = await startStubbedHttp();
    const answer = await http.call('POST', '/v1/boards/weekly/among', { body: { users } });
    expect([answer.status, answer.body['code']]).toEqual([400, 'malformed']);
  });

  test('a segment has 1 to 64 characters', async () => {
    http = await startStubbedHttp();
    for (const segment of ['', 'x'.repeat(65)]) {
      const answer = await http.call('GET', `/v1/boards/weekly?segment=${segment}`);
      expect([answer.status, answer.body['path']]).toEqual([400, '/query/segment']);
    }
    expect((await http.call('GET', `/v1/boards/weekly?segment=${'x'.repeat(64)}`)).body['code']).toBe('unknown_board');
  });

  test('client keys hide nobody', async () => {
    http = await startStubbedHttp();
    const put = (key: string) =>
      http!.call('PUT', '/v1/users/ada/boards-visibility', { key, body: { hidden: true } }).then(({ status }) => status);
    expect([await put('client-key'), await put('service-key'), await put('admin-key')]).toEqual([403, 200, 200]);
  });
});
