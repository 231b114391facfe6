import type { Database, Row, Tx } from '../kernel/ports.ts';

export interface AnnouncedRow extends Row {
  /** Facts that an entry bears out. */
  readonly borne: number;
  /** Facts that none does. */
  readonly strays: number;
  /** The first of them. */
  readonly position: number | null;
  readonly account: number | null;
  readonly currency: string | null;
  readonly transfer: string | null;
  /** Whether the ledger has that transfer, and it differs. */
  readonly differs: boolean | null;
}

/** Facts of the log about entries: which transfer, and whose. What is erased has no data. */
const FACTS = `
  select l.position, l.account, d.transfer, d.currency, d.amount,
    case when length(d.transfer) = 35 and translate(substr(d.transfer, 4), '0123456789abcdef', '') = '' then substr(d.transfer, 4)::uuid end as id
  from events.log l
  cross join lateral json_to_record(case when json_typeof(l.data) = 'object' then l.data end) as d (transfer text, currency text, amount text)
  where l.type like 'points.%' and l.account is not null and d.transfer is not null`;

/** Holds the announced movements of points in (from, to] against the ledger. */
export async function announcedWithin(tx: Tx, from: number, to: number): Promise<AnnouncedRow> {
  const [row] = await tx.query<AnnouncedRow>(
    `with checked as materialized (
       select f.position, f.account, f.currency, f.transfer, t.id is not null as found,
         t.id is not null and f.account in (t.debit, t.credit) and f.currency = t.currency
           and ltrim(f.amount, '-') = t.amount::text as held
       from (${FACTS} and l.position > $1 and l.position <= $2) f
       left join ledger.transfer t on t.id = f.id
     ), stray as (
       select position, account, currency, transfer, found from checked where held is not true order by position limit 1
     )
     select (select count(*) from checked where held) as borne, (select count(*) from checked where held is not true) as strays,
       s.position, s.account, s.currency, s.transfer, s.found as differs
     from (select) one left join stray s on true`,
    [from, to],
  );
  if (row === undefined) throw new Error('an aggregate gave no row');
  return row;
}

export interface SilentRow extends Row {
  readonly account: string;
  readonly currency: string;
  readonly entry: string;
  readonly id: string;
}

/** Entries of people who are not erased that the log does not announce. Reads all of both. */
export function streamSilent(database: Database, tx: Tx, limit: number): AsyncIterable<readonly SilentRow[]> {
  return database.stream<SilentRow>(
    tx,
    `select e.account::text, e.currency, e.entry::text, e.id
     from (
       select debit as account, currency, debit_entry as entry, id from ledger.transfer where debit > 0
       union all
       select credit, currency, credit_entry, id from ledger.transfer where credit > 0
     ) e
     where exists (select from users.person p where p.account = e.account)
       and not exists (select from (${FACTS}) f where f.id = e.id and f.account = e.account)
     order by e.account, e.currency, e.entry limit ${limit}`,
    [],
    limit,
  );
}

export async function lastPosition(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ position: number }>('select position from events.head');
  return row?.position ?? 0;
}
