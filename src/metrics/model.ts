import type { Condition, Declarations, Evaluated, Scope } from '../kernel/conditions/index.ts';

/** A user's value of one metric: over the whole life, or within one period of a board. */
export interface MetricValue {
  readonly value: number;
  /** Time of the event that reached it, in milliseconds. */
  readonly at: number;
  /** Time at which it began, where a kind of metric needs to know. */
  readonly since?: number;
}

/** What moves a metric. `on` is a pattern of event types; balance, level and streak are states that the metric mirrors. */
export type MetricSource =
  | {
      readonly kind: 'events';
      readonly on: string;
      /** Further patterns that it listens to. */
      readonly others?: readonly string[];
      readonly matches: (type: string) => boolean;
      /** Fields of those events' data; null: anything goes. */
      readonly data: Declarations['data'];
    }
  | { readonly kind: 'earned' | 'spent' | 'balance'; readonly currency: string }
  | { readonly kind: 'level' }
  | { readonly kind: 'streak'; readonly streak: string };

/** What one event brings to a metric of events. */
export interface Contribution {
  readonly amount: number;
  /** Digest of the value, for `distinct`: it counts once in each span. Null for all other kinds. */
  readonly member: string | null;
  /** Why a condition inside had no value, which counted as false. */
  readonly failure?: string;
}

/** One thing that is counted about a user. Each kind makes its own, in its own file under `kinds/`. */
export interface Metric {
  readonly name: string;
  /** Where its values stand; the name, unless the name had another meaning before. */
  readonly key: string;
  /** Id of the definition of another noun that it is kept for; null for those that the catalog declares. */
  readonly owner: string | null;
  readonly source: MetricSource;
  readonly when: Condition | null;
  /** Canonical text of its definition: another text is another meaning. */
  readonly meaning: string;
  /** The definition in one line, for people. */
  readonly description: string;
  /** Whether values of `distinct` have to be remembered. */
  readonly remembers: boolean;
  /** What an event brings; asked only of metrics whose source is events. */
  contribute(scope: Scope): Evaluated<Contribution>;
  /**
   * The value after `amount` came at `at`, or undefined where it stays as it is. Used for the whole life and for each
   * period alike, each from its own value before. For earned and spent the amount is that of the transfer; for
   * balance, level and streak it is the state itself.
   */
  fold(before: MetricValue | undefined, amount: number, at: number): MetricValue | undefined;
}
