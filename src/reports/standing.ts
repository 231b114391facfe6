import type { DecodedHotRow, Rulebook, Standing } from '../engine/index.ts';
import { lengthOf } from '../streaks/index.ts';

/** Where a user stands by the hot row, as metrics and levels read it. */
export function standingOf(rulebook: Rulebook, { metrics, balances, streaks, levelFloor }: DecodedHotRow): Standing {
  return {
    levelFloor,
    counter: (key) => metrics.get(key)?.value ?? 0,
    available: (currency) => balances.get(currency)?.available ?? 0,
    streakLength(id) {
      const streak = rulebook.streaksById.get(id);
      const state = streak === undefined ? undefined : streaks.get(streak.key);
      return state === undefined ? 0 : lengthOf(state);
    },
  };
}
