import { expected, report } from '../../kernel/document.ts';
import type { MetricDefinition, MetricKind } from '../kind.ts';
import { metric, replace, WHEN, whenOf } from './parts.ts';

const EXAMPLE = '{ level: true }';

/** The user's level. */
export const level: MetricKind = {
  key: 'level',
  otherKeys: ['when'],
  example: EXAMPLE,
  schema: {
    type: 'object',
    description: 'The level.',
    properties: {
      level: { const: true, description: 'Always true: there is one level, that of the section `levels`.' },
      when: WHEN,
    },
    required: ['level'],
    additionalProperties: false,
  },
  parse(definition) {
    const declared = isDeclared(definition);
    const when = whenOf(definition);
    if (!declared) return undefined;
    return metric(definition, { source: { kind: 'level' }, when, meaning: { level: true }, description: 'level', fold: replace });
  },
};

function isDeclared({ faults, value, context }: MetricDefinition): boolean {
  if (value.kind !== 'scalar' || value.value !== true) expected(faults, value, `true, as in ${EXAMPLE}`);
  else if (context.hasLevels) return true;
  else report(faults, value, 'there are no levels: the section "levels" is missing');
  return false;
}
