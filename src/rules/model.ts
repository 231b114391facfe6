import type { Computed, Condition } from '../kernel/conditions/index.ts';

export type Rounding = 'floor' | 'half_even' | 'ceil';

/** At most `max` awards of a rule in the user's local day, week or month. */
export interface CalendarLimit {
  readonly kind: 'calendar';
  readonly max: number;
  readonly per: 'day' | 'week' | 'month';
}

/** At most `max` awards with event time in (t − window, t]. */
export interface SlidingLimit {
  readonly kind: 'sliding';
  readonly max: number;
  /** Milliseconds. */
  readonly window: number;
}

export type Limit = CalendarLimit | SlidingLimit;

interface MultiplierCommon {
  readonly id: string;
  readonly when: Condition | null;
  /** Applies to events with from ≤ t < to, milliseconds. */
  readonly from: number | null;
  readonly to: number | null;
}

export interface FactorMultiplier extends MultiplierCommon {
  readonly kind: 'factor';
  /** As an exact decimal (`1.5`), or computed per event. */
  readonly factor: number | Computed;
}

/** From a length of the streak on: its factor, until the next tier begins. */
export interface StreakTier {
  /** Days, at least 1. */
  readonly from: number;
  /** As an exact decimal. */
  readonly factor: number;
}

/** By how long a streak is; none below the first tier. */
export interface StreakMultiplier extends MultiplierCommon {
  readonly kind: 'streak';
  /** Id of the streak. */
  readonly streak: string;
  /** Ascending, at least one. */
  readonly tiers: readonly StreakTier[];
}

export type Multiplier = FactorMultiplier | StreakMultiplier;

/** What a rule gives or takes in one currency: a fixed number of points, or a computed one. */
export interface Grant {
  readonly currency: string;
  readonly amount: number | Computed;
}

export interface Rule {
  readonly id: string;
  readonly on: string;
  readonly matches: (type: string) => boolean;
  readonly when: Condition | null;
  readonly awards: readonly Grant[];
  /** Signed; only for events of admin keys. */
  readonly adjusts: readonly Grant[];
  readonly multipliers: readonly Multiplier[];
  /** False where its multipliers are none, said so: then boosts are none either. */
  readonly boosted: boolean;
  readonly limits: readonly Limit[];
}
