import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import type { BoardWhy, WhyFault } from './index.ts';
import { CATALOG } from './why.fixture.ts';

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  await world.submit([
    { id: 'a-1', type: 'code.commit', user: 'ann', time: '2026-11-19T10:00:00Z', data: { repo: 'x' } },
    { id: 'a-2', type: 'code.commit', user: 'ann', time: '2026-11-21T10:00:00Z', data: { repo: 'x' } },
    { id: 'a-3', type: 'code.test', user: 'ann', time: '2026-11-21T10:00:00Z' },
    { id: 'b-1', type: 'code.commit', user: 'bob', time: '2026-11-21T10:00:00Z' },
  ]);
});
afterAll(() => world.close());

async function ask(user: string, id: string, period?: string): Promise<BoardWhy> {
  const answer = await world.reports.why(user, { about: 'board', id, ...(period === undefined ? {} : { period }) });
  if (!answer.ok || answer.value.about !== 'board') throw new Error(JSON.stringify(answer));
  return answer.value;
}

async function fault(user: string, id: string, period?: string): Promise<WhyFault | undefined> {
  const answer = await world.reports.why(user, { about: 'board', id, ...(period === undefined ? {} : { period }) });
  return answer.ok ? undefined : answer.fault;
}

test('a rank says which score it is, and what moved it by how much', async () => {
  const told = await ask('ann', 'weekly');
  expect(told).toMatchObject({
    board: 'weekly',
    period: '2026-W47',
    metric: 'commits',
    score: 2,
    reachedAt: '2026-11-21T10:00:00.000Z',
    rank: 1,
    total: 2,
    closesAt: '2026-11-23T12:00:00.000Z',
    closed: false,
    moves: [
      { event: { id: 'a-2' }, by: 1, state: null },
      { event: { id: 'a-1' }, by: 1 },
    ],
    late: [],
    others: [],
    arm: null,
    verdict: null,
  });
  expect(told.sentences).toEqual([
    'The score of board "weekly" in 2026-W47 is metric commits (count code.commit); the board is by commits, period week, desc, ties shared.',
    'ann is number 1 of 2 with 2, reached on 2026-11-21 at 11:00 (Europe/Berlin).',
    'The period closes on 2026-11-23 at 13:00 (Europe/Berlin); what comes later counts for the user and leaves the board.',
    '+1 by code.commit "a-2" of 2026-11-21 at 11:00 (Europe/Berlin).',
    '+1 by code.commit "a-1" of 2026-11-19 at 11:00 (Europe/Berlin).',
  ]);
});

test('points, states and different values are told as far as they are kept', async () => {
  // 10, a reward of 5 and 1 for being new; then 10.
  expect((await ask('ann', 'all-time')).moves.map(({ by }) => by)).toEqual([10, 16]);
  expect(await ask('ann', 'purses')).toMatchObject({
    score: 26,
    moves: [
      { by: null, state: 26 },
      { by: null, state: 16 },
    ],
  });
  expect(await ask('ann', 'repos')).toMatchObject({ score: 1, moves: [{ by: null, state: null }, { by: null }] });
});

test('points that came by a transfer moved it, too', async () => {
  await world.transfer({ id: 'more', kind: 'award', user: 'bob', amount: 100 });
  expect((await ask('bob', 'all-time')).moves[0]).toMatchObject({ event: { type: 'points.awarded', source: null }, by: 100 });
});

test('only the last ten events are told', async () => {
  await world.submit(
    Array.from({ length: 30 }, (_, n) => ({ id: `max-${n}`, type: n % 2 === 0 ? 'code.commit' : 'code.test', user: 'max' })),
  );
  const told = await ask('max', 'weekly');
  expect(told).toMatchObject({ score: 15 });
  expect(told.moves.map(({ event }) => event.id)).toEqual([28, 26, 24, 22, 20, 18, 16, 14, 12, 10].map((n) => `max-${n}`));
});

describe('who is not on it', () => {
  test('has no score in this period, and is told of others', async () => {
    const told = await ask('ann', 'daily', '2026-11-20');
    expect(told).toMatchObject({
      score: null,
      rank: null,
      closed: true,
      moves: [],
      others: [
        { period: '2026-11-21', score: 1 },
        { period: '2026-11-19', score: 1 },
      ],
    });
    expect(told.sentences.slice(1, 3)).toEqual([
      'ann is not on it, because nothing has moved commits for ann in 2026-11-20.',
      'There are scores in other periods: 1 in 2026-11-21, 1 in 2026-11-19.',
    ]);
  });

  test('came when the period was closed', async () => {
    await world.engine.applyCatalog(CATALOG, ADMIN);
    world.clock.set('2026-11-24T12:00:00Z');
    await world.submit([{ id: 'l-1', type: 'code.commit', user: 'lou', time: '2026-11-22T10:00:00Z' }]);
    const told = await ask('lou', 'daily', '2026-11-22');
    expect(told).toMatchObject({ score: null, closed: true, moves: [], late: [{ id: 'l-1' }] });
    expect(told.sentences.slice(1)).toEqual([
      'lou is not on it, because nothing has moved commits for lou in 2026-11-22.',
      'The period was closed on 2026-11-23 at 01:00 (Europe/Berlin); what comes later counts for the user and leaves the board.',
      '1 event came when the period was closed: code.commit "l-1" of 2026-11-22 at 11:00 (Europe/Berlin).',
    ]);
  });

  test('has a score and is hidden', async () => {
    const placing = { around: async () => NOT_RANKED, page: async () => PAGE } as const;
    expect(await world.reportsWith(placing).why('ann', { about: 'board', id: 'weekly', period: '2026-W47' })).toMatchObject({
      value: { score: 2, rank: null, sentences: expect.arrayContaining([expect.stringContaining('but is not ranked')]) },
    });
  });
});

const NOT_RANKED = { ok: false, fault: 'not_ranked' } as const;
const PAGE = { ok: true, value: { board: 'weekly', period: '2026-W47', position: 1, total: 1, entries: [] } } as const;

test('who or what is unknown is said', async () => {
  expect(await fault('ann', 'monthly')).toBe('unknown_board');
  expect(await fault('ann', 'weekly', '2026-11')).toBe('unknown_period');
  expect(await fault('nobody', 'weekly')).toBe('unknown_user');
  expect(await fault('nobody', 'all-time')).toBe('unknown_user');
});
