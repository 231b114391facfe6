import { type Actor, appendAudit } from '../access/index.ts';
import { reseedAllTime, seedAllTime } from '../boards/index.ts';
import {
  type Catalog,
  diffCatalogs,
  EMPTY_CATALOG,
  insertVersion,
  loadCurrent,
  loadUsedKeys,
  NO_ORIGINS,
  type Origins,
  parseCatalog,
  type Settled,
  settleOrigins,
  type VersionRow,
} from '../catalog/index.ts';
import { append, lockHead, moveFence, readHead } from '../events/index.ts';
import { sha256 } from '../kernel/digest.ts';
import { type Clock, type Database, DatabaseError, type Log, type Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { CatalogApplied, CatalogOutcome } from './face.ts';
import { createRulebook, type Rulebook } from './rulebook.ts';

/** The catalog in force, as this process knows it, and the way to another one. */
export interface Catalogs {
  current(): Rulebook;
  /** Source and time of the version in force; undefined before the first. */
  describe(): { readonly version: number; readonly source: string; readonly appliedAt: string } | undefined;
  refresh(): Promise<void>;
  apply(source: string, actor: Actor): Promise<CatalogOutcome<CatalogApplied>>;
}

export async function createCatalogs(database: Database, clock: Clock, log: Log): Promise<Catalogs> {
  let rulebook = createRulebook(0, EMPTY_CATALOG, NO_ORIGINS);
  let row: VersionRow | undefined;

  const read = { query: database.read.bind(database) };

  async function refresh(): Promise<void> {
    // The source is long: it is fetched only when there is another one.
    if ((await readHead(read)).fence <= rulebook.version) return;
    const current = await loadCurrent(read);
    if (current === undefined || current.version <= rulebook.version) return;
    const parsed = parseCatalog(current.source);
    if (!parsed.ok) {
      const [fault] = parsed.faults;
      throw new Error(
        `catalog version ${current.version} of the database is not understood (line ${fault?.line}: ${fault?.message}): update Diana`,
      );
    }
    rulebook = createRulebook(current.version, parsed.catalog, current.origins);
    row = current;
    log.info({ version: current.version, catalog: parsed.catalog.name }, 'catalog in force');
  }

  async function apply(source: string, actor: Actor): Promise<CatalogOutcome<CatalogApplied>> {
    const parsed = parseCatalog(source);
    if (!parsed.ok) return parsed;
    const applied = await database.transaction((tx) => applyCatalog(tx, source, parsed.catalog, actor, formatTime(clock.now())));
    await refresh();
    return { ok: true, value: applied };
  }

  await refresh();
  return {
    current: () => rulebook,
    describe: () =>
      row === undefined ? undefined : { version: row.version, source: row.source, appliedAt: formatTime(row.applied_at) },
    refresh,
    apply,
  };
}

/**
 * Puts a catalog in force. New boards over all time are filled from their metrics first, while events go on; then the
 * head of the log is locked, what was announced meanwhile is filled in, and the fence moves: every position before it
 * was decided by the version before, every one after by this. Nothing that a batch may hold is touched under that lock.
 */
async function applyCatalog(tx: Tx, source: string, catalog: Catalog, actor: Actor, now: string): Promise<CatalogApplied> {
  const seenHead = await readHead(tx);
  const row = await loadCurrent(tx);
  const digest = sha256(source);
  if (row?.digest === digest) return { version: row.version, applied: false, changes: [] };
  const before = row === undefined ? null : settledOf(row);
  const version = seenHead.fence + 1;
  const origins = settleOrigins(before, catalog, { number: version, now, used: await loadUsedKeys(tx) });
  const seeds = allTimeSeeds(before, catalog, origins);
  for (const { board, metric } of seeds) await seedAllTime(tx, board, metric);
  const head = await lockHead(tx);
  // Another version came in between: everything above is decided again.
  if (head.fence !== seenHead.fence) throw new DatabaseError('the catalog changed meanwhile', 'DN001', undefined);
  for (const { board, metric } of seeds) await reseedAllTime(tx, board, metric, seenHead.position);
  const changes = diffCatalogs(before?.catalog ?? null, catalog);
  await insertVersion(tx, { version, source, digest, appliedAt: now, actor: actor.id, origins });
  await moveFence(tx, version);
  await append(tx, {
    rows: [fact('catalog.applied', { version, changes: changes.length }, now)],
    claims: [],
    fence: version,
    recordedAt: now,
  });
  await appendAudit(tx, actor, {
    action: 'catalog.apply',
    target: `catalog/${version}`,
    before: row === undefined ? null : { version: row.version, digest: row.digest },
    after: { version, digest, changes },
    reason: null,
  });
  return { version, applied: true, changes };
}

/** The version in force; an older one that this code no longer understands counts as none, and all begins anew. */
function settledOf(row: VersionRow): Settled | null {
  const parsed = parseCatalog(row.source);
  return parsed.ok ? { catalog: parsed.catalog, origins: row.origins } : null;
}

/** Boards over all time that begin, on metrics that were there before: by their keys. */
function allTimeSeeds(
  before: Settled | null,
  catalog: Catalog,
  origins: Origins,
): readonly { readonly board: string; readonly metric: string }[] {
  return catalog.boards.flatMap(({ id, metric, period }) => {
    const board = origins.boards[id]?.key;
    const key = origins.metrics[metric]?.key;
    if (period !== 'all' || board === undefined || key === undefined) return [];
    const isNew = before?.origins.boards[id]?.key !== board;
    const hasValues = before?.origins.metrics[metric]?.key === key;
    return isNew && hasValues ? [{ board, metric: key }] : [];
  });
}

/** A fact about no user. */
export function fact(type: string, data: object, occurredAt: string): Parameters<typeof append>[1]['rows'][number] {
  return {
    type,
    account: null,
    id: null,
    source: null,
    occurredAt,
    writtenOffset: null,
    localDay: null,
    data: JSON.stringify(data),
    correlationId: null,
    cause: null,
    facts: 0,
  };
}
