import { computedAt } from '../../kernel/expression-node.ts';
import type { MetricKind } from '../kind.ts';
import type { MetricValue } from '../model.ts';
import { brings, events, listenerOf, metric, ON, seenBy, WHEN, whenOf } from './parts.ts';

/** The number in the newest event. */
export const last: MetricKind = {
  key: 'last',
  otherKeys: ['on', 'when'],
  example: '{ last: event.data.files, on: code.commit }',
  schema: {
    type: 'object',
    description: 'The number in the newest event.',
    properties: {
      last: { type: 'string', description: 'The number, in CEL, such as event.data.files.' },
      on: ON,
      when: WHEN,
    },
    required: ['last', 'on'],
    additionalProperties: false,
  },
  parse(definition) {
    const listener = listenerOf(definition, 'which events the newest number is taken from');
    const { faults, value } = definition;
    const amount = computedAt(faults, value, seenBy(listener), 'a number to show, such as event.data.files');
    const when = whenOf(definition, listener);
    if (listener === undefined || amount === undefined) return undefined;
    return metric(definition, {
      source: events(listener),
      when,
      meaning: { last: amount.source, on: listener.on },
      description: `last (${amount.source}) on ${listener.on}`,
      contribute: (scope) => brings(amount.evaluate(scope)),
      fold: newest,
    });
  },
};

/**
 * The newest by the time of the event; of two at the same time, the one that was accepted later. A value that is the same
 * again is as new as its event, so that what comes late is still told from what is newer.
 */
function newest(before: MetricValue | undefined, amount: number, at: number): MetricValue | undefined {
  return before === undefined || at >= before.at ? { value: amount, at } : undefined;
}
