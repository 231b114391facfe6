import type { Award } from './closing-store.ts';
import type { BoardAnswer } from './face.ts';
import type { Zone } from './leagues.ts';

/** A place on the board as it is, or would be, when its period closes. */
export interface FinalEntry {
  readonly rank: number;
  readonly user: string;
  readonly score: number;
  /** By currency; null where the rank earns none. */
  readonly reward: Award | null;
  /** On boards with leagues. `next`: the tier in which the user plays in the next period. */
  readonly league?: { readonly tier: string; readonly cohort: number; readonly rank: number; readonly next: string };
}

export interface Preview {
  readonly board: string;
  readonly period: string;
  /** RFC 3339; null for a board that never closes. */
  readonly closesAt: string | null;
  readonly total: number;
  /** How many earn something. */
  readonly rewarded: number;
  readonly entries: readonly FinalEntry[];
}

export interface FinalStandings {
  readonly board: string;
  readonly period: string;
  readonly closedAt: string;
  readonly total: number;
  readonly rewarded: number;
  readonly entries: readonly FinalEntry[];
}

export interface Closing {
  readonly period: string;
  /** `open`: takes scores. `closing`: takes none any more, and is not frozen yet. */
  readonly state: 'open' | 'closing' | 'closed';
  readonly closesAt: string;
  readonly closedAt: string | null;
  readonly total: number | null;
  readonly rewarded: number | null;
}

export interface LeagueStanding {
  readonly board: string;
  readonly period: string;
  readonly user: string;
  /** In which the user plays, or would. */
  readonly tier: string;
  /** Null until the user scored in this period and got a seat. */
  readonly cohort: number | null;
  readonly rank: number | null;
  readonly zone: Zone | null;
  readonly entries: readonly {
    readonly rank: number;
    readonly user: string;
    readonly score: number;
    readonly zone: Zone | null;
  }[];
}

export type ClosingAnswer<T> = BoardAnswer<T> | { readonly ok: false; readonly fault: 'period_open' | 'no_leagues' };

/** What boards look like at the end of their periods. `period`: a key, `current` or `previous`. */
export interface Closings {
  /** What would be frozen and paid if the current period ended now: the first `limit` of it. */
  preview(board: string, limit: number): Promise<ClosingAnswer<Preview>>;
  standings(board: string, query: { period: string; limit: number; offset: number }): Promise<ClosingAnswer<FinalStandings>>;
  /** The newest first. */
  closings(
    board: string,
    limit: number,
  ): Promise<ClosingAnswer<{ readonly board: string; readonly closings: readonly Closing[] }>>;
  league(board: string, user: string, period: string): Promise<ClosingAnswer<LeagueStanding>>;
}
