import type { Board } from '../boards/index.ts';
import type { Replayed, Rulebook, WhatIf } from '../engine/index.ts';
import type { Tx } from '../kernel/ports.ts';
import type { BoardChange } from './history-model.ts';
import { readRanks } from './history-store.ts';
import { ranked } from './summary.ts';

const TOP = 10;

interface Standing {
  readonly account: number;
  readonly user: string;
  readonly score: number;
  readonly reachedAt: number;
}

/** The top of every board of the draft, with the place that each of these users has now. */
export async function boardChanges(
  tx: Tx,
  { current, draft }: { readonly current: Rulebook; readonly draft: Rulebook },
  people: ReadonlyMap<number, Replayed>,
  whatIf: WhatIf,
): Promise<readonly BoardChange[]> {
  const newest = newestStandings(draft.catalog.boards, people, whatIf);
  const changes: BoardChange[] = [];
  for (const board of draft.catalog.boards) {
    const { period, standings } = newest.get(board.key) ?? { period: null, standings: [] };
    const top = standings.toSorted(byRank(board)).slice(0, TOP);
    const live = current.catalog.boards.find(({ id }) => id === board.id);
    const ranks = new Map<number, { readonly rank: number; readonly score: number }>();
    if (live !== undefined && period !== null) {
      const accounts = top.map(({ account }) => account);
      for (const row of await readRanks(tx, live, period, accounts)) ranks.set(row.account, row);
    }
    const entries = ranked(top, board.ties).map((entry, place) => {
      const now = ranks.get(top[place]?.account ?? 0);
      return { ...entry, rankBefore: now?.rank ?? null, scoreBefore: now?.score ?? null };
    });
    changes.push({ board: board.id, period, total: standings.length, entries });
  }
  return changes;
}

interface Newest {
  period: string;
  standings: Standing[];
}

/** By key of the board. Keys of one board's periods sort as text, by time. */
function newestStandings(
  boards: readonly Board[],
  people: ReadonlyMap<number, Replayed>,
  { states }: WhatIf,
): ReadonlyMap<string, Newest> {
  const known = new Set(boards.map(({ key }) => key));
  const newest = new Map<string, Newest>();
  for (const [account, { scores }] of states) {
    const user = people.get(account)?.user ?? '';
    for (const [id, { score, reachedAt }] of scores) {
      const space = id.indexOf(' ');
      const board = id.slice(0, space);
      const period = id.slice(space + 1);
      if (!known.has(board)) continue;
      let of = newest.get(board);
      if (of === undefined || of.period < period) newest.set(board, (of = { period, standings: [] }));
      if (of.period === period) of.standings.push({ account, user, score, reachedAt });
    }
  }
  return newest;
}

/** Among equals those who reached the score earlier come first, then by user id. */
function byRank({ order }: Board): (a: Standing, b: Standing) => number {
  const sign = order === 'desc' ? -1 : 1;
  return (a, b) => sign * (a.score - b.score) || a.reachedAt - b.reachedAt || (a.user < b.user ? -1 : 1);
}
