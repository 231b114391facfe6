import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import {
  type AccountCover,
  BETWEEN_TRAVELS,
  hasBegun,
  loadAllCovers,
  lostToTravel,
  saveCovers,
  type StreakState,
  withCovered,
} from '../streaks/index.ts';
import type { Rulebook } from './rulebook.ts';
import type { DecodedHotRow } from './state.ts';

/**
 * Covers the dates that somebody lost by going east, in all streaks of days that have begun. Answers the streaks as they are
 * then, undefined where nothing was lost.
 */
export async function coverJourney(
  tx: Tx,
  who: { readonly account: number; readonly hot: DecodedHotRow; readonly to: string | null },
  rulebook: Rulebook,
  now: number,
): Promise<ReadonlyMap<string, StreakState> | undefined> {
  const { account, hot, to } = who;
  // Whoever first tells a zone, or no longer does, went nowhere.
  const lost = hot.zone === null || to === null || hot.zone === to ? null : lostToTravel(hot.zone, to, now);
  if (lost === null) return undefined;
  const known = await loadAllCovers(tx, [account]);
  if (known.some(({ kind, first }) => kind === 'travel' && first > lost.first - BETWEEN_TRAVELS)) return undefined;
  const streaks = new Map(hot.streaks);
  const covers: AccountCover[] = [];
  for (const streak of rulebook.catalog.streaks) {
    const state = hot.streaks.get(streak.key);
    if (streak.every !== 'day' || !hasBegun(state)) continue;
    // Days that were kept already were not lost, and what lies before them is no longer open.
    const first = Math.max(lost.first, state.last + 1);
    if (first > lost.last) continue;
    covers.push({ account, streak: streak.key, kind: 'travel', first, last: lost.last, reason: null });
    streaks.set(streak.key, withCovered(streak, state, Math.max(state.covered ?? lost.last, lost.last)));
  }
  if (covers.length === 0) return undefined;
  await saveCovers(tx, covers, formatTime(now));
  return streaks;
}
