import type { DecodedHotRow, Rulebook, Standing } from '../engine/index.ts';

/** Where a user stands by the hot row, as metrics and levels read it. */
export function standingOf(rulebook: Rulebook, { metrics, balances, streaks }: DecodedHotRow): Standing {
  return {
    counter: (key) => metrics.get(key)?.value ?? 0,
    available: (currency) => balances.get(currency)?.available ?? 0,
    streakLength(id) {
      const streak = rulebook.streaksById.get(id);
      return streak === undefined ? 0 : (streaks.get(streak.key)?.length ?? 0);
    },
  };
}
