import type { Computed, Scope } from '../kernel/conditions/index.ts';
import { roundedProduct } from '../kernel/decimal.ts';
import type { Grant, Multiplier, Rounding, Rule } from './model.ts';
import { countUses, type LimitCount, type Moment, recordUse, type Usage, type UsageBook } from './usage.ts';

export interface AppliedFactor {
  readonly id: string;
  readonly factor: number;
}

/** What a rule gives in one currency, and why that much. `amount` 0 is an award of nothing. */
export interface PricedAward {
  readonly rule: string;
  readonly currency: string;
  readonly base: number;
  readonly multipliers: readonly AppliedFactor[];
  readonly amount: number;
}

export type RuleVerdict =
  | { readonly kind: 'not_matched' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'limited'; readonly message: string; readonly counts: readonly LimitCount[] }
  | {
      readonly kind: 'fires';
      readonly awards: readonly PricedAward[];
      /** Signed. */
      readonly adjusts: readonly PricedAward[];
      readonly usage: readonly Usage[];
      readonly counts: readonly LimitCount[];
    };

/** Whether a rule that listens to the event's type fires, and with what. `mayAdjust`: an admin posted the event. */
export function decideRule(
  rule: Rule,
  scope: Scope,
  moment: Moment,
  book: UsageBook,
  options: { readonly rounding: Rounding; readonly mayAdjust: boolean },
): RuleVerdict {
  if (rule.when !== null) {
    const holds = rule.when.evaluate(scope);
    if (!holds.ok) return { kind: 'failed', message: holds.reason };
    if (!holds.value) return { kind: 'not_matched' };
  }
  if (rule.adjusts.length > 0 && !options.mayAdjust) {
    return { kind: 'failed', message: 'only events of admin keys may adjust' };
  }
  const counts = countUses(rule, moment, book);
  const reached = counts.find(({ limit, used }) => used >= limit.max);
  if (reached !== undefined) {
    const { limit, used } = reached;
    const span = limit.kind === 'calendar' ? `per ${limit.per}` : `within ${limit.window / 1_000} s`;
    return { kind: 'limited', message: `paid ${used} of ${limit.max} ${span}`, counts };
  }
  const awards: PricedAward[] = [];
  const adjusts: PricedAward[] = [];
  for (const grant of rule.awards) {
    const priced = price(rule, grant, rule.multipliers, scope, options.rounding);
    if (typeof priced === 'string') return { kind: 'failed', message: priced };
    if (priced.amount < 0)
      return { kind: 'failed', message: `an award of ${priced.amount} ${grant.currency}: awards are not negative` };
    awards.push(priced);
  }
  for (const grant of rule.adjusts) {
    const priced = price(rule, grant, [], scope, options.rounding);
    if (typeof priced === 'string') return { kind: 'failed', message: priced };
    adjusts.push(priced);
  }
  const gives = awards.some(({ amount }) => amount !== 0) || adjusts.some(({ amount }) => amount !== 0);
  return { kind: 'fires', awards, adjusts, usage: gives ? recordUse(rule, moment, book) : [], counts };
}

function price(
  rule: Rule,
  grant: Grant,
  multipliers: readonly Multiplier[],
  scope: Scope,
  rounding: Rounding,
): PricedAward | string {
  const base = valueOf(grant.amount, scope);
  if (typeof base === 'string') return base;
  const applied: AppliedFactor[] = [];
  for (const multiplier of multipliers) {
    const factor = factorOf(multiplier, scope);
    if (typeof factor === 'string') return factor;
    if (factor !== null) applied.push({ id: multiplier.id, factor });
  }
  const amount =
    applied.length === 0 && Number.isSafeInteger(base)
      ? base
      : roundedProduct([base, ...applied.map(({ factor }) => factor)], rounding);
  if (amount === undefined) return `an award of ${grant.currency} beyond the exact integers`;
  return { rule: rule.id, currency: grant.currency, base, multipliers: applied, amount };
}

/** The factor, null where the multiplier does not apply, or why it cannot be told. */
function factorOf(multiplier: Multiplier, scope: Scope): number | null | string {
  const { time } = scope.event;
  if (multiplier.from !== null && time < multiplier.from) return null;
  if (multiplier.to !== null && time >= multiplier.to) return null;
  if (multiplier.when !== null) {
    const holds = multiplier.when.evaluate(scope);
    // As everywhere, a condition that fails counts as not matched.
    if (!holds.ok || !holds.value) return null;
  }
  const factor = valueOf(multiplier.factor, scope);
  if (typeof factor === 'string') return `factor ${multiplier.id}: ${factor}`;
  return factor < 0 ? `factor ${multiplier.id} is negative: ${factor}` : factor;
}

function valueOf(amount: number | Computed, scope: Scope): number | string {
  if (typeof amount === 'number') return amount;
  const value = amount.evaluate(scope);
  return value.ok ? value.value : value.reason;
}
