import type { Board, Ties } from '../boards/index.ts';
import type { Rulebook } from '../engine/index.ts';
import type { Database, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { Levels } from '../levels/index.ts';
import { datesOf } from '../streaks/index.ts';
import type { BoardTop, LongestStreak, RareUnlock, Summary } from './model.ts';
import {
  countUnlocks,
  countUsers,
  readFirstUnlocks,
  readLongestStreaks,
  readNewestPeriods,
  readTop,
  streamLevelValues,
  type TierRow,
  type TopRow,
} from './summary-store.ts';

/** Of boards, streaks and unlocks alike. */
const TOP = 10;
const CHUNK = 10_000;

/** All of it on one snapshot. */
export async function readSummary(database: Database, tx: Tx, rulebook: Rulebook): Promise<Summary> {
  const users = await countUsers(tx);
  const tiers = await countUnlocks(tx);
  return {
    users,
    boards: await boardTops(tx, rulebook.catalog.boards),
    streaks: await longestStreaks(tx, rulebook),
    unlocks: { total: tiers.reduce((sum, tier) => sum + tier.users, 0), rarest: await rarestUnlocks(tx, rulebook, tiers, users) },
    levels: rulebook.levels === null ? [{ level: 1, users }] : await usersByLevel(database, tx, rulebook, rulebook.levels),
  };
}

async function boardTops(tx: Tx, boards: readonly Board[]): Promise<readonly BoardTop[]> {
  const periods = new Map(
    (
      await readNewestPeriods(
        tx,
        boards.map(({ key }) => key),
      )
    ).map((row) => [row.board, row]),
  );
  const tops: BoardTop[] = [];
  for (const board of boards) {
    const newest = periods.get(board.key);
    if (newest === undefined) {
      tops.push({ board: board.id, period: null, total: 0, entries: [] });
      continue;
    }
    const { period, total } = newest;
    tops.push({ board: board.id, period, total, entries: ranked(await readTop(tx, board, period, TOP), board.ties) });
  }
  return tops;
}

/** Ranks of the first rows of a board. */
export function ranked(rows: readonly Pick<TopRow, 'user' | 'score'>[], ties: Ties): BoardTop['entries'] {
  const entries: { rank: number; user: string; score: number }[] = [];
  for (const { user, score } of rows) {
    const before = entries.at(-1);
    let rank = entries.length + 1;
    if (ties === 'dense') rank = (before?.rank ?? 0) + 1;
    if (ties !== 'first' && before?.score === score) ({ rank } = before);
    entries.push({ rank, user, score });
  }
  return entries;
}

async function longestStreaks(tx: Tx, { catalog }: Rulebook): Promise<readonly LongestStreak[]> {
  const byKey = new Map(catalog.streaks.map((streak) => [streak.key, streak]));
  const rows = await readLongestStreaks(tx, [...byKey.keys()], TOP);
  return rows.map(({ user, streak, length, longest, first, last }) => ({
    user,
    streak: byKey.get(streak)?.id ?? streak,
    length,
    longest,
    ...datesOf(byKey.get(streak)?.every ?? 'day', { first, last }),
  }));
}

/** Of the tiers in the catalog that anybody has; among equals the later ones of the catalog. */
async function rarestUnlocks(
  tx: Tx,
  { achievements }: Rulebook,
  counts: readonly TierRow[],
  users: number,
): Promise<readonly RareUnlock[]> {
  const byTier = new Map(counts.map((row) => [`${row.achievement} ${row.tier}`, row.users]));
  const rarest = achievements.all
    .flatMap(({ id, name, tiers }) =>
      tiers.map((tier) => ({ achievement: id, name, tier: tier.id, users: byTier.get(`${id} ${tier.id}`) ?? 0 })),
    )
    .toReversed()
    .filter((unlock) => unlock.users > 0)
    .toSorted((a, b) => a.users - b.users)
    .slice(0, TOP);
  const firsts = new Map((await readFirstUnlocks(tx, rarest)).map((row) => [row.place, row]));
  return rarest.flatMap((unlock, index) => {
    const first = firsts.get(index + 1);
    if (first === undefined) return [];
    const percent = Number(((100 * unlock.users) / Math.max(users, 1)).toPrecision(3));
    return [{ ...unlock, percent, first: { user: first.user, at: formatTime(first.unlocked_at) } }];
  });
}

async function usersByLevel(database: Database, tx: Tx, rulebook: Rulebook, levels: Levels): Promise<Summary['levels']> {
  const counts = new Map<number, number>();
  for await (const rows of streamLevelValues(database, tx, rulebook, CHUNK)) {
    for (const { value, users } of rows) {
      const level = levels.levelOf(value);
      counts.set(level, (counts.get(level) ?? 0) + users);
    }
  }
  return [...counts].toSorted(([a], [b]) => a - b).map(([level, users]) => ({ level, users }));
}
