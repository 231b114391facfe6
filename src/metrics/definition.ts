import type { Condition, Declarations } from '../kernel/conditions/index.ts';
import { didYouMean } from '../kernel/closest.ts';
import { anyOf, type DocumentNode, type Faults, mapping, report } from '../kernel/document.ts';
import { named, reference } from '../kernel/document-names.ts';
import { computedAt, conditionAt } from '../kernel/expression-node.ts';
import { canonical, type JsonObject } from '../kernel/json.ts';
import type { Listen } from '../kernel/listening.ts';
import type { Metric } from './model.ts';

/** What else the catalog declares. */
export interface MetricContext {
  readonly listen: Listen;
  readonly currencies: Iterable<string>;
}

/** Each kind of metric by the key that says so, with the other keys it takes. */
const KINDS = { count: ['when'], sum: ['on', 'when'], earned: ['when'] } as const;
type Kind = keyof typeof KINDS;
const KIND_NAMES = Object.keys(KINDS) as Kind[];

type Entries = ReadonlyMap<string, DocumentNode>;

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
  const entries = mapping(faults, node, 'a metric, as in { count: code.commit }');
  if (entries === undefined) return undefined;
  const [kind, ...more] = KIND_NAMES.filter((candidate) => entries.has(candidate));
  if (more.length > 0) return report(faults, node, `a metric is of one kind, but this is ${[kind, ...more].join(' and ')}`);
  const known = kind === undefined ? [...KIND_NAMES, 'on', 'when'] : [kind, ...KINDS[kind]];
  for (const [key, value] of entries) if (!known.includes(key)) unknownKey(faults, value, key, kind, known);
  switch (kind) {
    case 'count':
      return parseCount(faults, name, entries, context);
    case 'sum':
      return parseSum(faults, name, node, entries, context);
    case 'earned':
      return parseEarned(faults, name, entries, context);
    default:
      if ([...entries.keys()].every((key) => known.includes(key)))
        report(faults, node, `a metric needs one of the kinds ${anyOf(KIND_NAMES)}`);
      return undefined;
  }
}

function unknownKey(faults: Faults, node: DocumentNode, key: string, kind: Kind | undefined, known: readonly string[]): void {
  if (kind === 'count' && key === 'on') report(faults, node, '"on" does not go with count: "count" names the events itself');
  else if (kind === undefined)
    report(
      faults,
      node,
      `unknown kind of metric "${key.slice(0, 60)}"${didYouMean(key, KIND_NAMES) || `; expected ${anyOf(KIND_NAMES)}`}`,
    );
  else report(faults, node, `unknown key "${key.slice(0, 60)}"${didYouMean(key, known) || `; expected ${anyOf(known)}`}`);
}

function parseCount(faults: Faults, name: string, entries: Entries, { listen }: MetricContext): Metric | undefined {
  const pattern = entries.get('count');
  const listener = pattern === undefined ? undefined : listen(faults, pattern);
  const when = whenOf(faults, entries, listener?.data ?? null);
  if (listener === undefined) return undefined;
  const { on, matches } = listener;
  return { kind: 'count', name, key: name, on, matches, when, meaning: meaning({ count: on }, when) };
}

function parseSum(
  faults: Faults,
  name: string,
  node: DocumentNode,
  entries: Entries,
  { listen }: MetricContext,
): Metric | undefined {
  const pattern = entries.get('on');
  const source = entries.get('sum');
  if (pattern === undefined) report(faults, node, '"on" is missing: which events are summed');
  const listener = pattern === undefined ? undefined : listen(faults, pattern);
  const data = listener?.data ?? null;
  const value =
    source === undefined
      ? undefined
      : computedAt(faults, source, { data, metrics: [] }, 'a number to sum, such as event.data.files');
  const when = whenOf(faults, entries, data);
  if (listener === undefined || value === undefined) return undefined;
  const { on, matches } = listener;
  return { kind: 'sum', name, key: name, on, matches, value, when, meaning: meaning({ sum: value.source, on }, when) };
}

function parseEarned(faults: Faults, name: string, entries: Entries, { currencies }: MetricContext): Metric | undefined {
  const given = entries.get('earned');
  const currency = given === undefined ? undefined : reference(faults, given, 'currency', currencies);
  const when = whenOf(faults, entries, null);
  return currency === undefined
    ? undefined
    : { kind: 'earned', name, key: name, currency, when, meaning: meaning({ earned: currency }, when) };
}

/** Metrics move before anything sees them, so their own conditions see none. */
function whenOf(faults: Faults, entries: Entries, data: Declarations['data']): Condition | null {
  const when = entries.get('when');
  return (when === undefined ? undefined : conditionAt(faults, when, { data, metrics: [] })) ?? null;
}

function meaning(definition: JsonObject, when: Condition | null): string {
  return canonical(when === null ? definition : { ...definition, when: when.source });
}
