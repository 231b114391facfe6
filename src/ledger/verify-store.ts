import type { Database, Row, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';

/**
 * Integers come as text: somebody who tampers may write what no JavaScript number holds, and the verification
 * must name that entry instead of failing on it.
 */
interface ChainRowBase extends Row {
  readonly account: string;
  readonly currency: string;
}

/** A row of `ledger.account`; stands before the entries of its chain. */
export interface AccountRow extends ChainRowBase {
  readonly id: null;
  /** What the row says: `available held credited debited entries`. */
  readonly told: string;
  /** Its head. */
  readonly hash: string;
  /** Whether the person behind the account is not erased. */
  readonly known: boolean;
}

/** One side of a transfer. */
export interface EntryRow extends ChainRowBase {
  readonly id: string;
  readonly entry: string;
  readonly credits: boolean;
  readonly counterparty: string;
  readonly balance: string;
  readonly hash: string;
  readonly kind: string;
  readonly amount: string;
  readonly occurred_at: number;
  readonly recorded_at: number;
  /** Whether both times are whole milliseconds: the hash covers no more. */
  readonly whole: boolean;
  readonly cause: string;
  readonly rule: string | null;
  readonly catalog_version: number;
  readonly actor: string | null;
  readonly commitment: string | null;
  readonly reverses: string | null;
}

export type ChainRow = AccountRow | EntryRow;

/** All chains, account by account, each headed by its account row. */
export async function* streamChains(database: Database, tx: Tx, chunk: number): AsyncIterable<readonly ChainRow[]> {
  const side = (own: string, other: string): string => `
    select ${own} as account, currency, ${own}_entry as entry, id, ${other} as counterparty, ${own === 'credit'} as credits,
      ${own}_balance as balance, ${own}_hash as hash, kind, amount, occurred_at, recorded_at, cause, rule, catalog_version, actor,
      reason_commitment, reverses, null::bigint[] as told
    from ledger.transfer where ${own} > 0`;
  // Each side comes out of its index in order. A sort of everything would let the first rows wait for minutes.
  await tx.query('set local enable_sort = off');
  yield* database.stream<ChainRow>(
    tx,
    `select account::text, currency, entry::text, id, counterparty::text, credits, balance::text, encode(hash, 'hex') as hash, kind,
       amount::text, occurred_at, recorded_at,
       date_trunc('milliseconds', occurred_at) = occurred_at and date_trunc('milliseconds', recorded_at) = recorded_at as whole,
       cause, rule, catalog_version, actor, encode(reason_commitment, 'hex') as commitment, reverses, array_to_string(told, ' ') as told,
       case when id is null then exists (select from users.person p where p.account = chain.account) end as known
     from (
       select account, currency, '-9223372036854775808'::bigint as entry, null::uuid as id, null::bigint as counterparty,
         null::boolean as credits, null::bigint as balance, head as hash, null::text as kind, null::bigint as amount,
         null::timestamptz as occurred_at, null::timestamptz as recorded_at, null::uuid as cause, null::text as rule,
         null::integer as catalog_version, null::text as actor, null::bytea as reason_commitment, null::uuid as reverses,
         array[available, held, credited, debited, entries] as told
       from ledger.account
       union all ${side('debit', 'credit')}
       union all ${side('credit', 'debit')}
     ) chain
     order by chain.account, chain.currency, chain.entry`,
    [],
    chunk,
  );
}

/** How many entries the accounts say there are, for a progress bar. */
export async function countEntries(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ entries: string }>('select coalesce(sum(entries), 0)::text as entries from ledger.account');
  return Number(row?.entries ?? 0);
}

export interface ReasonRow extends Row {
  readonly id: string;
  readonly currency: string;
  /** The account whose entry is named: the debited user, else the credited one. */
  readonly account: string;
  readonly entry: string;
  readonly commitment: string | null;
  readonly nonce: string | null;
  readonly reason: string | null;
  /** Whether one of its people is erased, and the reason with them. */
  readonly erased: boolean;
}

/**
 * The next transfers by id that have a reason or a commitment to one, and always the last of the page, from
 * which the next one goes on. An empty page is the end.
 */
export async function reasonsAfter(tx: Tx, id: string, limit: number): Promise<readonly ReasonRow[]> {
  return tx.query<ReasonRow>(
    `with page as materialized (
       select id, currency, debit, credit, debit_entry, credit_entry, reason_commitment
       from ledger.transfer where id > $1 order by id limit $2
     )
     select t.id, t.currency, (case when t.debit > 0 then t.debit else t.credit end)::text as account,
       coalesce(t.debit_entry, t.credit_entry)::text as entry, encode(t.reason_commitment, 'hex') as commitment,
       encode(n.nonce, 'hex') as nonce, n.reason,
       t.debit > 0 and not exists (select from users.person p where p.account = t.debit)
         or t.credit > 0 and not exists (select from users.person p where p.account = t.credit) as erased
     from page t left join ledger.note n on n.transfer = t.id
     where t.reason_commitment is not null or n.transfer is not null or t.id = (select id from page order by id desc limit 1)
     order by t.id`,
    [id, limit],
  );
}

export async function countNotes(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ notes: number }>('select count(*) as notes from ledger.note');
  return row?.notes ?? 0;
}

/** Notes about transfers that do not exist. */
export async function strayNotes(tx: Tx, limit: number): Promise<readonly { readonly transfer: string }[]> {
  return tx.query<{ transfer: string }>(
    `select n.transfer from ledger.note n
     where not exists (select from ledger.transfer t where t.id = n.transfer) order by n.transfer limit $1`,
    [limit],
  );
}

export interface HeldRow extends Row {
  readonly account: string;
  readonly currency: string;
  /** By the account, and by the holds that are open. */
  readonly held: string;
  readonly open: string;
}

/** Accounts that do not hold what their open holds do. Of who is erased the entries alone know. */
export async function strayHolds(tx: Tx, limit: number): Promise<readonly HeldRow[]> {
  return tx.query<HeldRow>(
    `select coalesce(a.account, h.account)::text as account, coalesce(a.currency, h.currency) as currency,
       coalesce(a.held, 0)::text as held, coalesce(h.open, 0)::text as open
     from (select account, currency, held from ledger.account where held <> 0) a
     full join (
       select account, currency, sum(amount - captured - released) as open from ledger.hold where state = 'held'
       group by account, currency
     ) h on (h.account, h.currency) = (a.account, a.currency)
     where coalesce(a.held, 0) <> coalesce(h.open, 0)
       and exists (select from users.person p where p.account = coalesce(a.account, h.account))
     order by 1, 2 limit $1`,
    [limit],
  );
}

export async function insertVerification(
  tx: Tx,
  result: {
    readonly startedAt: number;
    readonly finishedAt: number;
    readonly accounts: number;
    readonly entries: number;
    readonly fault: string | null;
  },
): Promise<void> {
  await tx.query(
    `insert into ledger.verification (started_at, finished_at, accounts, entries, fault)
     values ($1::timestamptz, $2::timestamptz, $3, $4, $5)`,
    [formatTime(result.startedAt), formatTime(result.finishedAt), result.accounts, result.entries, result.fault],
  );
}

export interface VerificationRow extends Row {
  readonly started_at: number;
  readonly finished_at: number;
  readonly accounts: number;
  readonly entries: number;
  readonly fault: string | null;
}

export async function newestVerification(tx: Pick<Tx, 'query'>): Promise<VerificationRow | undefined> {
  const [row] = await tx.query<VerificationRow>(
    'select started_at, finished_at, accounts, entries, fault from ledger.verification order by id desc limit 1',
  );
  return row;
}
