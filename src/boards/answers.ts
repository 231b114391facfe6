import type { BoardAnswer, BoardEntry, BoardPage, Boards } from './face.ts';
import type { Board, ScoreRecord } from './model.ts';
import type { RankIndex } from './rank-index.ts';
import type { Ranking, Standing } from './ranking.ts';

/** One period of a board in memory. */
export interface ShownPeriod {
  readonly board: Board;
  /** Its key: `2026-W47`. */
  readonly id: string;
  readonly index: RankIndex;
}

/** What questions are answered from. */
export interface Shown {
  /** `period`: a key, `current` or `previous`. Resolves once the period is in memory. */
  find(board: string, period: string): Promise<BoardAnswer<ShownPeriod>>;
  /** Waits a while for a position of the log. */
  settle(after: number | undefined): Promise<void>;
  /** Everything up to here is reflected. */
  position(): number;
  /** Of those who have a rank somewhere. */
  accountNamed(user: string): number | undefined;
  accountOf(user: string): Promise<number | undefined>;
  isHidden(account: number, board: string): boolean;
}

/** Nothing is awaited between looking at a ranking and telling of it: what is told is as of one moment. */
export function createAnswers(shown: Shown): Pick<Boards, 'page' | 'around' | 'among'> {
  function describe({ board, id }: ShownPeriod, total: number): Omit<BoardPage, 'entries'> {
    return { board: board.id, period: id, position: shown.position(), total };
  }

  return {
    async page(board, query) {
      await shown.settle(query.after);
      const found = await shown.find(board, query.period);
      if (!found.ok) return found;
      const ranking = rankingOf(found.value, query.segment);
      if (ranking === undefined) return NO_SEGMENTS;
      const entries = ranking.page(query.offset, query.limit).map(entryOf);
      return { ok: true, value: { ...describe(found.value, ranking.size), entries } };
    },

    async around(board, user, query) {
      await shown.settle(query.after);
      const found = await shown.find(board, query.period);
      if (!found.ok) return found;
      const account = shown.accountNamed(user) ?? (await shown.accountOf(user));
      const ranking = rankingOf(found.value, query.segment);
      if (ranking === undefined) return NO_SEGMENTS;
      if (account === undefined) return { ok: false, fault: 'unknown_user' };
      const own = ranking.rankOf(account);
      const standings = ranking.around(account, query.around);
      if (own === undefined || standings === undefined) {
        return { ok: false, fault: shown.isHidden(account, found.value.board.key) ? 'hidden' : 'not_ranked' };
      }
      const entries = standings.map(entryOf);
      return { ok: true, value: { ...describe(found.value, ranking.size), entries, ...entryOf(own), user } };
    },

    async among(board, users, query) {
      await shown.settle(query.after);
      const found = await shown.find(board, query.period);
      if (!found.ok) return found;
      // Whoever has an entry is known by name: nobody has to be looked up.
      const accounts = users.map((user) => shown.accountNamed(user));
      const standings = found.value.index.among(accounts.filter((account) => account !== undefined));
      const ranked = new Set<number | undefined>(standings.map(({ account }) => account));
      const missing = new Set(users.filter((_, i) => !ranked.has(accounts[i])));
      const entries = standings
        .slice(0, query.limit)
        .map((standing) => ({ ...entryOf(standing), globalRank: standing.globalRank }));
      return { ok: true, value: { ...describe(found.value, standings.length), entries, missing: [...missing] } };
    },
  };
}

const NO_SEGMENTS = { ok: false, fault: 'no_segments' } as const;

/** Of all, or of a segment; undefined where there are none. */
function rankingOf({ board, index }: ShownPeriod, segment: string | undefined): Ranking | undefined {
  if (segment === undefined) return index;
  return board.by === null ? undefined : index.within(segment);
}

function entryOf({ rank, user, score, record }: Standing): BoardEntry {
  return record === undefined ? { rank, user, score } : { rank, user, score, record: JSON.parse(record) as ScoreRecord };
}
