import type { Run, StreakMove, StreakState } from './model.ts';

/** Days, at least 1. */
export function lengthOf(run: Run): number {
  return run.last - run.first + 1;
}

/** Length of the newest run as of `today`, which may still get its event: 0 once a whole day went by without one. */
export function currentLength(state: StreakState, today: number): number {
  return state.last < today - 1 ? 0 : lengthOf(state);
}

/** Whether a move on `day` may touch older runs, so that those around it have to be at hand. */
export function needsOlder(state: StreakState | undefined, day: number): boolean {
  return state !== undefined && day < state.first;
}

/**
 * What a matching event on `day` changes; undefined where the day was there already. `older` are runs before the
 * newest one, at least those that touch [day − 1, day + 1]. Runs only ever grow together, so the order in which days
 * become known makes no difference in the end.
 */
export function moveStreak(before: StreakState | undefined, older: readonly Run[], day: number): StreakMove | undefined {
  if (before === undefined) return { after: { first: day, last: day, longest: 1 }, removed: [], added: [] };
  const { first, last } = before;
  if (day > last + 1) return { after: newest(day, day, before), removed: [], added: [{ first, last }] };
  if (day > last) return { after: newest(first, day, before), removed: [], added: [] };
  return day >= first ? undefined : fillDay(before, older, day);
}

/** A day before the newest run: it joins whatever runs it touches. */
function fillDay(before: StreakState, older: readonly Run[], day: number): StreakMove | undefined {
  if (older.some((run) => run.first <= day && day <= run.last)) return undefined;
  const earlier = older.find((run) => run.last === day - 1);
  const begin = earlier?.first ?? day;
  if (day === before.first - 1) {
    return { after: newest(begin, before.last, before), removed: earlier === undefined ? [] : [earlier], added: [] };
  }
  const later = older.find((run) => run.first === day + 1);
  const filled: Run = { first: begin, last: later?.last ?? day };
  const after = { first: before.first, last: before.last, longest: Math.max(before.longest, lengthOf(filled)) };
  return { after, removed: [earlier, later].filter((run) => run !== undefined), added: [filled] };
}

function newest(first: number, last: number, before: StreakState): StreakState {
  return { first, last, longest: Math.max(before.longest, last - first + 1) };
}
