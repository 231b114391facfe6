import type { Scope } from '../kernel/conditions/index.ts';
import { textFault } from '../kernel/json.ts';
import { localPeriodClose, periodKey, periodSpan } from '../kernel/period.ts';
import { zoneDay, zoneDayStart } from '../kernel/time.ts';
import { type Board, MAX_SEGMENT, type ScoreRecord } from './model.ts';

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

/** Which period of a board an event counts in. */
export function scorePeriod(board: Board, moment: { readonly time: number; readonly day: number }): string {
  return periodKey(board.period, board.zone === null ? moment.day : zoneDay(board.zone, moment.time));
}

/**
 * When a period closes, in milliseconds: with a fixed zone at its end there; by local days 12 hours after its
 * end in UTC, when it is over everywhere. Infinity for `all`.
 */
export function closesAt(board: Board, period: string): number {
  const span = periodSpan(board.period, period);
  if (span === undefined || span.to === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (board.zone === null) return localPeriodClose(span);
  return zoneDayStart(board.zone, span.to);
}

/**
 * Whether a late event finds its period closed. A period that ended before the board existed was never open,
 * so it is simply computed.
 */
export function isClosed(board: Board, period: string, since: number, now: number): boolean {
  const closes = closesAt(board, period);
  return closes <= now && closes > since;
}
