import { dateOf, dayOf } from './time.ts';

/** Lengths of time by the calendar, as ISO 8601 writes them: `P30D`, `P2W`, `P6M`, `P1Y`, `P1Y6M`. */
export interface CalendarDuration {
  readonly months: number;
  readonly days: number;
  readonly text: string;
}

const ISO = /^P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$/;

/** Its shape alone; a length of nothing has it too. */
export const CALENDAR_DURATION_SHAPE = ISO.source;

/** The longest that anybody promises. Days, months taken as long as they may be. */
const MAX_DAYS = 36_600;

/** Undefined for what is none, for nothing, and beyond 100 years. */
export function readCalendarDuration(text: string): CalendarDuration | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [years, months, weeks, days] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number];
  const duration = { months: 12 * years + months, days: 7 * weeks + days, text };
  const longest = duration.months * 30.5 + duration.days;
  return longest > 0 && longest <= MAX_DAYS ? duration : undefined;
}

/** The local day so much later, or earlier by a negative `sign`. A month from 31 January is the last day of February. */
export function addCalendar(day: number, { months, days }: CalendarDuration, sign: 1 | -1 = 1): number {
  if (months === 0) return day + sign * days;
  const date = dateOf(day);
  const month = 12 * date.year + date.month - 1 + sign * months;
  const year = Math.floor(month / 12);
  const first = dayOf(year, (month % 12) + 1, 1);
  const last = dayOf(year, (month % 12) + 2, 1) - 1;
  return Math.min(first + date.day - 1, last) + sign * days;
}
