import { type Actor, appendAudit } from '../access/index.ts';
import { deleteBoard, seedAllTime } from '../boards/index.ts';
import { diffCatalogs, EMPTY_CATALOG, insertVersion, loadCurrent, parseCatalog, type VersionRow } from '../catalog/index.ts';
import { append, lockHead, moveFence, readHead } from '../events/index.ts';
import { sha256 } from '../kernel/digest.ts';
import type { Clock, Database, Log, Tx } from '../kernel/ports.ts';
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
  let rulebook = createRulebook(0, EMPTY_CATALOG, new Map());
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
    const since = new Map(Object.entries(current.boards_since).map(([board, at]) => [board, Date.parse(at)]));
    rulebook = createRulebook(current.version, parsed.catalog, since);
    row = current;
    log.info({ version: current.version, catalog: parsed.catalog.name }, 'catalog in force');
  }

  async function apply(source: string, actor: Actor): Promise<CatalogOutcome<CatalogApplied>> {
    const parsed = parseCatalog(source);
    if (!parsed.ok) return parsed;
    const applied = await database.transaction(async (tx): Promise<CatalogApplied> => {
      // Held to the commit: every position before it was decided by the version before, every one after by this.
      const head = await lockHead(tx);
      const before = await loadCurrent(tx);
      const digest = sha256(source);
      const parsedBefore = before === undefined ? undefined : parseCatalog(before.source);
      const old = parsedBefore?.ok === true ? parsedBefore.catalog : null;
      if (before?.digest === digest) return { version: before.version, applied: false, changes: [] };
      const changes = diffCatalogs(old, parsed.catalog);
      const version = head.fence + 1;
      const now = formatTime(clock.now());
      const boardsSince = await settleBoards(tx, old, parsed.catalog, before?.boards_since ?? {}, now);
      await insertVersion(tx, { version, source, digest, appliedAt: now, actor: actor.id, boardsSince });
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
        before: before === undefined ? null : { version: before.version, digest: before.digest },
        after: { version, digest, changes },
        reason: null,
      });
      return { version, applied: true, changes };
    });
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
 * When each board began. One that means something else than before begins anew, as does one that was taken away and
 * comes back: what happened meanwhile is not in its scores. One over all time starts from what its metric already is.
 */
async function settleBoards(
  tx: Tx,
  old: Rulebook['catalog'] | null,
  catalog: Rulebook['catalog'],
  since: Readonly<Record<string, string>>,
  now: string,
): Promise<Record<string, string>> {
  const settled: Record<string, string> = { ...since };
  const meaning = (of: Rulebook['catalog'] | null, id: string): string | undefined => {
    const board = of?.boards.find((candidate) => candidate.id === id);
    const metric = of?.metrics.find(({ name }) => name === board?.metric);
    return board === undefined ? undefined : JSON.stringify([board.metric, board.period, board.zone, metric?.meaning]);
  };
  for (const board of catalog.boards) {
    const before = meaning(old, board.id);
    if (before === meaning(catalog, board.id) && settled[board.id] !== undefined) continue;
    if (settled[board.id] !== undefined) await deleteBoard(tx, board.id);
    settled[board.id] = now;
    const metricIsNew =
      old?.metrics.find(({ name }) => name === board.metric)?.meaning !==
      catalog.metrics.find(({ name }) => name === board.metric)?.meaning;
    if (board.period === 'all' && !metricIsNew) await seedAllTime(tx, board.id, board.metric);
  }
  return settled;
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
