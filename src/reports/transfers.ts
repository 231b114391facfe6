import { transferId } from '../kernel/ids.ts';
import { formatTime } from '../kernel/time.ts';
import { systemAccountName } from '../ledger/index.ts';
import type { TransferEntry } from './parts-model.ts';
import type { Bound, TransferRow } from './transfer-store.ts';

/**
 * A place in a list that runs through several chains: for each chain that is not at its end, the entry before
 * which to go on. Numbers of entries never change, so nothing is skipped or told twice while new ones arrive.
 */
export function writeCursor(bounds: readonly Bound[]): string {
  return Buffer.from(bounds.map(({ currency, before }) => `${currency}.${before.toString(36)}`).join(',')).toString('base64url');
}

const PART = /^([a-z][a-z0-9_-]*)\.([1-9a-z][0-9a-z]{0,10})$/;

/** Undefined for what no list gave out. */
export function readCursor(cursor: string): readonly Bound[] | undefined {
  const bounds: Bound[] = [];
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (Buffer.from(text, 'latin1').toString('base64url') !== cursor) return undefined;
  for (const part of text.split(',')) {
    const [, currency, number] = PART.exec(part) ?? [];
    if (currency === undefined || number === undefined) return undefined;
    const before = Number.parseInt(number, 36);
    if (!Number.isSafeInteger(before) || bounds.some((bound) => bound.currency === currency)) return undefined;
    bounds.push({ currency, before });
  }
  return bounds;
}

/** Whether some page gave this cursor out. */
export function isTransferCursor(cursor: string): boolean {
  return readCursor(cursor) !== undefined;
}

/**
 * Merges chains, each newest first, to one list by the moment of acceptance. Entries of one chain keep their
 * order even where clocks went back. Answers the first `limit`, and where each chain goes on after them.
 */
export function mergeChains(
  rows: readonly TransferRow[],
  bounds: readonly Bound[],
  limit: number,
): { readonly page: readonly TransferRow[]; readonly rest: readonly Bound[] } {
  const chains = bounds.map((bound) => ({ ...bound, rows: rows.filter(({ currency }) => currency === bound.currency), next: 0 }));
  const page: TransferRow[] = [];
  while (page.length < limit) {
    let newest: (typeof chains)[number] | undefined;
    for (const chain of chains) {
      const candidate = chain.rows[chain.next];
      const best = newest?.rows[newest.next];
      if (candidate !== undefined && (best === undefined || candidate.recorded_at > best.recorded_at)) newest = chain;
    }
    const row = newest?.rows[newest.next];
    if (newest === undefined || row === undefined) break;
    page.push(row);
    newest.next += 1;
    newest.before = row.entry;
  }
  const rest = chains.filter((chain) => chain.next < chain.rows.length).map(({ currency, before }) => ({ currency, before }));
  return { page, rest };
}

export function transferEntry(row: TransferRow): TransferEntry {
  return {
    id: transferId(row.id),
    kind: row.kind,
    currency: row.currency,
    amount: row.amount,
    balance: row.balance,
    counterparty: systemAccountName(row.counterparty) ?? row.person,
    rule: row.rule,
    reason: row.reason,
    ...(row.reverses === null ? {} : { reverses: transferId(row.reverses) }),
    time: formatTime(row.occurred_at),
    recordedAt: formatTime(row.recorded_at),
    catalogVersion: row.catalog_version,
  };
}
