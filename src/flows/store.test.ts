import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { formatTime } from '../kernel/time.ts';
import {
  applyFlowSteps,
  countFlows,
  eraseFlows,
  failFlows,
  type FlowRow,
  type FlowStep,
  selectFlows,
  selectFlowsOf,
  takeOverdue,
} from './index.ts';

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterEach(() => fixture.owner`delete from flows.flow`);
afterAll(() => fixture.drop());

const NOON = Date.parse('2026-11-21T12:00:00Z');
const SECOND = 1_000;

/** A step at `second` after noon, of the event at that position. */
const step = (kind: FlowStep['kind'], correlationId: string, second: number, more: Partial<FlowStep> = {}): FlowStep => ({
  kind,
  flow: 'purchase',
  correlationId,
  account: 7,
  position: second,
  at: NOON + second * SECOND,
  deadlineAt: null,
  reason: kind === 'fail' ? 'shop.cancelled' : null,
  ...more,
});
const due = (second: number) => ({ deadlineAt: NOON + second * SECOND });
const at = (second: number) => formatTime(NOON + second * SECOND);

const apply = (...steps: readonly FlowStep[]) => fixture.database.transaction((tx) => applyFlowSteps(tx, steps));
const overdue = (second: number, limit = 10) => fixture.database.transaction((tx) => takeOverdue(tx, at(second), limit));
const fail = (ids: readonly string[], second: number) =>
  fixture.database.transaction((tx) => failFlows(tx, ids, 'handler mail gave it up', at(second)));
const all = (query: Omit<Parameters<typeof selectFlows>[1], 'limit'> & { readonly limit?: number } = {}) =>
  fixture.database.transaction((tx) => selectFlows(tx, { limit: 100, ...query }));
const states = async () =>
  Object.fromEntries((await all()).map(({ flow, correlation_id: id, state }) => [`${flow} ${id}`, state]));
const ids = (rows: readonly FlowRow[]) => rows.map(({ correlation_id: id }) => id);

describe('a flow', () => {
  test('is opened and finished, in one batch or in two', async () => {
    expect(await apply(step('open', 'a', 1, due(60)), step('open', 'b', 2), step('finish', 'a', 3))).toEqual([
      {
        flow: 'purchase',
        correlation_id: 'a',
        account: 7,
        position: 1,
        started_at: NOON + SECOND,
        deadline_at: NOON + 60 * SECOND,
        state: 'finished',
        end_position: 3,
        ended_at: NOON + 3 * SECOND,
        reason: null,
      },
    ]);
    expect(await states()).toEqual({ 'purchase a': 'finished', 'purchase b': 'open' });
    expect(ids(await apply(step('finish', 'b', 4)))).toEqual(['b']);
  });

  test('is one for each correlation, whose names may be anything', async () => {
    const odd = 'a "quoted", {odd} \\ name, null';
    await apply(step('open', odd, 1), step('open', odd, 2, { flow: 'payment' }), step('open', 'null', 3));
    expect(ids(await apply(step('finish', odd, 4, { flow: 'payment' })))).toEqual([odd]);
    expect(await states()).toEqual({ [`purchase ${odd}`]: 'open', [`payment ${odd}`]: 'finished', 'purchase null': 'open' });
    const rows = await fixture.database.transaction((tx) => selectFlowsOf(tx, odd));
    expect(rows.map(({ flow }) => flow)).toEqual(['purchase', 'payment']);
  });

  test('keeps its first start', async () => {
    await apply(step('open', 'a', 5), step('open', 'a', 6, due(9)));
    await apply(step('open', 'a', 7, { account: 8 }));
    expect(await all()).toMatchObject([{ position: 5, account: 7, deadline_at: null }]);
  });

  test('does not end before it starts, or without a start', async () => {
    expect(await apply(step('finish', 'a', 1), step('open', 'a', 2), step('fail', 'b', 3))).toEqual([]);
    expect(await states()).toEqual({ 'purchase a': 'open' });
    // Read once more, after the cursor was moved back.
    expect(await apply(step('finish', 'a', 1), step('open', 'a', 2))).toEqual([]);
    expect(await apply(step('finish', 'a', 1), step('fail', 'a', 4), step('finish', 'a', 5))).toMatchObject([
      { state: 'failed', end_position: 4, reason: 'shop.cancelled' },
    ]);
  });

  test('stays as it ended', async () => {
    const steps = [step('open', 'a', 1), step('finish', 'a', 2), step('open', 'b', 3), step('fail', 'b', 4)];
    expect(ids(await apply(...steps))).toEqual(['a', 'b']);
    const before = await all();
    expect(await apply(...steps)).toEqual([]);
    expect(await apply(step('open', 'a', 5), step('fail', 'a', 6), step('finish', 'b', 7))).toEqual([]);
    expect(await fail(['a', 'b'], 8)).toEqual([]);
    expect(await all()).toEqual(before);
  });

  test('is overdue once its deadline has passed, once, and may end late', async () => {
    await apply(step('open', 'a', 1, due(10)), step('open', 'b', 2, due(5)), step('open', 'c', 3), step('open', 'd', 4, due(20)));
    await apply(step('finish', 'd', 5));
    expect(await overdue(5)).toEqual([]);
    expect(await overdue(100, 1)).toMatchObject([{ correlation_id: 'b', state: 'overdue', ended_at: null }]);
    expect(ids(await overdue(100))).toEqual(['a']);
    expect(await overdue(100)).toEqual([]);
    expect(await apply(step('finish', 'a', 120), step('fail', 'b', 121))).toMatchObject([
      { correlation_id: 'a', state: 'finished', deadline_at: NOON + 10 * SECOND, ended_at: NOON + 120 * SECOND },
      { correlation_id: 'b', state: 'failed', reason: 'shop.cancelled' },
    ]);
  });

  test('that another transaction holds is not waited for', async () => {
    await apply(step('open', 'a', 1, due(5)), step('open', 'b', 2, due(6)));
    await fixture.database.transaction(async (tx) => {
      expect(ids(await takeOverdue(tx, at(100), 1))).toEqual(['a']);
      expect(ids(await overdue(100))).toEqual(['b']);
    });
    expect(await states()).toEqual({ 'purchase a': 'overdue', 'purchase b': 'overdue' });
  });

  test('fails with a delivery that is given up, and finishes after all when its end comes', async () => {
    await apply(
      step('open', 'a', 1, due(5)),
      step('open', 'a', 1, { flow: 'payment' }),
      step('open', 'b', 2),
      step('open', 'c', 3),
    );
    await overdue(10);
    expect(await fail(['a', 'b', 'unknown'], 20)).toMatchObject([
      { correlation_id: 'a', flow: 'payment', state: 'failed', end_position: null, ended_at: NOON + 20 * SECOND },
      { correlation_id: 'a', flow: 'purchase', state: 'failed', reason: 'handler mail gave it up' },
      { correlation_id: 'b', flow: 'purchase', state: 'failed' },
    ]);
    expect(await fail(['a'], 21)).toEqual([]);
    expect(await apply(step('fail', 'a', 22), step('fail', 'b', 22), step('finish', 'b', 23))).toMatchObject([
      { correlation_id: 'b', state: 'finished', end_position: 23, reason: null },
    ]);
    expect(await states()).toEqual({
      'payment a': 'failed',
      'purchase a': 'failed',
      'purchase b': 'finished',
      'purchase c': 'open',
    });
  });

  test('goes with the person whom its start was about', async () => {
    await apply(step('open', 'a', 1), step('open', 'b', 2, { account: 8 }), step('open', 'c', 3, { account: 0 }));
    await fixture.database.transaction((tx) => eraseFlows(tx, 7));
    expect(ids(await all())).toEqual(['c', 'b']);
  });
});

test('a list is newest first, by flow and state, a page at a time', async () => {
  const steps = Array.from({ length: 9 }, (_, n) => step('open', `c${n}`, 1 + Math.floor(n / 3), { position: n + 1 }));
  await apply(...steps, step('open', 'c0', 9, { flow: 'payment' }), step('finish', 'c8', 10));
  expect(ids(await all({ limit: 3 }))).toEqual(['c0', 'c8', 'c7']);
  expect(ids(await all({ flow: 'payment' }))).toEqual(['c0']);
  expect(ids(await all({ flow: 'purchase', state: 'finished' }))).toEqual(['c8']);
  expect(ids(await all({ state: 'overdue' }))).toEqual([]);
  const seen: string[] = [];
  let page = await all({ flow: 'purchase', limit: 2 });
  while (page.length > 0) {
    seen.push(...ids(page));
    const last = page.at(-1)!;
    const before = { startedAt: formatTime(last.started_at), flow: last.flow, correlationId: last.correlation_id };
    page = await all({ flow: 'purchase', limit: 2, before });
  }
  expect(seen).toEqual(['c8', 'c7', 'c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0']);
});

test('flows are counted by state, and timed by those that finished lately', async () => {
  await apply(
    ...[1, 2, 3, 4, 5].map((n) => step('open', `c${n}`, 0, { position: n })),
    step('open', 'late', 0, { position: 6, ...due(1) }),
    step('open', 'x', 1, { flow: 'payment', position: 7 }),
    step('finish', 'c1', 10),
    step('finish', 'c2', 20),
    step('finish', 'c3', 40),
    step('fail', 'c4', 50),
  );
  await overdue(60);
  const count = (second: number) => fixture.database.transaction((tx) => countFlows(tx, at(second)));
  const none = { p50: null, p95: null, max: null };
  expect(await count(0)).toEqual([
    { flow: 'payment', open: 1, finished: 0, overdue: 0, failed: 0, ...none },
    { flow: 'purchase', open: 1, finished: 3, overdue: 1, failed: 1, p50: 20_000, p95: 38_000, max: 40_000 },
  ]);
  expect((await count(15))[1]).toMatchObject({ finished: 3, p50: 30_000, max: 40_000 });
  expect((await count(90))[1]).toMatchObject({ finished: 3, ...none });
});
