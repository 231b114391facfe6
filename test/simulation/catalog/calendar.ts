import type { PeriodKind } from './plan.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A local day is its date as text: `2026-11-21`. */
export interface Local {
  readonly day: string;
  readonly hour: number;
  /** 1 Monday – 7 Sunday. */
  readonly weekday: number;
}

/** Where a moment lies for a user: by their zone; else by the offset as written; else by the zone of the catalog. */
export function localOf(time: string | undefined, ms: number, userZone: string | null, catalogZone: string): Local {
  if (userZone !== null) return inZone(ms, userZone);
  const offset = time === undefined ? null : /[+-]\d\d:\d\d$/.exec(time);
  if (offset === null || offset[0] === '-00:00') return inZone(ms, catalogZone);
  // The clock as it was written.
  return localAt(Date.parse(`${time?.slice(0, -6)}Z`));
}

export function dayIn(zone: string, ms: number): string {
  return inZone(ms, zone).day;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function inZone(ms: number, zone: string): Local {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(zone, format);
  }
  // Swedes write 2026-11-21 09:30:00.
  return localAt(Date.parse(`${format.format(ms).replace(' ', 'T')}Z`));
}

function localAt(ms: number): Local {
  const date = new Date(ms);
  return { day: date.toISOString().slice(0, 10), hour: date.getUTCHours(), weekday: weekdayOf(date) };
}

function weekdayOf(date: Date): number {
  return date.getUTCDay() === 0 ? 7 : date.getUTCDay();
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY).toISOString().slice(0, 10);
}

export function periodOf(kind: PeriodKind, day: string): string {
  switch (kind) {
    case 'day':
      return day;
    case 'month':
      return day.slice(0, 7);
    case 'year':
      return day.slice(0, 4);
    case 'all':
      return 'all';
    case 'week': {
      const thursday = addDays(day, 4 - weekdayOf(new Date(day)));
      const year = thursday.slice(0, 4);
      const week = Math.floor((Date.parse(thursday) - Date.parse(`${year}-01-01`)) / DAY / 7) + 1;
      return `${year}-W${String(week).padStart(2, '0')}`;
    }
  }
}

/** The first day after the period that `day` lies in. */
function endOf(kind: PeriodKind, day: string): string {
  let end = addDays(day, 1);
  if (kind === 'year') return `${Number(day.slice(0, 4)) + 1}-01-01`;
  while (periodOf(kind, end) === periodOf(kind, day)) end = addDays(end, 1);
  return end;
}

const closings = new Map<string, number>();

/** When the period that `day` lies in is over: at its end in `zone`; without one, 12 hours after its end in UTC. */
export function closingOf(kind: PeriodKind, day: string, zone: string | null): number {
  if (kind === 'all') return Number.POSITIVE_INFINITY;
  const end = endOf(kind, day);
  if (zone === null) return Date.parse(end) + 12 * HOUR;
  const key = `${zone} ${end}`;
  let closing = closings.get(key);
  if (closing === undefined) {
    closing = Date.parse(end) - 16 * HOUR;
    while (dayIn(zone, closing) < end) closing += 15 * MINUTE;
    closings.set(key, closing);
  }
  return closing;
}
