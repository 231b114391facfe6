/**
 * Conditions and computed numbers of the catalog, written in CEL (Common Expression Language) and
 * type-checked when the catalog is loaded.
 *
 * Where this differs from the letter of CEL, it follows JSON: there is one number type, so that `10`, `10.0`,
 * `n * 2` and `size(s) * 2` agree, and `7 / 2` is 3.5 (write `floor(7 / 2)` for 3). No arithmetic yields
 * NaN or infinity: dividing by zero has no value. `event.time` and `now` are timestamps: compare them with
 * `timestamp("2026-01-01T00:00:00Z")`, subtract them for a duration, compare that with `duration("90m")`
 * (units ms, s, m, h, d). Their calendar parts are UTC unless a zone is given: `now.getHours("Europe/Berlin")`;
 * `event.local.hour` (0–23) and `event.local.weekday` (1 Monday – 7 Sunday) are those of the event's local day.
 *
 * Left out on purpose: regular expressions, comprehensions inside of one another, bytes, unsigned numbers.
 */

/** What an expression sees. The object is reused between evaluations; nobody keeps it. */
export interface Scope {
  event: {
    type: string;
    source: string;
    /** The event's `data`, as posted. */
    data: Readonly<Record<string, unknown>>;
    /** Milliseconds since the epoch. */
    time: number;
    local: { hour: number; weekday: number };
    /** The outside id, for filters of subscriptions; rules know no names. */
    user?: string;
  };
  user: {
    attributes: Readonly<Record<string, unknown>>;
    /** As it was before the event. */
    level: number;
  };
  /** Current value of a metric by name, after this event moved it. */
  metric: (name: string) => number;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A value, or why there is none: a missing field, a wrong type, a division by zero. */
export type Evaluated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export interface Expression<T> {
  /** As the author wrote it. */
  readonly source: string;
  evaluate(scope: Scope): Evaluated<T>;
}

export type Condition = Expression<boolean>;
/** A finite number. */
export type Computed = Expression<number>;
/** A finite number that follows from another one, `value`. */
export interface Formula {
  /** As the author wrote it. */
  readonly source: string;
  evaluate(value: number): Evaluated<number>;
}
/** A value of event data: `distinct` counts them. */
export type Single = Expression<string | number | boolean>;

export type FieldType = 'integer' | 'number' | 'string' | 'boolean' | 'list' | 'map';

/** What a filter of a subscription sees of an event. */
export interface Filtered {
  readonly type: string;
  readonly source: string;
  /** Null for what is about nobody. */
  readonly user: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** RFC 3339. */
  readonly time: string;
}

/** A condition on an event alone. */
export interface Filter {
  /** As the author wrote it. */
  readonly source: string;
  evaluate(event: Filtered): Evaluated<boolean>;
}

/** What an expression may name, for the check at load. */
export interface Declarations {
  /**
   * Fields of `event.data` where every type that the rule listens to declares them; `any` where those types
   * differ; null: anything goes.
   */
  readonly data: ReadonlyMap<string, FieldType | 'any'> | null;
  readonly metrics: readonly string[];
}
