import { type Outcome, refused } from '../kernel/outcome.ts';
import type { Overlay } from '../kernel/overlay.ts';
import {
  ADJUSTED,
  type Balance,
  commitReason,
  type Currency,
  EMPTY_BALANCE,
  EXPIRED,
  HELD,
  ISSUED,
  type Note,
  post,
  SPENT,
  type Transfer,
  type TransferDraft,
  type TransferKind,
} from '../ledger/index.ts';

/** A user's side of a decision under way. */
export interface Account {
  readonly account: number;
  readonly balances: Overlay<Balance>;
}

/** What brought a transfer about. */
export interface Cause {
  /** Identity digest. */
  readonly digest: string;
  /** The moment of acceptance, milliseconds. */
  readonly recordedAt: number;
  readonly catalogVersion: number;
  /** The key that asked for it; null where a rule did. */
  readonly actor: string | null;
  readonly mayAdjust: boolean;
  /** 64 hex digits: what the commitments to reasons are keyed with. */
  readonly nonce: string | null;
  /** There, and true, where nothing is going to be stored: entries that nobody keeps need no hash. */
  readonly unchained?: true;
}

/** A transfer with its place in the chains, and the reason that goes with it. */
export interface Booked {
  readonly transfer: Transfer;
  readonly note: Note | null;
}

/** What is to be booked. */
export interface Order {
  readonly kind: TransferKind;
  readonly currency: string;
  /** Positive; signed for `adjust` and `reverse`. */
  readonly amount: number;
  readonly rule: string | null;
  readonly reason: string | null;
  /** The UUID of the transfer that it takes back. */
  readonly reverses?: string;
  /** Of `reverse` alone: the system account on the other side, @issued where it is left out. */
  readonly against?: number;
}

/**
 * Books an amount in the accounts: awards and forced awards come from @issued, what is spent goes to @spent, what
 * expires to @expired, adjustments come from or go to @adjusted by their sign, transfers go from `user` to `to`. Holds
 * go to @held and releases come from there; what is captured goes from what is held to `to`, else to @spent. What is
 * reversed goes from `user` to `to`, or to and from a system account by its sign. Changes the balances of the accounts
 * that it is given, and nothing when it refuses.
 */
export function book(
  order: Order,
  parties: { readonly user: Account; readonly to: Account | null },
  overdraft: Currency['overdraft'],
  cause: Cause & { readonly occurredAt: number; readonly ordinal: number },
): Outcome<Booked> {
  const { user, to } = parties;
  const sides = sidesOf(order, user, to);
  if (sides === undefined)
    return refused({ code: 'malformed', message: 'a transfer needs the user who receives it', path: '/to' });
  const { debit, credit } = sides;
  const id = transferUuid(cause.recordedAt, cause.digest, cause.ordinal);
  const { reason } = order;
  const nonce = reason === null ? null : cause.nonce;
  const draft: TransferDraft = {
    id,
    kind: order.kind,
    currency: order.currency,
    debit: typeof debit === 'number' ? debit : debit.account,
    credit: typeof credit === 'number' ? credit : credit.account,
    amount: Math.abs(order.amount),
    occurredAt: cause.occurredAt,
    recordedAt: cause.recordedAt,
    cause: cause.digest,
    rule: order.rule,
    catalogVersion: cause.catalogVersion,
    actor: cause.actor,
    reasonCommitment: reason === null || nonce === null ? null : commitReason(nonce, reason),
  };
  const posted = post(
    order.reverses === undefined ? draft : { ...draft, reverses: order.reverses },
    typeof debit === 'number' ? null : (debit.balances.get(order.currency) ?? EMPTY_BALANCE),
    typeof credit === 'number' ? null : (credit.balances.get(order.currency) ?? EMPTY_BALANCE),
    overdraft,
    cause.unchained,
  );
  if (!posted.ok) return posted;
  if (typeof debit !== 'number' && posted.value.debit !== null) debit.balances.set(order.currency, posted.value.debit);
  if (typeof credit !== 'number' && posted.value.credit !== null) credit.balances.set(order.currency, posted.value.credit);
  return {
    ok: true,
    value: {
      transfer: posted.value.transfer,
      note: reason === null || nonce === null ? null : { transfer: id, nonce, reason },
    },
  };
}

/** Undefined where nobody is told who receives it. */
function sidesOf(
  { kind, amount, against = ISSUED }: Order,
  user: Account,
  to: Account | null,
): { readonly debit: Account | number; readonly credit: Account | number } | undefined {
  switch (kind) {
    case 'award':
    case 'force':
      return { debit: ISSUED, credit: user };
    case 'spend':
      return { debit: user, credit: SPENT };
    case 'adjust':
      return amount > 0 ? { debit: ADJUSTED, credit: user } : { debit: user, credit: ADJUSTED };
    case 'transfer':
      return to === null ? undefined : { debit: user, credit: to };
    case 'hold':
      return { debit: user, credit: HELD };
    case 'release':
      return { debit: HELD, credit: user };
    case 'capture':
      return { debit: user, credit: to ?? SPENT };
    case 'expire':
      return { debit: user, credit: EXPIRED };
    case 'reverse':
      if (to !== null) return { debit: user, credit: to };
      return amount > 0 ? { debit: against, credit: user } : { debit: user, credit: against };
  }
}

/**
 * The id of the n-th transfer that a cause brings about, as a UUID (RFC 9562, version 8): 48 bits of time, so
 * that new rows meet at one end of the index, 12 bits of n, 60 bits of the cause's digest. The same decision
 * taken again gives the same id.
 */
function transferUuid(recordedAt: number, cause: string, ordinal: number): string {
  const ms = recordedAt.toString(16).padStart(12, '0');
  const n = (ordinal & 0xfff).toString(16).padStart(3, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-8${n}-a${cause.slice(0, 3)}-${cause.slice(24)}`;
}
