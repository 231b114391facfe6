import { type Outcome, refused } from '../kernel/outcome.ts';
import { addPoints } from '../kernel/points.ts';
import { entryHash } from './chain.ts';
import type { Balance, Currency, Transfer, TransferDraft, TransferKind } from './model.ts';

export interface Posted {
  readonly transfer: Transfer;
  /** The balances after it; null for a system account. */
  readonly debit: Balance | null;
  readonly credit: Balance | null;
}

/**
 * Gives a transfer its entries: takes from `debit`, gives to `credit`. A null balance stands for a system
 * account. Refuses an overdraft that the currency does not allow, captures and releases of more than is held, and
 * balances that leave the exact integers. `unchained`: nothing is going to be stored, and every entry keeps the hash of the
 * one before.
 */
export function post(
  draft: TransferDraft,
  debit: Balance | null,
  credit: Balance | null,
  overdraft: Currency['overdraft'],
  unchained = false,
): Outcome<Posted> {
  const message = shortage(draft, debit, credit, overdraft);
  if (message !== undefined) return refused({ code: 'insufficient_balance', message });
  const taken = debit === null ? null : take(draft.kind, debit, draft.amount);
  const given = credit === null ? null : give(draft.kind, credit, draft.amount);
  if (taken === undefined || given === undefined) {
    return refused({ code: 'balance_overflow', message: `the balance in ${draft.currency} would leave the exact integers` });
  }
  const debitEntry = taken === null ? null : entryOf(draft, 'debit', taken, unchained);
  const creditEntry = given === null ? null : entryOf(draft, 'credit', given, unchained);
  return {
    ok: true,
    value: {
      transfer: { ...draft, debitEntry, creditEntry },
      debit: taken === null || debitEntry === null ? null : { ...taken, head: debitEntry.hash },
      credit: given === null || creditEntry === null ? null : { ...given, head: creditEntry.hash },
    },
  };
}

/** What there is too little of, in words; undefined where there is enough. */
function shortage(
  { kind, currency, amount }: TransferDraft,
  debit: Balance | null,
  credit: Balance | null,
  overdraft: Currency['overdraft'],
): string | undefined {
  const holder = kind === 'capture' ? debit : kind === 'release' ? credit : null;
  if (holder !== null) return holder.held < amount ? `${amount} ${currency} needed, ${holder.held} held` : undefined;
  if (debit === null || overdraft === 'allow' || debit.available >= amount) return undefined;
  return `${amount} ${currency} needed, ${debit.available} available`;
}

/** The balance after, its head still the entry before; undefined where it would not be exact. */
function take(kind: TransferKind, balance: Balance, amount: number): Balance | undefined {
  const entries = balance.entries + 1;
  if (kind === 'hold') return setApart(balance, amount);
  const debited = addPoints(balance.debited, amount);
  if (debited === undefined) return undefined;
  if (kind === 'capture') return { ...balance, debited, held: balance.held - amount, entries };
  const available = addPoints(balance.available, -amount);
  return available === undefined ? undefined : { ...balance, debited, available, entries };
}

function give(kind: TransferKind, balance: Balance, amount: number): Balance | undefined {
  if (kind === 'release') return setApart(balance, -amount);
  const credited = addPoints(balance.credited, amount);
  const available = addPoints(balance.available, amount);
  if (credited === undefined || available === undefined) return undefined;
  return { ...balance, credited, available, entries: balance.entries + 1 };
}

/** Moves an amount from what is available to what is held; back where it is negative. */
function setApart(balance: Balance, amount: number): Balance | undefined {
  const available = addPoints(balance.available, -amount);
  const held = addPoints(balance.held, amount);
  return available === undefined || held === undefined
    ? undefined
    : { ...balance, available, held, entries: balance.entries + 1 };
}

function entryOf(draft: TransferDraft, side: 'debit' | 'credit', after: Balance, unchained: boolean): Transfer['creditEntry'] {
  const entry = { number: after.entries, balance: after.available + after.held };
  return { ...entry, hash: unchained ? after.head : entryHash(after.head, draft, side, entry) };
}
