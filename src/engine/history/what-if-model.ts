import type { JsonObject } from '../../kernel/json.ts';
import type { Row } from '../../kernel/ports.ts';
import type { UserState } from '../state.ts';
import type { WhatIfTally } from './what-if-tally.ts';

/** What is replayed: an event that was posted, a transfer outside the rules, or the coming of a user. In order of position. */
export interface HistoryRow extends Row {
  readonly position: number;
  readonly type: string;
  readonly account: number | null;
  /** Null for what Diana announced, and once erased. */
  readonly source: string | null;
  /** Milliseconds. */
  readonly occurredAt: number;
  /** Seconds. */
  readonly writtenOffset: number | null;
  /** Days since 1970-01-01. */
  readonly localDay: number | null;
  /** Milliseconds. */
  readonly recordedAt: number;
  /** Null once erased. */
  readonly data: JsonObject | null;
  readonly cause: number | null;
  /** Of a transfer between two users: who gave and who received. */
  readonly debit: number | null;
  readonly credit: number | null;
  /** Whether a rule adjusted a balance because of it. */
  readonly adjusted: boolean;
}

/** Who is replayed: everybody who was not erased. */
export interface Replayed {
  /** Outside id. */
  readonly user: string;
  readonly zone: string | null;
  readonly attributes: JsonObject;
}

export interface WhatIf {
  /** By account: how everybody would stand. */
  readonly states: ReadonlyMap<number, UserState>;
  /** What rules would have awarded, by account and currency. */
  readonly awarded: ReadonlyMap<number, ReadonlyMap<string, number>>;
  readonly tally: WhatIfTally;
}
