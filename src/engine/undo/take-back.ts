import type { DecidedFact } from '../facts.ts';
import { transferId } from '../../kernel/ids.ts';
import { type Outcome, refused } from '../../kernel/outcome.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import { ISSUED } from '../../ledger/index.ts';
import { type Account, book, type Booked, type Cause } from '../post.ts';
import type { Rulebook } from '../rulebook.ts';
import type { TakenBack } from './undo-model.ts';
import type { FoundEntry } from './undo-store.ts';

/**
 * Books the counter-entries of `entries` on one account. What gives comes before what takes, so that nothing is short that
 * comes back at the same time. Where the points are spent already, the currency says what becomes of it: a debt, as much as
 * there is, or a refusal.
 */
export function takeBack(
  entries: readonly FoundEntry[],
  account: Account,
  rulebook: Rulebook,
  cause: Cause & { readonly occurredAt: number; readonly reason: string | null },
): Outcome<{
  readonly booked: readonly Booked[];
  readonly takenBack: readonly TakenBack[];
  readonly facts: readonly DecidedFact[];
}> {
  const booked: Booked[] = [];
  const takenBack: TakenBack[] = [];
  const facts: DecidedFact[] = [];
  for (const entry of entries.toSorted((a, b) => a.amount - b.amount)) {
    const { currency, rule } = entry;
    const available = account.balances.get(currency)?.available ?? 0;
    const policy = rulebook.catalog.currencies.get(currency)?.reversal ?? 'refuse';
    const wanted = -entry.amount;
    if (wanted < 0 && available < -wanted && policy === 'refuse') {
      return refused(spent(-wanted, currency, available));
    }
    const amount = wanted < 0 && policy === 'clamp' ? 0 - Math.min(-wanted, Math.max(0, available)) : wanted;
    const told = { reverses: transferId(entry.transfer), currency, amount, short: amount - wanted };
    if (amount === 0) {
      takenBack.push({ ...told, transfer: null, balance: available });
      continue;
    }
    const against = entry.counterparty < 0 ? entry.counterparty : ISSUED;
    const outcome = book(
      { kind: 'reverse', currency, amount, rule, reason: cause.reason, reverses: entry.transfer, against },
      { user: account, to: null },
      policy === 'debt' ? 'allow' : 'deny',
      { ...cause, ordinal: booked.length },
    );
    if (!outcome.ok) return outcome;
    booked.push(outcome.value);
    const transfer = transferId(outcome.value.transfer.id);
    const balance = account.balances.get(currency)?.available ?? 0;
    takenBack.push({ ...told, transfer, balance });
    facts.push({ type: 'points.reversed', data: factOf({ ...told, transfer, balance }, rule), cause: null });
  }
  return { ok: true, value: { booked, takenBack, facts } };
}

/** What the catalog refuses. */
export function spent(wanted: number, currency: string, available: number): Refusal {
  return {
    code: 'points_spent',
    message: `${wanted} ${currency} would be taken back, ${available} are there, and the catalog refuses to leave a debt (reversal: refuse)`,
  };
}

function factOf({ transfer, reverses, currency, amount, balance }: TakenBack, rule: string | null): DecidedFact['data'] {
  return { transfer, reverses, kind: 'reverse', ...(rule === null ? {} : { rule }), currency, amount, balance };
}
