import type { Scope } from '../kernel/conditions/index.ts';
import { cronSpan, cronSpanOf } from '../kernel/cron.ts';
import { textFault } from '../kernel/json.ts';
import { localPeriodClose, periodKey, periodSpan, previousKey } from '../kernel/period.ts';
import { DAY, MAX_AHEAD, zoneDay, zoneDayStart } from '../kernel/time.ts';
import { type Board, MAX_SEGMENT, type ScoreRecord, type Season } from './model.ts';

export interface Score {
  readonly score: number;
  /** Time of the event that reached it, in milliseconds. */
  readonly reachedAt: number;
  /** Of the user when the score moved last; null: none. */
  readonly segment: string | null;
  /** Of the event that set the score; null where nothing is kept with it. */
  readonly record: ScoreRecord | null;
}

/** What is kept with a score. */
export type ScoreDetails = Pick<Score, 'segment' | 'record'>;

export const NO_DETAILS: ScoreDetails = Object.freeze({ segment: null, record: null });

/** Longer text in a record is no value. UTF-16 units. */
const MAX_FIELD = 200;

/** What an event says of segment and record. What has no value is left out, and so is what is too long to be shown. */
export function scoreDetails({ by, record }: Board, scope: Scope): ScoreDetails {
  if (by === null && record.length === 0) return NO_DETAILS;
  return { segment: segmentOf(by, scope), record: recordOf(record, scope) };
}

function segmentOf(by: Board['by'], scope: Scope): string | null {
  const named = by === null ? undefined : by.evaluate(scope);
  if (named?.ok !== true) return null;
  const segment = String(named.value);
  return segment === '' || segment.length > MAX_SEGMENT || textFault(segment) !== undefined ? null : segment;
}

function recordOf(fields: Board['record'], scope: Scope): ScoreRecord | null {
  let kept: Record<string, string | number | boolean> | null = null;
  for (const { name, value } of fields) {
    const field = value.evaluate(scope);
    if (!field.ok) continue;
    if (typeof field.value === 'string' && (field.value.length > MAX_FIELD || textFault(field.value) !== undefined)) continue;
    (kept ??= {})[name] = field.value;
  }
  return kept;
}

/**
 * The score that a metric reached, as its board keeps it. The record is that of the event whose time the score has: of the
 * event that set it, or of the newest that moved a sum; an older one that comes late leaves it as it is.
 */
export function keptScore(
  before: Score | undefined,
  reached: { readonly value: number; readonly at: number },
  time: number,
  details: ScoreDetails,
): Score {
  const { value: score, at: reachedAt } = reached;
  const { segment } = details;
  if (reachedAt === time) return { score, reachedAt, segment, record: details.record };
  return { score, reachedAt, segment, record: before?.reachedAt === reachedAt ? before.record : null };
}

/** Which period of a board an event counts in; null between seasons. */
export function scorePeriod(board: Board, moment: { readonly time: number; readonly day: number }): string | null {
  const { period, zone } = board;
  if (typeof period === 'string') return periodKey(period, zone === null ? moment.day : zoneDay(zone, moment.time));
  if (period.kind === 'cron') return cronSpan(period.cron, zone ?? 'UTC', moment.time).key;
  return seasonAt(period.seasons, moment.time)?.name ?? null;
}

/** Every event asks when its period closes, and a board has few periods at a time. */
const closings = new WeakMap<Board, Map<string, number>>();
const MAX_CLOSINGS = 1_000;

/**
 * When a period closes, in milliseconds: with a fixed zone at its end there; by local days 12 hours after its
 * end in UTC, when it is over everywhere. Infinity for `all`, and for what is no period of the board.
 */
export function closesAt(board: Board, key: string): number {
  let known = closings.get(board);
  if (known === undefined) closings.set(board, (known = new Map()));
  let closes = known.get(key);
  if (closes === undefined) {
    closes = endOf(board, key);
    if (known.size >= MAX_CLOSINGS) known.clear();
    known.set(key, closes);
  }
  return closes;
}

function endOf({ period, zone }: Board, key: string): number {
  if (typeof period === 'string') {
    const span = periodSpan(period, key);
    if (span === undefined || span.to === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return zone === null ? localPeriodClose(span) : zoneDayStart(zone, span.to);
  }
  const span =
    period.kind === 'cron' ? cronSpanOf(period.cron, zone ?? 'UTC', key) : period.seasons.find(({ name }) => name === key);
  return span?.to ?? Number.POSITIVE_INFINITY;
}

/**
 * Whether a late event finds its period closed. A period that ended before the board existed was never open,
 * so it is simply computed.
 */
export function isClosed(board: Board, period: string, since: number, now: number): boolean {
  const closes = closesAt(board, period);
  return closes <= now && closes > since;
}

/** The key that `current`, `previous` or a key stands for; undefined where the board has no such period. */
export function resolvePeriod(board: Board, asked: string, timezone: string, now: number): string | undefined {
  const { period, zone } = board;
  if (typeof period === 'string') {
    const today = zoneDay(zone ?? timezone, now);
    const key = asked === 'current' ? periodKey(period, today) : asked === 'previous' ? previousKey(period, today) : asked;
    return periodSpan(period, key) === undefined ? undefined : key;
  }
  if (period.kind === 'cron') {
    const of = zone ?? timezone;
    const current = cronSpan(period.cron, of, now);
    if (asked === 'current') return current.key;
    if (asked === 'previous') return cronSpan(period.cron, of, current.from - 1).key;
    return cronSpanOf(period.cron, of, asked)?.key;
  }
  const { seasons } = period;
  if (asked === 'current') return seasonAt(seasons, now)?.name;
  if (asked === 'previous') return seasons.findLast(({ to }) => to <= now)?.name;
  return seasons.find(({ name }) => name === asked)?.name;
}

/** The periods that events of now may count in, those left out that are closed. */
export function openPeriods(board: Board, now: number): readonly string[] {
  if (board.period === 'all') return [];
  const found = new Set<string>();
  const add = (time: number, day: number): void => {
    const key = scorePeriod(board, { time, day });
    if (key !== null && closesAt(board, key) > now) found.add(key);
  };
  // Local days: yesterday is open for twelve hours more, and tomorrow has begun where clocks are ahead of UTC.
  for (const ahead of [-1, 0, 1]) add(now, Math.floor(now / DAY) + ahead);
  add(now + MAX_AHEAD, Math.floor(now / DAY));
  return [...found];
}

function seasonAt(seasons: readonly Season[], ms: number): Season | undefined {
  return seasons.find(({ from, to }) => from <= ms && ms < to);
}
