import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Database, Row, Tx } from '../kernel/ports.ts';

type Reader = Pick<Tx, 'query'>;

export interface ChainRow extends Row {
  readonly account: number;
  /** Null for someone who has no points yet. */
  readonly currency: string | null;
  readonly entries: number | null;
}

/** How long the chains of a person are; no row for an unknown one. */
export async function readChains(tx: Reader, digest: string): Promise<readonly ChainRow[]> {
  return tx.query<ChainRow>(
    `select p.account, a.currency, a.entries
     from users.person p left join ledger.account a on a.account = p.account where p.digest = $1`,
    [digest],
  );
}

export interface TransferRow extends Row {
  readonly id: string;
  readonly kind: string;
  readonly currency: string;
  /** Signed from the account's side. */
  readonly amount: number;
  readonly entry: number;
  /** After the entry. */
  readonly balance: number;
  readonly counterparty: number;
  /** Outside id of the counterparty; null for the system, and for someone erased. */
  readonly person: string | null;
  readonly rule: string | null;
  readonly reason: string | null;
  /** UUID of the transfer that it takes back. */
  readonly reverses: string | null;
  readonly occurred_at: number;
  readonly recorded_at: number;
  readonly catalog_version: number;
}

const side = (own: 'debit' | 'credit', other: 'debit' | 'credit', where: string): string => `
  select id, kind, currency, ${own === 'debit' ? '-amount' : 'amount'} as amount, ${own}_entry as entry, ${own}_balance as balance,
    ${other} as counterparty, rule, reverses, occurred_at, recorded_at, catalog_version
  from ledger.transfer where ${own} > 0 and ${own} = $1 ${where}`;

const WITH_NAMES = `left join ledger.note n on n.transfer = e.id left join users.person p on p.account = e.counterparty`;

/** A place in a chain: the entries before this number are still to come. */
export interface Bound {
  readonly currency: string;
  readonly before: number;
}

/** The last `limit` entries of each chain before its bound, newest first within each. */
export async function readEntries(
  tx: Reader,
  account: number,
  bounds: readonly Bound[],
  limit: number,
): Promise<readonly TransferRow[]> {
  const newest = (own: 'debit' | 'credit', other: 'debit' | 'credit'): string =>
    side(own, other, `and currency = b.currency and ${own}_entry < b.before order by ${own}_entry desc limit $4`);
  return tx.query<TransferRow>(
    `select e.*, n.reason, p.id as person
     from unnest($2::text[], $3::bigint[]) as b (currency, before)
     cross join lateral (
       select * from ((${newest('debit', 'credit')}) union all (${newest('credit', 'debit')})) either order by entry desc limit $4
     ) e
     ${WITH_NAMES}
     order by e.currency, e.entry desc`,
    [account, textArray(bounds.map(({ currency }) => currency)), plainArray(bounds.map(({ before }) => before)), limit],
  );
}

/** Every entry of an account, oldest first within each currency. */
export function streamEntries(database: Database, tx: Tx, account: number, chunk: number): AsyncIterable<readonly TransferRow[]> {
  return database.stream<TransferRow>(
    tx,
    `select e.*, n.reason, p.id as person
     from (${side('debit', 'credit', '')} union all ${side('credit', 'debit', '')}) e
     ${WITH_NAMES}
     order by e.currency, e.entry`,
    [account],
    chunk,
  );
}
