import type { Balance } from './model.ts';

/** All credits of one account in one currency that expire on the same day. */
export interface Lot {
  /** Days since 1970-01-01, in the catalog's zone: they expire at its beginning. */
  readonly on: number;
  readonly amount: number;
  /** Whether it was announced ahead. */
  readonly warned: boolean;
}

/**
 * What is left of each lot, in the order of `lots`, which is by day. Nothing is kept of what lots are used up by: all that
 * was ever debited, and what is held, counts as taken from credits without a lot first, and then from the lots that expire
 * soonest. So points that are held do not expire, and those that are released late do at once.
 */
export function leftOf(lots: readonly Lot[], { credited, debited, held }: Balance): readonly number[] {
  const expiring = lots.reduce((sum, { amount }) => sum + amount, 0);
  let taken = debited + held - (credited - expiring);
  return lots.map(({ amount }) => {
    const left = Math.max(0, Math.min(amount, amount - taken));
    taken -= amount;
    return left;
  });
}

/** What a balance has in lots whose day has come. */
export function dueOf(lots: readonly Lot[], balance: Balance, today: number): number {
  const left = leftOf(lots, balance);
  return lots.reduce((sum, { on }, i) => (on <= today ? sum + (left[i] ?? 0) : sum), 0);
}
