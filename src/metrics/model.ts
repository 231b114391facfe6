import type { Computed, Condition } from '../kernel/conditions/index.ts';

interface Common {
  readonly name: string;
  /** Where its values stand; the name, unless the name had another meaning before. */
  readonly key: string;
  readonly when: Condition | null;
  /** Canonical text of its definition: another text is another meaning. */
  readonly meaning: string;
}

/** Moves by one with each matching event. */
export interface CountMetric extends Common {
  readonly kind: 'count';
  readonly on: string;
  readonly matches: (type: string) => boolean;
}

/** Moves by a number of each matching event. */
export interface SumMetric extends Common {
  readonly kind: 'sum';
  readonly on: string;
  readonly matches: (type: string) => boolean;
  readonly value: Computed;
}

/** Moves with awards of a currency, less what of them was reversed. */
export interface EarnedMetric extends Common {
  readonly kind: 'earned';
  readonly currency: string;
}

export type Metric = CountMetric | SumMetric | EarnedMetric;

/** A user's lifetime value of one metric. */
export interface MetricValue {
  readonly value: number;
  /** The latest event time that moved it, in milliseconds. */
  readonly at: number;
}
