import type { Actor } from '../access/index.ts';
import type { HiddenKind } from '../boards/index.ts';
import type { Outcome } from '../kernel/outcome.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import type { CommandKind, HoldState } from '../ledger/index.ts';

/** What one rule gave, and why that much. */
export interface AwardResult {
  readonly transfer: string | null;
  /** The rule's id; `achievement:<id>:<tier>` for the reward of an achievement. */
  readonly rule: string;
  readonly currency: string;
  readonly base: number;
  /** `length`: of the streak that the factor goes by. */
  readonly multipliers: readonly { readonly id: string; readonly factor: number; readonly length?: number }[];
  /** Multipliers whose condition had no value, and which therefore did not apply. */
  readonly failed?: readonly string[];
  /** Counts of the rule's limits, this award included. */
  readonly limits?: readonly LimitUse[];
  /** The cap of the currency that it was cut to, this award included; only where it was. */
  readonly capped?: { readonly max: number; readonly per: string; readonly used: number };
  readonly amount: number;
  /** Available after the award. */
  readonly balance: number;
}

export interface LimitUse {
  readonly used: number;
  readonly max: number;
  readonly per?: string;
  readonly within?: string;
}

/** What could have been and was not: a rule that did not pay, a metric, streak, board or sequence of an achievement that did not move. */
export interface SkippedPart {
  readonly rule?: string;
  readonly metric?: string;
  readonly streak?: string;
  readonly board?: string;
  readonly achievement?: string;
  readonly code: 'limit_reached' | 'condition_failed' | 'period_closed' | 'too_many_causes';
  readonly message?: string;
}

export interface UnlockResult {
  readonly id: string;
  readonly tier: string;
  /** How often it was unlocked by now; there for what is repeatable. */
  readonly times?: number;
}

export interface AcceptedResult {
  readonly id: string;
  readonly status: 'accepted' | 'duplicate';
  readonly awards: readonly AwardResult[];
  /** By adjusting rules; there only when there are any. Signed. */
  readonly adjustments?: readonly AwardResult[];
  readonly achievements: readonly UnlockResult[];
  readonly streaks: readonly { readonly id: string; readonly length: number }[];
  readonly level: number;
  readonly skipped: readonly SkippedPart[];
  /** Place in the log; reads with `?after=<position>` wait for it. */
  readonly position: number;
  readonly catalogVersion: number;
}

export interface RefusedResult {
  /** Null where the event told none that could be read. */
  readonly id: string | null;
  readonly status: 'refused';
  readonly code: RefusalCode;
  readonly message: string;
  readonly path?: string;
  readonly retryable: boolean;
}

export type EventResult = AcceptedResult | RefusedResult;

/** What a transfer answers: the first answer again for a repeat. */
export interface TransferResult {
  readonly id: string;
  readonly transfer: string;
  readonly kind: CommandKind;
  readonly user: string;
  readonly to?: string;
  readonly currency: string;
  /** What was booked: of an adjustment that takes what there is, maybe less than was asked for. */
  readonly amount: number;
  /** Available balance of `user` after it; for a transfer, of the giver. */
  readonly balance: number;
  readonly position: number;
}

/** A command to move points outside the rules. */
export interface TransferCommand {
  /** The caller's id: an identity like an event's, for ever. */
  readonly id: string;
  readonly kind: CommandKind;
  /** Whose points are given (`award`, `adjust`, `force`) or taken (`spend`, `transfer`). */
  readonly user: string;
  readonly to?: string;
  readonly currency: string;
  /** Positive; for `adjust` signed and not zero. */
  readonly amount: number;
  readonly reason?: string;
}

/** How a hold stands after something was done to it. */
export interface HoldResult {
  /** The caller's id, and ours. */
  readonly id: string;
  readonly hold: string;
  readonly user: string;
  /** What was booked: the hold itself, its capture, or its release. */
  readonly transfer: string;
  readonly currency: string;
  /** As it was held first, and what of it was captured and released since. */
  readonly amount: number;
  readonly captured: number;
  readonly released: number;
  readonly state: HoldState;
  readonly expiresAt: string | null;
  /** Available and held of the user in that currency, by all holds. */
  readonly balance: number;
  readonly held: number;
  readonly position: number;
}

export type HoldOutcome = Outcome<{ readonly result: HoldResult; readonly first: boolean }>;

export interface BoostResult {
  readonly id: string;
  /** Null: everyone. */
  readonly user: string | null;
  readonly factor: number;
  readonly currency: string | null;
  readonly rules: readonly string[] | null;
  readonly from: string;
  readonly until: string;
  readonly cancelled: boolean;
  /** Place in the log of what was announced; null where it was over before. */
  readonly position: number | null;
}

export type BoostOutcome = Outcome<{ readonly result: BoostResult; readonly first: boolean }>;

export interface UserChange {
  readonly zone?: string | null;
  readonly locale?: string | null;
  readonly name?: string | null;
  /** Replaces all attributes. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface EngineStatus {
  /** Events waiting or under way. */
  readonly queued: number;
  readonly capacity: number;
  readonly draining: boolean;
  readonly catalogVersion: number;
  /** Last position this process committed or learnt of. */
  readonly position: number;
}

/** Where a user takes no rank, and why. */
export interface Visibility {
  readonly hidden: readonly {
    /** Null: on all boards. */
    readonly board: string | null;
    readonly kind: HiddenKind;
    /** RFC 3339. */
    readonly at: string;
  }[];
  /** Of the log, from which on boards show it so; null where it was so before. */
  readonly position: number | null;
}

export type SetVisibility = (user: string, change: unknown, actor: Actor) => Promise<Outcome<Visibility>>;
