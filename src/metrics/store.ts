import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { Seen } from './decide.ts';

export interface AccountSeen extends Seen {
  readonly account: number;
}

interface SeenRow extends Row, AccountSeen {}

/**
 * Those of `keys` that were counted before. `offset 0`: by key, one look-up each, whatever the planner knew of the
 * table when it was young.
 */
export async function loadSeen(tx: Tx, keys: readonly AccountSeen[]): Promise<readonly AccountSeen[]> {
  return tx.query<SeenRow>(
    `select s.account, s.metric, s.span, s.member
     from unnest($1::bigint[], $2::text[], $3::text[], $4::uuid[]) as k (account, metric, span, member)
     cross join lateral (
       select * from metrics.seen s
       where (s.account, s.metric, s.span, s.member) = (k.account, k.metric, k.span, k.member) offset 0
     ) s`,
    columns(keys),
  );
}

/** Everything that was counted for some users. */
export async function loadAllSeen(tx: Pick<Tx, 'query'>, accounts: readonly number[]): Promise<readonly AccountSeen[]> {
  return tx.query<SeenRow>('select account, metric, span, member from metrics.seen where account = any($1::bigint[])', [
    plainArray(accounts),
  ]);
}

/** A row that is there already stays: to be counted is all there is to it. */
export async function insertSeen(tx: Tx, rows: readonly AccountSeen[]): Promise<void> {
  await tx.query(
    `insert into metrics.seen (account, metric, span, member)
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::uuid[])
     on conflict (account, metric, span, member) do nothing`,
    columns(rows),
  );
}

/** Values that nothing bears out any more. */
export async function deleteSeen(tx: Tx, rows: readonly AccountSeen[]): Promise<void> {
  await tx.query(
    `delete from metrics.seen where ctid = any (array(
       select s.ctid
       from unnest($1::bigint[], $2::text[], $3::text[], $4::uuid[]) as k (account, metric, span, member)
       cross join lateral (
         select ctid from metrics.seen s
         where (s.account, s.metric, s.span, s.member) = (k.account, k.metric, k.span, k.member) offset 0
       ) s
     ))`,
    columns(rows),
  );
}

/** Of a person who is erased nothing is remembered: short values can be guessed from their digests. */
export async function eraseSeen(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from metrics.seen where account = $1', [account]);
}

function columns(rows: readonly AccountSeen[]): readonly string[] {
  return [
    plainArray(rows.map((row) => row.account)),
    textArray(rows.map((row) => row.metric)),
    textArray(rows.map((row) => row.span)),
    plainArray(rows.map((row) => row.member)),
  ];
}
