import { periodOf } from '../catalog/calendar.ts';
import { roundedProduct } from '../catalog/decimals.ts';
import { numberOf, valueOf } from '../catalog/expression.ts';
import { metricOf } from './counting.ts';
import { type Entry, isOf, type Person, viewOf } from './entry.ts';
import type { Plan, PlannedRule } from './plan.ts';
import { streakLength } from './streaks.ts';

export interface Priced {
  readonly rule: string;
  readonly currency: string;
  readonly amount: number;
}

/** What the rules give for the last entry of a person: all of it is decided before anything is given. */
export function decideRules(
  plan: Plan,
  person: Person,
): { readonly awards: readonly Priced[]; readonly limited: readonly string[] } {
  const entry = person.entries.at(-1) as Entry;
  const awards: Priced[] = [];
  const limited: string[] = [];
  const isLevel = (name: string): boolean => plan.metrics.some((metric) => metric.name === name && metric.kind === 'level');
  const view = viewOf(entry, (name) => (isLevel(name) ? entry.levelBefore : metricOf(plan, person, name)));
  for (const rule of plan.rules) {
    if (!isOf(rule.on, entry)) continue;
    if (rule.when !== undefined && valueOf(rule.when, view) !== true) continue;
    if (rule.limits.some(({ max, per }) => timesPaid(rule, per, person, entry) >= max)) {
      limited.push(rule.id);
      continue;
    }
    const given = rule.award.flatMap(([currency, expression]): readonly Priced[] => {
      const priced = roundedProduct([numberOf(expression, view) ?? Number.NaN, ...factorsOf(plan, person)], 'floor');
      const left = priced === 0 ? 0 : leftOf(plan, person, currency, awards);
      if (priced !== 0 && left === 0) return [];
      return [{ rule: rule.id, currency, amount: priced === 0 ? 0 : Math.min(priced, left) }];
    });
    if (given.length < rule.award.length) limited.push(rule.id);
    awards.push(...given);
  }
  return { awards, limited };
}

function timesPaid({ id }: PlannedRule, per: 'day' | 'week', { entries }: Person, { day }: Entry): number {
  return entries.filter((other) => other.paid.includes(id) && periodOf(per, other.day) === periodOf(per, day)).length;
}

function factorsOf(plan: Plan, { entries }: Person): readonly number[] {
  return plan.multipliers.flatMap(({ streak, tiers }) => {
    const length = streakLength(plan, entries, streak);
    return tiers.findLast(({ from }) => from <= length)?.factor ?? [];
  });
}

/** What the cap of a currency leaves in the period of the last entry. `given`: by other rules, for the same event. */
function leftOf(plan: Plan, { entries }: Person, currency: string, given: readonly Priced[]): number {
  const cap = plan.currencies.find(({ code }) => code === currency)?.cap ?? null;
  if (cap === null) return Number.POSITIVE_INFINITY;
  const { day } = entries.at(-1) as Entry;
  const before = entries
    .filter((other) => !other.isUndone && periodOf(cap.per, other.day) === periodOf(cap.per, day))
    .flatMap(({ moves }) => moves)
    .filter((move) => move.isCapped);
  const used = [...before, ...given].filter((one) => one.currency === currency).reduce((sum, { amount }) => sum + amount, 0);
  return Math.max(0, cap.max - used);
}
