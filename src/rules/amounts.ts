import { periodKey } from '../kernel/period.ts';
import type { AmountLimit } from '../ledger/index.ts';
import { type Usage, type UsageBook, usageId, type UsageKey } from './usage.ts';

/**
 * Amounts of one currency that count against limits of the user's calendar. They stand beside the counts of rules, under
 * names that no rule can have.
 */
export interface Counted {
  readonly name: string;
  readonly limits: readonly AmountLimit[];
}

/** What rules award of a currency. */
export function awardedOf(currency: string, limits: readonly AmountLimit[]): Counted {
  return { name: `cap:${currency}`, limits };
}

/** What a user sends of a currency to others. */
export function sentOf(currency: string, limits: readonly AmountLimit[]): Counted {
  return { name: `sent:${currency}`, limits };
}

/** Everything that must be at hand to count on a local day. */
export function amountKeys({ name, limits }: Counted, day: number): readonly UsageKey[] {
  return limits.map(({ per }) => keyOf(name, per, day));
}

function keyOf(name: string, per: AmountLimit['per'], day: number): UsageKey {
  return { rule: name, span: per, bucket: periodKey(per, day) };
}

/** The limit that leaves least, and how much of it was used. */
export interface Rest {
  readonly limit: AmountLimit;
  readonly used: number;
  /** At least 0. */
  readonly left: number;
}

/** Undefined where there is no limit. */
export function restOf({ name, limits }: Counted, day: number, book: UsageBook): Rest | undefined {
  let tightest: Rest | undefined;
  for (const limit of limits) {
    const used = book.get(usageId(keyOf(name, limit.per, day)))?.used ?? 0;
    // A limit may have become smaller since.
    const left = Math.max(0, limit.max - used);
    if (tightest === undefined || left < tightest.left) tightest = { limit, used, left };
  }
  return tightest;
}

/** What one more amount, which has its place in all limits, leaves in the book. */
export function recordAmount({ name, limits }: Counted, day: number, amount: number, book: UsageBook): readonly Usage[] {
  return limits.map(({ per }) => {
    const key = keyOf(name, per, day);
    return { ...key, used: (book.get(usageId(key))?.used ?? 0) + amount, times: null };
  });
}
