import type { Scope } from '../kernel/conditions/index.ts';
import { transferId } from '../kernel/ids.ts';
import type { Outcome } from '../kernel/outcome.ts';
import type { Refusal } from '../kernel/refusals.ts';
import type { Currency } from '../ledger/index.ts';
import type { PricedAward } from '../rules/index.ts';
import { settleAdjustment } from './points/adjustments.ts';
import type { AwardResult } from './model.ts';
import { type Account, book, type Booked, type Cause } from './post.ts';
import type { Progress } from './progress.ts';
import type { Rulebook } from './rulebook.ts';
import type { DecidedFact } from './facts.ts';

/** What rules and achievements of one decision pay: booked, counted by the metrics of it, and announced. */
export class Payments {
  private readonly rulebook: Rulebook;
  private readonly cause: Cause & { readonly occurredAt: number };
  private readonly progress: Progress;
  private readonly facts: DecidedFact[];
  private readonly firstOrdinal: number;
  readonly account: Account;
  readonly transfers: Booked[] = [];
  readonly awards: AwardResult[] = [];
  readonly adjustments: AwardResult[] = [];

  /** `firstOrdinal`: number of the first transfer among all of the cause. */
  constructor(
    account: Account,
    rulebook: Rulebook,
    cause: Cause & { readonly occurredAt: number },
    announce: { readonly progress: Progress; readonly facts: DecidedFact[] },
    firstOrdinal: number,
  ) {
    this.account = account;
    this.rulebook = rulebook;
    this.cause = cause;
    this.progress = announce.progress;
    this.facts = announce.facts;
    this.firstOrdinal = firstOrdinal;
  }

  /** `at`: index of the fact that it is for; null for what came from outside. */
  award(award: PricedAward, scope: Scope, at: number | null): Refusal | undefined {
    if (award.amount === 0) {
      this.awards.push({ transfer: null, ...award, balance: this.available(award.currency) });
      return undefined;
    }
    const booked = this.book('award', award, 'deny');
    if (!booked.ok) return booked.refusal;
    const { transfer, balance } = booked.value;
    this.awards.push({ transfer, ...award, balance });
    const { rule, currency, amount } = award;
    this.progress.moveByTransfer('earned', currency, amount, scope);
    this.facts.push({ type: 'points.awarded', data: { transfer, rule, currency, amount, balance }, cause: at });
    return undefined;
  }

  adjust(adjust: PricedAward, scope: Scope, at: number | null): Refusal | undefined {
    if (adjust.amount === 0) return undefined;
    const { rule, currency } = adjust;
    const known = this.rulebook.catalog.currencies.get(currency) ?? { code: currency, adjust: 'refuse' };
    const settled = settleAdjustment(known, adjust.amount, this.available(currency));
    if (!settled.ok) return settled.refusal;
    const { amount, overdraft } = settled.value;
    const booked = this.book('adjust', { rule, currency, amount }, overdraft);
    if (!booked.ok) return booked.refusal;
    const { transfer, balance } = booked.value;
    this.adjustments.push({ transfer, ...adjust, amount, balance });
    this.progress.moveByTransfer(null, currency, amount, scope);
    this.facts.push({ type: 'points.adjusted', data: { transfer, rule, currency, amount, balance }, cause: at });
    return undefined;
  }

  private available(currency: string): number {
    return this.account.balances.get(currency)?.available ?? 0;
  }

  /** An award takes from nobody, and so leaves no debt. */
  private book(
    kind: 'award' | 'adjust',
    { rule, currency, amount }: Pick<PricedAward, 'rule' | 'currency' | 'amount'>,
    overdraft: Currency['overdraft'],
  ): Outcome<{ transfer: string; balance: number }> {
    const booked = book({ kind, currency, amount, rule, reason: null }, { user: this.account, to: null }, overdraft, {
      ...this.cause,
      ordinal: this.firstOrdinal + this.transfers.length,
    });
    if (!booked.ok) return booked;
    this.transfers.push(booked.value);
    return { ok: true, value: { transfer: transferId(booked.value.transfer.id), balance: this.available(currency) } };
  }
}
