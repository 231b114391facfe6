import type { Score } from '../boards/index.ts';
import type { Balance } from '../ledger/index.ts';
import type { MetricValue, Seen } from '../metrics/index.ts';
import type { Usage } from '../rules/index.ts';
import type { Past, StreakState } from '../streaks/index.ts';
import type { NewTimer } from '../timers/index.ts';
import type { Named } from './job.ts';
import type { CoverRow, EarlyRow, RunRow, StateChanges, Unlocked, UserState } from './state.ts';

/** A user in a batch: the state as it is after the jobs decided so far, and what of it is to be written. */
export interface Member {
  readonly named: Named;
  /** Whether the user was there before the batch. */
  readonly existed: boolean;
  readonly state: UserState;
  /** Null until something is decided about the user. */
  readonly changed: Changed | null;
  take(changes: StateChanges): void;
}

/** What is to be written. Hundreds of these live at a time, and most stay empty: each is made when it is needed. */
export interface Changed {
  /** Whether the hot row is another one. */
  hot: boolean;
  /** The values stand in the state. */
  currencies: Set<string> | null;
  usage: Map<string, Usage> | null;
  scores: Map<string, Score> | null;
  seen: Map<string, Seen> | null;
  /** By streak and first day: the last word on each. */
  runRows: Map<string, RunRow> | null;
  earlyRows: Map<string, EarlyRow> | null;
  coverRows: Map<string, CoverRow> | null;
  /** By key of the timer: the last word on each. */
  deadlines: Map<string, NewTimer> | null;
  unlocked: readonly Unlocked[] | null;
}

/** What most users have none of. Shared, and left as it is: whoever writes makes a map of their own. */
export const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

const UNCHANGED: Changed = {
  hot: false,
  currencies: null,
  usage: null,
  scores: null,
  seen: null,
  runRows: null,
  earlyRows: null,
  coverRows: null,
  deadlines: null,
  unlocked: null,
};

/** A state that is loaded for one batch, which changes it as jobs are decided. */
export interface LoadedState extends UserState {
  isNew: boolean;
  unlocks: UserState['unlocks'];
  topLevel: UserState['topLevel'];
  usage: ReadonlyMap<string, Usage>;
  seen: ReadonlyMap<string, Seen>;
  pasts: ReadonlyMap<string, Past>;
  readonly metrics: Map<string, MetricValue>;
  readonly balances: Map<string, Balance>;
  readonly scores: Map<string, Score>;
  readonly streaks: Map<string, StreakState>;
}

export function createMember(named: Named, state: LoadedState): Member {
  return new BatchMember(named, state);
}

class BatchMember implements Member {
  readonly named: Named;
  readonly existed: boolean;
  readonly state: LoadedState;
  changed: Changed | null = null;

  constructor(named: Named, state: LoadedState) {
    this.named = named;
    this.existed = !state.isNew;
    this.state = state;
  }

  take(changes: StateChanges): void {
    const { state } = this;
    this.changed ??= { ...UNCHANGED };
    const { changed } = this;
    state.isNew = false;
    changed.hot ||= changes.metrics.size + changes.balances.size + changes.scores.size + changes.streaks.size > 0;
    changed.hot ||= changes.unlocked.length > 0 || changes.topLevel !== null;
    for (const [key, value] of changes.metrics) state.metrics.set(key, value);
    for (const [currency, balance] of changes.balances) {
      state.balances.set(currency, balance);
      (changed.currencies ??= new Set()).add(currency);
    }
    for (const [id, score] of changes.scores) {
      state.scores.set(id, score);
      (changed.scores ??= new Map<string, Score>()).set(id, score);
    }
    if (changes.usage.size > 0) {
      state.usage = merged(state.usage, changes.usage);
      changed.usage = merged(changed.usage ?? NOTHING, changes.usage);
    }
    if (changes.seen.size > 0) {
      state.seen = merged(state.seen, changes.seen);
      changed.seen = merged(changed.seen ?? NOTHING, changes.seen);
    }
    this.takeDays(changes);
    state.unlocks = changes.unlocks;
    state.topLevel = changes.topLevel ?? state.topLevel;
    if (changes.unlocked.length > 0) changed.unlocked = [...(changed.unlocked ?? []), ...changes.unlocked];
  }

  private takeDays({ streaks, pasts, runRows, earlyRows, coverRows, deadlines }: StateChanges): void {
    const { state, changed } = this;
    for (const [key, streak] of streaks) state.streaks.set(key, streak);
    if (pasts.size > 0) state.pasts = merged(state.pasts, pasts);
    if (changed === null) return;
    for (const row of runRows) (changed.runRows ??= new Map<string, RunRow>()).set(`${row.streak} ${row.first}`, row);
    for (const row of earlyRows) (changed.earlyRows ??= new Map<string, EarlyRow>()).set(`${row.streak} ${row.day}`, row);
    for (const row of coverRows) {
      (changed.coverRows ??= new Map<string, CoverRow>()).set(`${row.streak} ${row.kind} ${row.first}`, row);
    }
    for (const timer of deadlines) (changed.deadlines ??= new Map<string, NewTimer>()).set(timer.key, timer);
  }
}

/** `into` with the entries of `from`: the very map, unless it is the shared one. */
function merged<V>(into: ReadonlyMap<string, V>, from: ReadonlyMap<string, V>): Map<string, V> {
  const own = into === NOTHING ? new Map<string, V>() : (into as Map<string, V>);
  for (const [key, value] of from) own.set(key, value);
  return own;
}
