import type { Row, Tx } from '../kernel/ports.ts';
import type { Former, FormerOrigin, Origins, ValuedNoun } from './origins.ts';

/** A catalog that was put in force, as lists tell it. Kept for ever. */
export interface VersionSummary extends Row {
  readonly version: number;
  readonly digest: string;
  /** Milliseconds. */
  readonly applied_at: number;
  /** Id of the key, or `@cli`, `@system`. */
  readonly actor: string;
  /** `name:` of the catalog; null for versions applied before it was kept. */
  readonly name: string | null;
  /** Definitions that differ from the version before; null likewise. */
  readonly changes: number | null;
}

export interface VersionRow extends VersionSummary {
  readonly source: string;
  readonly origins: Origins;
}

/** Older versions lack the origins of nouns that came later. */
const ORIGINS = `'{"streaks":{},"metrics":{},"boards":{},"tiers":{}}' || v.origins as origins`;
const SUMMARY = 'v.version, v.digest, v.applied_at, v.actor, v.name, v.changes';

/** The version that `events.head` says is in force, or none. */
export async function loadCurrent(tx: Pick<Tx, 'query'>): Promise<VersionRow | undefined> {
  const [row] = await tx.query<VersionRow>(
    `select ${SUMMARY}, v.source, ${ORIGINS}
     from catalog.version v join events.head h on h.fence = v.version`,
  );
  return row;
}

export async function loadVersion(tx: Pick<Tx, 'query'>, version: number): Promise<VersionRow | undefined> {
  const [row] = await tx.query<VersionRow>(
    `select ${SUMMARY}, v.source, ${ORIGINS} from catalog.version v where v.version = $1`,
    [version],
  );
  return row;
}

/** Newest first. `before`: the last version of the page before; null for the first page. */
export async function listVersions(
  tx: Pick<Tx, 'query'>,
  limit: number,
  before: number | null,
): Promise<readonly VersionSummary[]> {
  return tx.query<VersionSummary>(
    `select ${SUMMARY} from catalog.version v
     where v.version < coalesce($2::integer, 2147483647) order by v.version desc limit $1`,
    [limit, before],
  );
}

/**
 * What every name meant in any version, once for each meaning, with the last version that had it; and the numbers of
 * achievement tiers: each version that knows tiers has those of all versions before it.
 */
export async function loadFormer(tx: Pick<Tx, 'query'>): Promise<Former> {
  const [origins, [last]] = await Promise.all([
    tx.query<FormerRow>(
      `select distinct on (n.noun, o.name, coalesce(o.origin ->> 'meaning', ''))
         n.noun, o.name, o.origin ->> 'key' as key, o.origin ->> 'since' as since, o.origin ->> 'meaning' as meaning, v.version
       from catalog.version v
       cross join unnest(array['streaks', 'metrics', 'boards']) as n (noun)
       cross join lateral jsonb_each(v.origins -> n.noun) as o (name, origin)
       order by n.noun, o.name, coalesce(o.origin ->> 'meaning', ''), v.version desc`,
    ),
    tx.query<{ readonly tiers: Origins['tiers'] }>(
      `select origins -> 'tiers' as tiers from catalog.version where origins ? 'tiers' order by version desc limit 1`,
    ),
  ]);
  return {
    origins: origins.map(({ meaning, ...origin }) => (meaning === null ? origin : { ...origin, meaning })),
    tiers: last?.tiers ?? {},
  };
}

/** Keys of values that were first kept by a version. */
export async function loadFirstKeys(
  tx: Pick<Tx, 'query'>,
  version: number,
): Promise<readonly { readonly noun: ValuedNoun; readonly key: string }[]> {
  return tx.query<Row & { readonly noun: ValuedNoun; readonly key: string }>(
    `select n.noun, o.origin ->> 'key' as key
     from catalog.version v
     cross join unnest(array['streaks', 'metrics', 'boards']) as n (noun)
     cross join lateral jsonb_each(v.origins -> n.noun) as o (name, origin)
     where v.version = $1 and not exists (
       select from catalog.version e cross join lateral jsonb_each(e.origins -> n.noun) as f (name, origin)
       where e.version < v.version and f.origin ->> 'key' = o.origin ->> 'key'
     )`,
    [version],
  );
}

type FormerRow = Row & Omit<FormerOrigin, 'meaning'> & { readonly meaning: string | null };

export async function insertVersion(
  tx: Tx,
  version: {
    readonly version: number;
    readonly source: string;
    readonly digest: string;
    readonly appliedAt: string;
    readonly actor: string;
    readonly name: string;
    readonly changes: number;
    readonly origins: Origins;
  },
): Promise<void> {
  await tx.query(
    `insert into catalog.version (version, source, digest, applied_at, actor, name, changes, origins)
     values ($1, $2, $3, $4::text::timestamptz, $5, $6, $7, $8::text::jsonb)`,
    [
      version.version,
      version.source,
      version.digest,
      version.appliedAt,
      version.actor,
      version.name,
      version.changes,
      JSON.stringify(version.origins),
    ],
  );
}
