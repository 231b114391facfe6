import { type Outcome, refused } from '../kernel/outcome.ts';
import { addPoints } from '../kernel/points.ts';
import { entryHash } from './chain.ts';
import type { Balance, Currency, Transfer, TransferDraft } from './model.ts';

export interface Posted {
  readonly transfer: Transfer;
  /** The balances after it; null for a system account. */
  readonly debit: Balance | null;
  readonly credit: Balance | null;
}

/**
 * Gives a transfer its entries: takes from `debit`, gives to `credit`. A null balance stands for a system
 * account. Refuses an overdraft that the currency does not allow, and balances that leave the exact integers.
 * `unchained`: nothing is going to be stored, and every entry keeps the hash of the one before.
 */
export function post(
  draft: TransferDraft,
  debit: Balance | null,
  credit: Balance | null,
  overdraft: Currency['overdraft'],
  unchained = false,
): Outcome<Posted> {
  const taken = debit === null ? null : take(debit, draft.amount);
  if (debit !== null && overdraft === 'deny' && debit.available < draft.amount) {
    return refused({
      code: 'insufficient_balance',
      message: `${draft.amount} ${draft.currency} needed, ${debit.available} available`,
    });
  }
  const given = credit === null ? null : give(credit, draft.amount);
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

/** The balance after, its head still the entry before; undefined where it would not be exact. */
function take(balance: Balance, amount: number): Balance | undefined {
  const debited = addPoints(balance.debited, amount);
  const available = addPoints(balance.available, -amount);
  if (debited === undefined || available === undefined) return undefined;
  return { ...balance, debited, available, entries: balance.entries + 1 };
}

function give(balance: Balance, amount: number): Balance | undefined {
  const credited = addPoints(balance.credited, amount);
  const available = addPoints(balance.available, amount);
  if (credited === undefined || available === undefined) return undefined;
  return { ...balance, credited, available, entries: balance.entries + 1 };
}

function entryOf(draft: TransferDraft, side: 'debit' | 'credit', after: Balance, unchained: boolean): Transfer['creditEntry'] {
  const entry = { number: after.entries, balance: after.available + after.held };
  return { ...entry, hash: unchained ? after.head : entryHash(after.head, draft, side, entry) };
}
