import { addDays } from './calendar.ts';
import { type Entries, type Entry, matches, viewOf } from './entry.ts';
import { valueOf } from './expression.ts';
import type { Plan, PlannedStreak } from './plan.ts';

/** Whether an event counts for a streak. */
export function counts(streak: PlannedStreak, entry: Entry): boolean {
  if (!matches(streak.on, entry.type)) return false;
  return streak.when === undefined || valueOf(streak.when, viewOf(entry)) === true;
}

/** Days of the run that ends at the newest day. */
export function streakLength(plan: Plan, entries: Entries, id: string): number {
  const days = daysOf(plan, entries, id);
  const newest = [...days].toSorted().at(-1);
  return newest === undefined ? 0 : lengthUpTo(days, newest);
}

export function longestStreak(plan: Plan, entries: Entries, id: string): number {
  const days = daysOf(plan, entries, id);
  return Math.max(0, ...[...days].map((day) => lengthUpTo(days, day)));
}

/** First and last days of all runs. */
export function runsOf(plan: Plan, entries: Entries, id: string): readonly (readonly [first: string, last: string])[] {
  const days = daysOf(plan, entries, id);
  return [...days]
    .filter((day) => !days.has(addDays(day, 1)))
    .toSorted()
    .map((last) => [addDays(last, 1 - lengthUpTo(days, last)), last]);
}

function daysOf(plan: Plan, entries: Entries, id: string): ReadonlySet<string> {
  const streak = plan.streaks.find((candidate) => candidate.id === id);
  if (streak === undefined) throw new Error(`no streak ${id}`);
  return new Set(entries.filter((entry) => counts(streak, entry)).map(({ day }) => day));
}

function lengthUpTo(days: ReadonlySet<string>, last: string): number {
  let length = 0;
  while (days.has(addDays(last, -length))) length += 1;
  return length;
}
