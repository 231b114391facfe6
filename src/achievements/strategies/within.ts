import { type DocumentNode, oneOf, report } from '../../kernel/document.ts';
import { WINDOWS } from '../model.ts';
import type { ParsedStrategy, StrategyDefinition } from './strategy.ts';

export const WITHIN = {
  description: "The period of the user's own calendar within which the metric is counted; the whole life is the default.",
  enum: WINDOWS,
} as const;

/** What shows a state has no value that a period begins and ends. */
const STATES: ReadonlySet<string> = new Set(['balance', 'level', 'streak']);

/** Progress is the value of a metric within the period that the event falls in: `metric: commits, within: week`. */
export function parseWithin(
  { faults, context }: StrategyDefinition,
  name: string,
  node: DocumentNode,
): ParsedStrategy | undefined {
  const window = oneOf(faults, node, WINDOWS);
  if (window === undefined) return undefined;
  const kind = context.sourceOf(name)?.kind;
  if (kind !== undefined && STATES.has(kind)) {
    return report(faults, node, `"${name}" shows what a user has and is: only what is counted has a value within a ${window}`);
  }
  return {
    strategy: {
      kind: 'within',
      description: `by ${name} within a ${window}`,
      metric: name,
      parts: [],
      window,
      own: null,
      progress: (view) => view.within(name, window),
    },
    parts: [],
    done: null,
    highest: null,
  };
}
