import { HOUR } from '../kernel/time.ts';
import { hasBegun } from './decide.ts';
import type { Run, StreakState } from './model.ts';
import { dayAt, dayStart, type Every, hasDay, type Place } from './units.ts';

/** A date that loses less than this had its chance. */
const CUT = 3 * HOUR;
/** Days between two journeys that cover anything: who changes zones to and fro gains nothing by it. */
export const BETWEEN_TRAVELS = 7;

/**
 * The dates that somebody lost who went east: from the date in the old zone to the day before the one in the new zone. Null
 * where no date lost three hours or more, and none was skipped.
 */
export function lostToTravel(from: string, to: string, now: number): Run | null {
  const first = dayAt(from, now);
  const next = dayAt(to, now);
  if (next <= first) return null;
  const cut = dayStart(from, first + 1) - now;
  return next > first + 1 || cut >= CUT ? { first, last: next - 1 } : null;
}

/** Dates beside a day of events that its zone left out: nobody there could keep them. Told where they may make a difference. */
export function leftOutBeside(every: Every, state: StreakState | undefined, day: number, place: Place): readonly number[] {
  if (every !== 'day' || typeof place === 'number' || !hasBegun(state)) return [];
  if (day >= state.first && day <= state.last + 1) return [];
  return (day > state.last ? [day - 1] : [day - 1, day + 1]).filter((other) => !hasDay(place, other));
}
