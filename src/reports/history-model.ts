/** What a draft of the catalog would have come to over everything that happened, beside what there is now. */
export interface History {
  readonly events: {
    readonly replayed: number;
    /** Of people who were erased. */
    readonly erased: number;
    readonly refused: readonly RefusedCount[];
  };
  /** Points that moved outside the rules. */
  readonly transfers: {
    readonly replayed: number;
    readonly refused: readonly RefusedCount[];
    /** Of kinds that follow from what was decided then. */
    readonly leftOut: number;
  };
  readonly users: number;
  /** Up to which position of the log. */
  readonly position: number;
  readonly seconds: number;
  readonly currencies: readonly CurrencyChange[];
  readonly rules: readonly RuleChange[];
  /** Every tier of the draft. */
  readonly achievements: readonly TierChange[];
  /** Every level that somebody has or would have, in ascending order. */
  readonly levels: readonly { readonly level: number; readonly before: number; readonly after: number }[];
  /** Every board of the draft: over all time, or the newest period that would have scores. */
  readonly boards: readonly BoardChange[];
  /** What the figures take for granted. */
  readonly assumptions: readonly string[];
  /** What deserves a second look before the draft is applied. */
  readonly warnings: readonly string[];
}

export interface RefusedCount {
  readonly code: string;
  readonly count: number;
  /** Of the first one. */
  readonly message: string;
}

/** What rules and achievements award in one currency. */
export interface CurrencyChange {
  readonly currency: string;
  readonly before: number;
  readonly after: number;
  readonly difference: number;
  /** Difference in percent of what was awarded; null where nothing was. */
  readonly inflation: number | null;
  readonly users: { readonly gain: number; readonly lose: number; readonly stay: number };
  /** Of the users' differences: so many percent of the users have this one or a lower one. */
  readonly quantiles: {
    readonly min: number;
    readonly p5: number;
    readonly p25: number;
    readonly p50: number;
    readonly p75: number;
    readonly p95: number;
    readonly max: number;
  };
  /** At most ten of each. */
  readonly gainMost: readonly UserChangeOf[];
  readonly loseMost: readonly UserChangeOf[];
}

/** What rules award to one user, and the balance, now and then. */
export interface UserChangeOf {
  readonly user: string;
  readonly before: number;
  readonly after: number;
  readonly balanceBefore: number;
  readonly balanceAfter: number;
}

/** What one rule, or the reward of a tier (`achievement:<id>:<tier>`), pays in one currency. Signed where it adjusts. */
export interface RuleChange {
  readonly rule: string;
  readonly currency: string;
  readonly timesBefore: number;
  readonly timesAfter: number;
  readonly paidBefore: number;
  readonly paidAfter: number;
  /** How often a limit of the draft kept it from paying. */
  readonly limited: number;
}

export interface TierChange {
  readonly achievement: string;
  readonly name: string;
  readonly tier: string;
  readonly before: number;
  readonly after: number;
}

export interface BoardChange {
  readonly board: string;
  /** Null where nobody would have a score. */
  readonly period: string | null;
  readonly total: number;
  /** The first ten. */
  readonly entries: readonly {
    readonly rank: number;
    readonly user: string;
    readonly score: number;
    /** In the same period of the board of this name; null where the user is not on it, or there is none. */
    readonly rankBefore: number | null;
    readonly scoreBefore: number | null;
  }[];
}
