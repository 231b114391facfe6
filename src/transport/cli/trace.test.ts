import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { FlowSummary, Trace, TraceEvent } from '../../reports/index.ts';
import { flowsText } from './flows.ts';
import { traceText } from './trace.ts';

const event = (id: string, type: string, more: Partial<TraceEvent> = {}): TraceEvent => ({
  id,
  source: 'default',
  type,
  user: null,
  position: 1,
  causationId: null,
  deliveries: [],
  children: [],
  time: '2026-11-21T12:00:00.000Z',
  recordedAt: '2026-11-21T12:00:01.000Z',
  ...more,
});

const TRACE: Trace = {
  correlationId: 'order-1',
  events: 6,
  truncated: true,
  pending: 2,
  failed: 1,
  flows: [
    {
      flow: 'purchase',
      state: 'overdue',
      startedAt: '2026-11-21T12:00:01.000Z',
      deadlineAt: '2026-11-21T12:15:01.000Z',
      endedAt: null,
      reason: null,
    },
  ],
  roots: [
    event('o1', 'shop.placed', {
      user: 'ann',
      children: [
        event('evt_2', 'points.awarded', {
          source: 'diana',
          children: [
            event('m', 'mail.sent', {
              source: 'mail',
              deliveries: [
                { subscription: 'crm', state: 'retrying', attempts: 1, dueAt: '2026-11-21T12:05:00.000Z', error: 'no\n answer' },
              ],
            }),
          ],
        }),
        event('p', 'bank.paid', {
          deliveries: [
            { subscription: 'crm', state: 'dead', attempts: 9, error: 'gone' },
            { subscription: 'push', state: 'waiting', attempts: 0 },
          ],
          children: [event('d', 'shop.delivered')],
        }),
      ],
    }),
    event('n', 'shop.seen'),
  ],
};

test('a trace is a tree, a line for each event', () => {
  expect(stripVTControlCharacters(traceText(TRACE))).toBe(
    `
order-1  6 events, and more that came later, 2 pending, 1 given up
flow purchase: overdue, started 2026-11-21T12:00:01.000Z, due 2026-11-21T12:15:01.000Z
shop.placed ann o1, 2026-11-21T12:00:01.000Z
├─ points.awarded evt_2, 2026-11-21T12:00:01.000Z
│  └─ mail.sent m from mail, 2026-11-21T12:00:01.000Z  crm retrying after 1 attempt, due 2026-11-21T12:05:00.000Z: no answer
└─ bank.paid p, 2026-11-21T12:00:01.000Z  crm given up after 9 attempts: gone  push waiting
   └─ shop.delivered d, 2026-11-21T12:00:01.000Z
shop.seen n, 2026-11-21T12:00:01.000Z
`.trim(),
  );
});

test('flows are one table', () => {
  const flows: readonly FlowSummary[] = [
    {
      flow: 'purchase',
      open: 3,
      finished: 12_000,
      overdue: 1,
      failed: 0,
      durations: { p50: 840, p95: 59_940, max: 7_500_000 },
    },
    { flow: 'refund', open: 0, finished: 0, overdue: 0, failed: 2, durations: null, retired: true },
  ];
  expect(stripVTControlCharacters(flowsText(flows))).toBe(
    `
flow              open  overdue  failed  finished     p50     p95        max
purchase             3        1       0    12,000  840 ms  59.9 s  2 h 5 min
refund (retired)     0        0       2         0       –       –          –
`.trim(),
  );
  expect(flowsText([])).toBe('no flows: the catalog declares none');
});
