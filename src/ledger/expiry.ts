import { addCalendar, type CalendarDuration } from '../kernel/calendar-duration.ts';
import { dateOf, dayOf } from '../kernel/time.ts';

/** When points of a currency expire: at the beginning of a day in the catalog's zone. */
export type Expiry = { readonly warn: CalendarDuration | null } & (
  | { readonly kind: 'after'; readonly after: CalendarDuration }
  /** On this date of every year. */
  | { readonly kind: 'yearly'; readonly month: number; readonly day: number }
  /** On one day, in days since 1970-01-01. What is given from then on stays. */
  | { readonly kind: 'once'; readonly on: number }
);

/** The day at whose beginning points that are given on `day` expire; null where they stay. */
export function expiryDay(expiry: Expiry, day: number): number | null {
  if (expiry.kind === 'after') return addCalendar(day, expiry.after);
  if (expiry.kind === 'once') return day < expiry.on ? expiry.on : null;
  const { year } = dateOf(day);
  const on = dayOf(year, expiry.month, expiry.day);
  return day < on ? on : dayOf(year + 1, expiry.month, expiry.day);
}

/** The day at whose beginning people are told of points that expire on `on`; null where nobody is. */
export function warningDay({ warn }: Expiry, on: number): number | null {
  return warn === null ? null : addCalendar(on, warn, -1);
}
