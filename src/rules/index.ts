export { type AppliedFactor, decideRule, type PricedAward, type RuleVerdict } from './decide.ts';
export { parseRules } from './definition.ts';
export { parseMultipliers } from './definition-multipliers.ts';
export type { Grant, Limit, Multiplier, Rounding, Rule } from './model.ts';
export { loadUsage, type OfAccount, saveUsage } from './store.ts';
export { type LimitCount, type Moment, type Usage, type UsageBook, type UsageKey, usageId, usageKeys } from './usage.ts';
