import { DAY, dateOf, dayOf, HOUR, isoWeekday } from './time.ts';

/** Calendar periods and their keys: `2026-11-21`, `2026-W47` (ISO 8601 week), `2026-11`, `2026`, `all`. */
export const PERIODS = ['day', 'week', 'month', 'year', 'all'] as const;
export type Period = (typeof PERIODS)[number];

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}

function four(n: number): string {
  return String(n).padStart(4, '0');
}

/** Days that were asked about: a process sees few, and each of them again and again. */
const KEYS: Readonly<Record<Period, Map<number, string>>> = {
  day: new Map(),
  week: new Map(),
  month: new Map(),
  year: new Map(),
  all: new Map(),
};
const MAX_KEYS = 5_000;

/** The key of the period that a local day falls in. */
export function periodKey(period: Period, day: number): string {
  const keys = KEYS[period];
  const known = keys.get(day);
  if (known !== undefined) return known;
  const key = computeKey(period, day);
  if (keys.size >= MAX_KEYS) keys.clear();
  keys.set(day, key);
  return key;
}

function computeKey(period: Period, day: number): string {
  switch (period) {
    case 'all':
      return 'all';
    case 'week': {
      // A week belongs to the year of its Thursday.
      const thursday = day - isoWeekday(day) + 4;
      const { year } = dateOf(thursday);
      return `${four(year)}-W${two(Math.floor((thursday - dayOf(year, 1, 1)) / 7) + 1)}`;
    }
    case 'year':
      return four(dateOf(day).year);
    case 'month': {
      const { year, month } = dateOf(day);
      return `${four(year)}-${two(month)}`;
    }
    case 'day': {
      const date = dateOf(day);
      return `${four(date.year)}-${two(date.month)}-${two(date.day)}`;
    }
  }
}

/** First day, and the first day after. `all` has no end. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The days of a period, or undefined when `key` is not a key of that period (`2026-W54`, `2026-02-30`). */
export function periodSpan(period: Period, key: string): Span | undefined {
  const span = parseKey(period, key);
  return span !== undefined && periodKey(period, span.from) === key ? span : undefined;
}

function parseKey(period: Period, key: string): Span | undefined {
  if (period === 'all') return key === 'all' ? { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY } : undefined;
  const match = /^(\d{4})(?:-(W?)(\d{2})(?:-(\d{2}))?)?$/.exec(key);
  if (match === null) return undefined;
  const year = Number(match[1]);
  const second = Number(match[3]);
  if (period === 'year') return match[3] === undefined ? { from: dayOf(year, 1, 1), to: dayOf(year + 1, 1, 1) } : undefined;
  if (match[3] === undefined) return undefined;
  if (period === 'week') {
    if (match[2] !== 'W' || match[4] !== undefined || second < 1) return undefined;
    // 4 January is always in week 1.
    const fourth = dayOf(year, 1, 4);
    const from = fourth - isoWeekday(fourth) + 1 + 7 * (second - 1);
    return { from, to: from + 7 };
  }
  if (match[2] === 'W' || second < 1 || second > 12) return undefined;
  if (period === 'month') {
    if (match[4] !== undefined) return undefined;
    return { from: dayOf(year, second, 1), to: second === 12 ? dayOf(year + 1, 1, 1) : dayOf(year, second + 1, 1) };
  }
  if (match[4] === undefined) return undefined;
  const from = dayOf(year, second, Number(match[4]));
  return { from, to: from + 1 };
}

/** The key of the period before the one that `day` falls in; `all` has none before it. */
export function previousKey(period: Period, day: number): string {
  const span = periodSpan(period, periodKey(period, day));
  return span === undefined || period === 'all' ? 'all' : periodKey(period, span.from - 1);
}

/**
 * A period of local days is over everywhere 12 hours after its end in UTC: the westernmost zone is UTC−12.
 * Milliseconds since the epoch.
 */
export function localPeriodClose(span: Span): number {
  return span.to * DAY + 12 * HOUR;
}
