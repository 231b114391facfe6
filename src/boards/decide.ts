import { localPeriodClose, periodKey, periodSpan } from '../kernel/period.ts';
import { DAY, zoneDay, zoneOffset } from '../kernel/time.ts';
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
  const end = span.to * DAY;
  // The offset at the end itself may differ from the one a day's shift away: settle it in two steps.
  const guess = end - zoneOffset(board.zone, end);
  return end - zoneOffset(board.zone, guess);
}

/**
 * Whether a late event finds its period closed. A period that ended before the board existed was never open,
 * so it is simply computed.
 */
export function isClosed(board: Board, period: string, since: number, now: number): boolean {
  const closes = closesAt(board, period);
  return closes <= now && closes > since;
}

/** The score after a move of the board's metric. `lifetime` is the metric's whole value, which a board over all time shows. */
export function moveScore(
  board: Board,
  before: Score | undefined,
  move: { readonly delta: number; readonly lifetime: { readonly value: number; readonly at: number }; readonly time: number },
): Score {
  if (board.period === 'all') return { score: move.lifetime.value, reachedAt: move.lifetime.at };
  return { score: (before?.score ?? 0) + move.delta, reachedAt: Math.max(before?.reachedAt ?? 0, move.time) };
}
