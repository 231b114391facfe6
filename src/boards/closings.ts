import type { Clock, Database } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { ClosingAnswer, Closings, FinalEntry, LeagueStanding } from './closing-face.ts';
import {
  type ClosingRow,
  cohortOf,
  findClosing,
  findTier,
  type FrozenRow,
  frozenStandings,
  hasScores,
  listClosings,
  previewStandings,
} from './closing-store.ts';
import { closesAt, isClosed, openPeriods, resolvePeriod } from './decide.ts';
import { zoneOf } from './leagues.ts';
import type { Board, Leagues } from './model.ts';

export interface ClosingsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly boards: () => {
    readonly timezone: string;
    readonly boards: readonly Board[];
    /** When each began, by its key, in milliseconds. */
    readonly since: ReadonlyMap<string, number>;
  };
  readonly accountOf: (user: string) => Promise<number | undefined>;
}

/** Reads of what closes and was closed. */
export function createClosings({ database, clock, boards, accountOf }: ClosingsOptions): Closings {
  const read = { query: database.read.bind(database) };

  /** Runs `work` for a period of a board. */
  async function within<T>(
    id: string,
    asked: string,
    work: (board: Board, period: string) => Promise<ClosingAnswer<T>>,
  ): Promise<ClosingAnswer<T>> {
    const known = boards();
    const board = known.boards.find((one) => one.id === id);
    if (board === undefined) return { ok: false, fault: 'unknown_board' };
    const period = resolvePeriod(board, asked, known.timezone, clock.now());
    return period === undefined ? { ok: false, fault: 'unknown_period' } : work(board, period);
  }

  /** What was frozen of a period; undefined while there is nothing. One that nobody scored in is over without being frozen. */
  async function frozen(board: Board, period: string): Promise<Pick<ClosingRow, 'closed_at' | 'total' | 'rewarded'> | undefined> {
    const closing = await findClosing(read, board.key, period);
    if (closing !== undefined) return closing.state === 'closed' ? closing : undefined;
    const since = boards().since.get(board.key) ?? 0;
    if (!isClosed(board, period, since, clock.now()) || (await hasScores(read, board.key, period))) return undefined;
    return { closed_at: closesAt(board, period), total: 0, rewarded: 0 };
  }

  return {
    preview: (id, limit) =>
      within(id, 'current', async (board, period) => {
        const rows = await previewStandings(read, board, period, limit);
        const closes = closesAt(board, period);
        return {
          ok: true,
          value: {
            board: id,
            period,
            closesAt: Number.isFinite(closes) ? formatTime(closes) : null,
            total: rows[0]?.total ?? 0,
            rewarded: rows[0]?.rewarded ?? 0,
            entries: rows.map(entryOf),
          },
        };
      }),

    standings: (id, { period: asked, limit, offset }) =>
      within(id, asked, async (board, period) => {
        const closing = await frozen(board, period);
        if (closing === undefined) return { ok: false, fault: 'period_open' };
        const rows = await frozenStandings(read, board.key, period, { limit, offset });
        return {
          ok: true,
          value: {
            board: id,
            period,
            closedAt: formatTime(closing.closed_at ?? 0),
            total: closing.total ?? 0,
            rewarded: closing.rewarded ?? 0,
            entries: rows.map(entryOf),
          },
        };
      }),

    async closings(id, limit) {
      const board = boards().boards.find((one) => one.id === id);
      if (board === undefined) return { ok: false, fault: 'unknown_board' };
      const rows = await listClosings(read, board.key, limit);
      const open = openPeriods(board, clock.now())
        .map((period) => ({ period, closes: closesAt(board, period) }))
        .toSorted((a, b) => b.closes - a.closes);
      const closings = [
        ...open.map(({ period, closes }) => ({
          period,
          state: 'open' as const,
          closesAt: formatTime(closes),
          closedAt: null,
          total: null,
          rewarded: null,
        })),
        ...rows.map(({ period, state, closes_at: closes, closed_at: closed, total, rewarded }) => ({
          period,
          state,
          closesAt: formatTime(closes),
          closedAt: closed === null ? null : formatTime(closed),
          total,
          rewarded,
        })),
      ];
      return { ok: true, value: { board: id, closings } };
    },

    league: (id, user, asked) =>
      within(id, asked, async (board, period) => {
        const { leagues } = board;
        if (leagues === null) return { ok: false, fault: 'no_leagues' };
        const account = await accountOf(user);
        if (account === undefined) return { ok: false, fault: 'unknown_user' };
        return { ok: true, value: { board: id, period, user, ...(await leagueOf(board, leagues, period, account)) } };
      }),
  };

  async function leagueOf(
    board: Board,
    leagues: Leagues,
    period: string,
    account: number,
  ): Promise<Pick<LeagueStanding, 'tier' | 'cohort' | 'rank' | 'zone' | 'entries'>> {
    const rows = await cohortOf(read, board, period, account);
    const own = rows.find((row) => row.account === account);
    if (own === undefined) {
      const known = (await findTier(read, board.key, account)) ?? '';
      const tier = leagues.tiers.includes(known) ? known : (leagues.tiers[0] ?? '');
      return { tier, cohort: null, rank: null, zone: null, entries: [] };
    }
    const zone = (place: number): LeagueStanding['zone'] => zoneOf(leagues, own.tier, place, rows.length);
    return {
      tier: own.tier,
      cohort: own.cohort,
      rank: own.league_rank,
      zone: zone(own.league_place),
      entries: rows.map((row) => ({ rank: row.league_rank, user: row.user, score: row.score, zone: zone(row.league_place) })),
    };
  }
}

function entryOf({ rank, user, score, award, tier, cohort, league_rank: inLeague, next_tier: next }: FrozenRow): FinalEntry {
  const entry = { rank, user, score, reward: award };
  if (tier === null || cohort === null || inLeague === null || next === null) return entry;
  return { ...entry, league: { tier, cohort, rank: inLeague, next } };
}
