import type { JsonObject } from '../../kernel/json.ts';
import type { Row, Tx } from '../../kernel/ports.ts';

type Reader = Pick<Tx, 'query'>;

export interface BackfillRow extends Row {
  /** Of the catalog. */
  readonly version: number;
  readonly up_to: number;
  readonly silent: boolean;
  readonly state: 'running' | 'done';
  readonly cursor: number;
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Milliseconds. */
  readonly started_at: number;
  readonly finished_at: number | null;
}

const COLUMNS = 'version, up_to, silent, state, cursor, done, failed, total, started_at, finished_at';

/** Answers whether it is new: a version is computed over the past once. */
export async function insertBackfill(
  tx: Tx,
  { version, silent, startedAt }: { readonly version: number; readonly silent: boolean; readonly startedAt: string },
): Promise<boolean> {
  // Positions are in order of versions, so the last one of those before is found from the end.
  const rows = await tx.query(
    `insert into engine.backfill (version, up_to, silent, total, started_at)
     select $1::integer,
       coalesce((select position from events.log where catalog_version < $1 order by position desc limit 1), 0),
       $2, (select count(*) from engine.account), $3::text::timestamptz
     on conflict (version) do nothing returning version`,
    [version, silent, startedAt],
  );
  return rows.length > 0;
}

/** The newest one. */
export async function newestBackfill(tx: Reader): Promise<BackfillRow | undefined> {
  const [row] = await tx.query<BackfillRow>(`select ${COLUMNS} from engine.backfill order by version desc limit 1`);
  return row;
}

/** The oldest that is not at its end: what began first is computed first. */
export async function openBackfill(tx: Reader): Promise<BackfillRow | undefined> {
  const [row] = await tx.query<BackfillRow>(
    `select ${COLUMNS} from engine.backfill where state = 'running' order by version limit 1`,
  );
  return row;
}

/** Users behind the cursor to whom anything happened up to a position, in order of account. */
export async function accountsAfter(
  tx: Reader,
  { after, upTo, limit }: { readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<readonly number[]> {
  const rows = await tx.query<{ account: number }>(
    `select a.account from engine.account a
     where a.account > $1
       and exists (select from events.log l where l.account = a.account and l.cause is null and l.position <= $2)
     order by a.account limit $3`,
    [after, upTo, limit],
  );
  return rows.map((row) => row.account);
}

/** Passes some users. False: another process passed them. */
export async function moveCursor(
  tx: Tx,
  move: { readonly version: number; readonly from: number; readonly to: number; readonly users: number },
): Promise<boolean> {
  const rows = await tx.query(
    `update engine.backfill set cursor = $3, done = done + $4
     where version = $1 and cursor = $2 and state = 'running' returning version`,
    [move.version, move.from, move.to, move.users],
  );
  return rows.length > 0;
}

export async function countFailed(tx: Tx, version: number, users: number): Promise<void> {
  await tx.query('update engine.backfill set failed = failed + $2 where version = $1', [version, users]);
}

export async function finishBackfill(tx: Tx, version: number, finishedAt: string): Promise<void> {
  await tx.query(
    `update engine.backfill set state = 'done', finished_at = $2::text::timestamptz where version = $1 and state = 'running'`,
    [version, finishedAt],
  );
}

/** A row of the log about one user: an event, or a fact of the group that `root` begins. */
export interface PastRow extends Row {
  readonly position: number;
  readonly root: number;
  readonly type: string;
  readonly source: string | null;
  /** Milliseconds. */
  readonly occurredAt: number;
  /** Seconds. */
  readonly writtenOffset: number | null;
  /** Days since 1970-01-01. */
  readonly localDay: number | null;
  /** Milliseconds. */
  readonly recordedAt: number;
  /** Null once erased. */
  readonly data: JsonObject | null;
}

/** Everything about one user up to a position, in order. `offset 0`: group by group, whatever the planner thinks of ranges. */
export async function loadPast(tx: Reader, account: number, upTo: number): Promise<readonly PastRow[]> {
  return tx.query<PastRow>(
    `select l.position, r.position as root, l.type, l.source, l.occurred_at as "occurredAt", l.written_offset as "writtenOffset",
       l.local_day - date '1970-01-01' as "localDay", l.recorded_at as "recordedAt", l.data
     from events.log r cross join lateral (
       select * from events.log l
       where l.position between r.position and r.position + r.facts and l.account = r.account offset 0
     ) l
     where r.account = $1 and r.cause is null and r.position <= $2
     order by l.position`,
    [account, upTo],
  );
}
