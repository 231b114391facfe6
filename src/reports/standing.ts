import type { Rulebook, Standing, UserState } from '../engine/index.ts';
import { currentLength, type Streak } from '../streaks/index.ts';
import type { ProfileRow } from './store.ts';

type Kept = Pick<UserState, 'metrics' | 'balances' | 'streaks' | 'levelFloor'>;

/** Where a user stands as of now, as metrics and levels read it: a broken streak has no length. `now` in milliseconds. */
export function standingNow(rulebook: Rulebook, kept: Kept, row: Pick<ProfileRow, 'zone' | 'covers'>, now: number): Standing {
  const here = { now, place: row.zone ?? rulebook.catalog.timezone };
  return standing(rulebook, kept, (streak) => {
    const covers = (row.covers ?? []).filter((cover) => cover.streak === streak.key);
    return currentLength(streak, kept.streaks.get(streak.key), covers, here);
  });
}

/** Where a user stood with the last event. */
export function standingOf(rulebook: Rulebook, kept: Kept): Standing {
  return standing(rulebook, kept, ({ key }) => kept.streaks.get(key)?.length ?? 0);
}

function standing(
  { streaksById }: Rulebook,
  { metrics, balances, levelFloor }: Kept,
  lengthOf: (streak: Streak) => number,
): Standing {
  return {
    levelFloor,
    counter: (key) => metrics.get(key)?.value ?? 0,
    available: (currency) => balances.get(currency)?.available ?? 0,
    streakLength(id) {
      const streak = streaksById.get(id);
      return streak === undefined ? 0 : lengthOf(streak);
    },
  };
}
