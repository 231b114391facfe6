import type { Single } from '../kernel/conditions/index.ts';
import type { Period } from '../kernel/period.ts';

export type Order = 'desc' | 'asc';
export type Ties = 'first' | 'shared' | 'dense';

export interface Board {
  readonly id: string;
  /** Where its scores stand; the id, unless the id had another meaning before. */
  readonly key: string;
  readonly metric: string;
  readonly period: Period;
  readonly order: Order;
  readonly ties: Ties;
  /** An IANA zone whose calendar cuts the periods; null: each event's local day. */
  readonly zone: string | null;
  /** Names the segment that a user counts in, asked when the score moves; null: no segments. */
  readonly by: Single | null;
  /** What of the event that set a score is kept with it. */
  readonly record: readonly RecordField[];
}

export interface RecordField {
  readonly name: string;
  readonly value: Single;
}

/** Kept with a score, whole: never the best of each field. */
export type ScoreRecord = Readonly<Record<string, string | number | boolean>>;

/** UTF-16 units of a segment: it stands in addresses. */
export const MAX_SEGMENT = 64;
