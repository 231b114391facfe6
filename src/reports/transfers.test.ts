import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import { isTransferCursor, type TransferPage } from './index.ts';

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports();
});
afterAll(() => world.close());

async function page(user: string, query: { currency?: string; limit: number; cursor?: string }): Promise<TransferPage> {
  const answer = await world.reports.transfers(user, query);
  if (answer === undefined) throw new Error(`no user ${user}`);
  expect(answer.cursor === null || isTransferCursor(answer.cursor)).toBe(true);
  return answer;
}

/** Follows the cursors to the end; `between` happens after every page. */
async function walk(user: string, limit: number, between: () => Promise<unknown> = async () => undefined): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; await between()) {
    const { transfers, cursor: next } = await page(user, { limit, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...transfers.map(({ id }) => id));
    cursor = next;
  }
  return seen;
}

describe('transfers', () => {
  test('are told newest first from the side of the user, with the person or system account on the other', async () => {
    world.clock.set('2026-11-21T12:00:00Z');
    await world.submit([{ id: 'tom-1', type: 'quiz.won', user: 'tom', time: '2026-11-20T08:00:00Z' }]);
    world.clock.set('2026-11-21T12:00:01Z');
    await world.transfer({ id: 'tom-2', kind: 'transfer', user: 'tom', to: 'uma', amount: 3, reason: 'for you' });
    world.clock.set('2026-11-21T12:00:02Z');
    await world.transfer({ id: 'tom-3', kind: 'spend', user: 'tom', amount: 2 });
    const { transfers, cursor } = await page('tom', { limit: 10 });
    expect(cursor).toBeNull();
    const common = { currency: 'points', catalogVersion: 1 };
    expect(transfers).toMatchObject([
      { ...common, kind: 'spend', amount: -2, balance: 5, counterparty: '@spent', rule: null, reason: null },
      { ...common, kind: 'transfer', amount: -3, balance: 7, counterparty: 'uma', rule: null, reason: 'for you' },
      {
        ...common,
        kind: 'award',
        amount: 10,
        balance: 10,
        counterparty: '@issued',
        rule: 'quiz',
        reason: null,
        time: '2026-11-20T08:00:00.000Z',
        recordedAt: '2026-11-21T12:00:00.000Z',
      },
    ]);
    expect((await page('uma', { limit: 10 })).transfers).toMatchObject([
      { amount: 3, balance: 3, counterparty: 'tom', reason: 'for you' },
    ]);
    await world.engine.eraseUser('tom', null, ADMIN);
    expect((await page('uma', { limit: 10 })).transfers).toMatchObject([
      { amount: 3, balance: 3, counterparty: null, reason: null },
    ]);
  });

  test('of one currency, of somebody without any, and of nobody', async () => {
    await world.submit([
      { id: 'val-1', type: 'quiz.won', user: 'val' },
      { id: 'val-2', type: 'gem.found', user: 'val' },
    ]);
    expect((await page('val', { limit: 10, currency: 'gems' })).transfers).toMatchObject([{ currency: 'gems' }]);
    expect(await page('val', { limit: 10, currency: 'stars' })).toEqual({ transfers: [], cursor: null });
    await world.engine.putUser('none', {}, ADMIN);
    expect(await page('none', { limit: 10 })).toEqual({ transfers: [], cursor: null });
    expect(await world.reports.transfers('nobody', { limit: 10 })).toBeUndefined();
  });

  test.each([1, 2, 3, 7, 100])('pages of %i tell everything once, in the order of one page', async (limit) => {
    const user = `walk-${limit}`;
    for (let n = 1; n <= 8; n += 1) {
      world.clock.set(`2026-11-21T13:00:0${n % 4}Z`);
      await world.submit([{ id: `${user}-${n}`, type: 'gem.found', user }]);
      if (n % 2 === 0) await world.transfer({ id: `${user}-${n}`, kind: 'award', user, amount: n });
    }
    const whole = (await page(user, { limit: 1_000 })).transfers.map(({ id }) => id);
    expect(whole).toHaveLength(12);
    expect(await walk(user, limit)).toEqual(whole);
    // The clock went back: each chain keeps its own order all the same.
    const gems = (await page(user, { limit: 1_000, currency: 'gems' })).transfers.map(({ balance }) => balance);
    expect(gems).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test('that arrive while somebody turns the pages do not shift them, a new currency neither', async () => {
    for (let n = 1; n <= 5; n += 1) await world.submit([{ id: `turn-${n}`, type: 'gem.found', user: 'turn' }]);
    const before = (await page('turn', { limit: 100 })).transfers.map(({ id }) => id);
    let more = 0;
    const seen = await walk('turn', 2, async () => {
      more += 1;
      await world.submit([
        { id: `turn-more-${more}`, type: 'gem.found', user: 'turn' },
        { id: `turn-quiz-${more}`, type: 'quiz.won', user: 'turn' },
      ]);
    });
    expect(seen).toEqual(before);
  });

  test.each([
    '',
    'abc',
    '=',
    'cG9pbnRz',
    'cG9pbnRzLjA',
    'cG9pbnRzLjUscG9pbnRzLjY',
    Buffer.from('points.zzzzzzzzzzz').toString('base64url'),
  ])('a cursor that no page gave out (%j) is told as such', async (cursor) => {
    expect(isTransferCursor(cursor)).toBe(false);
    await expect(world.reports.transfers('turn', { limit: 2, cursor })).rejects.toThrow(RangeError);
  });
});
