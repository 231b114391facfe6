import { computedAt } from '../../kernel/expression-node.ts';
import type { MetricKind } from '../kind.ts';
import { add, brings, events, listenerOf, metric, ON, seenBy, WHEN, whenOf } from './parts.ts';

/** The sum of a number in events. */
export const sum: MetricKind = {
  key: 'sum',
  otherKeys: ['on', 'when'],
  example: '{ sum: event.data.files, on: code.commit }',
  schema: {
    type: 'object',
    description: 'The sum of a number in events.',
    properties: {
      sum: { type: 'string', description: 'The number, in CEL, such as event.data.files.' },
      on: ON,
      when: WHEN,
    },
    required: ['sum', 'on'],
    additionalProperties: false,
  },
  parse(definition) {
    const listener = listenerOf(definition, 'which events are summed');
    const { faults, value } = definition;
    const amount = computedAt(faults, value, seenBy(listener), 'a number to sum, such as event.data.files');
    const when = whenOf(definition, listener);
    if (listener === undefined || amount === undefined) return undefined;
    return metric(definition, {
      source: events(listener),
      when,
      meaning: { sum: amount.source, on: listener.on },
      description: `sum (${amount.source}) on ${listener.on}`,
      contribute: (scope) => brings(amount.evaluate(scope)),
      fold: add,
    });
  },
};
