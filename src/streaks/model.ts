import type { Condition } from '../kernel/conditions/index.ts';
import type { Every } from './units.ts';

/**
 * Streaks: how long something has gone on without a gap. What a streak is follows from the set of units in which there was an
 * event, the units that are covered, and its definition; never from the order in which any of it became known.
 *
 * - A **unit** is a day, an ISO week or a month of the user's own calendar. An event counts for the unit of its local day, which
 *   is fixed at acceptance, so that no date counts twice and a change of zone gains nothing.
 * - A unit is **kept** when there was an event in it. A **run** is as many kept units in a row as there are.
 * - A unit is **covered** when it neither counts nor breaks: by a pause that was planned ahead, by travel that cut a date short,
 *   or by a restoration that was paid for. An event in a covered unit counts all the same.
 * - A **chain** is made of runs. A gap between two runs has as many **missing** units as are not covered. It is bridged when
 *   there are as many freezes left as units are missing, which are then used, the oldest gap first; else the chain ends, uses
 *   none, and the next run begins a new one.
 * - **Freezes**: a chain begins with `start` and gains one at each `every` kept units, up to `max`.
 * - **Grace**: an event within the first hours of a day keeps the day before instead, where that one is neither kept nor covered
 *   and is the only one missing since the last kept day. It counts for that one day then; a later event of its own day, after
 *   those hours, keeps its own. Days are taken in order of time. So an event counts for one day, never for two.
 * - **Length** is the number of kept units of the newest chain: what covers or bridges a gap never raises it. **Longest** is the
 *   greatest length that any chain has.
 * - A streak is **current** until a unit that it needed is over, and its hours of grace, and no freeze is left for it.
 * - A **milestone** is paid once for ever to each user, when the length is first at or above it.
 */
export interface Streak {
  readonly id: string;
  /** Where its values stand; the id, unless the id had another meaning before. */
  readonly key: string;
  readonly on: string;
  readonly matches: (type: string) => boolean;
  readonly when: Condition | null;
  readonly every: Every;
  /** Milliseconds from the start of a day; 0 for none. */
  readonly grace: number;
  readonly freezes: Freezes | null;
  readonly restore: Restore | null;
  /** Ascending. */
  readonly milestones: readonly Milestone[];
  /** Canonical text of what its values mean: another text is another meaning. */
  readonly meaning: string;
  /** The definition in one line, for people. */
  readonly description: string;
}

export interface Freezes {
  readonly start: number;
  readonly every: number;
  readonly max: number;
}

export interface Amount {
  readonly currency: string;
  readonly amount: number;
}

export interface Restore {
  /** Milliseconds from the break. */
  readonly within: number;
  readonly price: readonly Amount[];
}

export interface Milestone {
  readonly at: number;
  readonly awards: readonly Amount[];
}

/** Units, both included. Runs of one streak neither overlap nor touch; covers may do both. */
export interface Run {
  readonly first: number;
  readonly last: number;
}

export type CoverKind = 'pause' | 'travel' | 'restore';

export interface Cover extends Run {
  readonly kind: CoverKind;
}

/** When on its day an event came: `EARLY` within the hours of grace, `OWN` after them. A day may have had both. */
export const EARLY = 1;
export const OWN = 2;

/** The newest chain, once all units up to `kept` were looked at. */
export interface Chain {
  /** Kept units. */
  readonly length: number;
  /** The last of them. */
  readonly kept: number;
  /** Left over. */
  readonly freezes: number;
  /** Length of the longest chain so far, this one included. */
  readonly longest: number;
  /** How the chain before it ended; null where there was none, or nobody may restore it. */
  readonly broken: Broken | null;
}

/** A chain that ended. */
export interface Broken {
  /** Its last kept unit, and the freezes that were left. */
  readonly kept: number;
  readonly freezes: number;
  /** The first kept unit of the chain after it. */
  readonly next: number;
}

/** What is known of a user's streak without looking at its past: `first` and `last` are those of the newest run of events. */
export interface StreakState extends Run, Chain {
  readonly every: Every;
  /** What events of the unit `last` came: `EARLY | OWN`. */
  readonly hours: number;
  /** The last unit that is covered by anything; null where nothing is. */
  readonly covered: number | null;
  /** The highest milestone that was paid; 0 for none. */
  readonly paid: number;
  /** The terms of freezes that it was assessed by; empty for none. */
  readonly terms: string;
}

/** What a streak may have to look at beside its state. */
export interface Past {
  /** Runs before the newest one. */
  readonly older: readonly Run[];
  /** Days with an event within the hours of grace, and whether there was one after them, too. */
  readonly early: ReadonlyMap<number, boolean>;
  readonly covers: readonly Cover[];
}

/** What an event in some unit changes. */
export interface StreakMove {
  readonly after: StreakState;
  /** Older runs that are no more, or have another end now; then those that take their place. */
  readonly removed: readonly Run[];
  readonly added: readonly Run[];
  /** What `Past.early` has now of the day of the event; null where that is as it was. */
  readonly early: { readonly day: number; readonly own: boolean } | null;
}
