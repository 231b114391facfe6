import type { Single } from '../kernel/conditions/index.ts';
import type { Period } from '../kernel/period.ts';

export type Order = 'desc' | 'asc';
export type Ties = 'first' | 'shared' | 'dense';

/** What a ranking spans: a calendar period, what lies between firings of a cron pattern, or seasons with names. */
export type BoardPeriod =
  | Period
  | { readonly kind: 'cron'; readonly cron: string }
  | { readonly kind: 'seasons'; readonly seasons: readonly Season[] };

/** From ≤ t < to, in milliseconds. */
export interface Season {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface Board {
  readonly id: string;
  /** Where its scores stand; the id, unless the id had another meaning before. */
  readonly key: string;
  readonly metric: string;
  readonly period: BoardPeriod;
  readonly order: Order;
  readonly ties: Ties;
  /** An IANA zone whose calendar cuts the periods; null: each event's local day. Cron patterns and seasons always have one. */
  readonly zone: string | null;
  /** Names the segment that a user counts in, asked when the score moves; null: no segments. */
  readonly by: Single | null;
  /** What of the event that set a score is kept with it. */
  readonly record: readonly RecordField[];
  /** The first that fits a rank is paid when a period closes. */
  readonly rewards: readonly Reward[];
  readonly leagues: Leagues | null;
}

/** Points for ranks from `first` to `last`, or for the best `top` percent of those on the board. */
export type Reward = ({ readonly first: number; readonly last: number } | { readonly top: number }) & {
  /** By currency. */
  readonly award: Readonly<Record<string, number>>;
};

/** Users of a tier compete in cohorts of at most `size`; the first `promote` of each rise a tier, the last `relegate` fall one. */
export interface Leagues {
  /** From the lowest on, where everybody begins. */
  readonly tiers: readonly string[];
  readonly size: number;
  readonly promote: number;
  readonly relegate: number;
}

export interface RecordField {
  readonly name: string;
  readonly value: Single;
}

/** Kept with a score, whole: never the best of each field. */
export type ScoreRecord = Readonly<Record<string, string | number | boolean>>;

/** UTF-16 units of a segment: it stands in addresses. */
export const MAX_SEGMENT = 64;
