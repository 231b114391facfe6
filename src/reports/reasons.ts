import type { Catalog } from '../catalog/index.ts';
import type { AcceptedResult, AwardResult } from '../engine/index.ts';
import { formatTime } from '../kernel/time.ts';
import type { Multiplier } from '../rules/index.ts';
import type { ExplainedAward, ExplainedFactor } from './model.ts';

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

/** The achievement and tier that an award rewards. Names have no colon. */
function rewardOf(rule: string): { readonly achievement: string; readonly tier: string } | undefined {
  const [kind, achievement, tier] = rule.split(':');
  return kind === 'achievement' && achievement !== undefined && tier !== undefined ? { achievement, tier } : undefined;
}

function rewardReason(rule: string, catalog: Catalog): string | undefined {
  const reward = rewardOf(rule);
  if (reward === undefined) return undefined;
  const { achievement, tier } = reward;
  const at = catalog.achievements.find(({ id }) => id === achievement)?.tiers.find(({ id }) => id === tier)?.at;
  return at === undefined ? undefined : `unlocked ${achievement} ${tier} at ${at}`;
}
