import { jsonList, plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { Score } from './decide.ts';
import type { ScoreRecord } from './model.ts';

export interface ScoreKey {
  readonly account: number;
  readonly board: string;
  readonly period: string;
}

export interface AccountScore extends ScoreKey, Score {}

interface ScoreRow extends Row {
  readonly account: number;
  readonly board: string;
  readonly period: string;
  readonly score: number;
  readonly reached_at: number;
  readonly segment: string | null;
  readonly record: ScoreRecord | null;
}

/** `offset 0`: by key, one look-up each, whatever the planner knew of the table when it was young. */
export async function loadScores(tx: Tx, keys: readonly ScoreKey[]): Promise<readonly AccountScore[]> {
  const rows = await tx.query<ScoreRow>(
    `select s.account, s.board, s.period, s.score, s.reached_at, s.segment, s.record
     from unnest($1::bigint[], $2::text[], $3::text[]) as k (account, board, period)
     cross join lateral (
       select * from boards.score s where (s.account, s.board, s.period) = (k.account, k.board, k.period) offset 0
     ) s`,
    [plainArray(keys.map((k) => k.account)), textArray(keys.map((k) => k.board)), plainArray(keys.map((k) => k.period))],
  );
  return rows.map((row) => ({ ...row, reachedAt: row.reached_at }));
}

/** Everything that some users scored. */
export async function loadAllScores(tx: Pick<Tx, 'query'>, accounts: readonly number[]): Promise<readonly AccountScore[]> {
  const rows = await tx.query<ScoreRow>(
    'select account, board, period, score, reached_at, segment, record from boards.score where account = any($1::bigint[])',
    [plainArray(accounts)],
  );
  return rows.map((row) => ({ ...row, reachedAt: row.reached_at }));
}

/** Scores that nothing bears out any more. */
export async function deleteScores(tx: Tx, keys: readonly ScoreKey[]): Promise<void> {
  await tx.query(
    `delete from boards.score where ctid = any (array(
       select s.ctid
       from unnest($1::bigint[], $2::text[], $3::text[]) as k (account, board, period)
       cross join lateral (
         select ctid from boards.score s where (s.account, s.board, s.period) = (k.account, k.board, k.period) offset 0
       ) s
     ))`,
    [plainArray(keys.map((k) => k.account)), textArray(keys.map((k) => k.board)), plainArray(keys.map((k) => k.period))],
  );
}

const REPLACE = 'on conflict (account, board, period) do update set score = excluded.score, reached_at = excluded.reached_at';

export async function saveScores(tx: Tx, scores: readonly AccountScore[]): Promise<void> {
  const columns = [
    plainArray(scores.map((s) => s.account)),
    textArray(scores.map((s) => s.board)),
    plainArray(scores.map((s) => s.period)),
    plainArray(scores.map((s) => s.score)),
    plainArray(scores.map((s) => formatTime(s.reachedAt))),
  ];
  // Most boards keep nothing with a score, and pay nothing for those that do.
  if (scores.every(({ segment, record }) => segment === null && record === null)) await savePlain(tx, columns);
  else await saveDetailed(tx, columns, scores);
}

async function savePlain(tx: Tx, columns: readonly string[]): Promise<void> {
  await tx.query(
    `insert into boards.score (account, board, period, score, reached_at)
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::double precision[], $5::timestamptz[])
     ${REPLACE}, segment = null, record = null`,
    columns,
  );
}

async function saveDetailed(tx: Tx, columns: readonly string[], scores: readonly AccountScore[]): Promise<void> {
  await tx.query(
    `insert into boards.score (account, board, period, score, reached_at, segment, record)
     select account, board, period, score, reached_at, segment, nullif(record, '')::json
     from unnest($1::bigint[], $2::text[], $3::text[], $4::double precision[], $5::timestamptz[], $6::text[],
       string_to_array($7, e'\\x1f')) as r (account, board, period, score, reached_at, segment, record)
     ${REPLACE}, segment = excluded.segment, record = excluded.record`,
    [
      ...columns,
      textArray(scores.map((s) => s.segment)),
      jsonList(scores.map((s) => (s.record === null ? '' : JSON.stringify(s.record)))),
    ],
  );
}

const SEED = `
  insert into boards.score as s (account, board, period, score, reached_at)
  select account, $1, 'all', (state #>> array['metrics', $2::text, '0'])::double precision,
    timestamptz 'epoch' + (state #>> array['metrics', $2::text, '1'])::bigint * interval '1 millisecond'
  from engine.account a where state #> array['metrics', $2::text] is not null`;
/** A record stays with its score: another score came of an event that nobody looked at for this board. */
const RESEED = `${REPLACE}, record = case
    when (s.score, s.reached_at) = (excluded.score, excluded.reached_at) then s.record
  end`;

/**
 * Sets a board over all time to what its metric is, for users who have any: one that begins, or that comes back and has
 * the scores of the day it left. Keys of both.
 */
export async function seedAllTime(tx: Tx, board: string, metric: string): Promise<void> {
  await tx.query(`${SEED} ${RESEED}`, [board, metric]);
}

/** The same for those about whom something was announced after `position`. */
export async function reseedAllTime(tx: Tx, board: string, metric: string, position: number): Promise<void> {
  await tx.query(`${SEED} and account in (select account from events.log where position > $3) ${RESEED}`, [
    board,
    metric,
    position,
  ]);
}

/** A person who is erased stands on no board, and is hidden from none. */
export async function eraseScores(tx: Tx, account: number): Promise<void> {
  await tx.query('with hidden as (delete from boards.hidden where account = $1) delete from boards.score where account = $1', [
    account,
  ]);
}

interface StandingRow extends Row {
  readonly account: number;
  readonly user: string;
  readonly score: number;
  readonly reached_at: number;
  readonly segment: string | null;
  /** JSON text. */
  readonly record: string | null;
}

/** Every score of one period of a board but those of hidden users, in chunks, with the names to show. */
export const SCORES_OF_PERIOD = `
  select s.account, p.id as "user", s.score, s.reached_at, s.segment, s.record::text as record
  from boards.score s join users.person p on p.account = s.account
  where s.board = $1 and s.period = $2
    and not exists (select from boards.hidden h where h.account = s.account and h.board in ('', $1))`;
export type { StandingRow };

export async function lastPosition(tx: Pick<Tx, 'query'>): Promise<number> {
  const [head] = await tx.query<{ position: number }>('select position from events.head');
  return head?.position ?? 0;
}

interface ChangedRow extends Row {
  /** Last position when this was read: all of it is as of there. */
  readonly head: number;
  readonly account: number | null;
  /** Null once the person is erased. */
  readonly user: string | null;
  /** Keys of the boards that the user is hidden on, separated by blanks, an empty one for all; null where on none. */
  readonly hidden: string | null;
  readonly board: string | null;
  readonly period: string | null;
  readonly score: number | null;
  readonly reached_at: number | null;
  readonly segment: string | null;
  /** JSON text. */
  readonly record: string | null;
}

/**
 * Everyone about whom something was announced after `position`, the boards they are hidden on, and their scores as they are
 * now in the periods asked about (`boards` and `periods` side by side). One snapshot.
 */
export async function scoresChangedAfter(
  tx: Pick<Tx, 'query'>,
  position: number,
  boards: readonly string[],
  periods: readonly string[],
): Promise<readonly ChangedRow[]> {
  return tx.query<ChangedRow>(
    `select h.position as head, l.account, p.id as "user", hidden.boards as hidden,
       s.board, s.period, s.score, s.reached_at, s.segment, s.record
     from events.head h
     left join (select distinct account from events.log where position > $1 and account is not null) l on true
     left join users.person p on p.account = l.account
     left join lateral (
       select string_agg(distinct board, ' ') as boards from boards.hidden where hidden.account = l.account
     ) hidden on true
     left join lateral (
       select board, period, score, reached_at, segment, record::text as record
       from unnest($2::text[], $3::text[]) as asked (board, period)
       join boards.score using (board, period)
       where boards.score.account = l.account
     ) s on true
     where h.position > $1`,
    [position, textArray(boards), plainArray(periods)],
  );
}

export interface PeriodTotal extends Row {
  readonly period: string;
  readonly total: number;
}

/**
 * The periods of a board that have scores, newest first, and how many users stand there. Steps from period to period by
 * the index, whatever the number of scores; each total is a scan of the index alone.
 */
export async function listPeriods(tx: Pick<Tx, 'query'>, board: string, limit: number): Promise<readonly PeriodTotal[]> {
  return tx.query<PeriodTotal>(
    `with recursive found as (
       select max(period) as period, 1 as place from boards.score where board = $1
       union all
       select (select max(s.period) from boards.score s where s.board = $1 and s.period < f.period), place + 1
       from found f where f.period is not null and place < $2
     )
     select f.period, scored.total - hidden.total as total
     from found f
     cross join lateral (
       select count(*) as total from boards.score s where s.board = $1 and s.period = f.period
     ) scored
     cross join lateral (
       select count(*) as total from (select distinct account from boards.hidden where board in ('', $1)) h
       join boards.score s on (s.account, s.board, s.period) = (h.account, $1, f.period)
     ) hidden
     where f.period is not null
     order by f.place`,
    [board, limit],
  );
}
