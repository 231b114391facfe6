import { isCovered, missing } from './chain.ts';
import type { Amount, Cover, Run, Streak, StreakState } from './model.ts';
import { hasBegun } from './decide.ts';
import { dayAt, dayStart, firstDay, hasDay, type Place, unitOf } from './units.ts';

/** A moment at a place: by whose calendar units begin and end. */
export interface Here {
  /** Milliseconds. */
  readonly now: number;
  readonly place: Place;
}

type Timed = Pick<Streak, 'every' | 'grace'>;

/** The moment from which on nothing can keep a unit any more. */
export function deadlineOf({ every, grace }: Timed, unit: number, place: Place): number {
  return dayStart(place, firstDay(every, unit + 1)) + grace;
}

function thisUnit({ every }: Timed, { now, place }: Here): number {
  return unitOf(every, dayAt(place, now));
}

/** Units that were needed since the last kept one, could not be kept and cannot be any more. */
function lost(streak: Timed, state: StreakState, covers: readonly Run[], here: Here): number {
  const current = thisUnit(streak, here);
  const gone = missing(state.kept, current, covers);
  if (gone === 0 || (gone === 1 && stillOpen(streak, state, covers, here, current - 1))) return 0;
  // A date that the zone left out was nobody's to keep.
  const isShort = streak.every === 'day' && gone === state.freezes + 1;
  return isShort && leftOut(state.kept, current, here.place) ? gone - 1 : gone;
}

/** Whether an event now would keep the unit before this one. */
function stillOpen(streak: Timed, state: StreakState, covers: readonly Run[], { now, place }: Here, unit: number): boolean {
  if (streak.grace === 0 || isCovered(unit, covers)) return false;
  return now < deadlineOf(streak, unit, place);
}

function leftOut(after: number, before: number, place: Place): boolean {
  for (let day = after + 1; day < before; day += 1) if (!hasDay(place, day)) return true;
  return false;
}

export function goesOn(streak: Timed, state: StreakState | undefined, covers: readonly Run[], here: Here): boolean {
  return hasBegun(state) && lost(streak, state, covers, here) <= state.freezes;
}

/** Length of the newest chain as long as it goes on: 0 once it is broken. */
export function currentLength(streak: Timed, state: StreakState | undefined, covers: readonly Run[], here: Here): number {
  return state !== undefined && goesOn(streak, state, covers, here) ? state.length : 0;
}

/** Whether the streak breaks unless something happens before this unit is over, or before its hours of grace are. */
export function isAtRisk(streak: Timed, state: StreakState | undefined, covers: readonly Run[], here: Here): boolean {
  if (state === undefined || !goesOn(streak, state, covers, here)) return false;
  return missing(state.kept, thisUnit(streak, here) + 1, covers) > state.freezes;
}

/** What becomes of a chain without another event. */
export interface Prospect {
  /** Units that freezes cover as of now. */
  readonly frozen: readonly number[];
  /** When the next unit is lost; null once the chain is broken. */
  readonly next: number | null;
  /** When it broke; null while it goes on. */
  readonly brokenAt: number | null;
}

/** `chain`: its last kept unit, and the freezes that were left. */
export function prospect(
  streak: Timed,
  chain: Pick<StreakState, 'kept' | 'freezes'>,
  covers: readonly Run[],
  { now, place }: Here,
): Prospect {
  const frozen: number[] = [];
  for (let unit = chain.kept + 1; ; unit += 1) {
    if (isCovered(unit, covers) || (streak.every === 'day' && !hasDay(place, unit))) continue;
    // An event within the hours of grace joins the day before it to the last kept day, and to no frozen one.
    const deadline = deadlineOf(frozen.length === 0 ? streak : { ...streak, grace: 0 }, unit, place);
    if (deadline > now) return { frozen, next: deadline, brokenAt: null };
    if (frozen.length === chain.freezes) return { frozen, next: null, brokenAt: deadline };
    frozen.push(unit);
  }
}

export interface Restorable extends Run {
  /** Milliseconds. */
  readonly until: number;
  readonly price: readonly Amount[];
}

/** The gap that may be restored now: behind a chain that is broken, or between the newest chain and the one before it. */
export function restorable(
  streak: Timed & Pick<Streak, 'restore'>,
  state: StreakState | undefined,
  covers: readonly Run[],
  here: Here,
): Restorable | null {
  const { restore } = streak;
  if (restore === null || !hasBegun(state)) return null;
  const gap = gapOf(streak, state, covers, here);
  if (gap === null || gap.brokenAt + restore.within <= here.now) return null;
  return { first: gap.first, last: gap.last, until: gap.brokenAt + restore.within, price: restore.price };
}

function gapOf(
  streak: Timed,
  state: StreakState,
  covers: readonly Run[],
  here: Here,
): (Run & { readonly brokenAt: number }) | null {
  const { brokenAt } = prospect(streak, state, covers, here);
  if (brokenAt !== null) return { first: state.kept + 1, last: thisUnit(streak, here) - 1, brokenAt };
  const { broken } = state;
  if (broken === null) return null;
  const earlier = prospect(streak, broken, covers, here);
  return earlier.brokenAt === null ? null : { first: broken.kept + 1, last: broken.next - 1, brokenAt: earlier.brokenAt };
}

/** The last unit of the pause that is under way; null for none. */
export function pausedUntil(streak: Timed, covers: readonly Cover[], here: Here): number | null {
  const pauses = covers.filter(({ kind }) => kind === 'pause');
  let unit = thisUnit(streak, here);
  if (!isCovered(unit, pauses)) return null;
  while (isCovered(unit + 1, pauses)) unit += 1;
  return unit;
}

/** The next milestone that was not paid, as long as there is one above the length. */
export function nextMilestone({ milestones }: Pick<Streak, 'milestones'>, state: StreakState | undefined): number | null {
  const reached = Math.max(state?.paid ?? 0, state?.length ?? 0);
  return milestones.find(({ at }) => at > reached)?.at ?? null;
}
