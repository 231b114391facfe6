import type { MetricKind } from '../kind.ts';
import { add, BRINGS_ONE, events, metric, WHEN, whenOf } from './parts.ts';

/** How many events there were. */
export const count: MetricKind = {
  key: 'count',
  otherKeys: ['when'],
  misplaced: new Map([['on', '"count" names the events itself']]),
  example: '{ count: code.commit }',
  schema: {
    type: 'object',
    description: 'How many events there were.',
    properties: {
      count: { type: 'string', description: 'The event type, or a pattern such as code.*, that is counted.' },
      when: WHEN,
    },
    required: ['count'],
    additionalProperties: false,
  },
  parse(definition) {
    const listener = definition.context.listen(definition.faults, definition.value);
    const when = whenOf(definition, listener);
    if (listener === undefined) return undefined;
    const { on } = listener;
    return metric(definition, {
      source: events(listener),
      when,
      meaning: { count: on },
      description: `count ${on}`,
      contribute: () => BRINGS_ONE,
      fold: add,
    });
  },
};
