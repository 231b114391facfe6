import { addDays, periodOf } from '../catalog/calendar.ts';
import type { Entry } from './entry.ts';
import type { Plan, PlannedStreak, Span } from './plan.ts';

export interface Chain {
  readonly length: number;
  readonly longest: number;
  readonly freezes: number;
}

export function streakNamed(plan: Plan, id: string): PlannedStreak {
  const streak = plan.streaks.find((one) => one.id === id);
  if (streak === undefined) throw new Error(`no streak ${id}`);
  return streak;
}

export function streakLength(plan: Plan, entries: readonly Entry[], id: string): number {
  return chainOf(streakNamed(plan, id), entries).length;
}

/** The chain that ends at the newest day, week or month: gaps are bridged by freezes, one for each that is missing. */
export function chainOf({ id, every, freezes }: PlannedStreak, entries: readonly Entry[]): Chain {
  const units = unitsOf(id, every, entries);
  let chain: Chain = { length: 0, longest: 0, freezes: 0 };
  for (const [i, unit] of units.entries()) {
    const before = units[i - 1];
    const gap = before === undefined ? 0 : missingBetween(every, before, unit);
    const goesOn = before !== undefined && gap <= chain.freezes;
    const length = goesOn ? chain.length + 1 : 1;
    const left = goesOn ? chain.freezes - gap : (freezes?.start ?? 0);
    const gained = freezes !== null && length % freezes.every === 0 ? 1 : 0;
    chain = { length, longest: Math.max(chain.longest, length), freezes: Math.min(freezes?.max ?? 0, left + gained) };
  }
  return chain;
}

/** Whether the chain is broken on a day: more than its freezes is missing before the day's own unit. */
export function isBroken(plan: Plan, entries: readonly Entry[], id: string, day: string): boolean {
  const streak = streakNamed(plan, id);
  const last = unitsOf(id, streak.every, entries).at(-1);
  if (last === undefined) return true;
  const unit = firstDayOf(streak.every, day);
  return unit > last && missingBetween(streak.every, last, unit) > chainOf(streak, entries).freezes;
}

/** First days of the units in which something happened, in order. */
function unitsOf(id: string, every: Span, entries: readonly Entry[]): readonly string[] {
  const days = entries.filter(({ streaks }) => streaks.includes(id)).map(({ day }) => firstDayOf(every, day));
  return [...new Set(days)].toSorted();
}

function firstDayOf(every: Span, day: string): string {
  let first = day;
  while (periodOf(every, addDays(first, -1)) === periodOf(every, day)) first = addDays(first, -1);
  return first;
}

function missingBetween(every: Span, from: string, to: string): number {
  let count = -1;
  for (let day = from; day < to; count += 1) {
    const unit = periodOf(every, day);
    while (periodOf(every, day) === unit) day = addDays(day, 1);
  }
  return count;
}
