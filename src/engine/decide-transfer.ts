import { transferId } from '../kernel/ids.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import type { Currency } from '../ledger/index.ts';
import { settleAdjustment, type Settled } from './points/adjustments.ts';
import type { TransferCommand } from './model.ts';
import { book, type Booked, type Cause } from './post.ts';
import type { Rulebook } from './rulebook.ts';
import type { StateChanges, UserState } from './state.ts';
import type { FactGroup } from './facts.ts';
import { Unfolding } from './unfold.ts';

export interface TransferDecision {
  readonly user: StateChanges;
  readonly to: StateChanges | null;
  /** What was booked, signed as the command is. */
  readonly amount: number;
  /** Available balance of `user` after it. */
  readonly available: number;
  readonly booked: Booked;
  /** What rules that listen to the announced facts gave, in turn. */
  readonly more: readonly Booked[];
  /** Announced about `user`, and about `to`. */
  readonly announced: FactGroup;
  readonly announcedOfTo: FactGroup | null;
}

const ANNOUNCED = {
  award: 'points.awarded',
  force: 'points.awarded',
  spend: 'points.spent',
  adjust: 'points.adjusted',
  transfer: 'points.transferred',
} as const;

/** What moves the metrics of what is earned and spent: gifts and adjustments are neither. */
const COUNTS_AS: Readonly<Partial<Record<TransferCommand['kind'], 'earned' | 'spent'>>> = {
  award: 'earned',
  force: 'earned',
  spend: 'spent',
};

/** Numbers of the transfers that follow: of `user` from 1, of `to` from here. A cause has at most 4,096 in all. */
const ORDINALS_OF_TO = 2_048;

/**
 * What a transfer outside the rules brings about. `award` and `force` count as earned, as an award by a rule does;
 * spending, gifts and adjustments move balances alone. What it announces is heard by the rules that name it.
 */
export function decideTransfer(
  command: TransferCommand,
  user: UserState,
  to: UserState | null,
  rulebook: Rulebook,
  cause: Cause,
): Outcome<TransferDecision> {
  const { kind } = command;
  const currency = rulebook.catalog.currencies.get(command.currency);
  if (currency === undefined) {
    return refused({ code: 'unknown_currency', path: '/currency', message: `the catalog has no currency "${command.currency}"` });
  }
  const occasion = { type: ANNOUNCED[kind], data: {}, time: { ms: cause.recordedAt, offset: null }, source: 'diana' };
  const giver = new Unfolding(user, occasion, rulebook, cause, 1);
  const receiver = to === null ? null : new Unfolding(to, occasion, rulebook, cause, ORDINALS_OF_TO);
  const settled = settle(command, currency, giver);
  if (!settled.ok) return settled;
  const { amount, overdraft } = settled.value;
  const booked = book(
    { kind, currency: currency.code, amount, rule: null, reason: command.reason ?? null },
    { user: giver.account, to: receiver?.account ?? null },
    overdraft,
    { ...cause, occurredAt: cause.recordedAt, ordinal: 0 },
  );
  if (!booked.ok) return booked;
  const beyond = kind === 'transfer' ? giver.send(currency, amount) : undefined;
  if (beyond !== undefined) return refused(beyond);
  const available = giver.account.balances.get(currency.code)?.available ?? 0;
  const transfer = transferId(booked.value.transfer.id);
  const announce = (about: Unfolding, more: Readonly<Record<string, string>>): void => {
    const balance = about.account.balances.get(currency.code)?.available ?? 0;
    about.facts.push({
      type: ANNOUNCED[kind],
      data: { transfer, kind, currency: currency.code, amount, balance, ...more },
      cause: null,
    });
  };
  announce(giver, kind === 'transfer' ? { direction: 'out' } : {});
  if (receiver !== null) announce(receiver, { direction: 'in' });
  const moved = { currency: currency.code, amount };
  const counts = COUNTS_AS[kind] ?? null;
  const refusal = giver.settle(counts, moved) ?? receiver?.settle(null, moved) ?? giver.follow() ?? receiver?.follow();
  if (refusal !== undefined) return refused(refusal);
  return {
    ok: true,
    value: {
      user: giver.changes(),
      to: receiver?.changes() ?? null,
      amount,
      available,
      booked: booked.value,
      more: [...giver.transfers, ...(receiver?.transfers ?? [])],
      announced: giver,
      announcedOfTo: receiver,
    },
  };
}

/** The amount that is booked: of an adjustment maybe less than was asked for. */
function settle({ kind, amount }: TransferCommand, currency: Currency, giver: Unfolding): Outcome<Settled> {
  if (kind !== 'adjust') return { ok: true, value: { amount, overdraft: currency.overdraft } };
  return settleAdjustment(currency, amount, giver.account.balances.get(currency.code)?.available ?? 0);
}
