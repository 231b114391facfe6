export { decideRule, type RuleOptions, type RuleVerdict } from './decide.ts';
export { parseRules, rulesSchema } from './definition.ts';
export { multipliersSchema, parseMultipliers } from './definition-multipliers.ts';
export type { Grant, Limit, Multiplier, Rounding, Rule, StreakTier } from './model.ts';
export type { AppliedFactor, LimitUse, PricedAward } from './pricing.ts';
export { loadUsage, type OfAccount, saveUsage } from './store.ts';
export {
  countUses,
  type LimitCount,
  type Moment,
  type Usage,
  type UsageBook,
  type UsageKey,
  usageId,
  usageKeys,
} from './usage.ts';
