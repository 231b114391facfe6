import type { Condition } from '../kernel/conditions/index.ts';

/** Consecutive days on which something happened. */
export interface Streak {
  readonly id: string;
  /** Where its values stand; the id, unless the id had another meaning before. */
  readonly key: string;
  readonly on: string;
  readonly matches: (type: string) => boolean;
  readonly when: Condition | null;
  readonly every: 'day';
  /** Canonical text of its definition: another text is another meaning. */
  readonly meaning: string;
  /** The definition in one line, for people. */
  readonly description: string;
}

/** Local days since 1970-01-01, both included. Runs of one streak neither overlap nor touch. */
export interface Run {
  readonly first: number;
  readonly last: number;
}

/** A user's newest run, and the length of the longest ever. Older runs stand in `streaks.run`. */
export interface StreakState extends Run {
  readonly longest: number;
}

/** What a matching event on some day changes. */
export interface StreakMove {
  readonly after: StreakState;
  /** Older runs that are no more, or have another end now; then those that take their place. */
  readonly removed: readonly Run[];
  readonly added: readonly Run[];
}
