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
}
