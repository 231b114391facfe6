import type { Standing } from './rank-index.ts';

export interface BoardPage {
  readonly board: string;
  /** The resolved key: `2026-W47`. */
  readonly period: string;
  /** Position of the log that this answer reflects. */
  readonly position: number;
  readonly total: number;
  readonly entries: readonly Pick<Standing, 'rank' | 'user' | 'score'>[];
}

export type BoardAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: 'unknown_board' | 'unknown_period' | 'unknown_user' | 'not_ranked' };

/** `period`: a key, `current` or `previous`. `after`: wait until the index reflects that position. */
export interface Boards {
  page(board: string, query: { period: string; offset: number; limit: number; after?: number }): Promise<BoardAnswer<BoardPage>>;
  around(
    board: string,
    user: string,
    query: { period: string; around: number; after?: number },
  ): Promise<BoardAnswer<BoardPage & { readonly rank: number; readonly user: string; readonly score: number }>>;
}
