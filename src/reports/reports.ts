import { loadUnlocks } from '../achievements/index.ts';
import type { Catalog } from '../catalog/index.ts';
import type { Boards } from '../boards/index.ts';
import { type CatalogOutcome, decodeHotRow, type Rulebook, undoIdentity } from '../engine/index.ts';
import { keyedDigest } from '../kernel/digest.ts';
import type { Clock, Database, Tx } from '../kernel/ports.ts';
import { zoneDay } from '../kernel/time.ts';
import { findPerson } from '../users/index.ts';
import { achievementStatuses, retiredUnlocks } from './achievements.ts';
import { readEvent } from './event-store.ts';
import { eventReport } from './events.ts';
import { exportOf } from './export.ts';
import { readHistoryReport } from './history.ts';
import { readFlows, readFlowSummary } from './flows.ts';
import type { Reports, Summary } from './model.ts';
import { createRarity } from './rarity.ts';
import { boostsOf } from './boosts.ts';
import { holdOf, holdsOf } from './holds.ts';
import { profileOf } from './profile.ts';
import { readProfile, type ProfileRow } from './store.ts';
import { readSummary } from './summary.ts';
import { type Bound, type ChainRow, readChains, readEntries } from './transfer-store.ts';
import { readAside } from './set-aside.ts';
import { MAX_TRACED, readTrace } from './traces.ts';
import { mergeChains, readCursor, transferEntry, writeCursor } from './transfers.ts';
import { createVersions } from './versions.ts';
import { createWhy } from './why.ts';
import { askingOf } from './why-asking.ts';

export interface ReportsOptions {
  readonly database: Database;
  /** 64 hex digits: key of the digests under which outside ids are recognised. */
  readonly digestKey: string;
  /** The catalog in force. */
  readonly rulebook: () => Rulebook;
  /** A catalog that may be applied, as the rulebook that it would be. */
  readonly draft: (source: string) => CatalogOutcome<Rulebook>;
  readonly clock: Clock;
  /** The rank indexes. */
  readonly boards: Pick<Boards, 'around' | 'page'>;
}

export function createReports({ database, digestKey, rulebook, draft, clock, boards }: ReportsOptions): Reports {
  const digestOf = (fields: readonly string[]): string => keyedDigest(digestKey, fields);
  const userDigest = (user: string): string => digestOf(['user', user]);
  // A single statement is a snapshot by itself.
  const single = { query: database.read.bind(database) };
  const findVersion = createVersions(rulebook);
  const asking = (tx: Tx, row: ProfileRow) =>
    askingOf(tx, row, { rulebook: rulebook(), now: clock.now(), digestOf, findVersion });
  const profile = (row: ProfileRow) => profileOf(row, rulebook(), clock.now());
  const rarity = createRarity(single, clock);
  let summarizing: Promise<Summary> | undefined;
  let isReplaying = false;

  return {
    async profile(user) {
      const row = await readProfile(single, userDigest(user));
      return row === undefined ? undefined : profile(row);
    },

    async transfers(user, { currency, limit, cursor }) {
      const from = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && from === undefined) throw new RangeError('this is no cursor of transfers');
      return database.snapshot(async (tx) => {
        const chains = await readChains(tx, userDigest(user));
        const account = chains[0]?.account;
        if (account === undefined) return undefined;
        const all = from ?? chains.flatMap(wholeChain);
        const bounds = currency === undefined ? all : all.filter((bound) => bound.currency === currency);
        // One more than asked for of each chain tells whether it goes on.
        const rows = bounds.length === 0 ? [] : await readEntries(tx, account, bounds, limit + 1);
        const { page, rest } = mergeChains(rows, bounds, limit);
        return { transfers: page.map(transferEntry), cursor: rest.length === 0 ? null : writeCursor(rest) };
      });
    },

    async event(source, id) {
      return database.snapshot(async (tx) => {
        const row = await readEvent(tx, digestOf(['event', source, id]));
        if (row === undefined) return undefined;
        const person = row.user === null ? undefined : await readProfile(tx, userDigest(row.user));
        const catalog = row.catalog_version === null ? undefined : await findVersion(tx, row.catalog_version);
        const undoing = row.position === null ? undefined : await readEvent(tx, digestOf(undoIdentity(row.position)));
        return eventReport(source, id, row, person === undefined ? undefined : asking(tx, person), catalog, undoing);
      });
    },

    why: createWhy({
      database,
      boards,
      asking: async (tx, user) => {
        const row = await readProfile(tx, userDigest(user));
        return row === undefined ? undefined : asking(tx, row);
      },
    }),
    hold: (id) => holdOf(single, id),

    async holds(user, query) {
      const account = (await findPerson(single, userDigest(user)))?.account;
      return account === undefined ? undefined : holdsOf(single, account, query);
    },

    async boosts(user) {
      if (user === undefined) return boostsOf(single, null, clock.now());
      const account = (await findPerson(single, userDigest(user)))?.account;
      return account === undefined ? undefined : boostsOf(single, account, clock.now());
    },

    async achievements(user) {
      const found = await database.snapshot(async (tx) => {
        const row = await readProfile(tx, userDigest(user));
        return row === undefined ? undefined : { row, unlocks: await loadUnlocks(tx, row.account) };
      });
      if (found === undefined) return undefined;
      const rules = rulebook();
      const shares = await rarity();
      const versions = new Map<number, Catalog>();
      for (const { catalog_version: version } of retiredUnlocks(rules, found.unlocks)) {
        const catalog = await findVersion(single, version);
        if (catalog !== undefined) versions.set(version, catalog);
      }
      const { row, unlocks } = found;
      const today = zoneDay(row.zone ?? rules.catalog.timezone, clock.now());
      return achievementStatuses({ rulebook: rules, hot: decodeHotRow(row.state), today, unlocks, versions, rarity: shares });
    },

    async summary() {
      // Whoever asks while it is being read gets the same answer.
      summarizing ??= database
        .snapshot((tx) => readSummary(database, tx, rulebook()))
        .finally(() => {
          summarizing = undefined;
        });
      return summarizing;
    },

    async history(source, { onProgress = () => undefined } = {}) {
      const drafted = draft(source);
      if (!drafted.ok) return drafted;
      if (isReplaying) {
        const message = 'the history is being replayed for somebody else: one draft at a time';
        return { ok: false, refusal: { code: 'busy', message } };
      }
      isReplaying = true;
      try {
        const rulebooks = { current: rulebook(), draft: drafted.value };
        const started = clock.now();
        const report = await database.snapshot((tx) => readHistoryReport(database, tx, rulebooks, onProgress));
        return { ok: true, value: { ...report, seconds: Math.round((clock.now() - started) / 10) / 100 } };
      } finally {
        isReplaying = false;
      }
    },

    setAside: (query) => readAside(single, query),

    async trace(correlationId, { limit = MAX_TRACED } = {}) {
      const most = Math.min(Math.max(1, limit), MAX_TRACED);
      const eventDigest = (id: string): string => digestOf(['event', 'default', id]);
      return database.snapshot((tx) => readTrace(tx, correlationId, most, eventDigest));
    },

    flows: (query) => readFlows(single, query),

    flowSummary: () => readFlowSummary(single, rulebook().catalog, clock.now()),

    async exportUser(user) {
      return database.snapshot(async (tx) => {
        const row = await readProfile(tx, userDigest(user));
        return row === undefined ? undefined : exportOf(database, tx, row, rulebook(), clock.now());
      });
    },
  };
}

/** From its newest entry on. */
function wholeChain({ currency, entries }: ChainRow): readonly Bound[] {
  return currency === null || entries === null ? [] : [{ currency, before: entries + 1 }];
}
