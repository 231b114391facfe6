import type { Metric } from '../metrics/index.ts';

/** Step of an achievement. Unlocked once, unless the achievement is repeatable. */
export interface Tier {
  readonly id: string;
  /** Its place in the bitmap of a user's unlocks; given by the catalog's origins, −1 before. */
  readonly number: number;
  /** Progress that unlocks it. */
  readonly at: number;
  readonly rewards: readonly { readonly currency: string; readonly amount: number }[];
}

/** Another achievement that has to be unlocked; with `tier`, that tier; without, any tier will do. */
export interface Requirement {
  readonly achievement: string;
  readonly tier: string | null;
}

/** Periods of the user's own calendar that a metric may be looked at in. */
export const WINDOWS = ['day', 'week', 'month'] as const;
export type Window = (typeof WINDOWS)[number];

/** What a strategy sees of a user. */
export interface ProgressView {
  /** Value of a metric by name, as it is now. */
  metric(name: string): number;
  /** Value of a metric within the period that the event falls in. */
  within(name: string, window: Window): number;
  isUnlocked(part: Requirement): boolean;
}

export type StrategyName = 'metric' | 'within' | 'composite' | 'sequence' | 'placement' | 'manual';

/** How progress is told. Each strategy makes its own, in its own file under `strategies/`. */
export interface Strategy {
  readonly kind: StrategyName;
  /** In a few words, for people. */
  readonly description: string;
  /** Name of the metric whose value, within `window`, is the progress; null where it is told by something else. */
  readonly metric: string | null;
  /** Achievements whose unlocks may unlock something. */
  readonly parts: readonly Requirement[];
  /** Null: values over the whole life. */
  readonly window: Window | null;
  /** A metric that is kept for this achievement alone. */
  readonly own: Metric | null;
  /** Ranks of closed periods that it waits for: up to this one on that board. */
  readonly placed?: { readonly board: string; readonly rank: number };
  progress(view: ProgressView): number;
}

/**
 * When a repeatable one comes again: at every further multiple of its one tier, or each tier once in every period of its
 * window.
 */
export type Repeat = 'multiples' | 'periods';

export interface Achievement {
  readonly id: string;
  readonly name: string;
  readonly requires: readonly Requirement[];
  /** Not shown to the user before it is unlocked. */
  readonly secret: boolean;
  readonly strategy: Strategy;
  /** Null: each tier is unlocked once for ever. */
  readonly repeat: Repeat | null;
  /** In ascending order of `at`. */
  readonly tiers: readonly Tier[];
}

/** Metrics that are kept for achievements alone. */
export function ownMetrics(achievements: readonly Achievement[]): readonly Metric[] {
  return achievements.flatMap(({ strategy }) => strategy.own ?? []);
}

/** A set of tiers, such as a user's unlocks: bit n % 32 of word n / 32 stands for the tier with number n. */
export type Unlocks = readonly number[];

/** How often a repeatable tier was unlocked, and the newest period in which it was; null for multiples. */
export interface Times {
  readonly times: number;
  readonly period: string | null;
}

/** What a user has unlocked. */
export interface Held {
  /** Tiers that are unlocked now. */
  readonly unlocks: Unlocks;
  /** Tiers that were taken away by hand: they stay locked until they are granted again. */
  readonly revoked: Unlocks;
  /**
   * Of a repeatable tier. It stays when the tier is revoked: granted again, the tier goes on from there, and nothing is paid
   * twice.
   */
  timesOf(number: number): Times | undefined;
  /** Whether a tier that repeats by periods was unlocked in one before its newest. */
  wasUnlockedIn(number: number, period: string): boolean;
}

/** One text for a tier in a period. */
export function occurrenceId(number: number, period: string): string {
  return `${number} ${period}`;
}
