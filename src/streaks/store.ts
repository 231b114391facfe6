import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { Cover, CoverKind, Past, Run } from './model.ts';

/** `streak` is the key of one. */
export interface StreakKey {
  readonly account: number;
  readonly streak: string;
}

/** `day` is a unit of the streak. */
export interface DayKey extends StreakKey {
  readonly day: number;
}

/** An older run: the newest one of a streak stands in the hot row. */
export interface AccountRun extends Run, StreakKey {}

type RunRow = AccountRun & Row;

/**
 * The older runs that touch [unit − 1, unit + 1], each once. Runs do not touch each other, so that of those that begin
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

export interface AccountCover extends Cover, StreakKey {
  readonly reason: string | null;
}

export interface AccountEarly extends StreakKey {
  readonly day: number;
  readonly own: boolean;
}

/** All that there is of each beside the hot row, by `account streak`. */
export async function loadPasts(tx: Tx, keys: readonly StreakKey[]): Promise<ReadonlyMap<string, Past>> {
  const of = [plainArray(keys.map((k) => k.account)), textArray(keys.map((k) => k.streak))];
  const [runs, early, covers] = await Promise.all([
    tx.query<RunRow>(
      `select r.account, r.streak, r.first, r.last
       from unnest($1::bigint[], $2::text[]) as k (account, streak) join streaks.run r using (account, streak)
       order by r.account, r.streak, r.first`,
      of,
    ),
    tx.query<AccountEarly & Row>(
      `select e.account, e.streak, e.day, e.own
       from unnest($1::bigint[], $2::text[]) as k (account, streak) join streaks.early e using (account, streak)`,
      of,
    ),
    loadCovers(tx, keys),
  ]);
  const pasts = new Map<string, { older: Run[]; early: Map<number, boolean>; covers: Cover[] }>();
  for (const { account, streak } of keys) pasts.set(`${account} ${streak}`, { older: [], early: new Map(), covers: [] });
  for (const { account, streak, first, last } of runs) pasts.get(`${account} ${streak}`)?.older.push({ first, last });
  for (const { account, streak, day, own } of early) pasts.get(`${account} ${streak}`)?.early.set(day, own);
  for (const cover of covers) pasts.get(`${cover.account} ${cover.streak}`)?.covers.push(cover);
  return pasts;
}

/** All that some users have. */
export async function loadAllCovers(tx: Pick<Tx, 'query'>, accounts: readonly number[]): Promise<readonly AccountCover[]> {
  return tx.query<AccountCover & Row>(
    'select account, streak, kind, first, last, reason from streaks.cover where account = any($1::bigint[]) order by account, streak, first',
    [plainArray(accounts)],
  );
}

/** In order of time. */
export async function loadCovers(tx: Pick<Tx, 'query'>, keys: readonly StreakKey[]): Promise<readonly AccountCover[]> {
  return tx.query<AccountCover & Row>(
    `select c.account, c.streak, c.kind, c.first, c.last, c.reason
     from unnest($1::bigint[], $2::text[]) as k (account, streak) join streaks.cover c using (account, streak)
     order by c.account, c.streak, c.first`,
    [plainArray(keys.map((k) => k.account)), textArray(keys.map((k) => k.streak))],
  );
}

/** One that begins where another of its kind does takes its place. `now`: ISO 8601. No two of `covers` may. */
export async function saveCovers(tx: Tx, covers: readonly AccountCover[], now: string): Promise<void> {
  await tx.query(
    `insert into streaks.cover (account, streak, kind, first, last, reason, created_at)
     select *, $7::timestamptz from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::text[])
     on conflict (account, streak, kind, first) do update set last = excluded.last, reason = excluded.reason`,
    [
      plainArray(covers.map((c) => c.account)),
      textArray(covers.map((c) => c.streak)),
      textArray(covers.map((c) => c.kind)),
      plainArray(covers.map((c) => c.first)),
      plainArray(covers.map((c) => c.last)),
      textArray(covers.map((c) => c.reason)),
      now,
    ],
  );
}

export async function deleteCover(tx: Tx, { account, streak }: StreakKey, kind: CoverKind, first: number): Promise<void> {
  await tx.query('delete from streaks.cover where account = $1 and streak = $2 and kind = $3 and first = $4', [
    account,
    streak,
    kind,
    first,
  ]);
}

/** No two of `days` may be one day of one streak. */
export async function saveEarly(tx: Tx, days: readonly AccountEarly[]): Promise<void> {
  await tx.query(
    `insert into streaks.early (account, streak, day, own)
     select * from unnest($1::bigint[], $2::text[], $3::integer[], $4::boolean[])
     on conflict (account, streak, day) do update set own = excluded.own`,
    [
      plainArray(days.map((d) => d.account)),
      textArray(days.map((d) => d.streak)),
      plainArray(days.map((d) => d.day)),
      plainArray(days.map((d) => d.own)),
    ],
  );
}

/** Sets the days with events within the hours of grace of all streaks of a user to these. */
export async function replaceEarly(tx: Tx, account: number, days: readonly AccountEarly[]): Promise<void> {
  await tx.query('delete from streaks.early where account = $1', [account]);
  if (days.length > 0) await saveEarly(tx, days);
}

/** A person who is erased leaves no days behind. */
export async function eraseRuns(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from streaks.run where account = $1', [account]);
  await tx.query('delete from streaks.cover where account = $1', [account]);
  await tx.query('delete from streaks.early where account = $1', [account]);
}
