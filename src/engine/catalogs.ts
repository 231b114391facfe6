import { type Actor, appendAudit } from '../access/index.ts';
import { closedSince, reseedAllTime, seedAllTime } from '../boards/index.ts';
import {
  type Catalog,
  type CatalogChange,
  EMPTY_CATALOG,
  type Former,
  insertVersion,
  listVersions,
  loadCurrent,
  loadFormer,
  loadVersion,
  NO_ORIGINS,
  NOTHING_FORMER,
  parseCatalog,
  planChanges,
  type Settled,
  settleOrigins,
  type Settlement,
  type VersionRow,
  type VersionSummary,
} from '../catalog/index.ts';
import { append, lockHead, moveFence, readHead } from '../events/index.ts';
import { sha256 } from '../kernel/digest.ts';
import { type Clock, type Database, DatabaseError, type Log, type Tx } from '../kernel/ports.ts';
import { DAY, formatTime } from '../kernel/time.ts';
import { keptSince, loadBoosts } from '../rules/index.ts';
import type { CatalogApplied, CatalogOutcome } from './face.ts';
import type { RulebookOf } from './history/refold.ts';
import { type Circumstances, createRulebook, type Rulebook } from './rulebook.ts';
import { scoreId } from './state.ts';

/** A version of the catalog, as lists tell it. */
export interface CatalogVersion {
  readonly version: number;
  /** RFC 3339, UTC. */
  readonly appliedAt: string;
  /** Id of the key that applied it, or `@cli`, `@system`, `@embedded`. */
  readonly actor: string;
  /** `name:` of the catalog; null for versions that were applied before it was kept. */
  readonly name: string | null;
  /** SHA-256 of the source, 64 hex digits. */
  readonly digest: string;
  /** Definitions that differ from the version before; null likewise. */
  readonly changes: number | null;
}

/** The catalog in force, as this process knows it, and the way to another one. */
export interface Catalogs {
  current(): Rulebook;
  /** Source and time of the version in force; undefined before the first. */
  describe(): { readonly version: number; readonly source: string; readonly appliedAt: string } | undefined;
  refresh(): Promise<void>;
  /** What applying `source` would change, and what becomes of the values that it has. */
  plan(source: string): CatalogOutcome<{ readonly changes: readonly CatalogChange[] }>;
  /** `source` as the rulebook that it would be, were it applied now. */
  draft(source: string): CatalogOutcome<Rulebook>;
  apply(source: string, actor: Actor): Promise<CatalogOutcome<CatalogApplied>>;
  /** Every version ever applied, newest first. `before`: the last of the page before. */
  versions(query: { readonly limit: number; readonly before?: number }): Promise<readonly CatalogVersion[]>;
  /** The rulebooks of these versions, arranged as they were in force; those that are no longer understood are left out. */
  rulebooks(versions: Iterable<number>): Promise<RulebookOf>;
  /** One version with its source, or undefined. */
  version(number: number): Promise<(CatalogVersion & { readonly source: string }) | undefined>;
}

/** Rulebooks of former versions that are kept: what is asked about the past is mostly about the last few. */
const MAX_PAST = 32;

export async function createCatalogs(database: Database, clock: Clock, log: Log): Promise<Catalogs> {
  let rulebook = createRulebook(0, EMPTY_CATALOG, NO_ORIGINS);
  let row: VersionRow | undefined;
  let settled: Settled | null = null;
  let former: Former = NOTHING_FORMER;

  const read = { query: database.read.bind(database) };
  /** Of versions before the one in force; undefined: not understood. */
  const past = new Map<number, Rulebook | undefined>();

  async function rulebooks(versions: Iterable<number>): Promise<RulebookOf> {
    // Of its own: what is kept for the next may be gone before all that were asked for are here.
    const asked = new Map<number, Rulebook | undefined>();
    for (const version of new Set(versions)) {
      if (version !== rulebook.version) asked.set(version, past.has(version) ? past.get(version) : await loadPast(version));
    }
    asked.set(rulebook.version, rulebook);
    return (version) => asked.get(version);
  }

  async function loadPast(version: number): Promise<Rulebook | undefined> {
    const found = version === 0 ? undefined : await loadVersion(read, version);
    const parsed = found === undefined ? undefined : parseCatalog(found.source);
    const understood =
      found !== undefined && parsed?.ok === true ? createRulebook(version, parsed.catalog, found.origins) : undefined;
    const loaded = version === 0 ? createRulebook(0, EMPTY_CATALOG, NO_ORIGINS) : understood;
    if (past.size >= MAX_PAST) past.clear();
    past.set(version, loaded);
    return loaded;
  }

  async function refresh(): Promise<void> {
    // The source is long: it is fetched only when there is another one.
    const head = await readHead(read);
    // Read after the number: what is newer than it says is known a moment early, and read again at the next look.
    if (head.generation !== rulebook.circumstances.generation) {
      rulebook = { ...rulebook, circumstances: await loadCircumstances(read, head.generation, clock.now()) };
    }
    if (head.fence <= rulebook.version) return;
    const [current, formerNow] = await Promise.all([loadCurrent(read), loadFormer(read)]);
    if (current === undefined || current.version <= rulebook.version) return;
    const parsed = parseCatalog(current.source);
    if (!parsed.ok) {
      const [fault] = parsed.faults;
      throw new Error(
        `catalog version ${current.version} of the database is not understood (line ${fault?.line}: ${fault?.message}): update Diana`,
      );
    }
    rulebook = createRulebook(current.version, parsed.catalog, current.origins, rulebook.circumstances);
    settled = { catalog: parsed.catalog, origins: current.origins };
    former = formerNow;
    row = current;
    log.info({ version: current.version, catalog: parsed.catalog.name }, 'catalog in force');
  }

  function settle(catalog: Catalog): Settlement {
    return settleOrigins(settled, catalog, { number: rulebook.version + 1, now: formatTime(clock.now()), former });
  }

  function plan(source: string): CatalogOutcome<{ readonly changes: readonly CatalogChange[] }> {
    const parsed = parseCatalog(source);
    if (!parsed.ok) return parsed;
    return { ok: true, value: { changes: planChanges(settled, parsed.catalog, settle(parsed.catalog).fates) } };
  }

  function draft(source: string): CatalogOutcome<Rulebook> {
    const parsed = parseCatalog(source);
    if (!parsed.ok) return parsed;
    return { ok: true, value: createRulebook(rulebook.version + 1, parsed.catalog, settle(parsed.catalog).origins) };
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
    plan,
    draft,
    apply,
    rulebooks,
    versions: async ({ limit, before }) => (await listVersions(read, limit, before ?? null)).map(versionOf),
    async version(number) {
      const found = await loadVersion(read, number);
      return found === undefined ? undefined : { ...versionOf(found), source: found.source };
    },
  };
}

/** Longer than any event is under way. */
const LATELY = 2 * DAY;

/** As of `generation`. */
async function loadCircumstances(read: Pick<Tx, 'query'>, generation: number, now: number): Promise<Circumstances> {
  const [boosts, closed] = await Promise.all([
    loadBoosts(read, null, formatTime(keptSince(now))),
    closedSince(read, formatTime(now - LATELY)),
  ]);
  return { generation, closed: new Set(closed.map(({ board, period }) => scoreId(board, period))), boosts };
}

function versionOf({ version, applied_at: appliedAt, actor, name, digest, changes }: VersionSummary): CatalogVersion {
  return { version, appliedAt: formatTime(appliedAt), actor, name, digest, changes };
}

/**
 * Puts a catalog in force. Boards over all time that begin or come back are filled from their metrics first, while
 * events go on; then the head of the log is locked, what was announced meanwhile is filled in, and the fence moves: every
 * position before it was decided by the version before, every one after by this. Nothing that a batch may hold is
 * touched under that lock.
 */
async function applyCatalog(tx: Tx, source: string, catalog: Catalog, actor: Actor, now: string): Promise<CatalogApplied> {
  const seenHead = await readHead(tx);
  const row = await loadCurrent(tx);
  const digest = sha256(source);
  if (row?.digest === digest) return { version: row.version, applied: false, changes: [] };
  const before = row === undefined ? null : settledOf(row);
  const version = seenHead.fence + 1;
  const settlement = settleOrigins(before, catalog, { number: version, now, former: await loadFormer(tx) });
  const { origins } = settlement;
  const seeds = allTimeSeeds(catalog, settlement);
  for (const { board, metric } of seeds) await seedAllTime(tx, board, metric);
  const head = await lockHead(tx);
  // Another version came in between: everything above is decided again.
  if (head.fence !== seenHead.fence) throw new DatabaseError('the catalog changed meanwhile', 'DN001', undefined);
  for (const { board, metric } of seeds) await reseedAllTime(tx, board, metric, seenHead.position);
  const changes = planChanges(before, catalog, settlement.fates);
  await insertVersion(tx, {
    version,
    source,
    digest,
    appliedAt: now,
    actor: actor.id,
    name: catalog.name,
    changes: changes.length,
    origins,
  });
  await moveFence(tx, version);
  await append(tx, {
    rows: [fact('catalog.applied', { version, changes: changes.length }, now)],
    claims: [],
    fence: version,
    generation: null,
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

/** Where this code no longer understands the version in force, what it meant is known by its digests alone. */
function settledOf(row: VersionRow): Settled {
  const parsed = parseCatalog(row.source);
  return { catalog: parsed.ok ? parsed.catalog : null, origins: row.origins };
}

/**
 * Boards over all time that begin or come back, on metrics that have values: by their keys. One that comes back has
 * the scores of the day it left, while its metric may have moved on.
 */
function allTimeSeeds(
  catalog: Catalog,
  { origins, fates }: Settlement,
): readonly { readonly board: string; readonly metric: string }[] {
  return catalog.boards.flatMap(({ id, metric, period }) => {
    const board = origins.boards[id]?.key;
    const key = origins.metrics[metric]?.key;
    if (period !== 'all' || board === undefined || key === undefined) return [];
    const isFollowed = fates.boards.get(id)?.kind === 'kept';
    const hasValues = fates.metrics.get(metric)?.kind !== 'begins';
    return hasValues && !isFollowed ? [{ board, metric: key }] : [];
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
    causationId: null,
    cause: null,
    facts: 0,
    moves: null,
  };
}
