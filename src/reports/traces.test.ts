import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import { applyFlowSteps, failFlows } from '../flows/index.ts';
import type { Trace, TraceEvent } from './index.ts';

const CATALOG = `
diana: 1
name: test
currencies: { points: { name: Points } }
metrics: { earned: { earned: points } }
levels: { metric: earned, thresholds: [0, 10] }
rules:
  - { id: order, on: shop.placed, award: { points: 10 } }
flows:
  purchase: { start: shop.placed, end: shop.delivered, deadline: 15m }
  refund: { start: shop.returned, end: bank.refunded }
`;

let bench: TestReports;
beforeAll(async () => {
  bench = await createTestReports(CATALOG);
  await bench.engine.putUser('ann', {}, ADMIN);
});
afterEach(() => bench.test.owner.unsafe('delete from bus.subscription'));
afterAll(() => bench.close());

const post = async (...events: readonly object[]): Promise<readonly number[]> => {
  const results = await bench.submit(events.map((event) => ({ type: 'shop.seen', user: 'ann', ...event })));
  return results.map((result) => (result.status === 'accepted' ? result.position : expect.fail(JSON.stringify(result))));
};
const trace = async (id: string, limit?: number): Promise<Trace> =>
  (await bench.reports.trace(id, limit === undefined ? {} : { limit })) ?? expect.fail(`no trace ${id}`);
/** `type(children …)`, in order. */
const shape = (events: readonly TraceEvent[]): string =>
  events.map(({ type, children }) => (children.length === 0 ? type : `${type}(${shape(children)})`)).join(' ');

describe('a trace', () => {
  test('has the facts of an event below it, and below these what services sent because of them', async () => {
    const [placed = 0] = await post({ id: 'o1', type: 'shop.placed', correlationId: 'order-1', user: 'new' });
    await post({ id: 'x', type: 'bank.paid', source: 'bank', correlationId: 'order-1', causationId: 'o1' });
    const awarded = (await trace('order-1')).roots[0]?.children.find(({ type }) => type === 'points.awarded');
    await post(
      { id: 'y', type: 'mail.sent', correlationId: 'order-1', causationId: awarded?.id },
      { id: 'z', type: 'shop.delivered', correlationId: 'order-1', causationId: 'x' },
      { id: 'w', type: 'bank.noted', correlationId: 'order-1', causationId: 'of another trace' },
      { id: 'other', correlationId: 'order-2', causationId: 'o1' },
    );
    const found = await trace('order-1');
    expect(shape(found.roots)).toBe(
      'shop.placed(user.created points.awarded(mail.sent) level.reached bank.paid(shop.delivered)) bank.noted',
    );
    expect(found).toMatchObject({ correlationId: 'order-1', events: 8, truncated: false, pending: 0, failed: 0, flows: [] });
    const [root, noted] = found.roots;
    expect(root).toMatchObject({ id: 'o1', source: 'default', user: 'new', position: placed, causationId: null, deliveries: [] });
    expect(root?.time).toBe('2026-11-21T12:00:00.000Z');
    expect(root?.children[0]).toMatchObject({ id: `evt_${placed + 1}`, source: 'diana', causationId: 'o1', user: 'new' });
    expect(root?.children.at(-1)).toMatchObject({ id: 'x', source: 'bank', causationId: 'o1' });
    expect(noted).toMatchObject({ id: 'w', causationId: 'of another trace' });
  });

  test('begins with the event whose id is the correlation of what followed', async () => {
    await post({ id: 'first', type: 'shop.placed' });
    await post({ id: 'second', correlationId: 'first', causationId: 'first' });
    await post({ id: 'first', source: 'elsewhere' });
    expect(shape((await trace('first')).roots)).toBe('shop.placed(points.awarded level.reached shop.seen)');
  });

  test('of an event from another source is named after its place', async () => {
    const [place] = await post({ id: 'away', source: 'elsewhere' });
    await post({ id: 'back', correlationId: `evt_${place}`, causationId: 'away' });
    const found = await trace(`evt_${place}`);
    expect(shape(found.roots)).toBe('shop.seen(shop.seen)');
    expect(found.roots[0]).toMatchObject({ id: 'away', source: 'elsewhere' });
  });

  test('is found by the id of any event in it', async () => {
    const [first = 0] = await post({ id: 'cause', type: 'shop.placed' });
    const [second] = await post({ id: 'effect', correlationId: 'cause', causationId: 'cause' });
    for (const id of ['effect', `evt_${first}`, `evt_${first + 1}`, `evt_${second}`])
      expect(await trace(id)).toEqual(await trace('cause'));
    for (const id of ['never', 'evt_999999999', 'evt_0', `evt_0${first}`, 'evt_9999999999999999999999', '', 'a\u0000', 'a\ud800'])
      expect(await bench.reports.trace(id)).toBeUndefined();
  });

  test('of what Diana did by itself is told, too', async () => {
    await bench.engine.putUser('put', { name: 'Put' }, ADMIN);
    const [row] = await bench.test.owner<{ position: number }[]>`select max(position)::int as position from events.log`;
    const found = await trace(`evt_${row?.position}`);
    expect(found.roots).toMatchObject([{ type: 'user.created', source: 'diana', user: 'put' }]);
  });

  test('ends at so many events, and says so', async () => {
    await post(...Array.from({ length: 5 }, (_, n) => ({ id: `l${n}`, correlationId: 'long', causationId: `l${n - 1}` })));
    expect(await trace('long', 3)).toMatchObject({ events: 3, truncated: true });
    expect(shape((await trace('long', 3)).roots)).toBe('shop.seen(shop.seen(shop.seen))');
    expect(await trace('long', 5)).toMatchObject({ events: 5, truncated: false });
    expect((await trace('long', 0)).events).toBe(1);
  });

  test('may be a chain of a thousand', async () => {
    const chain = Array.from({ length: 1_001 }, (_, n) => ({ id: `d${n}`, correlationId: 'deep', causationId: `d${n - 1}` }));
    await post(...chain.slice(0, 1_000));
    await post(...chain.slice(1_000));
    const found = await trace('deep');
    expect(found).toMatchObject({ events: 1_000, truncated: true });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  test('with events that name each other or themselves has each of them once', async () => {
    await post(
      { id: 'p', correlationId: 'circle', causationId: 'q' },
      { id: 'q', correlationId: 'circle', causationId: 'p' },
      { id: 's', correlationId: 'circle', causationId: 's' },
    );
    expect(shape((await trace('circle')).roots)).toBe('shop.seen(shop.seen) shop.seen');
  });

  test('shows no more than its skeleton once the person is erased', async () => {
    const [place] = await post({ id: 'secret', type: 'shop.placed', correlationId: 'secret-order', user: 'gone' });
    await bench.engine.eraseUser('gone', null, ADMIN);
    expect(await bench.reports.trace('secret-order')).toBeUndefined();
    const found = await trace('secret');
    expect(found.correlationId).toBe(`evt_${place}`);
    expect(found.roots).toMatchObject([{ id: `evt_${place}`, source: null, type: 'shop.placed', user: null }]);
    expect(JSON.stringify(found)).not.toMatch(/secret|gone/);
  });
});

describe('of deliveries it tells', () => {
  const subscribe = (name: string, types: readonly string[], position: number, more = ''): Promise<unknown> =>
    bench.test.owner.unsafe(
      `with made as (
         insert into bus.subscription (name, kind, types, settings, state, created_at, created_by)
         values ($1, 'handler', $2, '{}', $3, '2026-11-21', 'key') returning name
       ) insert into bus.cursor (subscription, position${more === '' ? '' : ', seam, express, backlog_from'})
         select name, $4::bigint${more === '' ? '' : `, ${more}`} from made`,
      [name, types as string[], 'active', position],
    );

  test('those that are tried again, wait or were given up', async () => {
    const [place = 0, second = 0] = await post({ id: 'b1', correlationId: 'bus-1' }, { id: 'b2', correlationId: 'bus-1' });
    await subscribe('mail', ['shop.*'], second);
    await subscribe('push', ['*'], place);
    await subscribe('done', ['*'], place);
    await subscribe('deaf', ['bank.*'], 0);
    const { owner } = bench.test;
    const tries = (...errors: readonly string[]): string => JSON.stringify(errors.map((error) => ({ at: 'x', error })));
    await owner`insert into bus.delivery values
      ('mail', ${place}, 7, '2026-11-21T12:05:00Z', 2, ${tries('first', 'timeout')}::text::json), ('mail', ${second}, 7, null, 0, '[]')`;
    await owner`insert into bus.dead_letter values ('push', ${place}, 7, 'shop.seen', 'bus-1', 9, ${tries('gone')}::text::json, '2026-11-21')`;
    await owner`insert into bus.done values ('done', ${second})`;
    const found = await trace('bus-1');
    expect(found).toMatchObject({ pending: 3, failed: 1 });
    expect(found.roots.map(({ deliveries }) => deliveries)).toEqual([
      [
        { subscription: 'mail', state: 'retrying', attempts: 2, dueAt: '2026-11-21T12:05:00.000Z', error: 'timeout' },
        { subscription: 'push', state: 'dead', attempts: 9, error: 'gone' },
      ],
      [
        { subscription: 'mail', state: 'waiting', attempts: 0 },
        { subscription: 'push', state: 'waiting', attempts: 0 },
      ],
    ]);
  });

  test('what an active subscription has not come to', async () => {
    const places = await post(...[1, 2, 3, 4].map((n) => ({ id: `w${n}`, correlationId: 'bus-2' })));
    const waiting = async (): Promise<readonly number[]> =>
      (await trace('bus-2')).roots.map(({ deliveries }) => deliveries.length);
    const [, second = 0, third = 0] = places;
    await subscribe('two-left', ['bank.*', 'shop.*'], second);
    expect(await waiting()).toEqual([0, 0, 1, 1]);
    // Live traffic went on to the third while a backlog waits.
    await subscribe('backlog', ['shop.seen'], 0, `${second}, ${third}, 0`);
    expect(await waiting()).toEqual([1, 1, 1, 2]);
    await bench.test.owner`update bus.subscription set state = 'paused' where name = 'two-left'`;
    expect(await waiting()).toEqual([1, 1, 0, 1]);
  });

  test('twenty at most that wait for one event, and counts all', async () => {
    await post({ id: 'many', correlationId: 'bus-3' });
    for (let n = 0; n < 25; n += 1) await subscribe(`s${n}`, ['*'], 0);
    const found = await trace('bus-3');
    expect([found.pending, found.roots[0]?.deliveries.length]).toEqual([25, 20]);
  });
});

describe('flows', () => {
  const step = (kind: 'open' | 'finish', flow: string, correlationId: string, at: string, position: number) => ({
    kind,
    flow,
    correlationId,
    account: 0,
    position,
    at: Date.parse(at),
    reason: null,
    deadlineAt: kind === 'open' ? Date.parse(at) + 900_000 : null,
  });

  test('are told with their trace, listed by page, and summed up', async () => {
    await post({ id: 'f1', correlationId: 'flow 1' });
    await bench.test.database.transaction(async (tx) => {
      await applyFlowSteps(tx, [
        step('open', 'purchase', 'flow 1', '2026-11-21T11:00:00Z', 1),
        step('finish', 'purchase', 'flow 1', '2026-11-21T11:00:05Z', 2),
        step('open', 'purchase', 'flow 2', '2026-11-21T11:01:00Z', 3),
        step('open', 'former', 'flow 1', '2026-11-21T11:02:00Z', 4),
      ]);
      await failFlows(tx, ['flow 2'], 'mail gave it up', '2026-11-21T11:05:00Z');
    });
    const purchase = {
      flow: 'purchase',
      state: 'finished',
      startedAt: '2026-11-21T11:00:00.000Z',
      deadlineAt: '2026-11-21T11:15:00.000Z',
      endedAt: '2026-11-21T11:00:05.000Z',
      reason: null,
    };
    expect((await trace('flow 1')).flows).toEqual([purchase, expect.objectContaining({ flow: 'former', state: 'open' })]);

    const { reports } = bench;
    const first = await reports.flows({ limit: 2 });
    expect(first?.flows.map(({ flow, correlationId }) => `${flow} ${correlationId}`)).toEqual([
      'former flow 1',
      'purchase flow 2',
    ]);
    const second = await reports.flows({ limit: 2, cursor: first?.cursor ?? '' });
    expect(second).toEqual({ flows: [{ ...purchase, correlationId: 'flow 1' }], cursor: null });
    expect((await reports.flows({ flow: 'purchase', state: 'failed', limit: 5 }))?.flows).toMatchObject([
      { correlationId: 'flow 2', reason: 'mail gave it up', endedAt: '2026-11-21T11:05:00.000Z' },
    ]);
    for (const cursor of ['', 'x', Buffer.from('99999999999999 f c').toString('base64url')])
      expect(await reports.flows({ limit: 5, cursor })).toBeUndefined();

    expect(await reports.flowSummary()).toEqual([
      { flow: 'purchase', open: 0, finished: 1, overdue: 0, failed: 1, durations: { p50: 5_000, p95: 5_000, max: 5_000 } },
      { flow: 'refund', open: 0, finished: 0, overdue: 0, failed: 0, durations: null },
      { flow: 'former', open: 1, finished: 0, overdue: 0, failed: 0, durations: null, retired: true },
    ]);
  });
});
