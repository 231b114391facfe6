import { localPeriodClose, periodKey, periodSpan } from '../kernel/period.ts';
import { zoneDay, zoneDayStart } from '../kernel/time.ts';
import type { Board } from './model.ts';

export interface Score {
  readonly score: number;
  /** Time of the event that reached it, in milliseconds. */
  readonly reachedAt: number;
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
