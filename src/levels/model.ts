/** Levels of users, by the value of one metric. */
export interface Levels {
  /** Name of the metric. */
  readonly metric: string;
  /** The definition in one line, for people. */
  readonly description: string;
  /** The highest level that there is: a formula's at 2^53 − 1. */
  readonly highest: number;
  /** Values at which levels 1, 2, … begin; null for a formula. */
  readonly thresholds: readonly number[] | null;
  /** An integer of at least 1. */
  levelOf(value: number): number;
}

export interface LevelProgress {
  readonly level: number;
  /** Value of the metric now. */
  readonly value: number;
  /** Values at which this level begins and at which the next does; `next` is null on the last level. */
  readonly from: number;
  readonly next: number | null;
  /** 0–100, rounded down: how much of the way from `from` to `next` is done; 100 on the last level. */
  readonly percent: number;
}
