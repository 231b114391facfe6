import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { Lot } from './lots.ts';

/** What credits of one batch add to a lot. */
export interface LotCredit {
  readonly account: number;
  readonly currency: string;
  /** Days since 1970-01-01. */
  readonly on: number;
  readonly amount: number;
}

/** No two may be of one lot. */
export async function addToLots(tx: Tx, credits: readonly LotCredit[]): Promise<void> {
  await tx.query(
    `insert into ledger.lot (account, currency, expires_on, amount)
     select account, currency, date '1970-01-01' + expires_on, amount
     from unnest($1::bigint[], $2::text[], $3::integer[], $4::bigint[]) as r (account, currency, expires_on, amount)
     on conflict (account, currency, expires_on) do update set amount = lot.amount + excluded.amount`,
    [
      plainArray(credits.map((c) => c.account)),
      textArray(credits.map((c) => c.currency)),
      plainArray(credits.map((c) => c.on)),
      plainArray(credits.map((c) => c.amount)),
    ],
  );
}

interface LotRow extends Row {
  readonly on: number;
  readonly amount: number;
  readonly warned: boolean;
}

/** By day. */
export async function loadLots(tx: Pick<Tx, 'query'>, account: number, currency: string): Promise<readonly Lot[]> {
  return tx.query<LotRow>(
    `select expires_on - date '1970-01-01' as on, amount, warned from ledger.lot
     where account = $1 and currency = $2 order by expires_on`,
    [account, currency],
  );
}

/** Up to a day, that included. */
export async function markWarned(tx: Tx, account: number, currency: string, on: number): Promise<void> {
  await tx.query(
    `update ledger.lot set warned = true
     where account = $1 and currency = $2 and expires_on <= date '1970-01-01' + $3::integer and not warned`,
    [account, currency, on],
  );
}

/** Leaves of the lots up to a day, that included, what `rest` says, and no others. */
export async function settleLots(tx: Tx, account: number, currency: string, on: number, rest: readonly Lot[]): Promise<void> {
  await tx.query(
    `delete from ledger.lot where account = $1 and currency = $2 and expires_on <= date '1970-01-01' + $3::integer`,
    [account, currency, on],
  );
  const kept = rest.filter((lot) => lot.on <= on);
  if (kept.length > 0)
    await addToLots(
      tx,
      kept.map((lot) => ({ account, currency, on: lot.on, amount: lot.amount })),
    );
}

export async function eraseLots(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from ledger.lot where account = $1', [account]);
}
