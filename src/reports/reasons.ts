import { type Catalog, describeRule } from '../catalog/index.ts';
import type { AcceptedResult, AwardResult } from '../engine/index.ts';
import { productText, roundedProduct } from '../kernel/decimal.ts';
import { durationText } from '../kernel/duration.ts';
import { formatTime } from '../kernel/time.ts';
import type { Limit, Multiplier } from '../rules/index.ts';
import type { ExplainedAward, ExplainedFactor } from './parts-model.ts';

/** Whether there is anything about an outcome that its catalog explains. */
export function needsReasons({ awards }: Pick<AcceptedResult, 'awards'>): boolean {
  return awards.some(({ rule, multipliers }) => multipliers.length > 0 || rewardOf(rule) !== undefined);
}

/** An award with why each factor applied; `catalog` is the version that decided it. */
export function explainedAward(award: AwardResult, catalog: Catalog): ExplainedAward {
  const multipliers = award.multipliers.map((factor): ExplainedFactor => {
    const multiplier = catalog.multipliers.find(({ id }) => id === factor.id);
    return multiplier === undefined ? factor : { ...factor, reason: factorReason(multiplier, factor.length ?? 0) };
  });
  const reason = rewardReason(award.rule, catalog);
  return reason === undefined ? { ...award, multipliers } : { ...award, multipliers, reason };
}

/** The same with the arithmetic in one line. `catalog`: undefined for a version that is no longer understood. */
export function calculatedAward(award: AwardResult, catalog: Catalog | undefined): ExplainedAward {
  const explained = catalog === undefined ? award : explainedAward(award, catalog);
  return { ...explained, arithmetic: arithmeticOf(explained, catalog) };
}

/** `10 × 1.5 (vip: when …) × 1.1 (streak daily at 4 days, from 3) = 16.5, floor → 16`. */
function arithmeticOf(award: ExplainedAward, catalog: Catalog | undefined): string {
  const { base, multipliers, amount, capped } = award;
  const factors = [base, ...multipliers.map(({ factor }) => factor)];
  const product = productText(factors);
  const terms = [String(base), ...multipliers.map(factorText)].join(' × ');
  const shown = multipliers.length === 0 ? terms : `${terms} = ${product}`;
  if (product === String(amount)) return shown;
  const rounding = catalog?.rounding;
  if (rounding === undefined) return `${shown} → ${amount}`;
  const rounded = roundedProduct(factors, rounding);
  const whole = rounded === undefined || product === String(rounded) ? shown : `${shown}, ${rounding} → ${rounded}`;
  if (rounded === amount) return whole;
  if (capped === undefined) return `${whole}, of which ${amount} were given`;
  return `${whole}, cut to ${amount} by the cap of ${capped.max} per ${capped.per}`;
}

function factorText({ id, factor, reason }: ExplainedFactor): string {
  if (reason === undefined) return `${factor} (${id})`;
  return `${factor} (${reason.startsWith(`${id} `) ? reason : `${id}: ${reason}`})`;
}

function factorReason(multiplier: Multiplier, length: number): string {
  const { when, from, to } = multiplier;
  const parts: string[] = [];
  if (multiplier.kind === 'streak') {
    const tier = multiplier.tiers.findLast((candidate) => candidate.from <= length);
    parts.push(`streak ${multiplier.streak} at ${length} day${length === 1 ? '' : 's'}, from ${tier?.from ?? 0}`);
  } else if (typeof multiplier.factor !== 'number') {
    parts.push(multiplier.factor.source);
  }
  if (when !== null) parts.push(`when ${when.source}`);
  if (from !== null) parts.push(to === null ? `from ${formatTime(from)}` : `from ${formatTime(from)} to ${formatTime(to)}`);
  else if (to !== null) parts.push(`before ${formatTime(to)}`);
  return parts.length === 0 ? 'always' : parts.join(', ');
}

/** What `rule` of an award or a transfer names: a rule of the catalog, or what else gives points. Names have no colon. */
export function giverOf(rule: string): { readonly noun: string; readonly id: string; readonly rest: readonly string[] } {
  const [noun = '', id, ...rest] = rule.split(':');
  return id === undefined ? { noun: 'rule', id: rule, rest: [] } : { noun, id, rest };
}

/** The achievement and tier that an award rewards. */
function rewardOf(rule: string): { readonly achievement: string; readonly tier: string } | undefined {
  const { noun, id, rest } = giverOf(rule);
  return noun === 'achievement' && rest[0] !== undefined ? { achievement: id, tier: rest[0] } : undefined;
}

function rewardReason(rule: string, catalog: Catalog): string | undefined {
  const reward = rewardOf(rule);
  if (reward === undefined) return undefined;
  const { achievement, tier } = reward;
  const at = catalog.achievements.find(({ id }) => id === achievement)?.tiers.find(({ id }) => id === tier)?.at;
  return at === undefined ? undefined : `unlocked ${achievement} ${tier} at ${at}`;
}

/** A rule as a version defined it; null where it did not, or is no longer understood. */
export function ruleDefinition(id: string, catalog: Catalog | undefined): string | null {
  const rule = catalog?.rules.find((candidate) => candidate.id === id);
  return rule === undefined ? null : describeRule(rule);
}

export interface LimitText {
  readonly used: number;
  readonly max: number;
  readonly per?: string;
  readonly within?: string;
}

/** `2 of 20 per day`. */
export function limitText({ used, max, per, within }: LimitText): string {
  return `${used} of ${max} ${per === undefined ? `within ${within ?? ''}` : `per ${per}`}`;
}

export function limitUse(limit: Limit, used: number): LimitText {
  const { max } = limit;
  return limit.kind === 'calendar' ? { used, max, per: limit.per } : { used, max, within: durationText(limit.window) };
}
