import { decodeHotRow, type Rulebook } from '../engine/index.ts';
import { formatTime } from '../kernel/time.ts';
import {
  type Cover,
  currentLength,
  datesOf,
  hasBegun,
  type Here,
  isAtRisk,
  nextMilestone,
  pausedUntil,
  restorable,
  type Streak,
  type StreakState,
} from '../streaks/index.ts';
import type { ExportedStreak } from './export-model.ts';
import type { ProfileStreak } from './model.ts';
import type { CoverRow, RunRow } from './store.ts';

/** Every streak that somebody ever had days of, those that are no longer in the catalog too. `older` by first day. */
export function exportedStreaks(
  state: unknown,
  { older, covers }: { readonly older: readonly RunRow[]; readonly covers: readonly CoverRow[] },
  { catalog }: Rulebook,
): readonly ExportedStreak[] {
  return [...decodeHotRow(state).streaks].map(([key, newest]) => ({
    id: catalog.streaks.find((streak) => streak.key === key)?.id ?? key,
    longest: newest.longest,
    runs: [...older.filter(({ streak }) => streak === key), ...(hasBegun(newest) ? [newest] : [])].map((run) =>
      datesOf(newest.every, run),
    ),
    covers: covers
      .filter(({ streak }) => streak === key)
      .map((cover) => ({ kind: cover.kind, ...datesOf(newest.every, cover), reason: cover.reason })),
  }));
}

/** A streak as of now. `covers`: of all streaks of the user. */
export function profileStreak(
  streak: Streak,
  state: StreakState | undefined,
  covers: readonly (Cover & { readonly streak: string })[],
  here: Here,
): ProfileStreak {
  const { id, key, every, freezes } = streak;
  const own = covers.filter((cover) => cover.streak === key);
  const paused = pausedUntil(streak, own, here);
  const wayBack = restorable(streak, state, own, here);
  const milestone = nextMilestone(streak, state);
  return {
    id,
    current: currentLength(streak, state, own, here),
    length: state?.length ?? 0,
    longest: state?.longest ?? 0,
    ...(freezes === null ? {} : { freezes: hasBegun(state) ? state.freezes : freezes.start }),
    ...(isAtRisk(streak, state, own, here) ? { atRisk: true } : {}),
    ...(paused === null ? {} : { pausedUntil: datesOf(every, { first: paused, last: paused }).last }),
    ...(wayBack === null ? {} : { restorable: { until: formatTime(wayBack.until), price: priceOf(wayBack.price) } }),
    ...(milestone === null ? {} : { nextMilestone: milestone }),
  };
}

function priceOf(price: readonly { readonly currency: string; readonly amount: number }[]): Readonly<Record<string, number>> {
  return Object.fromEntries(price.map(({ currency, amount }) => [currency, amount]));
}
