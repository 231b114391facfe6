import type { Rulebook, Standing, UserState } from '../engine/index.ts';
import { lengthOf } from '../streaks/index.ts';

/** Where a user stands, as metrics and levels read it. */
export function standingOf(
  rulebook: Rulebook,
  { metrics, balances, streaks }: Pick<UserState, 'metrics' | 'balances' | 'streaks'>,
): Standing {
  return {
    counter: (key) => metrics.get(key)?.value ?? 0,
    available: (currency) => balances.get(currency)?.available ?? 0,
    streakLength(id) {
      const streak = rulebook.streaksById.get(id);
      const state = streak === undefined ? undefined : streaks.get(streak.key);
      return state === undefined ? 0 : lengthOf(state);
    },
  };
}
