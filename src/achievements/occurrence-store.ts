import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';

/** A period in which a tier that repeats by periods was unlocked. */
export interface Occurrence {
  readonly account: number;
  /** Of the tier. */
  readonly number: number;
  readonly period: string;
}

/** The other way round than `occurrenceId`. */
export function occurrenceOf(account: number, id: string): Occurrence {
  const space = id.indexOf(' ');
  return { account, number: Number(id.slice(0, space)), period: id.slice(space + 1) };
}

/** Those of `keys` that are there. `offset 0`: by key, one look-up each, whatever the planner knew of the table when it was young. */
export async function loadOccurrences(tx: Tx, keys: readonly Occurrence[]): Promise<readonly Occurrence[]> {
  return tx.query<Occurrence & Row>(
    `select o.account, o.number, o.period
     from unnest($1::bigint[], $2::integer[], $3::text[]) as k (account, number, period)
     cross join lateral (
       select * from achievements.occurrence o where (o.account, o.number, o.period) = (k.account, k.number, k.period) offset 0
     ) o`,
    columns(keys),
  );
}

/** One that is granted again in the period it was taken away in is there already. */
export async function insertOccurrences(tx: Tx, rows: readonly Occurrence[]): Promise<void> {
  await tx.query(
    `insert into achievements.occurrence (account, number, period)
     select * from unnest($1::bigint[], $2::integer[], $3::text[])
     on conflict (account, number, period) do nothing`,
    columns(rows),
  );
}

/** What was undone may be unlocked in its period again. */
export async function deleteOccurrences(tx: Tx, rows: readonly Occurrence[]): Promise<void> {
  await tx.query(
    `delete from achievements.occurrence o using unnest($1::bigint[], $2::integer[], $3::text[]) as k (account, number, period)
     where (o.account, o.number, o.period) = (k.account, k.number, k.period)`,
    columns(rows),
  );
}

function columns(rows: readonly Occurrence[]): readonly string[] {
  return [
    plainArray(rows.map((row) => row.account)),
    plainArray(rows.map((row) => row.number)),
    textArray(rows.map((row) => row.period)),
  ];
}
