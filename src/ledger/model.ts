import type { Expiry } from './expiry.ts';

/** What becomes of an adjustment that would take more than there is. */
export const ADJUSTMENTS = ['refuse', 'clamp', 'allow'] as const;
export type Adjustment = (typeof ADJUSTMENTS)[number];

/** At most `max` points in the user's local day, week or month. */
export interface AmountLimit {
  readonly max: number;
  readonly per: 'day' | 'week' | 'month';
}

/** What becomes of a reversal whose points are spent already. */
export const REVERSALS = ['refuse', 'clamp', 'debt'] as const;
export type Reversal = (typeof REVERSALS)[number];

export interface Currency {
  readonly code: string;
  readonly name: string;
  /** `allow`: a balance may go below zero. */
  readonly overdraft: 'deny' | 'allow';
  readonly adjust: Adjustment;
  readonly reversal: Reversal;
  /** Null: points stay for ever. */
  readonly expires: Expiry | null;
  /** On what one user may send to others. All of them hold; most currencies have none. */
  readonly transfers: readonly AmountLimit[];
  /** On what rules award to one user. */
  readonly cap: readonly AmountLimit[];
}

/** What somebody may ask for by a command of its own. */
export const COMMAND_KINDS = ['award', 'spend', 'transfer', 'adjust', 'force'] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

/**
 * All kinds of entries. `hold` sets points of a user apart and `release` gives them back: neither changes the balance, which
 * is what is available and what is held. `capture` takes out of what is held.
 */
export const TRANSFER_KINDS = [...COMMAND_KINDS, 'hold', 'capture', 'release', 'expire', 'reverse'] as const;
export type TransferKind = (typeof TRANSFER_KINDS)[number];

/** System accounts have no chain and no row; their balance is derived from the transfers that name them. */
export const ISSUED = -1;
export const SPENT = -2;
export const EXPIRED = -3;
export const ADJUSTED = -4;
/** Everything that is held by anybody, captures taken off. */
export const HELD = -5;

const SYSTEM_NAMES: ReadonlyMap<number, string> = new Map([
  [ISSUED, '@issued'],
  [SPENT, '@spent'],
  [EXPIRED, '@expired'],
  [ADJUSTED, '@adjusted'],
  [HELD, '@held'],
]);

/** `@issued` and its like; undefined for a user's account. */
export function systemAccountName(account: number): string | undefined {
  return SYSTEM_NAMES.get(account);
}

/** A user's account in one currency. `available + held = credited − debited`; points, integers. */
export interface Balance {
  readonly available: number;
  readonly held: number;
  readonly credited: number;
  readonly debited: number;
  /** Number of entries in its chain, and hash of the last one (64 hex digits). */
  readonly entries: number;
  readonly head: string;
}

/** What every chain begins from. */
export const GENESIS = '0'.repeat(64);

export const EMPTY_BALANCE: Balance = { available: 0, held: 0, credited: 0, debited: 0, entries: 0, head: GENESIS };

/** What a transfer is about, before it has its place in the chains. */
export interface TransferDraft {
  /** A UUID. */
  readonly id: string;
  readonly kind: TransferKind;
  readonly currency: string;
  readonly debit: number;
  readonly credit: number;
  /** 1 … 2^53 − 1. */
  readonly amount: number;
  /** Milliseconds: the event's time, and the moment of acceptance. */
  readonly occurredAt: number;
  readonly recordedAt: number;
  /** Identity digest of the event or command that caused it. */
  readonly cause: string;
  readonly rule: string | null;
  readonly catalogVersion: number;
  readonly actor: string | null;
  /** 64 hex digits; null where there is no reason. */
  readonly reasonCommitment: string | null;
  /** The UUID of the transfer that it takes back, where it does; each is taken back at most once. */
  readonly reverses?: string;
}

/** Its entry in one user's chain. */
export interface Entry {
  readonly number: number;
  /** Balance after it: available + held. */
  readonly balance: number;
  /** 64 hex digits. */
  readonly hash: string;
}

export interface Transfer extends TransferDraft {
  readonly debitEntry: Entry | null;
  readonly creditEntry: Entry | null;
}
