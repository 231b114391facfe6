import { jsonList, plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { Try } from './model.ts';
import type { DeadLetterRow, DeliveryRow } from './settle.ts';

type Reader = Pick<Tx, 'query'>;

/** Where a subscription stands. */
export interface CursorRow extends Row {
  readonly subscription: string;
  readonly position: number;
  readonly start: number;
  readonly seam: number | null;
  readonly express: number | null;
  readonly backlog_from: number | null;
  readonly token: number;
  readonly breaker: unknown;
  /** In all. */
  readonly delivered: number;
}

const CURSOR = 'c.subscription, c.position, c.start, c.seam, c.express, c.backlog_from, c.token, c.breaker, c.delivered';

/** Says that a process is alive for so many milliseconds more. By the server's clock, which all processes share. */
export async function keepAlive(tx: Tx, worker: string, milliseconds: number): Promise<void> {
  await tx.query(
    `insert into bus.worker (id, alive_until) values ($1, clock_timestamp() + $2 * interval '1 millisecond')
     on conflict (id) do update set alive_until = excluded.alive_until`,
    [worker, milliseconds],
  );
}

/**
 * Takes what is active and nobody alive owns. The new token shuts out who owned it before: what they write from now on
 * fails, and what they are committing at this moment is waited for.
 */
export async function acquire(tx: Tx, worker: string, names: readonly string[]): Promise<readonly CursorRow[]> {
  return tx.query<CursorRow>(
    `update bus.cursor c set owner = $1, token = c.token + 1
     from (
       select k.subscription from bus.cursor k join bus.subscription s on s.name = k.subscription
       where k.subscription = any($2::text[]) and s.state = 'active'
         and (k.owner = $1 or not exists (select from bus.worker w where w.id = k.owner and w.alive_until > clock_timestamp()))
       order by k.subscription for update of k skip locked
     ) free
     where c.subscription = free.subscription
     returning ${CURSOR}`,
    [worker, textArray(names)],
  );
}

/** Cursors that a process owns, to see which it has lost. */
export async function ownedTokens(reader: Reader, worker: string): Promise<ReadonlyMap<string, number>> {
  const rows = await reader.query<{ subscription: string; token: number }>(
    'select subscription, token from bus.cursor where owner = $1',
    [worker],
  );
  return new Map(rows.map(({ subscription, token }) => [subscription, token]));
}

export async function release(tx: Tx, worker: string, subscription: string): Promise<void> {
  await tx.query('update bus.cursor set owner = null where owner = $1 and subscription = $2', [worker, subscription]);
}

/** A process that ends in order leaves nothing to wait for. Those that ended otherwise, long ago, are swept up with it. */
export async function forgetWorker(tx: Tx, worker: string): Promise<void> {
  await tx.query('update bus.cursor set owner = null where owner = $1', [worker]);
  await tx.query(`delete from bus.worker where id = $1 or alive_until < clock_timestamp() - interval '1 day'`, [worker]);
}

/** Whose delivery this is, and what has to be moved. */
export interface Move {
  readonly subscription: string;
  readonly token: number;
  /** Which of the two ways through the log is meant. */
  readonly lane: 'position' | 'express';
  /** Null: the cursor stays, as for retries. */
  readonly to: number | null;
  readonly delivered: number;
  readonly failed: number;
  /** JSON text; null where it is as it was. */
  readonly breaker: string | null;
}

/** Raises DN002 where the token is an old one, and with that fails the transaction of which this is a part. */
export async function moveCursor(tx: Tx, move: Move): Promise<void> {
  await tx.query(
    `with moved as (
       update bus.cursor set
         position = case when $3 = 'position' then coalesce($4::bigint, position) else position end,
         express = case when $3 = 'express' then coalesce($4::bigint, express) else express end,
         delivered = delivered + $5, failed = failed + $6,
         delivered_at = case when $5::bigint > 0 then clock_timestamp() else delivered_at end,
         breaker = coalesce($7::text::json, breaker)
       where subscription = $1 and token = $2 returning 1
     )
     select coalesce((select 1 from moved), bus.fenced())`,
    [move.subscription, move.token, move.lane, move.to, move.delivered, move.failed, move.breaker],
  );
}

/** Idle cursors follow the end of the log now and then, so that they do not look late. Those that moved on are left alone. */
export async function followEnd(tx: Tx, moves: readonly { subscription: string; token: number; to: number }[]): Promise<void> {
  await tx.query(
    `update bus.cursor c set position = m.to from unnest($1::text[], $2::bigint[], $3::bigint[]) as m (subscription, token, "to")
     where c.subscription = m.subscription and c.token = m.token and c.seam is null and c.position < m.to`,
    [textArray(moves.map((m) => m.subscription)), plainArray(moves.map((m) => m.token)), plainArray(moves.map((m) => m.to))],
  );
}

/** From here on, what came so far is worked off beside what comes. */
export async function openSeam(tx: Tx, subscription: string, token: number, seam: number): Promise<void> {
  await tx.query(
    `with moved as (
       update bus.cursor set seam = $3, express = $3, backlog_from = position
       where subscription = $1 and token = $2 and seam is null and position < $3 returning 1
     )
     select coalesce((select 1 from moved), bus.fenced())`,
    [subscription, token, seam],
  );
}

/** The backlog is worked off: both ways are one again. */
export async function closeSeam(tx: Tx, subscription: string, token: number): Promise<void> {
  await tx.query(
    `with moved as (
       update bus.cursor set position = express, seam = null, express = null, backlog_from = null
       where subscription = $1 and token = $2 and seam is not null returning 1
     )
     select coalesce((select 1 from moved), bus.fenced())`,
    [subscription, token],
  );
}

export async function saveWaiting(tx: Tx, subscription: string, rows: readonly DeliveryRow[]): Promise<void> {
  await tx.query(
    `insert into bus.delivery (subscription, position, account, due_at, attempts, tries)
     select $1, position, account, due_at, attempts, tries::json
     from unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::integer[], string_to_array($6, e'\\x1f'))
       as r (position, account, due_at, attempts, tries)
     on conflict (subscription, position) do update set
       due_at = coalesce(excluded.due_at, delivery.due_at), attempts = greatest(excluded.attempts, delivery.attempts),
       tries = case when json_array_length(excluded.tries) > 0 then excluded.tries else delivery.tries end`,
    [
      subscription,
      plainArray(rows.map((r) => r.position)),
      plainArray(rows.map((r) => r.account)),
      plainArray(rows.map((r) => (r.dueAt === null ? null : formatTime(r.dueAt)))),
      plainArray(rows.map((r) => r.attempts)),
      jsonList(rows.map((r) => JSON.stringify(r.tries))),
    ],
  );
}

/** Takes deliveries out of the table. Raises DN002 where one of them is not there: somebody else dealt with it. */
export async function deleteWaiting(tx: Tx, subscription: string, positions: readonly number[]): Promise<void> {
  await tx.query(
    `with gone as (
       delete from bus.delivery where subscription = $1 and position = any($2::bigint[]) returning 1
     )
     select case when (select count(*) from gone) = $3 then 0 else bus.fenced() end`,
    [subscription, plainArray(positions), positions.length],
  );
}

/** Lets the first of each of these users go next, unless it waits for the backlog to reach the seam. */
export async function promote(tx: Tx, subscription: string, accounts: readonly number[] | null, now: string): Promise<void> {
  await tx.query(
    `update bus.delivery d set due_at = $3::timestamptz
     from (
       select d.account, min(d.position) as position from bus.delivery d
       where d.subscription = $1 and ($2::bigint[] is null or d.account = any($2::bigint[])) group by d.account
     ) first
     join bus.cursor c on c.subscription = $1
     where d.subscription = $1 and d.position = first.position and d.due_at is null
       and (c.seam is null or d.position <= c.seam)`,
    [subscription, accounts === null ? null : plainArray(accounts), now],
  );
}

export async function buryDead(tx: Tx, subscription: string, rows: readonly DeadLetterRow[], at: string): Promise<void> {
  await tx.query(
    `insert into bus.dead_letter (subscription, position, account, type, correlation_id, attempts, tries, died_at)
     select $1, position, account, type, correlation_id, attempts, tries::json, $8::timestamptz
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::integer[], string_to_array($7, e'\\x1f'))
       as r (position, account, type, correlation_id, attempts, tries)
     on conflict (subscription, position) do update set attempts = excluded.attempts, tries = excluded.tries, died_at = excluded.died_at`,
    [
      subscription,
      plainArray(rows.map((r) => r.position)),
      plainArray(rows.map((r) => r.account)),
      textArray(rows.map((r) => r.type)),
      textArray(rows.map((r) => r.correlationId)),
      plainArray(rows.map((r) => r.attempts)),
      jsonList(rows.map((r) => JSON.stringify(r.tries))),
      at,
    ],
  );
}

export interface WaitingRow extends Row {
  readonly position: number;
  readonly account: number;
  readonly attempts: number;
  readonly tries: readonly Try[];
}

/** Who waits, without what for. */
export async function readHeld(reader: Reader, subscription: string): Promise<readonly WaitingRow[]> {
  return reader.query<WaitingRow>('select position, account from bus.delivery where subscription = $1 order by position', [
    subscription,
  ]);
}

/**
 * Deliveries whose time has come, by `now`, the longest due first; behind each, some of those that wait for it. In order,
 * only the first of each user may go.
 */
export async function readDue(
  reader: Reader,
  subscription: string,
  order: 'user' | 'none',
  now: string,
  limit: number,
  followers: number,
): Promise<readonly WaitingRow[]> {
  return reader.query<WaitingRow>(
    `select w.position, w.account, w.attempts, w.tries
     from (
       select position, account from bus.delivery f where subscription = $1 and due_at <= $2::timestamptz
         and ($5 = 'none' or f.account = 0 or not exists (
           select from bus.delivery e where e.subscription = $1 and e.account = f.account and e.position < f.position))
       order by due_at limit $3
     ) due
     cross join lateral (
       select position, account, attempts, tries from bus.delivery d
       where d.subscription = $1 and d.account = due.account and d.position >= due.position
         and (d.position = due.position or (due.account > 0 and d.due_at is null))
       order by d.position limit $4
     ) w
     order by w.position`,
    [subscription, now, limit, followers, order],
  );
}

/** When the next delivery is due, in milliseconds. */
export async function nextDue(reader: Reader, subscription: string): Promise<number | null> {
  const [row] = await reader.query<{ due: number | null }>(
    'select min(due_at) as due from bus.delivery where subscription = $1 and due_at is not null',
    [subscription],
  );
  return row?.due ?? null;
}

/** Says that an effect stands; raises a unique violation where it did before, and DN002 where the token is an old one. */
export async function markDone(tx: Tx, subscription: string, token: number, position: number): Promise<void> {
  await tx.query(
    `with owned as (select 1 from bus.cursor where subscription = $1 and token = $2),
     done as (insert into bus.done (subscription, position) select $1, $3 from owned returning 1)
     select coalesce((select 1 from done), bus.fenced())`,
    [subscription, token, position],
  );
}

export async function readDone(reader: Reader, subscription: string): Promise<ReadonlySet<number>> {
  const rows = await reader.query<{ position: number }>('select position from bus.done where subscription = $1', [subscription]);
  return new Set(rows.map(({ position }) => position));
}

export async function clearDone(tx: Tx, subscription: string, positions: readonly number[]): Promise<void> {
  await tx.query('delete from bus.done where subscription = $1 and position = any($2::bigint[])', [
    subscription,
    plainArray(positions),
  ]);
}

/** What deliveries keep of a person: error texts, and correlations that may name them. */
export async function eraseDeliveries(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from bus.delivery where account = $1', [account]);
  await tx.query('delete from bus.dead_letter where account = $1', [account]);
}
