import type { JsonObject } from '../kernel/json.ts';
import { add, BRINGS_ONE, BRINGS_ZERO, metric } from './kinds/parts.ts';
import type { Metric } from './model.ts';

/** Metrics that another noun keeps for one of its definitions. Nobody sees them, and nobody can name them. */

interface Internal {
  /** Begins with `@`, which no name in a catalog does. */
  readonly name: string;
  /** Id of the definition that it is kept for. */
  readonly owner: string;
  readonly meaning: JsonObject;
  readonly description: string;
}

export function followsEvents(
  definition: Internal & {
    readonly on: readonly string[];
    readonly matches: (type: string) => boolean;
    readonly contribute: Metric['contribute'];
    readonly fold: Metric['fold'];
  },
): Metric {
  const { name, owner, on, matches, meaning, description, contribute, fold } = definition;
  const [first = '', ...others] = on;
  const source = { kind: 'events', on: first, others, matches, data: null } as const;
  return { ...metric({ name }, { source, when: null, meaning, description, contribute, fold }), owner };
}

/** Counts events of one type whose data pass a test. */
export function countsWhere(
  definition: Internal & { readonly on: string; readonly test: (data: Readonly<Record<string, unknown>>) => boolean },
): Metric {
  const { on, test, ...rest } = definition;
  return followsEvents({
    ...rest,
    on: [on],
    matches: (type) => type === on,
    contribute: ({ event }) => (test(event.data) ? BRINGS_ONE : BRINGS_ZERO),
    fold: add,
  });
}
