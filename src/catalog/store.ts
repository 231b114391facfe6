import type { Row, Tx } from '../kernel/ports.ts';
import type { Origins } from './origins.ts';

export interface VersionRow extends Row {
  readonly version: number;
  readonly source: string;
  readonly digest: string;
  /** Milliseconds. */
  readonly applied_at: number;
  readonly origins: Origins;
}

/** The version that `events.head` says is in force, or none. */
export async function loadCurrent(tx: Pick<Tx, 'query'>): Promise<VersionRow | undefined> {
  const [row] = await tx.query<VersionRow>(
    `select v.version, v.source, v.digest, v.applied_at, v.origins
     from catalog.version v join events.head h on h.fence = v.version`,
  );
  return row;
}

/** Every name that any version has given to a metric or a board, as `metric name` and `board id`. */
export async function loadUsedKeys(tx: Pick<Tx, 'query'>): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ used: string }>(
    `select distinct 'metric ' || m as used from catalog.version, jsonb_object_keys(origins -> 'metrics') m
     union select distinct 'board ' || b from catalog.version, jsonb_object_keys(origins -> 'boards') b`,
  );
  return new Set(rows.map(({ used }) => used));
}

export async function insertVersion(
  tx: Tx,
  version: {
    readonly version: number;
    readonly source: string;
    readonly digest: string;
    readonly appliedAt: string;
    readonly actor: string;
    readonly origins: Origins;
  },
): Promise<void> {
  await tx.query(
    `insert into catalog.version (version, source, digest, applied_at, actor, origins)
     values ($1, $2, $3, $4::text::timestamptz, $5, $6::text::jsonb)`,
    [version.version, version.source, version.digest, version.appliedAt, version.actor, JSON.stringify(version.origins)],
  );
}
