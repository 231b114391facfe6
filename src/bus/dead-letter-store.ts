import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { Try } from './model.ts';

type Reader = Pick<Tx, 'query'>;

export interface DeadLetterPlace {
  readonly subscription: string;
  readonly position: number;
}

export interface DeadLetterQuery {
  readonly subscription: string | null;
  /** A type, exactly. */
  readonly type: string | null;
  readonly correlationId: string | null;
  /** The account of a user; null: of anybody. */
  readonly account: number | null;
}

export interface DeadLetterRow extends Row {
  readonly subscription: string;
  readonly position: number;
  readonly account: number;
  readonly type: string;
  readonly correlation_id: string | null;
  readonly attempts: number;
  readonly tries: readonly Try[];
  readonly died_at: number;
}

const MATCHES = `($1::text is null or d.subscription = $1) and ($2::text is null or d.type = $2)
  and ($3::text is null or d.correlation_id = $3) and ($4::bigint is null or d.account = $4)`;

function parameters({ subscription, type, correlationId, account }: DeadLetterQuery): (string | number | null)[] {
  return [subscription, type, correlationId, account];
}

/** Newest first, those before (`diedAt`, `position`). */
export async function selectDead(
  reader: Reader,
  query: DeadLetterQuery,
  limit: number,
  before: { readonly diedAt: string; readonly position: number } | null,
): Promise<readonly DeadLetterRow[]> {
  return reader.query<DeadLetterRow>(
    `select d.subscription, d.position, d.account, d.type, d.correlation_id, d.attempts, d.tries, d.died_at
     from bus.dead_letter d
     where ${MATCHES} and ($5::timestamptz is null or (d.died_at, d.position) < ($5::timestamptz, $6::bigint))
     order by d.died_at desc, d.position desc limit $7`,
    [...parameters(query), before?.diedAt ?? null, before?.position ?? null, limit],
  );
}

export async function findDead(reader: Reader, { subscription, position }: DeadLetterPlace): Promise<DeadLetterRow | undefined> {
  const [row] = await reader.query<DeadLetterRow>(
    `select subscription, position, account, type, correlation_id, attempts, tries, died_at
     from bus.dead_letter where subscription = $1 and position = $2`,
    [subscription, position],
  );
  return row;
}

/** Takes dead letters out: those named, or the oldest that fit the query. What somebody else takes meanwhile is left out. */
export async function takeDead(
  tx: Tx,
  places: readonly DeadLetterPlace[] | null,
  query: DeadLetterQuery,
  limit: number,
): Promise<readonly DeadLetterRow[]> {
  return tx.query<DeadLetterRow>(
    `delete from bus.dead_letter x using (
       select d.subscription, d.position from bus.dead_letter d
       where ${MATCHES} and ($5::text[] is null or (d.subscription, d.position) in (
         select * from unnest($5::text[], $6::bigint[])))
       order by d.died_at, d.position limit $7 for update skip locked
     ) d
     where x.subscription = d.subscription and x.position = d.position
     returning x.subscription, x.position, x.account, x.type, x.correlation_id, x.attempts, x.tries, x.died_at`,
    [
      ...parameters(query),
      places === null ? null : textArray(places.map(({ subscription }) => subscription)),
      places === null ? null : plainArray(places.map(({ position }) => position)),
      limit,
    ],
  );
}

/** Puts them back among the deliveries, so many a second, in the order given. Earlier attempts are kept in their record alone. */
export async function deliverAgain(tx: Tx, rows: readonly DeadLetterRow[], rate: number, now: string): Promise<void> {
  await tx.query(
    `insert into bus.delivery (subscription, position, account, due_at, attempts, tries)
     select subscription, position, account, $6::timestamptz + (ordinal - 1) * interval '1 second' / $5::float8, 0, tries::json
     from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[]) with ordinality as r (subscription, position, account, tries, ordinal)
     on conflict (subscription, position) do nothing`,
    [
      textArray(rows.map((r) => r.subscription)),
      plainArray(rows.map((r) => r.position)),
      plainArray(rows.map((r) => r.account)),
      textArray(rows.map((r) => JSON.stringify(r.tries))),
      rate,
      now,
    ],
  );
}

export async function countDead(reader: Reader, query: DeadLetterQuery): Promise<number> {
  const [row] = await reader.query<{ dead: number }>(
    `select count(*) as dead from bus.dead_letter d where ${MATCHES}`,
    parameters(query),
  );
  return row?.dead ?? 0;
}
