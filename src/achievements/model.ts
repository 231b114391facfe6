/** Step of an achievement. Unlocked once for ever. */
export interface Tier {
  readonly id: string;
  /** Its place in the bitmap of a user's unlocks; given by the catalog's origins, −1 before. */
  readonly number: number;
  /** Progress that unlocks it. */
  readonly at: number;
  readonly rewards: readonly { readonly currency: string; readonly amount: number }[];
}

/** Another achievement that has to be unlocked first; with `tier`, up to that tier; without, any tier will do. */
export interface Requirement {
  readonly achievement: string;
  readonly tier: string | null;
}

/** What a strategy sees of a user. */
export interface ProgressView {
  /** Value of a metric by name, as it is now. */
  metric(name: string): number;
}

/** How progress is told. Each strategy makes its own, in its own file under `strategies/`. */
export interface Strategy {
  readonly kind: 'threshold';
  /** Names of the metrics whose moves may unlock something. */
  readonly metrics: readonly string[];
  progress(view: ProgressView): number;
}

export interface Achievement {
  readonly id: string;
  readonly name: string;
  readonly requires: readonly Requirement[];
  /** Not shown to the user before it is unlocked. */
  readonly secret: boolean;
  readonly strategy: Strategy;
  /** In ascending order of `at`. */
  readonly tiers: readonly Tier[];
}

/** A user's unlocks: bit n % 32 of word n / 32 is set when the tier with number n is unlocked. */
export type Unlocks = readonly number[];
