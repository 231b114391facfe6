import type { AwardResult } from '../engine/index.ts';
import type { JsonObject } from '../kernel/json.ts';

/** Parts that several reports tell. */

export interface TransferEntry {
  readonly id: string;
  readonly kind: string;
  readonly currency: string;
  /** Signed from the user's side: negative when it took points. */
  readonly amount: number;
  readonly balance: number;
  readonly counterparty: string | null;
  readonly rule: string | null;
  readonly reason: string | null;
  /** The transfer that this one takes back. */
  readonly reverses?: string;
  readonly time: string;
  readonly recordedAt: string;
  readonly catalogVersion: number;
}

export interface ExplainedAward extends Omit<AwardResult, 'multipliers'> {
  readonly multipliers: readonly ExplainedFactor[];
  /** Rewards of achievements only: which tier, and what it asked for. */
  readonly reason?: string;
  /** From the base to the amount, in one line: `10 × 1.5 (vip: when …) = 15`. */
  readonly arithmetic?: string;
}

/** `reason` is left out where that version is no longer understood. */
export type ExplainedFactor = AwardResult['multipliers'][number] & { readonly reason?: string };

export interface ReportedFact {
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
}
