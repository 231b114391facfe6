import { decodeHotRow } from '../engine/index.ts';
import { keyedDigest } from '../kernel/digest.ts';
import { accountId } from '../kernel/ids.ts';
import type { Database, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { readEvent, streamEvents } from './event-store.ts';
import { eventReport, exportedEvent } from './events.ts';
import type { ExportedEvent, Profile, Reports, TransferEntry, UserExport } from './model.ts';
import { readKeys, readProfile, readScores, readUsage, type ProfileRow } from './store.ts';
import { type Bound, type ChainRow, readChains, readEntries, streamEntries } from './transfer-store.ts';
import { mergeChains, readCursor, transferEntry, writeCursor } from './transfers.ts';

export interface ReportsOptions {
  readonly database: Database;
  /** 64 hex digits: key of the digests under which outside ids are recognised. */
  readonly digestKey: string;
}

const CHUNK = 1_000;

export function createReports({ database, digestKey }: ReportsOptions): Reports {
  const userDigest = (user: string): string => keyedDigest(digestKey, ['user', user]);
  // A single statement is a snapshot by itself.
  const single = { query: database.read.bind(database) };

  async function exportFrom(tx: Tx, row: ProfileRow): Promise<UserExport> {
    const { account } = row;
    const transfers: TransferEntry[] = [];
    for await (const rows of streamEntries(database, tx, account, CHUNK)) transfers.push(...rows.map(transferEntry));
    const events: ExportedEvent[] = [];
    for await (const rows of streamEvents(database, tx, account, CHUNK)) events.push(...rows.map(exportedEvent));
    const [scores, limits, keys] = await Promise.all([readScores(tx, account), readUsage(tx, account), readKeys(tx, account)]);
    return {
      account: accountId(account),
      profile: profileOf(row),
      transfers,
      events,
      achievements: [],
      scores: scores.map(({ board, period, score, reached_at: at }) => ({ board, period, score, reachedAt: formatTime(at) })),
      limits: limits.map(({ rule, span, bucket, used }) => ({ rule, span, bucket, used })),
      keys: keys.map(({ id, name, created_at: at, revoked_at: end }) => ({
        id,
        name,
        createdAt: formatTime(at),
        revokedAt: end === null ? null : formatTime(end),
      })),
    };
  }

  return {
    async profile(user) {
      const row = await readProfile(single, userDigest(user));
      return row === undefined ? undefined : profileOf(row);
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
      const row = await readEvent(single, keyedDigest(digestKey, ['event', source, id]));
      return row === undefined ? undefined : eventReport(source, id, row);
    },

    async exportUser(user) {
      return database.snapshot(async (tx) => {
        const row = await readProfile(tx, userDigest(user));
        return row === undefined ? undefined : exportFrom(tx, row);
      });
    },
  };
}

/** From its newest entry on. */
function wholeChain({ currency, entries }: ChainRow): readonly Bound[] {
  return currency === null || entries === null ? [] : [{ currency, before: entries + 1 }];
}

function profileOf(row: ProfileRow): Profile {
  const metrics: Record<string, number> = {};
  const values = decodeHotRow(row.state).metrics;
  for (const [name, { key }] of Object.entries(row.origins ?? {})) {
    const value = values.get(key)?.value;
    if (value !== undefined) metrics[name] = value;
  }
  return {
    id: row.id,
    zone: row.zone,
    locale: row.locale,
    name: row.name,
    attributes: row.attributes,
    createdAt: formatTime(row.created_at),
    balances: row.balances ?? {},
    held: row.held ?? {},
    // The catalog declares neither levels nor streaks yet.
    level: 1,
    streaks: [],
    metrics,
  };
}
