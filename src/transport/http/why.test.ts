import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestReports, type TestReports } from '../../../test/support/reports.ts';
import { type Answer, type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import { EventReportOut } from './event-schemas.ts';
import { WhyOut } from './why-schemas.ts';

const CATALOG = `
diana: 1
name: why over http
currencies: { points: { name: Points } }
metrics: { wins: { count: quiz.won }, purse: { balance: points } }
streaks: { daily: { on: quiz.won, every: day } }
multipliers: { vip: { when: 'user.attributes.vip == true', factor: 2 } }
rules:
  - { id: quiz, on: quiz.won, when: 'event.data.score > 1', award: { points: 10 }, limit: { max: 1, per: day } }
achievements:
  - { id: winner, metric: wins, tiers: [{ id: first, at: 1, award: { points: 5 } }, { id: tenth, at: 10 }] }
boards:
  - { id: weekly, metric: wins, period: week }
  - { id: purses, metric: purse }
`;

let world: TestReports;
let http: StubbedHttp;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  await world.submit([
    { id: 'q/1', type: 'quiz.won', user: 'ada', data: { score: 3 } },
    { id: 'q-2', type: 'quiz.won', user: 'ada', data: { score: 3 } },
    { id: 'q-3', type: 'quiz.won', user: 'ada', data: { score: 1 }, source: 'bot' },
  ]);
  await world.transfer({ id: 'buy-1', kind: 'spend', user: 'ada', amount: 1 });
  http = await startStubbedHttp({ reports: world.reports });
});
afterAll(async () => {
  await http.close();
  await world.close();
});

const why = (query: string, user = 'ada', key = 'service-key'): Promise<Answer> =>
  http.call('GET', `/v1/users/${user}/why?${query}`, { key });

const isWhy = Compile(WhyOut);
const isReport = Compile(EventReportOut);

describe('every question is answered as the description says', () => {
  test.each([
    ['transfer=buy-1', { about: 'transfer', transfer: { amount: -1 } }],
    ['achievement=winner', { about: 'achievement', progress: 3 }],
    ['achievement=winner.tenth', { about: 'achievement', tiers: [{ id: 'tenth', missing: 7 }] }],
    ['board=weekly', { about: 'board', rank: 1, score: 3 }],
    ['board=weekly&period=previous', { about: 'board', rank: null, score: null }],
    ['board=purses&after=1', { about: 'board', moves: [{ by: null, state: 14 }, { state: 15 }] }],
    ['streak=daily', { about: 'streak', current: 1 }],
    ['rule=quiz', { about: 'rule', events: [{ outcome: 'not_matched' }, { outcome: 'limit_reached' }, { outcome: 'fired' }] }],
    [`rule=quiz&event=${encodeURIComponent('q/1')}`, { events: [{ outcome: 'fired' }] }],
    ['rule=quiz&event=q-3&source=bot', { events: [{ outcome: 'not_matched', parts: [{ value: false }] }] }],
  ])('%s', async (query, expected) => {
    const answer = await why(query);
    expect(answer).toMatchObject({ status: 200, body: { user: 'ada', arm: null, verdict: null, ...expected } });
    expect([...isWhy.Errors(answer.body)]).toEqual([]);
  });

  test('and so is an event', async () => {
    const answer = await http.call('GET', '/v1/events/q-3?source=bot', { key: 'service-key' });
    expect(answer).toMatchObject({ status: 200, body: { rules: [{ rule: 'quiz', outcome: 'not_matched' }] } });
    expect([...isReport.Errors(answer.body)]).toEqual([]);
  });
});

describe('what is unknown is a problem of its own', () => {
  test.each([
    ['transfer=none', 'unknown_transfer', '/query/transfer'],
    ['achievement=none', 'unknown_achievement', '/query/achievement'],
    ['board=none', 'unknown_board', '/query/board'],
    ['streak=none', 'unknown_streak', '/query/streak'],
    ['rule=none', 'unknown_rule', '/query/rule'],
    ['rule=quiz&event=none', 'unknown_event', '/query/event'],
  ])('%s', async (query, code, path) => {
    expect(await why(query)).toMatchObject({ status: 404, body: { code, path } });
    expect(await why(query, 'nobody')).toMatchObject({
      status: 404,
      body: code === 'unknown_board' ? { code } : { code: 'unknown_user', path: '/params/user' },
    });
  });

  test('but a period that is none is a fault of the question', async () => {
    expect(await why('board=weekly&period=2026')).toMatchObject({
      status: 400,
      body: { code: 'unknown_period', path: '/query/period' },
    });
  });
});

describe('exactly one thing is asked at a time', () => {
  test.each([
    ['', '/query', 'ask exactly one of transfer, achievement, board, streak, rule; none is there'],
    [
      'rule=quiz&streak=daily',
      '/query',
      'ask exactly one of transfer, achievement, board, streak, rule; there are streak and rule',
    ],
    ['streak=daily&period=current', '/query/period', 'belongs to board'],
    ['board=weekly&event=q-2', '/query/event', 'belongs to rule'],
    ['rule=quiz&source=bot', '/query/source', 'belongs to event'],
    ['rule=', '/query/rule', 'must not have fewer than 1 characters'],
    ['level=3', '/query/level', expect.stringContaining('is no parameter here')],
  ])('%s', async (query, path, detail) => {
    expect(await why(query)).toMatchObject({ status: 400, body: { code: 'malformed', path, detail } });
  });
});

test('client keys do not ask', async () => {
  expect((await why('rule=quiz', 'ada', 'client-key')).status).toBe(403);
});
