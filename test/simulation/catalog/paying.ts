import { metricOf } from './counting.ts';
import { periodOf } from './calendar.ts';
import { roundedProduct } from './decimals.ts';
import { type Entries, type Entry, matches, viewOf } from './entry.ts';
import { numberOf, type View, valueOf } from './expression.ts';
import type { Grants, Plan, PlannedLimit, PlannedMultiplier, PlannedRule } from './plan.ts';
import { streakLength } from './streaks.ts';

export interface Priced {
  readonly rule: string;
  readonly currency: string;
  readonly base: number;
  readonly multipliers: readonly { readonly id: string; readonly factor: number }[];
  readonly amount: number;
}

export interface Payment {
  readonly rule: string;
  readonly awards: readonly Priced[];
  readonly adjustments: readonly Priced[];
}

export interface Skipped {
  readonly rule?: string;
  readonly board?: string;
  readonly code: string;
}

/** What the rules give for the last of the entries, all of them decided before anything is given. */
export function decideRules(
  plan: Plan,
  entries: Entries,
  isAdmin: boolean,
): { readonly payments: readonly Payment[]; readonly skipped: readonly Skipped[] } {
  const entry = entries.at(-1);
  if (entry === undefined) throw new Error('nothing to decide');
  const view = viewOf(entry, (name) => {
    const isLevel = plan.metrics.some((metric) => metric.name === name && metric.kind === 'level');
    return isLevel ? entry.levelBefore : metricOf(plan, entries, name);
  });
  const payments: Payment[] = [];
  const skipped: Skipped[] = [];
  for (const rule of plan.rules) {
    const decided = decideRule(plan, rule, { entries, entry, view, isAdmin });
    if (typeof decided === 'string') skipped.push({ rule: rule.id, code: decided });
    else if (decided !== null) payments.push(decided);
  }
  return { payments, skipped };
}

interface Question {
  readonly entries: Entries;
  readonly entry: Entry;
  readonly view: View;
  readonly isAdmin: boolean;
}

/** A payment, null where the rule has nothing to do with the event, or the code of why it does not pay. */
function decideRule(plan: Plan, rule: PlannedRule, question: Question): Payment | string | null {
  const { entries, entry, view, isAdmin } = question;
  if (!matches(rule.on, entry.type)) return null;
  const holds = rule.when === undefined ? true : valueOf(rule.when, view);
  if (holds === undefined) return 'condition_failed';
  if (holds !== true) return null;
  if (rule.adjust.length > 0 && !isAdmin) return 'condition_failed';
  if (rule.limits.some((limit) => used(rule, limit, entries, entry) >= limit.max)) return 'limit_reached';
  const chosen = plan.multipliers.filter(({ id }) => rule.multipliers === null || rule.multipliers.includes(id));
  const factors = chosen.map((multiplier) => ({ id: multiplier.id, factor: factorOf(plan, multiplier, question) }));
  if (rule.award.length > 0 && factors.some(({ factor }) => factor === undefined)) return 'condition_failed';
  const applying = factors.flatMap(({ id, factor }) => (typeof factor === 'number' ? [{ id, factor }] : []));
  const awards = price(plan, rule, rule.award, applying, view);
  const adjustments = price(plan, rule, rule.adjust, [], view);
  if (awards === undefined || adjustments === undefined || awards.some(({ amount }) => amount < 0)) return 'condition_failed';
  return { rule: rule.id, awards, adjustments };
}

function price(
  plan: Plan,
  rule: PlannedRule,
  grants: Grants,
  multipliers: Priced['multipliers'],
  view: View,
): readonly Priced[] | undefined {
  const priced: Priced[] = [];
  for (const [currency, given] of grants) {
    const base = numberOf(given, view);
    if (base === undefined) return undefined;
    const amount = roundedProduct([base, ...multipliers.map(({ factor }) => factor)], plan.rounding);
    priced.push({ rule: rule.id, currency, base, multipliers, amount });
  }
  return priced;
}

/** Undefined where it cannot be told, null where it does not apply. */
function factorOf(plan: Plan, multiplier: PlannedMultiplier, { entries, entry, view }: Question): number | null | undefined {
  if ('streak' in multiplier) {
    const length = streakLength(plan, entries, multiplier.streak);
    return multiplier.tiers.findLast(({ from }) => from <= length)?.factor ?? null;
  }
  const { from, to, when, factor } = multiplier;
  if (from !== undefined && entry.ms < Date.parse(from)) return null;
  if (to !== undefined && entry.ms >= Date.parse(to)) return null;
  if (when !== undefined && valueOf(when, view) !== true) return null;
  const value = numberOf(factor, view);
  return value === undefined || value < 0 ? undefined : value;
}

/** How often a rule paid already, as a limit counts it. */
function used(rule: PlannedRule, limit: PlannedLimit, entries: Entries, entry: Entry): number {
  const paid = entries.filter((other) => other !== entry && other.paid.includes(rule.id));
  if ('per' in limit) {
    return paid.filter(({ day }) => periodOf(limit.per, day) === periodOf(limit.per, entry.day)).length;
  }
  return paid.filter(({ ms }) => ms > entry.ms - limit.seconds * 1_000 && ms <= entry.ms).length;
}
