import { reference } from '../../kernel/document-names.ts';
import type { ParsedStrategy, StrategyDefinition, StrategyKind } from './strategy.ts';
import { parseWithin, WITHIN } from './within.ts';

/** Progress is the value of one metric: `metric: commits`. */
export const metric: StrategyKind = {
  key: 'metric',
  otherKeys: ['within', 'repeatable'],
  example: '{ id: committer, metric: commits, tiers: [{ id: bronze, at: 1 }] }',
  properties: {
    metric: { description: 'Name of the metric whose value is the progress.', type: 'string' },
    within: WITHIN,
    repeatable: {
      description: 'Whether it comes again: at every further multiple of its one tier; with within, each tier in every period.',
      type: 'boolean',
    },
  },
  parse(definition) {
    const { faults, value, entries, context } = definition;
    const name = reference(faults, value, 'metric', context.metrics);
    const within = entries.get('within');
    if (name === undefined) return undefined;
    return within === undefined ? ofWholeLife(definition, name) : parseWithin(definition, name, within);
  },
};

function ofWholeLife({ context }: StrategyDefinition, name: string): ParsedStrategy {
  const highest = context.highest(name);
  return {
    strategy: {
      kind: 'metric',
      description: `by ${name}`,
      metric: name,
      parts: [],
      window: null,
      own: null,
      progress: (view) => view.metric(name),
    },
    parts: [],
    done: null,
    highest: highest === null ? null : { value: highest, why: `"${name}" ends at ${highest}` },
  };
}
