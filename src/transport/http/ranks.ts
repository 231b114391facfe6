import type { Static } from 'typebox';
import type { HttpDependencies } from './port.ts';
import { MAX_RANKS, type RankOut } from './user-schemas.ts';

type Rank = Static<typeof RankOut>;

/** The boards of `weekly,all-time`, each once; or what is wrong with the list. */
export function parseBoards(list: string, known: readonly string[]): readonly string[] | { readonly fault: string } {
  const boards = [...new Set(list.split(','))];
  if (boards.length > MAX_RANKS) return { fault: `at most ${MAX_RANKS} boards; this has ${boards.length}` };
  const unknown = boards.find((board) => !known.includes(board));
  if (unknown === undefined) return boards;
  return {
    fault: `there is no board "${unknown}"; ${known.length === 0 ? 'the catalog has none' : `there are ${known.join(', ')}`}`,
  };
}

/** Where a user stands in the current period of each board. */
export async function ranksOf(
  boards: HttpDependencies['boards'],
  user: string,
  ids: readonly string[],
  after: number | undefined,
): Promise<readonly Rank[]> {
  const ranks = await Promise.all(ids.map((id) => rankOn(boards, user, id, after)));
  return ranks.filter((rank) => rank !== undefined);
}

/** Undefined for a board that left the catalog meanwhile. */
async function rankOn(
  boards: HttpDependencies['boards'],
  user: string,
  board: string,
  after: number | undefined,
): Promise<Rank | undefined> {
  const query = { period: 'current', ...(after === undefined ? {} : { after }) };
  const own = await boards.around(board, user, { ...query, around: 0 });
  if (own.ok) {
    const { period, rank, score, total } = own.value;
    return { board, period, rank, score, total };
  }
  const page = await boards.page(board, { ...query, offset: 0, limit: 1 });
  return page.ok ? { board, period: page.value.period, rank: null, score: null, total: page.value.total } : undefined;
}
