import { DAY } from '../kernel/time.ts';

/** A factor that somebody was granted for a time, beside those of the catalog. */
export interface Boost {
  /** The caller's. */
  readonly id: string;
  /** As an exact decimal, above 0 and at most 1,000. */
  readonly factor: number;
  /** Null: awards in any currency. */
  readonly currency: string | null;
  /** Ids; null: all rules. */
  readonly rules: readonly string[] | null;
  /** For events with from ≤ t < until, milliseconds. */
  readonly from: number;
  readonly until: number;
}

export const NO_BOOSTS: readonly Boost[] = [];

/** Boosts of one user that are not over, and likewise of those for everyone. Each is looked at with every award. */
export const MAX_LIVE_BOOSTS = 20;

/** An event that comes late has the boosts of its time; those that ended longer ago are no longer at hand. Milliseconds. */
const KEPT_FOR = 7 * DAY;

/** Whether events that come at `now` may still have it. */
export function isKept({ until }: Pick<Boost, 'until'>, now: number): boolean {
  return now < until + KEPT_FOR;
}

/** What ended before this is not kept at `now`. */
export function keptSince(now: number): number {
  return now - KEPT_FOR;
}

/** Whether it applies to what a rule awards for an event of `time` that is decided at `now`. */
export function isBoosted(
  boost: Boost,
  award: { readonly rule: string; readonly currency: string },
  time: number,
  now: number,
): boolean {
  return (
    time >= boost.from &&
    time < boost.until &&
    isKept(boost, now) &&
    (boost.currency === null || boost.currency === award.currency) &&
    (boost.rules === null || boost.rules.includes(award.rule))
  );
}
