import { jsonList, plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';

/** An event of a type that nobody declared: refused, and kept to be looked at. */
export interface SetAside {
  /** Identity digest. */
  readonly digest: string;
  readonly type: string;
  readonly source: string;
  readonly id: string;
  /** Digest of the user's id. */
  readonly person: string;
  readonly user: string;
  /** JSON text. */
  readonly data: string;
}

/** More than anybody looks at; enough to tell what was lost while a declaration was missing. */
const MOST = 100_000;

/** One row an identity: what is sent again is counted. Rows come sorted, so that two transactions do not wait in a circle. */
export async function keepAside(tx: Tx, events: readonly SetAside[], receivedAt: string): Promise<void> {
  const unique = new Map(events.map((event) => [event.digest, event]));
  const rows = [...unique.values()].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  await tx.query(
    `insert into events.set_aside (digest, received_at, type, source, id, person, "user", data)
     select digest, $1::timestamptz, type, source, id, person, "user", data::json
     from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], string_to_array($8, e'\\x1f'))
       as r (digest, type, source, id, person, "user", data)
     on conflict (digest) do update set received_at = excluded.received_at, times = set_aside.times + 1,
       type = excluded.type, person = excluded.person, "user" = excluded."user", data = excluded.data`,
    [
      receivedAt,
      plainArray(rows.map((r) => r.digest)),
      textArray(rows.map((r) => r.type)),
      textArray(rows.map((r) => r.source)),
      textArray(rows.map((r) => r.id)),
      plainArray(rows.map((r) => r.person)),
      textArray(rows.map((r) => r.user)),
      jsonList(rows.map((r) => r.data)),
    ],
  );
}

/** Deletes the oldest beyond the most that are kept. */
export async function pruneAside(tx: Tx): Promise<void> {
  await tx.query(
    `delete from events.set_aside where digest in (
       select digest from events.set_aside order by received_at desc, digest desc offset $1
     )`,
    [MOST],
  );
}

export async function eraseAside(tx: Tx, person: string): Promise<void> {
  await tx.query('delete from events.set_aside where person = $1', [person]);
}

export interface SetAsideRow extends Row {
  readonly digest: string;
  readonly received_at: number;
  readonly times: number;
  readonly type: string;
  readonly source: string;
  readonly id: string;
  readonly user: string;
  readonly data: unknown;
}

/** Newest first, those before (`receivedAt`, `digest`). */
export async function selectAside(
  tx: Pick<Tx, 'query'>,
  query: {
    readonly type: string | null;
    readonly limit: number;
    readonly before: { readonly receivedAt: string; readonly digest: string } | null;
  },
): Promise<readonly SetAsideRow[]> {
  const { type, limit, before } = query;
  return tx.query<SetAsideRow>(
    `select digest, received_at, times, type, source, id, "user", data from events.set_aside
     where ($1::text is null or type = $1)
       and ($2::timestamptz is null or (received_at, digest) < ($2::timestamptz, $3::uuid))
     order by received_at desc, digest desc limit $4`,
    [type, before?.receivedAt ?? null, before?.digest ?? null, limit],
  );
}
