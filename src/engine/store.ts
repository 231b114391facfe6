import { jsonList, plainArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';

interface LockedRow extends Row {
  readonly account: number;
  readonly digest: string;
  readonly state: unknown;
}

/**
 * Locks the hot rows of the users that exist among `digests`, in order of account, and reads them as they are
 * once locked. Whoever writes anything of a user holds this lock. The people come first, in order, and each one's
 * row is locked as it is met: no plan, however old, can turn that round.
 */
export async function lockUsers(tx: Tx, digests: readonly string[]): Promise<readonly LockedRow[]> {
  return tx.query<LockedRow>(
    `select p.account, p.digest, a.state
     from (select account, digest from users.person where digest = any($1::uuid[]) order by account offset 0) p
     cross join lateral (select state from engine.account where account = p.account for no key update) a`,
    [plainArray(digests)],
  );
}

/** As they are, without a lock: for reading. */
export async function readHotRows(
  tx: Pick<Tx, 'query'>,
  accounts: readonly number[],
): Promise<readonly { readonly account: number; readonly state: unknown }[]> {
  return tx.query<{ account: number; state: unknown }>(
    'select account, state from engine.account where account = any($1::bigint[])',
    [plainArray(accounts)],
  );
}

export interface HotRow {
  readonly account: number;
  /** JSON text. */
  readonly state: string;
}

export async function insertHotRows(tx: Tx, rows: readonly HotRow[]): Promise<void> {
  await tx.query(
    `insert into engine.account (account, state)
     select account, state::json from unnest($1::bigint[], string_to_array($2, e'\\x1f')) as r (account, state)`,
    [plainArray(rows.map((r) => r.account)), jsonList(rows.map((r) => r.state))],
  );
}

export async function saveHotRows(tx: Tx, rows: readonly HotRow[]): Promise<void> {
  await tx.query(
    `update engine.account a set state = r.state::json
     from unnest($1::bigint[], string_to_array($2, e'\\x1f')) as r (account, state) where a.account = r.account`,
    [plainArray(rows.map((r) => r.account)), jsonList(rows.map((r) => r.state))],
  );
}

/** Of someone who is erased: whoever waits for the lock then finds no user, and not one without a name. */
export async function deleteHotRow(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from engine.account where account = $1', [account]);
}
