import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { Run } from './model.ts';

/** Days since 1970-01-01; `streak` is the key of one. */
export interface DayKey {
  readonly account: number;
  readonly streak: string;
  readonly day: number;
}

/** An older run: the newest one of a streak stands in the hot row. */
export interface AccountRun extends Run {
  readonly account: number;
  readonly streak: string;
}

type RunRow = AccountRun & Row;

/**
 * The older runs that touch [day − 1, day + 1], each once. Runs do not touch each other, so that of those that begin
 * by then only the latest two can; `limit 2` also keeps the planner from turning the join round.
 */
export async function loadRuns(tx: Tx, keys: readonly DayKey[]): Promise<readonly AccountRun[]> {
  return tx.query<RunRow>(
    `select distinct r.account, r.streak, r.first, r.last
     from unnest($1::bigint[], $2::text[], $3::integer[]) as k (account, streak, day)
     cross join lateral (
       select * from streaks.run r
       where r.account = k.account and r.streak = k.streak and r.first <= k.day + 1
       order by r.first desc limit 2
     ) r
     where r.last >= k.day - 1`,
    [plainArray(keys.map((k) => k.account)), textArray(keys.map((k) => k.streak)), plainArray(keys.map((k) => k.day))],
  );
}

/** Every older run that some users have. */
export async function loadAllRuns(tx: Pick<Tx, 'query'>, accounts: readonly number[]): Promise<readonly AccountRun[]> {
  return tx.query<RunRow>('select account, streak, first, last from streaks.run where account = any($1::bigint[])', [
    plainArray(accounts),
  ]);
}

/** No two of `runs` may begin on the same day of one streak. */
export async function saveRuns(tx: Tx, runs: readonly AccountRun[]): Promise<void> {
  await tx.query(
    `insert into streaks.run (account, streak, first, last)
     select * from unnest($1::bigint[], $2::text[], $3::integer[], $4::integer[])
     on conflict (account, streak, first) do update set last = excluded.last`,
    [
      plainArray(runs.map((r) => r.account)),
      textArray(runs.map((r) => r.streak)),
      plainArray(runs.map((r) => r.first)),
      plainArray(runs.map((r) => r.last)),
    ],
  );
}

/**
 * By account, streak and first day; before `saveRuns`, where a run that goes and one that comes begin on the same day.
 * Rows are looked up by key and deleted by place, so that no plan walks the table; the user's hot row is locked, so
 * they stay in their place.
 */
export async function deleteRuns(tx: Tx, runs: readonly AccountRun[]): Promise<void> {
  await tx.query(
    `delete from streaks.run where ctid = any (array(
       select r.ctid
       from unnest($1::bigint[], $2::text[], $3::integer[]) as k (account, streak, first)
       cross join lateral (
         select ctid from streaks.run r
         where (r.account, r.streak, r.first) = (k.account, k.streak, k.first) offset 0
       ) r
     ))`,
    [plainArray(runs.map((r) => r.account)), textArray(runs.map((r) => r.streak)), plainArray(runs.map((r) => r.first))],
  );
}

/** A person who is erased leaves no days behind. */
export async function eraseRuns(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from streaks.run where account = $1', [account]);
}
