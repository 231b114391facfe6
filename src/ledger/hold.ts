/** Points of a user that are set apart until they are captured or released. */
export type HoldState = 'held' | 'captured' | 'released' | 'expired';

export interface Hold {
  /** A UUID; outside `hold_` and 32 hex digits. */
  readonly id: string;
  /** The caller's id. */
  readonly name: string;
  readonly account: number;
  readonly currency: string;
  readonly amount: number;
  readonly captured: number;
  readonly released: number;
  /** `held` while it goes on; then what ended it. */
  readonly state: HoldState;
  /** Milliseconds; null: it waits for ever. */
  readonly expiresAt: number | null;
}

/** What is still held. */
export function restOfHold({ amount, captured, released }: Pick<Hold, 'amount' | 'captured' | 'released'>): number {
  return amount - captured - released;
}

/** The hold after some of it was captured or released; once nothing is left, `end` says what it ended by. */
export function reduced(
  hold: Hold,
  by: { readonly captured?: number; readonly released?: number },
  end: Exclude<HoldState, 'held'>,
): Hold {
  const next = { ...hold, captured: hold.captured + (by.captured ?? 0), released: hold.released + (by.released ?? 0) };
  return restOfHold(next) === 0 ? { ...next, state: end } : next;
}
