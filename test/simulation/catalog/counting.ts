import { type Entries, type Entry, matches, viewOf } from './entry.ts';
import { type Value, valueOf } from './expression.ts';
import type { Plan, PlannedLevels, PlannedMetric } from './plan.ts';
import { streakLength } from './streaks.ts';

/** A value, and the time of the event that reached it. */
export interface Reached {
  readonly value: number;
  readonly at: number;
}

/** The value of a metric as it is now. */
export function metricOf(plan: Plan, entries: Entries, name: string): number {
  const metric = metricNamed(plan, name);
  switch (metric.kind) {
    case 'balance':
      return balanceOf(entries, metric.currency);
    case 'level':
      return levelOf(plan, entries);
    case 'streak':
      return streakLength(plan, entries, metric.streak);
    default:
      return fold(metric, entries)?.value ?? 0;
  }
}

export function metricNamed(plan: Plan, name: string): PlannedMetric {
  const metric = plan.metrics.find((candidate) => candidate.name === name);
  if (metric === undefined) throw new Error(`no metric ${name}`);
  return metric;
}

/** Whether the last of the entries counts in a metric, though it may leave its value as it was: another 3 in a maximum of 5. */
export function countsIn(plan: Plan, entries: Entries, name: string): boolean {
  const metric = metricNamed(plan, name);
  const last = entries.at(-1);
  if (last === undefined) return false;
  if (!isLive(metric)) return valuesOf(metric, last).length > 0;
  return metricOf(plan, entries, name) !== metricOf(plan, entries.slice(0, -1), name);
}

export function balanceOf(entries: Entries, currency: string): number {
  return entries
    .flatMap(({ moves }) => moves)
    .filter((move) => move.currency === currency)
    .reduce((sum, { amount }) => sum + amount, 0);
}

export function levelOf(plan: Plan, entries: Entries): number {
  return plan.levels === null ? 1 : levelAt(plan.levels, metricOf(plan, entries, plan.levels.metric));
}

function levelAt(levels: PlannedLevels, value: number): number {
  if ('thresholds' in levels) return Math.max(1, levels.thresholds.filter((threshold) => threshold <= value).length);
  const view = { type: '', data: {}, hour: 0, weekday: 0, attributes: {}, level: 0, metric: () => 0, value };
  return Math.max(1, Number(valueOf(levels.formula, view)));
}

/** Metrics that mirror a state show it as it is, and are not counted. */
export function isLive(metric: PlannedMetric): boolean {
  return metric.kind === 'balance' || metric.kind === 'level' || metric.kind === 'streak';
}

/** What a metric is after these entries alone, from nothing; undefined where none of them moves it. */
export function fold(metric: PlannedMetric, entries: Entries): Reached | undefined {
  const given = entries.map((entry) => ({ entry, values: valuesOf(metric, entry) }));
  switch (metric.kind) {
    case 'max':
      return highest(given.flatMap(({ entry, values }) => values.map((value) => ({ value: Number(value), at: entry.ms }))));
    case 'run':
      return currentRun(given.flatMap(({ entry, values }) => values.map((value) => ({ holds: value === true, at: entry.ms }))));
    case 'distinct':
      return added(
        given.map(({ entry, values }, i) => {
          const seen = given.slice(0, i).flatMap((earlier) => earlier.values);
          return { value: values.filter((value) => !seen.includes(value)).length, at: entry.ms };
        }),
      );
    default:
      return added(
        given.map(({ entry, values }) => ({ value: values.reduce<number>((a, b) => a + Number(b), 0), at: entry.ms })),
      );
  }
}

/** What an entry brings to a metric: at most one value of an event, one of each award. */
function valuesOf(metric: PlannedMetric, entry: Entry): readonly Value[] {
  const view = viewOf(entry);
  if (metric.when !== undefined && valueOf(metric.when, view) !== true) return [];
  if (metric.kind === 'earned' || metric.kind === 'spent') {
    const kind = metric.kind === 'earned' ? 'award' : 'spend';
    return entry.moves
      .filter((move) => move.kind === kind && move.currency === metric.currency)
      .map(({ amount }) => Math.abs(amount));
  }
  if (!('on' in metric) || !matches(metric.on, entry.type)) return [];
  if (metric.kind === 'count') return [1];
  const value = valueOf(metric.kind === 'run' ? metric.holds : metric.value, view);
  return value === undefined ? [] : [value];
}

function added(steps: readonly Reached[]): Reached | undefined {
  const moves = steps.filter(({ value }) => value !== 0);
  if (moves.length === 0) return undefined;
  return { value: moves.reduce((sum, { value }) => sum + value, 0), at: Math.max(...moves.map(({ at }) => at)) };
}

function highest(values: readonly Reached[]): Reached | undefined {
  if (values.length === 0) return undefined;
  const value = Math.max(...values.map((one) => one.value));
  return { value, at: Math.min(...values.filter((one) => one.value === value).map(({ at }) => at)) };
}

function currentRun(answers: readonly { readonly holds: boolean; readonly at: number }[]): Reached | undefined {
  let value = 0;
  const moved: number[] = [];
  for (const { holds, at } of answers) {
    const next = holds ? value + 1 : 0;
    if (next !== value) moved.push(at);
    value = next;
  }
  return moved.length === 0 ? undefined : { value, at: Math.max(...moved) };
}
