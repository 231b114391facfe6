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

export interface Multiplier {
  readonly id: string;
  readonly when: Condition | null;
  /** Applies to events with from ≤ t < to, milliseconds. */
  readonly from: number | null;
  readonly to: number | null;
  /** As an exact decimal (`1.5`), or computed per event. */
  readonly factor: number | Computed;
}

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
  readonly limits: readonly Limit[];
}
