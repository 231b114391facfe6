import type { Scope } from '../kernel/conditions/index.ts';
import { type Boost, NO_BOOSTS } from './boosts.ts';
import { type Caps, cutToCaps } from './caps.ts';
import type { Grant, Multiplier, Rule } from './model.ts';
import { type LimitUse, price, type PricedAward, type Pricing } from './pricing.ts';
import { countUses, type LimitCount, type Moment, recordUse, type Usage, type UsageBook } from './usage.ts';
import { durationText } from '../kernel/duration.ts';

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
      /** Why one of its awards is left out by a cap of the currency; null where none is. */
      readonly reached: string | null;
    };

export interface RuleOptions extends Pricing {
  /** An admin posted the event. */
  readonly mayAdjust: boolean;
  /** Of this user, and of everyone. */
  readonly boosts: readonly Boost[];
  /** Null where no currency has a cap. */
  readonly caps: Caps | null;
}

/** Whether a rule that listens to the event's type fires, and with what. */
export function decideRule(rule: Rule, scope: Scope, moment: Moment, book: UsageBook, options: RuleOptions): RuleVerdict {
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
  const boosts = rule.boosted ? options.boosts : NO_BOOSTS;
  const priced = priceAll(rule.id, rule.awards, rule.multipliers, boosts, scope, options);
  if (typeof priced === 'string') return { kind: 'failed', message: priced };
  const negative = priced.find(({ amount }) => amount < 0);
  if (negative !== undefined) {
    return { kind: 'failed', message: `an award of ${negative.amount} ${negative.currency}: awards are not negative` };
  }
  const adjusts = priceAll(rule.id, rule.adjusts, NO_MULTIPLIERS, NO_BOOSTS, scope, options);
  if (typeof adjusts === 'string') return { kind: 'failed', message: adjusts };
  const capped = options.caps === null ? null : cutToCaps(priced, options.caps, moment.day, book);
  const awards = capped?.awards ?? priced;
  const reachedCap = capped?.reached ?? null;
  if (reachedCap !== null && awards.length + adjusts.length === 0) return { kind: 'limited', message: reachedCap, counts };
  const gives = awards.some(({ amount }) => amount !== 0) || adjusts.some(({ amount }) => amount !== 0);
  const uses = gives ? recordUse(rule, moment, book) : [];
  const usage = capped === null ? uses : [...uses, ...capped.usage];
  if (counts.length === 0) return { kind: 'fires', awards, adjusts, usage, counts, reached: reachedCap };
  const limits = counts.map((count) => useOf(count, gives));
  const limited = (award: PricedAward): PricedAward => ({ ...award, limits });
  return { kind: 'fires', awards: awards.map(limited), adjusts: adjusts.map(limited), usage, counts, reached: reachedCap };
}

const NO_MULTIPLIERS: readonly Multiplier[] = [];

function priceAll(
  rule: string,
  grants: readonly Grant[],
  multipliers: readonly Multiplier[],
  boosts: readonly Boost[],
  scope: Scope,
  options: RuleOptions,
): readonly PricedAward[] | string {
  const priced: PricedAward[] = [];
  for (const grant of grants) {
    const one = price(rule, grant, multipliers, boosts, scope, options);
    if (typeof one === 'string') return one;
    priced.push(one);
  }
  return priced;
}

/** An award of nothing takes no place in a limit. */
function useOf({ limit, used: before }: LimitCount, gives: boolean): LimitUse {
  const used = gives ? before + 1 : before;
  const { max } = limit;
  return limit.kind === 'calendar' ? { used, max, per: limit.per } : { used, max, within: durationText(limit.window) };
}
