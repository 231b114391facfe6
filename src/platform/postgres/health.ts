import type { Database } from '../../kernel/ports.ts';

export interface DatabaseFacts {
  readonly position: number;

  readonly users: number;
  readonly entries: number;
  readonly bytes: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly lastVerification: { readonly finishedAt: string; readonly ageSeconds: number; readonly ok: boolean } | null;
}

export async function readHealth(database: Database): Promise<DatabaseFacts> {
  const [row] = await database.read<{
    position: number;
    users: number;
    entries: number;
    bytes: number;
    settings: Record<string, string>;
    verification: { finishedAt: string; ageSeconds: number; ok: boolean } | null;
  }>(`
    select (select position from events.head) as position,
      (select count(*) from users.person) as users,
      (select count(*) from ledger.transfer) as entries,
      pg_database_size(current_database()) as bytes,
      (select json_object_agg(name, setting) from pg_settings
       where name in ('fsync', 'full_page_writes', 'synchronous_commit')) as settings,
      (select json_build_object(
         'finishedAt', to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
         'ageSeconds', round(extract(epoch from now() - finished_at)), 'ok', fault is null)
       from ledger.verification order by id desc limit 1) as verification`);
  if (row === undefined) throw new Error('the database said nothing about itself');
  const { verification, ...facts } = row;
  return { ...facts, lastVerification: verification };
}

const COMMITS = 15;

/** Milliseconds of one durable one-row commit, median of a few. */
export async function measureCommit(database: Database, stopwatch: () => number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < COMMITS; i += 1) {
    const started = stopwatch();
    // Changes nothing, and is written and flushed like any other row.
    await database.transaction((tx) => tx.query('update events.head set position = position'));
    times.push(stopwatch() - started);
  }
  return times.toSorted((a, b) => a - b)[COMMITS >> 1] ?? 0;
}
