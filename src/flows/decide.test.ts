import { expect, test } from 'vitest';
import { compilePattern } from '../kernel/pattern.ts';
import { decideFlowSteps, type Flow, type FlowMark, type FlowStep } from './index.ts';

const mark = (on: string): FlowMark => ({ on, matches: compilePattern(on) });
const flow = (id: string, start: string, end: string, fail: string | null = null, deadline: number | null = null): Flow => ({
  id,
  start: mark(start),
  end: mark(end),
  fail: fail === null ? null : mark(fail),
  deadline,
  description: id,
});
const event = (type: string) => ({ type, correlationId: 'c', account: 7, position: 5, recordedAt: 1_000 });
const step = (kind: FlowStep['kind'], name: string, more: Partial<FlowStep> = {}): FlowStep => ({
  kind,
  flow: name,
  correlationId: 'c',
  account: 7,
  position: 5,
  at: 1_000,
  deadlineAt: null,
  reason: null,
  ...more,
});

test('an event opens, finishes or fails each flow that it fits', () => {
  const flows = [
    flow('purchase', 'shop.placed', 'shop.delivered', 'shop.cancelled', 500),
    flow('payment', 'shop.placed', 'bank.paid'),
    flow('delivery', 'bank.paid', 'shop.delivered'),
  ];
  expect(decideFlowSteps(flows, event('shop.placed'))).toEqual([
    step('open', 'purchase', { deadlineAt: 1_500 }),
    step('open', 'payment'),
  ]);
  expect(decideFlowSteps(flows, event('bank.paid'))).toEqual([step('finish', 'payment'), step('open', 'delivery')]);
  expect(decideFlowSteps(flows, event('shop.delivered'))).toEqual([step('finish', 'purchase'), step('finish', 'delivery')]);
  expect(decideFlowSteps(flows, event('shop.cancelled'))).toEqual([step('fail', 'purchase', { reason: 'shop.cancelled' })]);
  expect(decideFlowSteps(flows, event('shop.seen'))).toEqual([]);
});

test('a type that is named goes before a pattern; of patterns failing comes first, then the end', () => {
  const kinds = (one: Flow, type: string) => decideFlowSteps([one], event(type)).map(({ kind }) => kind);
  const byEnd = flow('f', 'shop.placed', 'shop.*');
  expect([kinds(byEnd, 'shop.placed'), kinds(byEnd, 'shop.other')]).toEqual([['open'], ['finish']]);
  const byStart = flow('f', 'shop.*', 'shop.delivered');
  expect([kinds(byStart, 'shop.delivered'), kinds(byStart, 'shop.other')]).toEqual([['finish'], ['open']]);
  const byFailure = flow('f', '*', 'shop.delivered', 'shop.*');
  expect([kinds(byFailure, 'shop.delivered'), kinds(byFailure, 'shop.other'), kinds(byFailure, 'bank.paid')]).toEqual([
    ['finish'],
    ['fail'],
    ['open'],
  ]);
  expect(kinds(flow('f', '*', 'shop.*'), 'shop.other')).toEqual(['finish']);
});
