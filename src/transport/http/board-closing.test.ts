import { afterEach, describe, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

const entry = { rank: 1, user: 'ada', score: 5, reward: { points: 500 } };
const standings = { board: 'weekly', period: '2026-W47', total: 1, rewarded: 1, entries: [entry] };

describe('the end of periods', () => {
  test('defaults are filled in, and what is asked goes on', async () => {
    const asked: unknown[] = [];
    const note =
      <T>(value: T) =>
      async (...question: readonly unknown[]): Promise<{ readonly ok: true; readonly value: T }> => {
        asked.push(question);
        return { ok: true, value };
      };
    const league = {
      board: 'weekly',
      period: '2026-W48',
      user: 'ada',
      tier: 'bronze',
      cohort: null,
      rank: null,
      zone: null,
      entries: [],
    };
    http = await startStubbedHttp({
      closings: {
        preview: note({ ...standings, closesAt: null }),
        standings: note({ ...standings, closedAt: '2026-11-23T12:00:00.000Z' }),
        closings: note({ board: 'weekly', closings: [] }),
        league: note(league),
      },
    });
    expect((await http.call('GET', '/v1/boards/weekly/preview')).body).toEqual({ ...standings, closesAt: null });
    await http.call('GET', '/v1/boards/weekly/standings');
    await http.call('GET', '/v1/boards/weekly/standings?period=autumn&limit=3&offset=4', { key: 'client-key' });
    await http.call('GET', '/v1/boards/weekly/closings?limit=5');
    expect((await http.call('GET', '/v1/boards/weekly/leagues/ada', { key: 'client-key' })).body).toEqual(league);
    expect(asked).toEqual([
      ['weekly', 10],
      ['weekly', { period: 'previous', limit: 10, offset: 0 }],
      ['weekly', { period: 'autumn', limit: 3, offset: 4 }],
      ['weekly', 5],
      ['weekly', 'ada', 'current'],
    ]);
  });

  test.each([
    ['unknown_board', 404],
    ['unknown_period', 400],
    ['unknown_user', 404],
    ['period_open', 409],
    ['no_leagues', 404],
  ] as const)('%s is a problem of status %i', async (fault, status) => {
    const answer = async (): Promise<{ readonly ok: false; readonly fault: typeof fault }> => ({ ok: false, fault });
    http = await startStubbedHttp({ closings: { preview: answer, standings: answer, closings: answer, league: answer } });
    for (const path of ['preview', 'standings', 'closings', 'leagues/ada']) {
      const { status: answered, body } = await http.call('GET', `/v1/boards/weekly/${path}`);
      expect([answered, body['code']]).toEqual([status, fault]);
    }
  });

  test('a client key sees standings and its own league, and nothing else', async () => {
    http = await startStubbedHttp();
    for (const path of ['preview', 'closings', 'leagues/grace'])
      expect((await http.call('GET', `/v1/boards/weekly/${path}`, { key: 'client-key' })).status).toBe(403);
  });
});
