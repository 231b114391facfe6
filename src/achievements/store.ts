import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';

interface TierOfAccount {
  readonly account: number;
  readonly achievement: string;
  readonly tier: string;
  readonly number: number;
}

export interface Unlock extends TierOfAccount {
  /** ISO 8601: time of the event that unlocked it first. */
  readonly unlockedAt: string;
  /** Identity digest of that event or command. */
  readonly cause: string;
  readonly catalogVersion: number;
  readonly granted: boolean;
  readonly times: number;
  /** ISO 8601: time of the event that unlocked it last. */
  readonly lastAt: string;
}

export interface Revocation extends TierOfAccount {
  /** ISO 8601. */
  readonly revokedAt: string;
}

/** Those that were revoked are no longer. */
export async function insertUnlocks(tx: Tx, unlocks: readonly Unlock[]): Promise<void> {
  await tx.query(
    `with restored as (
       delete from achievements.revocation r using unnest($1::bigint[], $4::integer[]) as u (account, number)
       where (r.account, r.number) = (u.account, u.number)
     )
     insert into achievements.unlock
       (account, achievement, tier, number, unlocked_at, cause, catalog_version, granted, times, last_at)
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[], $6::uuid[], $7::integer[],
       $8::boolean[], $9::integer[], $10::timestamptz[])`,
    [
      ...columns(unlocks),
      plainArray(unlocks.map((u) => u.unlockedAt)),
      plainArray(unlocks.map((u) => u.cause)),
      plainArray(unlocks.map((u) => u.catalogVersion)),
      plainArray(unlocks.map((u) => String(u.granted))),
      plainArray(unlocks.map((u) => u.times)),
      plainArray(unlocks.map((u) => u.lastAt)),
    ],
  );
}

/** How often tiers were unlocked that were unlocked before. */
export async function updateTimes(tx: Tx, unlocks: readonly Unlock[]): Promise<void> {
  await tx.query(
    `update achievements.unlock u set times = r.times, last_at = r.last_at
     from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[])
       as r (account, achievement, tier, times, last_at)
     where (u.account, u.achievement, u.tier) = (r.account, r.achievement, r.tier)`,
    [...columns(unlocks).slice(0, 3), plainArray(unlocks.map((u) => u.times)), plainArray(unlocks.map((u) => u.lastAt))],
  );
}

/** Takes tiers away, and remembers that they were: they stay locked until they are granted again. */
export async function deleteUnlocks(tx: Tx, taken: readonly Revocation[]): Promise<void> {
  await tx.query(
    `with gone as (
       delete from achievements.unlock u using unnest($1::bigint[], $2::text[], $3::text[]) as r (account, achievement, tier)
       where (u.account, u.achievement, u.tier) = (r.account, r.achievement, r.tier)
     )
     insert into achievements.revocation (account, achievement, tier, number, revoked_at)
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[])`,
    [...columns(taken), plainArray(taken.map((r) => r.revokedAt))],
  );
}

/** Tiers that are no longer reached, because what led to them was undone: they may be unlocked again. */
export async function withdrawUnlocks(tx: Tx, rows: readonly TierOfAccount[]): Promise<void> {
  await tx.query(
    `delete from achievements.unlock u using unnest($1::bigint[], $2::text[], $3::text[]) as r (account, achievement, tier)
     where (u.account, u.achievement, u.tier) = (r.account, r.achievement, r.tier)`,
    columns(rows).slice(0, 3),
  );
}

/** Tiers that stay unlocked, of which some of the times were undone. ISO 8601; null: as it was. */
export async function lowerTimes(
  tx: Tx,
  rows: readonly (TierOfAccount & { readonly times: number; readonly lastAt: string | null })[],
): Promise<void> {
  await tx.query(
    `update achievements.unlock u
     set times = r.times, last_at = coalesce(r.last_at, u.last_at)
     from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[])
       as r (account, achievement, tier, times, last_at)
     where (u.account, u.achievement, u.tier) = (r.account, r.achievement, r.tier)`,
    [...columns(rows).slice(0, 3), plainArray(rows.map(({ times }) => times)), plainArray(rows.map(({ lastAt }) => lastAt))],
  );
}

function columns(rows: readonly TierOfAccount[]): readonly string[] {
  return [
    plainArray(rows.map((row) => row.account)),
    textArray(rows.map((row) => row.achievement)),
    textArray(rows.map((row) => row.tier)),
    plainArray(rows.map((row) => row.number)),
  ];
}

export interface UnlockRow extends Row {
  readonly achievement: string;
  readonly tier: string;
  readonly unlocked_at: number;
  readonly catalog_version: number;
  readonly granted: boolean;
  readonly times: number;
  readonly last_at: number;
}

/** Of one user, in order of time. */
export async function loadUnlocks(tx: Pick<Tx, 'query'>, account: number): Promise<readonly UnlockRow[]> {
  return tx.query<UnlockRow>(
    `select achievement, tier, unlocked_at, catalog_version, granted, times, last_at from achievements.unlock
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
  await Promise.all(
    ['unlock', 'revocation', 'occurrence'].map((table) =>
      tx.query(`delete from achievements.${table} where account = $1`, [account]),
    ),
  );
}
