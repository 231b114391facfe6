import type { ScoreRecord } from './model.ts';

export interface BoardEntry {
  readonly rank: number;
  readonly user: string;
  readonly score: number;
  /** What is kept with the score; left out where nothing is. */
  readonly record?: ScoreRecord;
}

export interface BoardPage {
  readonly board: string;
  /** The resolved key: `2026-W47`. */
  readonly period: string;
  /** Position of the log that this answer reflects. */
  readonly position: number;
  readonly total: number;
  readonly entries: readonly BoardEntry[];
}

export interface AmongPage extends Omit<BoardPage, 'entries'> {
  readonly entries: readonly (BoardEntry & {
    /** Among all of the board; `rank` is among those who were asked about. */
    readonly globalRank: number;
  })[];
  /** Those who were asked about and have no rank, as they were given. */
  readonly missing: readonly string[];
}

export interface BoardPeriods {
  readonly board: string;
  /** Newest first. */
  readonly periods: readonly { readonly period: string; readonly total: number }[];
}

export type BoardAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly fault: 'unknown_board' | 'unknown_period' | 'unknown_user' | 'no_segments' | 'not_ranked' | 'hidden';
    };

/**
 * `period`: a key, `current` or `previous`. `segment`: ranks among those of the segment alone. `after`: wait until the index
 * reflects that position. Hidden users have no rank anywhere.
 */
export interface Boards {
  page(
    board: string,
    query: { period: string; offset: number; limit: number; segment?: string; after?: number },
  ): Promise<BoardAnswer<BoardPage>>;
  around(
    board: string,
    user: string,
    query: { period: string; around: number; segment?: string; after?: number },
  ): Promise<BoardAnswer<BoardPage & BoardEntry>>;
  /** `total` counts those who have a rank; `limit` cuts the entries alone. */
  among(
    board: string,
    users: readonly string[],
    query: { period: string; limit?: number; after?: number },
  ): Promise<BoardAnswer<AmongPage>>;
  /** Periods that have scores. */
  periods(board: string, query: { limit: number }): Promise<BoardAnswer<BoardPeriods>>;
}
