export { amountKeys, awardedOf, type Counted, recordAmount, restOf, sentOf } from './amounts.ts';
export { type Boost, isKept, keptSince, MAX_LIVE_BOOSTS, NO_BOOSTS } from './boosts.ts';
export { cancelBoost, eraseBoosts, findBoost, type GrantedBoost, insertBoost, loadBoosts } from './boost-store.ts';
export { type Caps, capsOf } from './caps.ts';
export { decideRule, type RuleOptions, type RuleVerdict } from './decide.ts';
export { parseRules, rulesSchema } from './definition.ts';
export { multipliersSchema, parseMultipliers } from './definition-multipliers.ts';
export type { Grant, Limit, Multiplier, Rounding, Rule, StreakTier } from './model.ts';
export type { AppliedFactor, CapUse, LimitUse, PricedAward } from './pricing.ts';
export { loadUsage, type OfAccount, saveUsage } from './store.ts';
export {
  countUses,
  type LimitCount,
  type Moment,
  returnUse,
  type Usage,
  type UsageBook,
  type UsageKey,
  usageId,
  usageKeys,
} from './usage.ts';
