import { valueOf } from '../catalog/expression.ts';
import { type Counter, countersOf, type Entry, isOf, type Person, type Step, viewOf } from './entry.ts';
import type { Plan } from './plan.ts';
import { streakLength } from './streaks.ts';

/** A value, and the time of the event that reached it. */
export interface Reached {
  readonly value: number;
  readonly at: number;
}

export function counterNamed(plan: Plan, name: string): Counter {
  const counter = countersOf(plan).find((one) => one.name === name);
  if (counter === undefined) throw new Error(`no metric ${name}`);
  return counter;
}

/** Metrics that mirror a state are not counted. */
export function isMirror({ kind }: Counter): boolean {
  return kind === 'balance' || kind === 'level' || kind === 'streak';
}

/** The value of a metric as it is now. */
export function metricOf(plan: Plan, person: Person, name: string): number {
  const counter = counterNamed(plan, name);
  switch (counter.kind) {
    case 'balance':
      return balanceOf(person, counter.currency);
    case 'level':
      return levelOf(plan, person);
    case 'streak':
      return streakLength(plan, person.entries, counter.streak);
    default:
      return fold(counter, person.entries)?.value ?? 0;
  }
}

export function balanceOf({ entries }: Pick<Person, 'entries'>, currency: string): number {
  return entries
    .flatMap(({ moves }) => moves)
    .filter((move) => move.currency === currency)
    .reduce((sum, { amount }) => sum + amount, 0);
}

export function levelOf(plan: Plan, person: Person): number {
  if (plan.levels === null) return 1;
  const { metric, thresholds } = plan.levels;
  const value = metricOf(plan, person, metric);
  return Math.max(1, person.levelFloor, thresholds.filter((threshold) => threshold <= value).length);
}

/** What an event itself counts in the metrics that listen to it. */
export function stepsOf(plan: Plan, entry: Entry): readonly Step[] {
  return countersOf(plan).flatMap((counter): readonly Step[] => {
    const { name: metric } = counter;
    if (counter.kind === 'sequence') {
      return counter.steps.some((pattern) => isOf(pattern, entry)) ? [{ metric, value: entry.type }] : [];
    }
    if (!('on' in counter) || !isOf(counter.on, entry)) return [];
    if (counter.when !== undefined && valueOf(counter.when, viewOf(entry)) !== true) return [];
    if (counter.kind === 'count') return [{ metric, value: 1 }];
    const value = valueOf(counter.value, viewOf(entry));
    return typeof value === 'number' || typeof value === 'string' ? [{ metric, value }] : [];
  });
}

/** What a metric is after these entries alone, from nothing; undefined where none of them moved it. */
export function fold(counter: Counter, entries: readonly Entry[]): Reached | undefined {
  const steps = entries.flatMap(({ ms: at, steps: own, shown }) =>
    (isMirror(counter) ? shown : own).flatMap(({ metric, value }) => (metric === counter.name ? [{ value, at }] : [])),
  );
  const numbers = steps.map(({ value, at }) => ({ value: Number(value), at }));
  switch (counter.kind) {
    case 'sequence':
      return walked(counter.steps, steps);
    case 'balance':
    case 'level':
    case 'streak': {
      const moves = numbers.filter(({ value }, i) => value !== (numbers[i - 1]?.value ?? 0));
      return lastOf(moves);
    }
    case 'max':
      return first(numbers, Math.max(...numbers.map(({ value }) => value)));
    case 'min':
      return first(numbers, Math.min(...numbers.map(({ value }) => value)));
    case 'last':
      return numbers.findLast(({ at }) => at === newest(numbers));
    case 'distinct':
      return added(
        steps.filter(({ value }, i) => steps.findIndex((one) => one.value === value) === i).map(({ at }) => ({ value: 1, at })),
      );
    default:
      return added(numbers);
  }
}

/**
 * What a mirror showed last among these entries, also where it is what it showed before them: but a streak that is only broken
 * in them is none that anybody had.
 */
export function lastShown({ name, kind }: Counter, entries: readonly Entry[]): Reached | undefined {
  const shown = entries.flatMap(({ ms: at, shown: own }) =>
    own.flatMap(({ metric, value }) => (metric === name ? [{ value: Number(value), at }] : [])),
  );
  const begin = kind === 'streak' ? shown.findIndex(({ value }) => value !== 0) : 0;
  return begin === -1 ? undefined : lastOf(shown.slice(begin));
}

function lastOf(steps: readonly Reached[]): Reached | undefined {
  const last = steps.at(-1);
  return last === undefined ? undefined : { value: last.value, at: newest(steps) };
}

function newest(steps: readonly Reached[]): number {
  return Math.max(...steps.map(({ at }) => at));
}

/** As old as the first event that reached it. */
function first(steps: readonly Reached[], value: number): Reached | undefined {
  const times = steps.filter((one) => one.value === value).map(({ at }) => at);
  return times.length === 0 ? undefined : { value, at: Math.min(...times) };
}

/** As new as the last event that moved it, in either direction. */
function added(steps: readonly Reached[]): Reached | undefined {
  const moves = steps.filter(({ value }) => value !== 0);
  if (moves.length === 0) return undefined;
  return { value: moves.reduce((sum, { value }) => sum + value, 0), at: newest(moves) };
}

/** Steps in their order, none before the one that was done last; the first begins anew while it is alone. */
function walked(
  order: readonly string[],
  events: readonly { readonly value: number | string; readonly at: number }[],
): Reached | undefined {
  let done = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const { value: type, at } of events) {
    if (done === order.length || at < last) continue;
    if (type === order[done]) done += 1;
    else if (done !== 1 || type !== order[0]) continue;
    last = at;
  }
  return done === 0 ? undefined : { value: done, at: last };
}
