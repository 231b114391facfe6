import { assess, follow, keep, type Terms, termsOf } from './chain.ts';
import { type Chain, EARLY, OWN, type Past, type Run, type Streak, type StreakMove, type StreakState } from './model.ts';

/** What of a definition decides how a streak moves. */
export type MovingStreak = Terms & Pick<Streak, 'every' | 'grace'>;

/** Nothing to look at. */
export const NO_PAST: Past = { older: [], early: new Map(), covers: [] };

/** Units, at least 1. */
export function runLength(run: Run): number {
  return run.last - run.first + 1;
}

/** Whether anything happened yet: there is a state before that where something was covered ahead. */
export function hasBegun(state: StreakState | undefined): state is StreakState {
  return state !== undefined && state.length > 0;
}

/** Without grace, freezes, restoring and covers a chain is a run, and late units touch only the runs around them. */
function isPlain({ grace, freezes, restore }: MovingStreak, state: StreakState | undefined): boolean {
  return grace === 0 && freezes === null && restore === null && (state?.covered ?? null) === null && (state?.terms ?? '') === '';
}

/**
 * What has to be at hand to move a streak in some unit: nothing beside its state, the runs around the unit, or all of its past.
 * `top`: the latest unit that others of the same batch move it in before.
 */
export function needs(
  streak: MovingStreak,
  state: StreakState | undefined,
  unit: number,
  top: number | undefined,
  isEarly: boolean,
): 'nothing' | 'around' | 'all' {
  if (state === undefined) return 'nothing';
  if (isPlain(streak, state)) return hasBegun(state) && unit < state.first ? 'around' : 'nothing';
  if (state.terms !== termsOf(streak)) return 'all';
  const last = Math.max(hasBegun(state) ? state.last : Number.NEGATIVE_INFINITY, top ?? Number.NEGATIVE_INFINITY);
  if (unit < last) return top === undefined && unit >= state.first && streak.grace === 0 ? 'nothing' : 'all';
  if (unit === last) return isEarly && (top !== undefined || (state.hours & EARLY) === 0) ? 'all' : 'nothing';
  return state.covered !== null && state.covered > state.kept ? 'all' : 'nothing';
}

/**
 * What an event in some unit changes; undefined where that was known already. `past` has what `needs` asks for. `isEarly`:
 * within the hours of grace.
 */
export function moveStreak(
  streak: MovingStreak,
  before: StreakState | undefined,
  past: Past,
  unit: number,
  isEarly = false,
): StreakMove | undefined {
  const hours = isEarly ? EARLY : OWN;
  const early = isEarly ? { day: unit, own: false } : null;
  const alone: Run = { first: unit, last: unit };
  if (!hasBegun(before)) {
    const after = stateOf(streak, before, alone, follow(null, alone, hours, past.covers, streak), hours);
    return { after, removed: [], added: [], early };
  }
  const { first, last } = before;
  if (before.terms === termsOf(streak)) {
    if (unit > last) {
      const chain = follow(before, alone, hours, past.covers, streak);
      if (unit === last + 1) {
        return { after: stateOf(streak, before, { first, last: unit }, chain, hours), removed: [], added: [], early };
      }
      return { after: stateOf(streak, before, alone, chain, hours), removed: [], added: [{ first, last }], early };
    }
    if (unit === last && (before.hours & hours) !== 0) return undefined;
    if (unit === last && hours === OWN) {
      // It counts for its own day, whatever the earlier one counted for.
      const chain = before.kept === unit ? before : keep(before, alone, past.covers, streak);
      const after = stateOf(streak, before, before, chain, EARLY | OWN);
      return { after, removed: [], added: [], early: { day: unit, own: true } };
    }
  }
  return isPlain(streak, before) && past.covers.length === 0
    ? fill(streak, before, past, unit)
    : again(streak, before, past, unit, hours);
}

/** A unit of a plain streak that lies in its past. */
function fill(streak: MovingStreak, before: StreakState, { older }: Past, unit: number): StreakMove | undefined {
  const joined = join(before, older, unit);
  if (joined === undefined) return undefined;
  const { newest, removed, added } = joined;
  const longest = Math.max(before.longest, ...[newest, ...added].map(runLength));
  const chain = { ...before, length: runLength(newest), kept: newest.last, longest };
  return { after: stateOf(streak, before, newest, chain, OWN), removed, added, early: null };
}

/** All of it is looked at again. */
function again(streak: MovingStreak, before: StreakState, past: Past, unit: number, hours: number): StreakMove | undefined {
  const joined = join(before, past.older, unit);
  const early = earlyAfter(streak, past, unit, hours, joined === undefined);
  if (joined === undefined && early === null && before.terms === termsOf(streak)) return undefined;
  const { newest, removed, added } = joined ?? { newest: before, removed: [], added: [] };
  const days = early === null ? past.early : new Map(past.early).set(early.day, early.own);
  const older = [...past.older.filter(({ first }) => !removed.some((run) => run.first === first)), ...added];
  const after = reassess(streak, { ...before, first: newest.first, last: newest.last }, { ...past, older, early: days });
  return { after, removed, added, early };
}

function earlyAfter({ grace }: MovingStreak, { early }: Past, day: number, hours: number, known: boolean): StreakMove['early'] {
  if (grace === 0) return null;
  const own = early.get(day);
  if (hours === EARLY) return own === undefined ? { day, own: known } : null;
  return own === false ? { day, own: true } : null;
}

/** The state of a streak by all that is known: after its covers or its definition changed. */
export function reassess(streak: MovingStreak, before: StreakState, past: Past): StreakState {
  if (!hasBegun(before)) return before;
  const newest: Run = { first: before.first, last: before.last };
  const runs = [...past.older, newest].toSorted((a, b) => a.first - b.first);
  const own = past.early.get(newest.last);
  const hours = own === undefined ? OWN : own ? EARLY | OWN : EARLY;
  return stateOf(streak, before, newest, assess(runs, past, streak) ?? before, hours);
}

/** The state of a streak whose last covered unit is another one: where nothing happened yet, it remembers that alone. */
export function withCovered(streak: MovingStreak, before: StreakState | undefined, covered: number | null): StreakState {
  return { ...(before ?? { ...BLANK, every: streak.every, terms: termsOf(streak) }), covered };
}

/** What of a state no event tells: what is covered, and which milestones were paid. `folded`: undefined where no event is left. */
export function withUntold(folded: StreakState | undefined, { every, terms, covered, paid }: StreakState): StreakState {
  return { ...(folded ?? { ...BLANK, every, terms }), covered, paid: Math.max(paid, folded?.paid ?? 0) };
}

/** The last unit that is covered; null where none is. */
export function lastCovered(covers: readonly Run[]): number | null {
  return covers.reduce<number | null>((last, run) => Math.max(last ?? run.last, run.last), null);
}

const BLANK: Omit<StreakState, 'every' | 'terms'> = {
  first: 0,
  last: -1,
  length: 0,
  kept: -1,
  freezes: 0,
  longest: 0,
  broken: null,
  hours: 0,
  covered: null,
  paid: 0,
};

/** Field by field: these are made with every day of a user. */
function stateOf(streak: MovingStreak, before: StreakState | undefined, run: Run, chain: Chain, hours: number): StreakState {
  return {
    first: run.first,
    last: run.last,
    length: chain.length,
    kept: chain.kept,
    freezes: chain.freezes,
    longest: chain.longest,
    broken: chain.broken,
    every: streak.every,
    hours,
    covered: before?.covered ?? null,
    paid: before?.paid ?? 0,
    terms: termsOf(streak),
  };
}

/** A unit joins whatever runs it touches; undefined where it is in one. */
function join(
  newest: Run,
  older: readonly Run[],
  unit: number,
): { readonly newest: Run; readonly removed: readonly Run[]; readonly added: readonly Run[] } | undefined {
  const { first: begin, last: end } = newest;
  if (unit > end + 1) return { newest: { first: unit, last: unit }, removed: [], added: [{ first: begin, last: end }] };
  if (unit > end) return { newest: { first: begin, last: unit }, removed: [], added: [] };
  if (unit >= begin || older.some((run) => run.first <= unit && unit <= run.last)) return undefined;
  const earlier = older.find((run) => run.last === unit - 1);
  const first = earlier?.first ?? unit;
  if (unit === begin - 1) {
    return { newest: { first, last: end }, removed: earlier === undefined ? [] : [earlier], added: [] };
  }
  const later = older.find((run) => run.first === unit + 1);
  const filled: Run = { first, last: later?.last ?? unit };
  return { newest: { first: begin, last: end }, removed: [earlier, later].filter((run) => run !== undefined), added: [filled] };
}
