import type { Clock, Database, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { ClosingAnswer, Closings, FinalEntry, LeagueStanding, Preview } from './closing-face.ts';
import {
  type ClosingRow,
  cohortOf,
  findClosing,
  findTier,
  type FrozenRow,
  frozenStandings,
  hasScores,
  listClosings,
} from './closing-store.ts';
import { closesAt, isClosed, openPeriods, resolvePeriod } from './decide.ts';
import { zoneOf } from './leagues.ts';
import type { Board, Leagues } from './model.ts';
import { placings, type Seat } from './placing.ts';
import { placePeriod } from './standings.ts';

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
        const preview = await database.snapshot((tx) => previewOf(tx, board, period, limit));
        const closes = closesAt(board, period);
        return {
          ok: true,
          value: {
            board: id,
            period,
            closesAt: Number.isFinite(closes) ? formatTime(closes) : null,
            ...preview,
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

  async function previewOf(
    tx: Tx,
    board: Board,
    period: string,
    limit: number,
  ): Promise<Pick<Preview, 'total' | 'rewarded' | 'entries'>> {
    const { columns, total, placings: all } = await placePeriod(database, tx, board, period);
    const entries: FinalEntry[] = [];
    let rewarded = 0;
    for (const { row, place, rank, award, league } of all) {
      if (award !== null) rewarded += 1;
      if (place > limit) continue;
      const entry = { rank, user: columns.users[row] ?? '', score: columns.scores[row] ?? 0, reward: award };
      entries.push(
        league === null
          ? entry
          : { ...entry, league: { tier: league.tier, cohort: league.cohort, rank: league.rank, next: league.next } },
      );
    }
    return { total, rewarded, entries };
  }

  async function leagueOf(
    board: Board,
    leagues: Leagues,
    period: string,
    account: number,
  ): Promise<Pick<LeagueStanding, 'tier' | 'cohort' | 'rank' | 'zone' | 'entries'>> {
    const members = await cohortOf(read, board.key, period, account);
    const [own] = members.filter((member) => member.account === account);
    if (own === undefined) {
      const known = (await findTier(read, board.key, account)) ?? '';
      const tier = leagues.tiers.includes(known) ? known : (leagues.tiers[0] ?? '');
      return { tier, cohort: null, rank: null, zone: null, entries: [] };
    }
    const columns = {
      accounts: Float64Array.from(members, (member) => member.account),
      users: members.map((member) => member.user),
      scores: Float64Array.from(members, (member) => member.score),
      reachedAt: Float64Array.from(members, (member) => member.reached_at),
    };
    const placed = [...placings(board, columns, NO_SEATS)];
    const zone = (place: number): LeagueStanding['zone'] => zoneOf(leagues, own.tier, place, members.length);
    const mine = placed.find(({ row }) => columns.accounts[row] === account);
    return {
      tier: own.tier,
      cohort: own.cohort,
      rank: mine?.rank ?? null,
      zone: mine === undefined ? null : zone(mine.place),
      entries: placed.map(({ row, rank, place }) => ({
        rank,
        user: columns.users[row] ?? '',
        score: columns.scores[row] ?? 0,
        zone: zone(place),
      })),
    };
  }
}

/** Within a cohort nobody needs a seat. */
const NO_SEATS: ReadonlyMap<number, Seat> = new Map();

function entryOf({ rank, user, score, award, tier, cohort, league_rank: inLeague, next_tier: next }: FrozenRow): FinalEntry {
  const entry = { rank, user, score, reward: award };
  if (tier === null || cohort === null || inLeague === null || next === null) return entry;
  return { ...entry, league: { tier, cohort, rank: inLeague, next } };
}
