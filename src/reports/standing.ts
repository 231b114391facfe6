import type { Rulebook, Standing, UserState } from '../engine/index.ts';

/** Where a user stands, as metrics and levels read it. */
export function standingOf(
  rulebook: Rulebook,
  { metrics, balances, streaks, levelFloor }: Pick<UserState, 'metrics' | 'balances' | 'streaks' | 'levelFloor'>,
): Standing {
  return {
    levelFloor,
    counter: (key) => metrics.get(key)?.value ?? 0,
    available: (currency) => balances.get(currency)?.available ?? 0,
    streakLength(id) {
      const streak = rulebook.streaksById.get(id);
      return streak === undefined ? 0 : (streaks.get(streak.key)?.length ?? 0);
    },
  };
}
