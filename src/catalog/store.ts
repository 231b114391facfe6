import type { Row, Tx } from '../kernel/ports.ts';

export interface VersionRow extends Row {
  readonly version: number;
  readonly source: string;
  readonly digest: string;
  /** Milliseconds. */
  readonly applied_at: number;
  /** ISO 8601 by board. */
  readonly boards_since: Readonly<Record<string, string>>;
}

/** The version that `events.head` says is in force, or none. */
export async function loadCurrent(tx: Pick<Tx, 'query'>): Promise<VersionRow | undefined> {
  const [row] = await tx.query<VersionRow>(
    `select v.version, v.source, v.digest, v.applied_at, v.boards_since
     from catalog.version v join events.head h on h.fence = v.version`,
  );
  return row;
}

export async function insertVersion(
  tx: Tx,
  version: {
    readonly version: number;
    readonly source: string;
    readonly digest: string;
    readonly appliedAt: string;
    readonly actor: string;
    readonly boardsSince: Readonly<Record<string, string>>;
  },
): Promise<void> {
  await tx.query(
    `insert into catalog.version (version, source, digest, applied_at, actor, boards_since)
     values ($1, $2, $3, $4::text::timestamptz, $5, $6::text::jsonb)`,
    [version.version, version.source, version.digest, version.appliedAt, version.actor, JSON.stringify(version.boardsSince)],
  );
}
