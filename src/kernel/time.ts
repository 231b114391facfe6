/**
 * Instants are milliseconds since 1970-01-01T00:00:00Z; finer fractions are cut. A local day is an
 * integer: days since 1970-01-01 in the proleptic Gregorian calendar, whatever zone it is local to.
 */

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** How far ahead of our clock an event's time may lie: honest clocks differ by this much. */
export const MAX_AHEAD = 5 * MINUTE;

/** A time as somebody wrote it. `offset` is null for `Z`, `-00:00` and for no time at all (RFC 3339 §4.3). */
export interface WrittenTime {
  readonly ms: number;
  /** Offset from UTC in milliseconds, as written. */
  readonly offset: number | null;
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;

/** Parses RFC 3339, years 1970–9999; undefined for anything else, 30 February and second 60 included. */
export function parseTime(text: string): WrittenTime | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zulu, sign, offsetHours, offsetMinutes] = match;
  const y = Number(year);
  const mo = Number(month);
  const d = Number(day);
  if (y < 1970 || mo < 1 || mo > 12 || d < 1 || d > daysInMonth(y, mo)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const local =
    dayOf(y, mo, d) * DAY +
    Number(hour) * HOUR +
    Number(minute) * MINUTE +
    Number(second) * SECOND +
    Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
  if (zulu !== undefined) return { ms: local, offset: null };
  const oh = Number(offsetHours);
  const om = Number(offsetMinutes);
  if (oh > 23 || om > 59) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (oh * HOUR + om * MINUTE);
  const ms = local - offset;
  if (ms < 0) return undefined;
  return { ms, offset: sign === '-' && offset === 0 ? null : offset };
}

/** A batch tells each moment several times: in the log, in transfers, in scores. */
const texts = new Map<number, string>();
const MAX_TEXTS = 4_000;

/** RFC 3339 in UTC. */
export function formatTime(ms: number): string {
  const known = texts.get(ms);
  if (known !== undefined) return known;
  const text = new Date(ms).toISOString();
  if (texts.size >= MAX_TEXTS) texts.clear();
  texts.set(ms, text);
  return text;
}

/** The moment at a place: what conditions and calendars see of an event's time. */
export interface LocalTime {
  /** Days since 1970-01-01. */
  readonly day: number;
  /** 0–23. */
  readonly hour: number;
  /** 1 (Monday) – 7 (Sunday), ISO 8601. */
  readonly weekday: number;
}

/** The user's zone when there is one; else the offset as written; else the catalog's zone (DESIGN, "Local day"). */
export function localTime(time: WrittenTime, userZone: string | null, catalogZone: string): LocalTime {
  const offset = userZone !== null ? zoneOffset(userZone, time.ms) : (time.offset ?? zoneOffset(catalogZone, time.ms));
  const local = time.ms + offset;
  const day = Math.floor(local / DAY);
  return { day, hour: Math.floor((local - day * DAY) / HOUR), weekday: isoWeekday(day) };
}

/** The local day of an instant in an IANA zone. */
export function zoneDay(zone: string, ms: number): number {
  return Math.floor((ms + zoneOffset(zone, ms)) / DAY);
}

/**
 * The moment, in milliseconds, from which on a zone's clocks never again show a day before `day`. Mostly midnight; where
 * clocks leave midnight out, the jump; where they show it twice, the second time.
 */
export function zoneDayStart(zone: string, day: number): number {
  const midnight = day * DAY;
  const before = zoneOffset(zone, midnight - DAY);
  const after = zoneOffset(zone, midnight + DAY);
  const late = midnight - after;
  if (before === after || zoneOffset(zone, late) === after) return late;
  // The clocks change after what would be midnight by the new offset.
  const early = midnight - before;
  if (zoneOffset(zone, early) === before) return early;
  let [low, high] = [late, early];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zoneOffset(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

export function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * One look-up serves a quarter of an hour UTC, as nearly all zones change their offset at quarters. Those that
 * did not (Newfoundland at 00:01 until 2011, Liberia in 1972) are computed anew in such a quarter.
 */
const QUARTER = 15 * MINUTE;
/** About 3 MB; enough for every quarter hour of 50 zones over four weeks of live traffic. */
const MAX_CACHED = 150_000;
const offsets = new Map<string, Map<number, number>>();
/** Each takes some 30 kB. There are about 600 zones, but names differ by case, and users choose them. */
const MAX_FORMATS = 1_000;
const formats = new Map<string, Intl.DateTimeFormat>();
let cached = 0;

/** Offset of an IANA zone from UTC at an instant, in milliseconds. Throws RangeError for an unknown zone. */
export function zoneOffset(zone: string, ms: number): number {
  if (zone === 'UTC') return 0;
  const quarter = Math.floor(ms / QUARTER);
  let ofZone = offsets.get(zone);
  const known = ofZone?.get(quarter);
  if (known !== undefined) return known;
  const offset = computeOffset(zone, quarter * QUARTER);
  if (offset !== computeOffset(zone, (quarter + 1) * QUARTER - SECOND))
    return computeOffset(zone, Math.floor(ms / SECOND) * SECOND);
  if (cached >= MAX_CACHED) {
    offsets.clear();
    cached = 0;
    ofZone = undefined;
  }
  if (ofZone === undefined) {
    ofZone = new Map();
    offsets.set(zone, ofZone);
  }
  ofZone.set(quarter, offset);
  cached += 1;
  return offset;
}

function computeOffset(zone: string, ms: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    if (formats.size >= MAX_FORMATS) formats.clear();
    formats.set(zone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
  const local =
    dayOf(part['year'] ?? 1970, part['month'] ?? 1, part['day'] ?? 1) * DAY +
    (part['hour'] ?? 0) * HOUR +
    (part['minute'] ?? 0) * MINUTE +
    (part['second'] ?? 0) * SECOND;
  return local - ms;
}

/** Days since 1970-01-01 of a Gregorian date. */
export function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / DAY;
}

export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export function dateOf(day: number): CalendarDate {
  const date = new Date(day * DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function daysInMonth(year: number, month: number): number {
  return dayOf(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) - dayOf(year, month, 1);
}

/** 1 (Monday) – 7 (Sunday); 1970-01-01 was a Thursday. */
export function isoWeekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}
