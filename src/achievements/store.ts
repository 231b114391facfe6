import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';

export interface Unlock {
  readonly account: number;
  readonly achievement: string;
  readonly tier: string;
  readonly number: number;
  /** ISO 8601: time of the event. */
  readonly unlockedAt: string;
  /** Identity digest of the event or command. */
  readonly cause: string;
  readonly catalogVersion: number;
}

export async function insertUnlocks(tx: Tx, unlocks: readonly Unlock[]): Promise<void> {
  await tx.query(
    `insert into achievements.unlock (account, achievement, tier, number, unlocked_at, cause, catalog_version)
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[], $6::uuid[], $7::integer[])`,
    [
      plainArray(unlocks.map((u) => u.account)),
      textArray(unlocks.map((u) => u.achievement)),
      textArray(unlocks.map((u) => u.tier)),
      plainArray(unlocks.map((u) => u.number)),
      plainArray(unlocks.map((u) => u.unlockedAt)),
      plainArray(unlocks.map((u) => u.cause)),
      plainArray(unlocks.map((u) => u.catalogVersion)),
    ],
  );
}

export interface UnlockRow extends Row {
  readonly achievement: string;
  readonly tier: string;
  readonly unlocked_at: number;
  readonly catalog_version: number;
}

/** Of one user, in order of time. */
export async function loadUnlocks(tx: Pick<Tx, 'query'>, account: number): Promise<readonly UnlockRow[]> {
  return tx.query<UnlockRow>(
    `select achievement, tier, unlocked_at, catalog_version from achievements.unlock
     where account = $1 order by unlocked_at, achievement, number`,
    [account],
  );
}

/** What some users have unlocked. */
export interface UnlockKey {
  readonly account: number;
  readonly achievement: string;
  readonly tier: string;
  readonly number: number;
}

export async function loadUnlocksOf(tx: Pick<Tx, 'query'>, accounts: readonly number[]): Promise<readonly UnlockKey[]> {
  return tx.query<UnlockKey & Row>(
    'select account, achievement, tier, number from achievements.unlock where account = any($1::bigint[])',
    [plainArray(accounts)],
  );
}

export async function eraseUnlocks(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from achievements.unlock where account = $1', [account]);
}
