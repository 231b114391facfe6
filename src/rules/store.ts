import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { Usage, UsageKey } from './usage.ts';

export type OfAccount<T> = T & { readonly account: number };

interface UsageRow extends Row {
  readonly account: number;
  readonly rule: string;
  readonly span: string;
  readonly bucket: string;
  readonly used: number;
  /** `1,2,3` */
  readonly times: string | null;
}

/**
 * The usage rows that exist among `keys`. `offset 0` keeps the planner from turning the join round: a plan made
 * while the table was empty would walk all of it later, for every key.
 */
export async function loadUsage(tx: Tx, keys: readonly OfAccount<UsageKey>[]): Promise<readonly OfAccount<Usage>[]> {
  const rows = await tx.query<UsageRow>(
    `select u.account, u.rule, u.span, u.bucket, u.used, array_to_string(u.times, ',') as times
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as k (account, rule, span, bucket)
     cross join lateral (
       select * from rules.usage u
       where (u.account, u.rule, u.span, u.bucket) = (k.account, k.rule, k.span, k.bucket) offset 0
     ) u`,
    [
      plainArray(keys.map((k) => k.account)),
      textArray(keys.map((k) => k.rule)),
      textArray(keys.map((k) => k.span)),
      textArray(keys.map((k) => k.bucket)),
    ],
  );
  return rows.map((row) => ({ ...row, times: row.times === null ? null : row.times.split(',').map(Number) }));
}

export async function saveUsage(tx: Tx, usages: readonly OfAccount<Usage>[]): Promise<void> {
  await tx.query(
    `insert into rules.usage (account, rule, span, bucket, used, times)
     select account, rule, span, bucket, used, times::bigint[]
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[])
       as r (account, rule, span, bucket, used, times)
     on conflict (account, rule, span, bucket) do update set used = excluded.used, times = excluded.times`,
    [
      plainArray(usages.map((u) => u.account)),
      textArray(usages.map((u) => u.rule)),
      textArray(usages.map((u) => u.span)),
      textArray(usages.map((u) => u.bucket)),
      plainArray(usages.map((u) => u.used)),
      textArray(usages.map((u) => (u.times === null ? null : `{${u.times.join(',')}}`))),
    ],
  );
}
