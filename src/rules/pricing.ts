import type { Computed, Scope } from '../kernel/conditions/index.ts';
import { roundedProduct } from '../kernel/decimal.ts';
import { type Boost, isBoosted } from './boosts.ts';
import type { FactorMultiplier, Grant, Multiplier, Rounding, StreakMultiplier } from './model.ts';

export interface AppliedFactor {
  /** Of the multiplier; `boost:<id>` for a boost. */
  readonly id: string;
  readonly factor: number;
  /** Length of the streak that gave the factor, in days; factors of streaks only. */
  readonly length?: number;
}

/** How far a limit of the rule is used, this award included. */
export interface LimitUse {
  readonly used: number;
  readonly max: number;
  /** `day`, `week` or `month`, in limits by the calendar. */
  readonly per?: string;
  /** The window of a sliding limit, such as `90s` or `1h`. */
  readonly within?: string;
}

/** The cap of the currency that an award was cut to: how much of it is used, this award included. */
export interface CapUse {
  readonly max: number;
  readonly per: string;
  readonly used: number;
}

/** What a rule gives in one currency, and why that much. `amount` 0 is an award of nothing. */
export interface PricedAward {
  readonly rule: string;
  readonly currency: string;
  readonly base: number;
  readonly multipliers: readonly AppliedFactor[];
  readonly amount: number;
  /** Multipliers whose condition had no value, where there are any. */
  readonly failed?: readonly string[];
  /** In the order of the catalog; rules with limits only. */
  readonly limits?: readonly LimitUse[];
  /** Only where it is less than base and factors come to. */
  readonly capped?: CapUse;
}

/** What prices depend on beside the rule and the scope. */
export interface Pricing {
  readonly rounding: Rounding;
  /** Length in days of the user's newest run of a streak, by id; 0 where there is none yet. */
  readonly streakLength: (id: string) => number;
}

/** The award, or why it has no price. */
export function price(
  rule: string,
  grant: Grant,
  multipliers: readonly Multiplier[],
  boosts: readonly Boost[],
  scope: Scope,
  pricing: Pricing,
): PricedAward | string {
  const base = valueOf(grant.amount, scope);
  if (typeof base === 'string') return base;
  const applied: AppliedFactor[] = [];
  const failed: string[] = [];
  for (const multiplier of multipliers) {
    const isApplied = applies(multiplier, scope);
    if (isApplied === null) failed.push(multiplier.id);
    if (isApplied !== true) continue;
    const factor =
      multiplier.kind === 'factor' ? computedFactor(multiplier, scope) : streakFactor(multiplier, pricing.streakLength);
    if (typeof factor === 'string') return factor;
    if (factor !== null) applied.push(factor);
  }
  for (const boost of boosts) {
    if (isBoosted(boost, { rule, currency: grant.currency }, scope.event.time, scope.now))
      applied.push({ id: `boost:${boost.id}`, factor: boost.factor });
  }
  const amount =
    applied.length === 0 && Number.isSafeInteger(base)
      ? base
      : roundedProduct([base, ...applied.map(({ factor }) => factor)], pricing.rounding);
  if (amount === undefined) return `an award of ${grant.currency} beyond the exact integers`;
  const award = { rule, currency: grant.currency, base, multipliers: applied, amount };
  return failed.length === 0 ? award : { ...award, failed };
}

/** Null where its condition has no value; as everywhere, that counts as not matched. */
function applies({ when, from, to }: Multiplier, scope: Scope): boolean | null {
  const { time } = scope.event;
  if (from !== null && time < from) return false;
  if (to !== null && time >= to) return false;
  if (when === null) return true;
  const holds = when.evaluate(scope);
  return holds.ok ? holds.value : null;
}

function computedFactor({ id, factor }: FactorMultiplier, scope: Scope): AppliedFactor | string {
  const value = valueOf(factor, scope);
  if (typeof value === 'string') return `factor ${id}: ${value}`;
  return value < 0 ? `factor ${id} is negative: ${value}` : { id, factor: value };
}

/** Null below the first tier. */
function streakFactor({ id, streak, tiers }: StreakMultiplier, streakLength: Pricing['streakLength']): AppliedFactor | null {
  const length = streakLength(streak);
  const tier = tiers.findLast(({ from }) => from <= length);
  return tier === undefined ? null : { id, factor: tier.factor, length };
}

/** Above it the 15 digits would touch what an author wrote. */
const MAX_NOISY = 1e9;

function valueOf(amount: number | Computed, scope: Scope): number | string {
  if (typeof amount === 'number') return amount;
  const value = amount.evaluate(scope);
  if (!value.ok) return value.reason;
  // What `1 + 0.05 * 14` leaves behind 15 digits, the precision of doubles, is no part of the number its author meant.
  return Number.isInteger(value.value) || Math.abs(value.value) > MAX_NOISY ? value.value : Number(value.value.toPrecision(15));
}
