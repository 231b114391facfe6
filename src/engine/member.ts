import type { Times } from '../achievements/index.ts';
import type { Score } from '../boards/index.ts';
import type { Balance } from '../ledger/index.ts';
import type { MetricValue, Seen } from '../metrics/index.ts';
import type { Boost, Usage } from '../rules/index.ts';
import type { Past, StreakState } from '../streaks/index.ts';
import type { NewTimer } from '../timers/index.ts';
import type { Named } from './job.ts';
import type { Derived } from './state.ts';
import type { CoverRow, EarlyRow, RunRow, StateChanges, TakenAway, Unlocked, UserState } from './state.ts';

/** A user in a batch: the state as it is after the jobs decided so far, and what of it is to be written. */
export interface Member {
  readonly named: Named;
  /** Whether the user was there before the batch. */
  readonly existed: boolean;
  readonly state: UserState;
  /** Null until something is decided about the user. */
  readonly changed: Changed | null;
  take(changes: StateChanges): void;
  /** Those that the user has from now on. */
  boost(boosts: readonly Boost[]): void;
  /** Puts what was folded anew in the place of what there was. Scores that are no more are told as `gone`. */
  replace(folded: Folded): void;
}

/** What an undoing leaves of a user. */
export interface Folded extends Pick<Derived, 'metrics' | 'scores' | 'streaks' | 'pasts' | 'seen'> {
  readonly balances: UserState['balances'];
  /** All scores there were, by `scoreId`. */
  readonly former: ReadonlyMap<string, Score>;
  readonly usage: ReadonlyMap<string, Usage>;
  readonly unlocks: UserState['unlocks'];
  readonly times: UserState['times'];
  readonly levelFloor: UserState['levelFloor'];
}

/** What is to be written. Hundreds of these live at a time, and most stay empty: each is made when it is needed. */
export interface Changed {
  /** Whether the hot row is another one. */
  hot: boolean;
  /** The values stand in the state. */
  currencies: Set<string> | null;
  usage: Map<string, Usage> | null;
  scores: Map<string, Score> | null;
  /** Scores that are no more, by `scoreId`. */
  gone: readonly string[] | null;
  seen: Map<string, Seen> | null;
  /** By streak and first day: the last word on each. */
  runRows: Map<string, RunRow> | null;
  earlyRows: Map<string, EarlyRow> | null;
  coverRows: Map<string, CoverRow> | null;
  /** By key of the timer: the last word on each. */
  deadlines: Map<string, NewTimer> | null;
  unlocked: readonly Unlocked[] | null;
  occurrences: ReadonlySet<string> | null;
  taken: readonly TakenAway[] | null;
}

/** What most users have none of. Shared, and left as it is: whoever writes makes one of their own. */
export const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();
export const NEVER: ReadonlySet<string> = new Set<string>();

/** A state that is loaded for one batch, which changes it as jobs are decided. */
export interface LoadedState extends UserState {
  isNew: boolean;
  unlocks: UserState['unlocks'];
  revoked: UserState['revoked'];
  occurrences: ReadonlySet<string>;
  readonly times: Map<number, Times>;
  boosts: UserState['boosts'];
  topLevel: UserState['topLevel'];
  levelFloor: UserState['levelFloor'];
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
    const changed = this.change();
    state.isNew = false;
    changed.hot ||= changes.metrics.size + changes.balances.size + changes.scores.size + changes.streaks.size > 0;
    changed.hot ||= changes.unlocked.length + changes.taken.length > 0 || changes.topLevel !== null;
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
    this.takeUnlocks(changes);
    state.topLevel = changes.topLevel ?? state.topLevel;
  }

  replace(folded: Folded): void {
    const { state } = this;
    this.changed ??= unchanged();
    const { changed } = this;
    changed.hot = true;
    refill(state.metrics, folded.metrics);
    refill(state.streaks, folded.streaks);
    refill(state.scores, folded.scores);
    refill(state.times, folded.times);
    state.pasts = folded.pasts;
    state.seen = folded.seen;
    state.unlocks = folded.unlocks;
    state.levelFloor = folded.levelFloor;
    for (const [currency, balance] of folded.balances) {
      state.balances.set(currency, balance);
      (changed.currencies ??= new Set()).add(currency);
    }
    if (folded.usage.size > 0) changed.usage = merged(changed.usage ?? NOTHING, folded.usage);
    const moved = [...folded.scores].filter(([id, score]) => !isSame(folded.former.get(id), score));
    if (moved.length > 0) changed.scores = new Map(moved);
    changed.gone = [...folded.former.keys()].filter((id) => !folded.scores.has(id));
  }

  private takeUnlocks({ unlocks, revoked, times, occurrences, unlocked, taken }: StateChanges): void {
    const { state, changed } = this;
    state.unlocks = unlocks;
    state.revoked = revoked;
    for (const [number, count] of times) state.times.set(number, count);
    if (occurrences.size > 0) state.occurrences = new Set([...state.occurrences, ...occurrences]);
    if (changed === null) return;
    if (occurrences.size > 0) changed.occurrences = new Set([...(changed.occurrences ?? NEVER), ...occurrences]);
    if (unlocked.length > 0) changed.unlocked = [...(changed.unlocked ?? []), ...unlocked];
    if (taken.length > 0) changed.taken = [...(changed.taken ?? []), ...taken];
  }

  boost(boosts: readonly Boost[]): void {
    this.state.boosts = boosts;
    this.change().hot = true;
  }

  private change(): Changed {
    this.changed ??= unchanged();
    return this.changed;
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

function refill<K, V>(into: Map<K, V>, from: ReadonlyMap<K, V>): void {
  into.clear();
  for (const [key, value] of from) into.set(key, value);
}

function isSame(a: Score | undefined, b: Score): boolean {
  if (a === undefined || a.score !== b.score || a.reachedAt !== b.reachedAt || a.segment !== b.segment) return false;
  return JSON.stringify(a.record) === JSON.stringify(b.record);
}

function unchanged(): Changed {
  return {
    hot: false,
    currencies: null,
    usage: null,
    scores: null,
    gone: null,
    seen: null,
    runRows: null,
    earlyRows: null,
    coverRows: null,
    deadlines: null,
    unlocked: null,
    occurrences: null,
    taken: null,
  };
}

/** `into` with the entries of `from`: the very map, unless it is the shared one. */
function merged<V>(into: ReadonlyMap<string, V>, from: ReadonlyMap<string, V>): Map<string, V> {
  const own = into === NOTHING ? new Map<string, V>() : (into as Map<string, V>);
  for (const [key, value] of from) own.set(key, value);
  return own;
}
