import type { JsonObject } from '../kernel/json.ts';
import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { PersonDetails } from './model.ts';

interface PersonRow extends Row {
  readonly account: number;
  readonly id: string;
  readonly zone: string | null;
  readonly locale: string | null;
  readonly name: string | null;
  readonly attributes: JsonObject;
  readonly created_at: number;
}

export async function findPerson(tx: Pick<Tx, 'query'>, digest: string): Promise<PersonDetails | undefined> {
  const [row] = await tx.query<PersonRow>(
    'select account, id, zone, locale, name, attributes, created_at from users.person where digest = $1',
    [digest],
  );
  return row === undefined ? undefined : { ...row, createdAt: row.created_at };
}

export interface NewPerson {
  readonly account: number;
  readonly digest: string;
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Sorted by digest, so that two transactions that create the same people do not wait for each other in a circle. */
export async function insertPeople(tx: Tx, people: readonly NewPerson[]): Promise<void> {
  const sorted = people.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  await tx.query(
    `insert into users.person (account, digest, id, created_at)
     select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::timestamptz[])`,
    [
      plainArray(sorted.map((p) => p.account)),
      plainArray(sorted.map((p) => p.digest)),
      textArray(sorted.map((p) => p.id)),
      plainArray(sorted.map((p) => p.createdAt)),
    ],
  );
}

export async function updatePerson(
  tx: Tx,
  person: Pick<PersonDetails, 'account' | 'zone' | 'locale' | 'name' | 'attributes'>,
): Promise<void> {
  await tx.query('update users.person set zone = $2, locale = $3, name = $4, attributes = $5::text::jsonb where account = $1', [
    person.account,
    person.zone,
    person.locale,
    person.name,
    JSON.stringify(person.attributes),
  ]);
}

/** Accounts by digest, of those who exist. Until the transaction ends nobody of them can be erased. */
export async function holdAccounts(tx: Tx, digests: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.query<{ digest: string; account: number }>(
    `select digest, account from users.person where digest = any($1::uuid[]) order by account for key share`,
    [plainArray(digests)],
  );
  return new Map(rows.map(({ digest, account }) => [digest, account]));
}

/** Outside ids and their digests by account, of those who exist. */
export async function namesOf(
  tx: Pick<Tx, 'query'>,
  accounts: readonly number[],
): Promise<ReadonlyMap<number, { readonly id: string; readonly digest: string }>> {
  const rows = await tx.query<{ account: number; id: string; digest: string }>(
    'select account, id, digest from users.person where account = any($1::bigint[])',
    [plainArray(accounts)],
  );
  return new Map(rows.map(({ account, id, digest }) => [account, { id, digest }]));
}

/** Destroys the one row that ties an outside id to an account. */
export async function deletePerson(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from users.person where account = $1', [account]);
}
