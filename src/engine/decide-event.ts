import { type Outcome, refused } from '../kernel/outcome.ts';
import type { LocalTime } from '../kernel/time.ts';
import type { AwardResult, SkippedPart, UnlockResult } from './model.ts';
import type { Booked, Cause } from './post.ts';
import type { Rulebook } from './rulebook.ts';
import type { StateChanges, UserState } from './state.ts';
import type { DecidedFact } from './facts.ts';
import { type Occasion, Unfolding } from './unfold.ts';

export interface Decision {
  readonly changes: StateChanges;
  readonly local: LocalTime;
  readonly transfers: readonly Booked[];
  readonly facts: readonly DecidedFact[];
  /** What was counted, as the log keeps it. */
  readonly moves: string | null;
  readonly awards: readonly AwardResult[];
  readonly achievements: readonly UnlockResult[];
  readonly streaks: readonly { readonly id: string; readonly length: number }[];
  readonly level: number;
  readonly adjustments: readonly AwardResult[];
  readonly skipped: readonly SkippedPart[];
}

/** What an event brings about for its user. Pure: the same four inputs give the same answer anywhere. */
export function decideEvent(before: UserState, event: Occasion, rulebook: Rulebook, cause: Cause): Outcome<Decision> {
  const unfolding = new Unfolding(before, event, rulebook, cause);
  const refusal = unfolding.unfold();
  if (refusal !== undefined) return refused(refusal);
  const { local, transfers, facts, moves, awards, adjustments, achievements, streaks, level, skipped } = unfolding;
  return {
    ok: true,
    value: {
      changes: unfolding.changes(),
      local,
      transfers,
      facts,
      moves,
      awards,
      adjustments,
      achievements,
      streaks,
      level,
      skipped,
    },
  };
}
