import { jsonList, plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { Leagues, Reward } from './model.ts';
import type { Placing, Seat } from './placing.ts';

type Read = Pick<Tx, 'query'>;

/** Points by currency. */
export type Award = Reward['award'];

/** Periods of boards, by their keys, that somebody scored in and that nobody began to close; by jumps along the index. */
export async function unclosedPeriods(
  tx: Read,
  boards: readonly string[],
): Promise<readonly { readonly board: string; readonly period: string }[]> {
  return tx.query<{ board: string; period: string }>(
    `with recursive found as (
       select b.board, (select min(s.period) from boards.score s where s.board = b.board) as period
       from unnest($1::text[]) as b (board)
       union all
       select f.board, (select min(s.period) from boards.score s where s.board = f.board and s.period > f.period)
       from found f where f.period is not null
     )
     select f.board, f.period from found f
     where f.period is not null
       and not exists (select from boards.closing c where (c.board, c.period) = (f.board, f.period))`,
    [textArray(boards)],
  );
}

/** Begins to close a period. False where somebody did so before. */
export async function beginClosing(
  tx: Tx,
  closing: { readonly board: string; readonly period: string; readonly closesAt: string },
): Promise<boolean> {
  const begun = await tx.query(
    `insert into boards.closing (board, period, closes_at, position, state)
     select $1, $2, $3::text::timestamptz, position, 'closing' from events.head on conflict do nothing returning board`,
    [closing.board, closing.period, closing.closesAt],
  );
  return begun.length > 0;
}

/** Locks a period that is being closed. False where it is not, or no longer. */
export async function lockClosing(tx: Tx, board: string, period: string): Promise<boolean> {
  const rows = await tx.query(
    `select board from boards.closing where board = $1 and period = $2 and state = 'closing' for update`,
    [board, period],
  );
  return rows.length > 0;
}

export async function finishClosing(
  tx: Tx,
  closing: {
    readonly board: string;
    readonly period: string;
    readonly total: number;
    readonly rewarded: number;
    readonly closedAt: string;
  },
): Promise<void> {
  await tx.query(
    `update boards.closing set state = 'closed', total = $3, rewarded = $4, closed_at = $5::text::timestamptz
     where board = $1 and period = $2`,
    [closing.board, closing.period, closing.total, closing.rewarded, closing.closedAt],
  );
}

/** Periods whose end is not before `since` (ISO 8601) and that take no more scores. */
export async function closedSince(
  tx: Read,
  since: string,
): Promise<readonly { readonly board: string; readonly period: string }[]> {
  return tx.query<{ board: string; period: string }>(
    'select board, period from boards.closing where closes_at >= $1::text::timestamptz',
    [since],
  );
}

/** A final standing, as it is written. */
export interface FinalStanding extends Omit<Placing, 'row'> {
  readonly account: number;
  readonly score: number;
  /** Milliseconds. */
  readonly reachedAt: number;
}

export async function insertStandings(tx: Tx, board: string, period: string, rows: readonly FinalStanding[]): Promise<void> {
  await tx.query(
    `insert into boards.standing (board, period, place, rank, account, score, reached_at, award, tier, cohort, league_rank, next_tier)
     select $1, $2, place, rank, account, score, reached_at, nullif(award, '')::json, tier, cohort, league_rank, next_tier
     from unnest($3::integer[], $4::integer[], $5::bigint[], $6::double precision[], $7::timestamptz[], string_to_array($8, e'\\x1f'),
         $9::text[], $10::integer[], $11::integer[], $12::text[])
       as r (place, rank, account, score, reached_at, award, tier, cohort, league_rank, next_tier)`,
    [
      board,
      period,
      plainArray(rows.map((r) => r.place)),
      plainArray(rows.map((r) => r.rank)),
      plainArray(rows.map((r) => r.account)),
      plainArray(rows.map((r) => r.score)),
      plainArray(rows.map((r) => formatTime(r.reachedAt))),
      jsonList(rows.map((r) => (r.award === null ? '' : JSON.stringify(r.award)))),
      textArray(rows.map((r) => r.league?.tier ?? null)),
      plainArray(rows.map((r) => r.league?.cohort ?? null)),
      plainArray(rows.map((r) => r.league?.rank ?? null)),
      textArray(rows.map((r) => r.league?.next ?? null)),
    ],
  );
}

/** Whoever played in a period plays next where they ended up. */
export async function saveLeaguePlaces(
  tx: Tx,
  board: string,
  places: readonly { readonly account: number; readonly tier: string }[],
): Promise<void> {
  await tx.query(
    `insert into boards.league_place (board, account, tier) select $1, account, tier from unnest($2::bigint[], $3::text[]) as r (account, tier)
     on conflict (board, account) do update set tier = excluded.tier where league_place.tier <> excluded.tier`,
    [board, plainArray(places.map(({ account }) => account)), textArray(places.map(({ tier }) => tier))],
  );
}

/** One transaction at a time gives out seats of a board. */
const TURN = `hashtextextended('boards.league ' || $1, 0)`;

export async function awaitLeagueTurn(tx: Tx, board: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(${TURN})`, [board]);
}

/** False where another transaction gives out seats. */
export async function tryLeagueTurn(tx: Tx, board: string): Promise<boolean> {
  const [row] = await tx.query<{ mine: boolean }>(`select pg_try_advisory_xact_lock(${TURN}) as mine`, [board]);
  return row?.mine ?? false;
}

/**
 * Seats those who scored in a period and have no seat yet, in the order in which they got there: each in the newest cohort of
 * their tier, and in a new one where that is full. `after`: only those about whom something was announced after that position.
 */
export async function giveSeats(
  tx: Tx,
  board: string,
  period: string,
  { tiers, size }: Pick<Leagues, 'tiers' | 'size'>,
  after: number | null,
): Promise<void> {
  await tx.query(
    `with fresh as (
       select account, tier, row_number() over (partition by tier order by reached_at, account) - 1 as turn
       from (
         select s.account, s.reached_at, case when p.tier = any ($3::text[]) then p.tier else ($3::text[])[1] end as tier
         from boards.score s
         left join boards.league_place p on (p.board, p.account) = (s.board, s.account)
         where s.board = $1 and s.period = $2
           and ($5::bigint is null or s.account in (select account from events.log where position > $5::bigint))
           and not exists (
             select from boards.league_entry e where (e.board, e.period, e.account) = (s.board, s.period, s.account)
           )
       ) unseated
     ), newest as (
       select t.tier, coalesce(last.cohort, 0) as cohort, coalesce(last.seat + 1, 0) as taken
       from unnest($3::text[]) as t (tier)
       left join lateral (
         select cohort, seat from boards.league_entry e
         where e.board = $1 and e.period = $2 and e.tier = t.tier order by cohort desc, seat desc limit 1
       ) last on true
     )
     insert into boards.league_entry (board, period, tier, cohort, seat, account)
     select $1, $2, tier, cohort + (taken + turn) / $4::integer, (taken + turn) % $4::integer, account
     from fresh join newest using (tier)`,
    [board, period, textArray(tiers), size, after],
  );
}

/** A person who is erased stands nowhere. */
export async function eraseStandings(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from boards.standing where account = $1', [account]);
  await tx.query('delete from boards.league_entry where account = $1', [account]);
  await tx.query('delete from boards.league_place where account = $1', [account]);
}

export interface FrozenRow extends Row {
  readonly user: string;
  readonly rank: number;
  readonly score: number;
  readonly award: Award | null;
  readonly tier: string | null;
  readonly cohort: number | null;
  readonly league_rank: number | null;
  readonly next_tier: string | null;
}

export async function frozenStandings(
  tx: Read,
  board: string,
  period: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<readonly FrozenRow[]> {
  return tx.query<FrozenRow>(
    `select p.id as "user", s.rank, s.score, s.award, s.tier, s.cohort, s.league_rank, s.next_tier
     from (select * from boards.standing where board = $1 and period = $2 order by place limit $3 offset $4) s
     join users.person p on p.account = s.account order by s.place`,
    [board, period, limit, offset],
  );
}

export interface ClosingRow extends Row {
  readonly period: string;
  readonly closes_at: number;
  readonly state: 'closing' | 'closed';
  readonly total: number | null;
  readonly rewarded: number | null;
  readonly closed_at: number | null;
}

const CLOSING = 'select period, closes_at, state, total, rewarded, closed_at from boards.closing where board = $1';

export async function findClosing(tx: Read, board: string, period: string): Promise<ClosingRow | undefined> {
  const [row] = await tx.query<ClosingRow>(`${CLOSING} and period = $2`, [board, period]);
  return row;
}

/** The newest first. */
export async function listClosings(tx: Read, board: string, limit: number): Promise<readonly ClosingRow[]> {
  return tx.query<ClosingRow>(`${CLOSING} order by closes_at desc limit $2`, [board, limit]);
}

export async function hasScores(tx: Read, board: string, period: string): Promise<boolean> {
  return (
    (await tx.query('select account from boards.score where board = $1 and period = $2 limit 1', [board, period])).length > 0
  );
}

/** The tier in which a user plays, where one is known. */
export async function findTier(tx: Read, board: string, account: number): Promise<string | undefined> {
  const [row] = await tx.query<{ tier: string }>('select tier from boards.league_place where board = $1 and account = $2', [
    board,
    account,
  ]);
  return row?.tier;
}

/** Who plays where in a period, for a stream. */
export const SEATS_OF_PERIOD = 'select account, tier, cohort from boards.league_entry where board = $1 and period = $2';

export interface SeatRow extends Row, Seat {
  readonly account: number;
}

export interface MemberRow extends SeatRow {
  readonly user: string;
  readonly score: number;
  readonly reached_at: number;
}

/** The cohort of a user in a period; empty where the user has no seat yet. */
export async function cohortOf(tx: Read, board: string, period: string, account: number): Promise<readonly MemberRow[]> {
  return tx.query<MemberRow>(
    `select e.account, e.tier, e.cohort, p.id as "user", s.score, s.reached_at
     from boards.league_entry own
     join boards.league_entry e using (board, period, tier, cohort)
     join boards.score s on (s.account, s.board, s.period) = (e.account, e.board, e.period)
     join users.person p on p.account = e.account
     where own.board = $1 and own.period = $2 and own.account = $3
       and not exists (select from boards.hidden h where h.account = e.account and h.board in ('', $1))`,
    [board, period, account],
  );
}
