import type { Balance } from './model.ts';

/** All credits of one account in one currency that expire on the same day. */
export interface Lot {
  /** Days since 1970-01-01, in the catalog's zone: they expire at its beginning. */
  readonly on: number;
  /** What has expired of it is taken off. */
  readonly amount: number;
  /** Whether it was announced ahead. */
  readonly warned: boolean;
}

type Counts = Pick<Balance, 'credited' | 'debited' | 'held'>;

/**
 * What is left of each lot, in the order of `lots`, which is by day. Nothing is kept of what lots are used up by: all that
 * was debited, and what is held, counts as taken from credits without a lot first, and then from the lots that expire
 * soonest. So points that are held do not expire, and those that are released late do at once. What expired is among the
 * debits, and no longer in a lot: that goes out evenly.
 */
export function leftOf(lots: readonly Lot[], { credited, debited, held }: Counts): readonly number[] {
  const expiring = lots.reduce((sum, { amount }) => sum + amount, 0);
  let taken = debited + held - (credited - expiring);
  return lots.map(({ amount }) => {
    const left = Math.max(0, Math.min(amount, amount - taken));
    taken -= amount;
    return left;
  });
}

export interface Due {
  /** What expires now. */
  readonly amount: number;
  /** The lots as they are after that. What was spent of those whose day has come need not be known any more. */
  readonly lots: readonly Lot[];
}

/** What a balance has in lots whose day has come. */
export function dueOf(lots: readonly Lot[], balance: Counts, today: number): Due {
  const left = leftOf(lots, balance);
  const due = lots.map(({ on }, i) => (on <= today ? (left[i] ?? 0) : 0));
  const amount = due.reduce((sum, each) => sum + each, 0);
  const rest = lots.map((lot, i) => ({ ...lot, amount: lot.amount - (due[i] ?? 0) }));
  // A lot that only holds keep from expiring stays.
  const unspent = leftOf(rest, { ...balance, debited: balance.debited + amount, held: 0 });
  return { amount, lots: rest.filter(({ on }, i) => on > today || (unspent[i] ?? 0) > 0) };
}
