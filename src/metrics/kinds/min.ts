import { computedAt } from '../../kernel/expression-node.ts';
import type { MetricKind } from '../kind.ts';
import type { MetricValue } from '../model.ts';
import { brings, events, listenerOf, metric, ON, seenBy, WHEN, whenOf } from './parts.ts';

/** The smallest number in any event. */
export const min: MetricKind = {
  key: 'min',
  otherKeys: ['on', 'when'],
  example: '{ min: event.data.files, on: code.commit }',
  schema: {
    type: 'object',
    description: 'The smallest number in any event.',
    properties: {
      min: { type: 'string', description: 'The number, in CEL, such as event.data.files.' },
      on: ON,
      when: WHEN,
    },
    required: ['min', 'on'],
    additionalProperties: false,
  },
  parse(definition) {
    const listener = listenerOf(definition, 'in which events the smallest is looked for');
    const { faults, value } = definition;
    const amount = computedAt(faults, value, seenBy(listener), 'a number to compare, such as event.data.files');
    const when = whenOf(definition, listener);
    if (listener === undefined || amount === undefined) return undefined;
    return metric(definition, {
      source: events(listener),
      when,
      meaning: { min: amount.source, on: listener.on },
      description: `min (${amount.source}) on ${listener.on}`,
      contribute: (scope) => brings(amount.evaluate(scope)),
      fold: smaller,
    });
  },
};

/** A score is as old as the first event that reached it, in whatever order events come in. */
function smaller(before: MetricValue | undefined, amount: number, at: number): MetricValue | undefined {
  if (before === undefined || amount < before.value) return { value: amount, at };
  return amount === before.value && at < before.at ? { value: amount, at } : undefined;
}
