import { reference } from '../../kernel/document-names.ts';
import type { MetricKind } from '../kind.ts';
import { metric, replace, WHEN, whenOf } from './parts.ts';

/** The length of a streak. */
export const streak: MetricKind = {
  key: 'streak',
  otherKeys: ['when'],
  example: '{ streak: daily }',
  schema: {
    type: 'object',
    description: 'The length of a streak, in days.',
    properties: { streak: { type: 'string', description: 'The name of a streak under `streaks`.' }, when: WHEN },
    required: ['streak'],
    additionalProperties: false,
  },
  parse(definition) {
    const { faults, value, context } = definition;
    const name = reference(faults, value, 'streak', context.streaks);
    const when = whenOf(definition);
    if (name === undefined) return undefined;
    return metric(definition, {
      source: { kind: 'streak', streak: name },
      when,
      meaning: { streak: name },
      description: `streak ${name}`,
      fold: replace,
    });
  },
};
