import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { Balance, Transfer } from './model.ts';

export interface AccountBalance extends Balance {
  readonly account: number;
  readonly currency: string;
}

/** Writes balances as they are after the batch. */
export async function saveBalances(tx: Tx, balances: readonly AccountBalance[]): Promise<void> {
  await tx.query(
    `insert into ledger.account (account, currency, available, held, credited, debited, entries, head)
     select account, currency, available, held, credited, debited, entries, decode(head, 'hex')
     from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[])
       as r (account, currency, available, held, credited, debited, entries, head)
     on conflict (account, currency) do update set
       available = excluded.available, held = excluded.held, credited = excluded.credited,
       debited = excluded.debited, entries = excluded.entries, head = excluded.head`,
    [
      plainArray(balances.map((b) => b.account)),
      textArray(balances.map((b) => b.currency)),
      plainArray(balances.map((b) => b.available)),
      plainArray(balances.map((b) => b.held)),
      plainArray(balances.map((b) => b.credited)),
      plainArray(balances.map((b) => b.debited)),
      plainArray(balances.map((b) => b.entries)),
      plainArray(balances.map((b) => b.head)),
    ],
  );
}

/** `more`: a last column, for the few batches in which transfers are taken back. */
function insertStatement(more: '' | 'reverses'): string {
  const [name, type] = more === '' ? ['', ''] : [`, ${more}`, ', $20::uuid[]'];
  return `
    insert into ledger.transfer (id, kind, currency, debit, credit, amount, occurred_at, recorded_at, cause, rule,
       catalog_version, actor, reason_commitment, debit_entry, debit_balance, debit_hash, credit_entry, credit_balance, credit_hash${name})
     select id, kind, currency, debit, credit, amount, occurred_at, recorded_at, cause, rule, catalog_version, actor,
       decode(reason_commitment, 'hex'), debit_entry, debit_balance, decode(debit_hash, 'hex'),
       credit_entry, credit_balance, decode(credit_hash, 'hex')${name}
     from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[],
         $8::timestamptz[], $9::uuid[], $10::text[], $11::integer[], $12::text[], $13::text[], $14::bigint[],
         $15::bigint[], $16::text[], $17::bigint[], $18::bigint[], $19::text[]${type})
       as r (id, kind, currency, debit, credit, amount, occurred_at, recorded_at, cause, rule, catalog_version, actor,
         reason_commitment, debit_entry, debit_balance, debit_hash, credit_entry, credit_balance, credit_hash${name})`;
}

const INSERT = insertStatement('');
const INSERT_REVERSING = insertStatement('reverses');

export async function insertTransfers(tx: Tx, transfers: readonly Transfer[]): Promise<void> {
  const columns = [
    plainArray(transfers.map((t) => t.id)),
    plainArray(transfers.map((t) => t.kind)),
    textArray(transfers.map((t) => t.currency)),
    plainArray(transfers.map((t) => t.debit)),
    plainArray(transfers.map((t) => t.credit)),
    plainArray(transfers.map((t) => t.amount)),
    plainArray(transfers.map((t) => formatTime(t.occurredAt))),
    plainArray(transfers.map((t) => formatTime(t.recordedAt))),
    plainArray(transfers.map((t) => t.cause)),
    textArray(transfers.map((t) => t.rule)),
    plainArray(transfers.map((t) => t.catalogVersion)),
    textArray(transfers.map((t) => t.actor)),
    plainArray(transfers.map((t) => t.reasonCommitment)),
    plainArray(transfers.map((t) => t.debitEntry?.number ?? null)),
    plainArray(transfers.map((t) => t.debitEntry?.balance ?? null)),
    plainArray(transfers.map((t) => t.debitEntry?.hash ?? null)),
    plainArray(transfers.map((t) => t.creditEntry?.number ?? null)),
    plainArray(transfers.map((t) => t.creditEntry?.balance ?? null)),
    plainArray(transfers.map((t) => t.creditEntry?.hash ?? null)),
  ];
  if (transfers.every((t) => t.reverses === undefined)) await tx.query(INSERT, columns);
  else await tx.query(INSERT_REVERSING, [...columns, plainArray(transfers.map((t) => t.reverses ?? null))]);
}

export interface Note {
  readonly transfer: string;
  /** 64 hex digits. */
  readonly nonce: string;
  readonly reason: string;
}

export async function insertNotes(tx: Tx, notes: readonly Note[]): Promise<void> {
  await tx.query(
    `insert into ledger.note (transfer, nonce, reason)
     select transfer, decode(nonce, 'hex'), reason from unnest($1::uuid[], $2::text[], $3::text[]) as r (transfer, nonce, reason)`,
    [plainArray(notes.map((n) => n.transfer)), plainArray(notes.map((n) => n.nonce)), textArray(notes.map((n) => n.reason))],
  );
}

/** Destroys the free text of every transfer that an account took part in; its entries stay. */
export async function eraseNotes(tx: Tx, account: number): Promise<void> {
  await tx.query(
    `delete from ledger.note n using ledger.transfer t
     where n.transfer = t.id and ((t.debit = $1 and t.debit > 0) or (t.credit = $1 and t.credit > 0))`,
    [account],
  );
}
