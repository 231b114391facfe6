import { decodeHotRow, type Rulebook } from '../engine/index.ts';
import { periodKey } from '../kernel/period.ts';
import type { ExportedStreak } from './model.ts';
import type { RunRow } from './store.ts';

/** Every streak that somebody ever had days of, those that are no longer in the catalog too. `older` by first day. */
export function exportedStreaks(state: unknown, older: readonly RunRow[], { catalog }: Rulebook): readonly ExportedStreak[] {
  return [...decodeHotRow(state).streaks].map(([key, newest]) => ({
    id: catalog.streaks.find((streak) => streak.key === key)?.id ?? key,
    longest: newest.longest,
    runs: [...older.filter(({ streak }) => streak === key), newest].map(({ first, last }) => ({
      first: periodKey('day', first),
      last: periodKey('day', last),
    })),
  }));
}
