import { periodKey } from '../kernel/period.ts';
import { DAY, dateOf, dayOf, HOUR, SECOND, zoneDayStart, zoneOffset } from '../kernel/time.ts';

/** Units that streaks work in: days since 1970-01-01, ISO weeks since the one of that day, months as year × 12 + month. */
export const EVERY = ['day', 'week', 'month'] as const;
export type Every = (typeof EVERY)[number];

/** 1970-01-01 was a Thursday: its week began three days before. */
const THURSDAY = 3;

/** The unit that a local day lies in. */
export function unitOf(every: Every, day: number): number {
  if (every === 'day') return day;
  if (every === 'week') return Math.floor((day + THURSDAY) / 7);
  const { year, month } = dateOf(day);
  return year * 12 + month;
}

/** The first local day of a unit. */
export function firstDay(every: Every, unit: number): number {
  if (every === 'day') return unit;
  if (every === 'week') return unit * 7 - THURSDAY;
  return dayOf(Math.floor((unit - 1) / 12), ((((unit - 1) % 12) + 12) % 12) + 1, 1);
}

export function lastDay(every: Every, unit: number): number {
  return firstDay(every, unit + 1) - 1;
}

/** The dates from the first day of a run to its last: `2026-11-16`, `2026-11-22`. */
export function datesOf(every: Every, { first, last }: { readonly first: number; readonly last: number }) {
  return { first: periodKey('day', firstDay(every, first)), last: periodKey('day', lastDay(every, last)) };
}

/** Where days begin: in an IANA zone, or at an offset from UTC in milliseconds. */
export type Place = string | number;

/** The user's zone, else the offset as written, else the catalog's zone. */
export function placeOf(zone: string | null, offset: number | null, catalogZone: string): Place {
  return zone ?? offset ?? catalogZone;
}

/** The date of a moment. */
export function dayAt(place: Place, ms: number): number {
  return Math.floor((ms + (typeof place === 'number' ? place : zoneOffset(place, ms))) / DAY);
}

/** The moment from which on the date is that of a day or a later one, in milliseconds. */
export function dayStart(place: Place, day: number): number {
  if (typeof place === 'number') return day * DAY - place;
  const start = zoneDayStart(place, day);
  // Where clocks show the first hour twice, as in Havana, the date is the new one from the first of the two on.
  const before = zoneOffset(place, start - SECOND);
  return Math.min(start, day * DAY - before);
}

/** Whether there is such a date at all: zones that cross the date line to its other side leave one out. */
export function hasDay(place: Place, day: number): boolean {
  if (typeof place === 'number') return true;
  const isSteady = zoneOffset(place, (day + 2) * DAY) - zoneOffset(place, (day - 1) * DAY) < DAY - 2 * HOUR;
  return isSteady || dayStart(place, day) < dayStart(place, day + 1);
}
