import { type Condition, type Declarations, type Evaluated, normalSource } from '../../kernel/conditions/index.ts';
import { type DocumentNode, report } from '../../kernel/document.ts';
import { reference } from '../../kernel/document-names.ts';
import { computedAt, conditionAt } from '../../kernel/expression-node.ts';
import { canonical, type JsonObject } from '../../kernel/json.ts';
import type { Listener } from '../../kernel/listening.ts';
import type { MetricDefinition, MetricKind } from '../kind.ts';
import type { Contribution, Metric, MetricSource, MetricValue } from '../model.ts';

/** What several kinds have in common. */

/** The entry of a key that has to be there; `why` says what it is for. */
export function needed({ faults, node, entries }: MetricDefinition, key: string, why: string): DocumentNode | undefined {
  return entries.get(key) ?? report(faults, node, `"${key}" is missing: ${why}`);
}

/** `on:`, the events that a metric reads a value from. */
export function listenerOf(definition: MetricDefinition, why: string): Listener | undefined {
  const pattern = needed(definition, 'on', why);
  return pattern === undefined ? undefined : definition.context.listen(definition.faults, pattern);
}

/** Metrics move before anything sees them, so their own expressions see none. Without a listener anything goes. */
export function seenBy(listener: Listener | undefined): Declarations {
  return { data: listener?.data ?? null, metrics: [] };
}

export function whenOf({ faults, entries }: MetricDefinition, listener?: Listener): Condition | null {
  const when = entries.get('when');
  return (when === undefined ? undefined : conditionAt(faults, when, seenBy(listener))) ?? null;
}

interface Parts {
  readonly source: MetricSource;
  readonly when: Condition | null;
  /** The definition without `when`. */
  readonly meaning: JsonObject;
  readonly description: string;
  readonly remembers?: boolean;
  readonly contribute?: Metric['contribute'];
  readonly fold: Metric['fold'];
}

/** All metrics are made here: of one shape, for the sake of speed, and without `this`, so that they may be copied. */
export function metric({ name }: Pick<MetricDefinition, 'name'>, parts: Parts): Metric {
  const { source, when, meaning, description, remembers = false, contribute = bringsNothing, fold } = parts;
  return {
    name,
    key: name,
    owner: null,
    source,
    when,
    meaning: meaningOf(when === null ? meaning : { ...meaning, when: when.source }),
    description: when === null ? description : `${description}, when ${when.source}`,
    remembers,
    contribute,
    fold,
  };
}

export function events({ on, matches, data }: Listener): MetricSource {
  return { kind: 'events', on, matches, data };
}

/** Blanks mean nothing. */
function meaningOf(definition: JsonObject): string {
  return canonical(
    Object.fromEntries(
      Object.entries(definition).map(([key, value]) => [key, typeof value === 'string' ? normalSource(value) : value]),
    ),
  );
}

/** A kind that follows what the ledger does in one currency. */
export function ofCurrency(key: 'earned' | 'spent' | 'balance', description: string, fold: Metric['fold']): MetricKind {
  return {
    key,
    otherKeys: ['when'],
    example: `{ ${key}: points }`,
    schema: {
      type: 'object',
      description,
      properties: { [key]: { type: 'string', description: 'The code of a currency under `currencies`.' }, when: WHEN },
      required: [key],
      additionalProperties: false,
    },
    parse(definition) {
      const { faults, value, context } = definition;
      const currency = reference(faults, value, 'currency', context.currencies);
      const when = whenOf(definition);
      if (currency === undefined) return undefined;
      return metric(definition, {
        source: { kind: key, currency },
        when,
        meaning: { [key]: currency },
        description: `${key} ${currency}`,
        fold,
      });
    },
  };
}

/** A kind that keeps one number of all that events bring: the one that nothing else `beats`. `what`: the largest, the smallest. */
export function ofExtreme(key: 'max' | 'min', what: string, beats: (amount: number, best: number) => boolean): MetricKind {
  return {
    key,
    otherKeys: ['on', 'when'],
    example: `{ ${key}: event.data.files, on: code.commit }`,
    schema: {
      type: 'object',
      description: `The ${what} number in any event.`,
      properties: { [key]: { type: 'string', description: 'The number, in CEL, such as event.data.files.' }, on: ON, when: WHEN },
      required: [key, 'on'],
      additionalProperties: false,
    },
    parse(definition) {
      const listener = listenerOf(definition, `in which events the ${what} is looked for`);
      const { faults, value } = definition;
      const amount = computedAt(faults, value, seenBy(listener), 'a number to compare, such as event.data.files');
      const when = whenOf(definition, listener);
      if (listener === undefined || amount === undefined) return undefined;
      return metric(definition, {
        source: events(listener),
        when,
        meaning: { [key]: amount.source, on: listener.on },
        description: `${key} (${amount.source}) on ${listener.on}`,
        contribute: (scope) => brings(amount.evaluate(scope)),
        // A score is as old as the first event that reached it, in whatever order events come in.
        fold(before, number, at) {
          if (before === undefined || beats(number, before.value)) return { value: number, at };
          return number === before.value && at < before.at ? { value: number, at } : undefined;
        },
      });
    },
  };
}

/** The one contribution of all that count by ones. */
export const ONE: Contribution = Object.freeze({ amount: 1, member: null });
export const BRINGS_ONE: Evaluated<Contribution> = Object.freeze({ ok: true, value: ONE });
export const BRINGS_ZERO: Evaluated<Contribution> = Object.freeze({
  ok: true,
  value: Object.freeze({ amount: 0, member: null }),
});
const NO_EVENTS = Object.freeze({ ok: false, reason: 'this metric does not listen to events' });

function bringsNothing(): Evaluated<Contribution> {
  return NO_EVENTS;
}

/** A number as a contribution. */
export function brings(amount: Evaluated<number>): Evaluated<Contribution> {
  if (!amount.ok) return amount;
  if (amount.value === 1) return BRINGS_ONE;
  return amount.value === 0 ? BRINGS_ZERO : { ok: true, value: { amount: amount.value, member: null } };
}

/** Fold of all that add up. A sum that would be no finite number any more stays as it is. */
export function add(before: MetricValue | undefined, amount: number, at: number): MetricValue | undefined {
  if (amount === 0) return undefined;
  const value = sumOf(before?.value ?? 0, amount);
  return Number.isFinite(value) ? { value, at: latest(before, at) } : undefined;
}

/** Ten times 0.1 is 1 in any order: what doubles leave behind 15 decimal digits is nothing that anybody counted. */
function sumOf(a: number, b: number): number {
  const sum = a + b;
  return Number.isInteger(sum) || !Number.isFinite(sum) ? sum : Number(sum.toPrecision(15));
}

/** Fold of all that mirror a state: `amount` is the state itself. */
export function replace(before: MetricValue | undefined, amount: number, at: number): MetricValue | undefined {
  return amount === (before?.value ?? 0) ? undefined : { value: amount, at: latest(before, at) };
}

export function latest(before: MetricValue | undefined, at: number): number {
  return before === undefined ? at : Math.max(before.at, at);
}

/** Parts of schemas. */
export const WHEN: JsonObject = {
  type: 'string',
  description: "A condition in CEL; only what meets it is counted, as in 'event.data.files > 0'.",
};
export const ON: JsonObject = {
  type: 'string',
  description: 'The event type, or a pattern such as code.*, that the value is read from.',
};
