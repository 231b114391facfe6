import { didYouMean } from '../kernel/closest.ts';
import { anyOf, type DocumentNode, type Faults, mapping, report, shortened } from '../kernel/document.ts';
import { named, NAME_SHAPE } from '../kernel/document-names.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { MetricContext, MetricKind } from './kind.ts';
import { balance } from './kinds/balance.ts';
import { count } from './kinds/count.ts';
import { distinct } from './kinds/distinct.ts';
import { earned } from './kinds/earned.ts';
import { last } from './kinds/last.ts';
import { level } from './kinds/level.ts';
import { max } from './kinds/max.ts';
import { min } from './kinds/min.ts';
import { run } from './kinds/run.ts';
import { spent } from './kinds/spent.ts';
import { streak } from './kinds/streak.ts';
import { sum } from './kinds/sum.ts';
import type { Metric } from './model.ts';

const KINDS: readonly MetricKind[] = [count, sum, max, min, last, distinct, run, earned, spent, balance, level, streak];
const KIND_KEYS = KINDS.map(({ key }) => key);
const ALL_KEYS = [...new Set(KINDS.flatMap(({ key, otherKeys }) => [key, ...otherKeys]))];

/** JSON Schema (draft 2020-12) of `metrics:`. What refers to other sections, only the parser can check. */
export const metricsSchema: JsonObject = {
  type: ['object', 'null'],
  description: 'What is counted about each user, by name.',
  propertyNames: { ...NAME_SHAPE },
  // Each kind requires its own key and allows no other kind's: one at most fits.
  additionalProperties: { oneOf: KINDS.map(({ schema }) => schema) },
};

/** `metrics:`, what is counted about a user. */
export function parseMetrics(faults: Faults, node: DocumentNode | undefined, context: MetricContext): readonly Metric[] {
  const metrics: Metric[] = [];
  for (const [name, definition] of named(faults, node, 'a mapping from metrics to their definition')) {
    const metric = parseMetric(faults, name, definition, context);
    if (metric !== undefined) metrics.push(metric);
  }
  return metrics;
}

function parseMetric(faults: Faults, name: string, node: DocumentNode, context: MetricContext): Metric | undefined {
  const entries = mapping(faults, node, `a metric, as in ${count.example}`);
  if (entries === undefined) return undefined;
  const [kind, ...more] = KINDS.filter(({ key }) => entries.has(key));
  const value = kind === undefined ? undefined : entries.get(kind.key);
  if (kind === undefined || value === undefined) return withoutKind(faults, node, entries);
  if (more.length > 0) {
    const kinds = [kind, ...more].map(({ key }) => key);
    return report(faults, node, `a metric is of one kind, but this is ${kinds.join(' and ')}`);
  }
  reportStrangers(faults, entries, kind);
  return kind.parse({ faults, name, node, entries, value, context });
}

function withoutKind(faults: Faults, node: DocumentNode, entries: ReadonlyMap<string, DocumentNode>): undefined {
  const unknown = [...entries].filter(([key]) => !ALL_KEYS.includes(key));
  if (unknown.length === 0) report(faults, node, `a metric needs one of the kinds ${anyOf(KIND_KEYS)}, as in ${count.example}`);
  for (const [key, value] of unknown) {
    const hint = didYouMean(key, KIND_KEYS) || `; expected ${anyOf(KIND_KEYS)}`;
    report(faults, value, `unknown kind of metric "${shortened(key)}"${hint}`);
  }
}

/** Keys that do not go with the kind. */
function reportStrangers(faults: Faults, entries: ReadonlyMap<string, DocumentNode>, kind: MetricKind): void {
  const known = [kind.key, ...kind.otherKeys];
  for (const [key, value] of entries) {
    if (known.includes(key)) continue;
    const reason = kind.misplaced?.get(key);
    const hint = didYouMean(key, known) || `; expected ${anyOf(known)}, as in ${kind.example}`;
    if (reason !== undefined) report(faults, value, `"${key}" does not go with ${kind.key}: ${reason}`);
    else report(faults, value, `unknown key "${shortened(key)}"${hint}`);
  }
}
