import { cel, type Expression } from '../catalog/expression.ts';
import type { PeriodKind } from '../catalog/plan.ts';

/** A catalog as the model reads it; `written` makes of it what the engine reads. */
export interface Plan {
  readonly timezone: string;
  readonly currencies: readonly PlannedCurrency[];
  readonly metrics: readonly PlannedMetric[];
  readonly streaks: readonly PlannedStreak[];
  readonly levels: { readonly metric: string; readonly thresholds: readonly number[] } | null;
  readonly multipliers: readonly PlannedMultiplier[];
  readonly rules: readonly PlannedRule[];
  readonly achievements: readonly PlannedAchievement[];
  readonly boards: readonly PlannedBoard[];
}

export type Span = 'day' | 'week' | 'month';
export type Award = readonly (readonly [currency: string, amount: number])[];

export interface PlannedCurrency {
  readonly code: string;
  readonly overdraft: 'deny' | 'allow';
  readonly reversal: 'refuse' | 'clamp' | 'debt';
  /** What rules may award in a span of the user's calendar. */
  readonly cap: { readonly max: number; readonly per: Span } | null;
}

/** `medals` counts what is unlocked. */
export type PlannedMetric = { readonly name: string } & (
  | { readonly kind: 'count'; readonly on: string; readonly when?: Expression }
  | {
      readonly kind: 'sum' | 'max' | 'min' | 'last' | 'distinct';
      readonly on: string;
      readonly value: Expression;
      readonly when?: Expression;
    }
  | { readonly kind: 'earned' | 'spent' | 'balance'; readonly currency: string }
  | { readonly kind: 'medals' }
  | { readonly kind: 'level' }
  | { readonly kind: 'streak'; readonly streak: string }
);

export interface PlannedStreak {
  readonly id: string;
  readonly on: string;
  readonly every: Span;
  readonly freezes: { readonly start: number; readonly every: number; readonly max: number } | null;
  readonly milestones: readonly { readonly at: number; readonly award: Award }[];
}

export interface PlannedMultiplier {
  readonly id: string;
  readonly streak: string;
  readonly tiers: readonly { readonly from: number; readonly factor: number }[];
}

export interface PlannedRule {
  readonly id: string;
  readonly on: string;
  readonly when?: Expression;
  readonly award: readonly (readonly [currency: string, amount: Expression])[];
  readonly limits: readonly { readonly max: number; readonly per: 'day' | 'week' }[];
}

export interface PlannedTier {
  readonly id: string;
  readonly at: number;
  readonly award: Award;
}

export type PlannedAchievement = {
  readonly id: string;
  /** `id`, or `id.tier`. */
  readonly requires: readonly string[];
  readonly tiers: readonly PlannedTier[];
} & (
  | { readonly kind: 'metric'; readonly metric: string; readonly repeatable: boolean }
  | { readonly kind: 'within'; readonly metric: string; readonly within: Span; readonly repeatable: boolean }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly string[] }
  | { readonly kind: 'sequence'; readonly steps: readonly string[] }
);

export interface PlannedBoard {
  readonly id: string;
  readonly metric: string;
  readonly period: PeriodKind;
  readonly order: 'asc' | 'desc';
  readonly ties: 'first' | 'shared' | 'dense';
  readonly zone: string | null;
  readonly rewards: readonly { readonly from: number; readonly to: number; readonly award: Award }[];
}

/** The catalog as somebody would write it: to be printed as YAML. */
export function written(plan: Plan): object {
  return {
    diana: 1,
    timezone: plan.timezone,
    currencies: Object.fromEntries(
      plan.currencies.map(({ code, cap, ...rest }) => [code, cap === null ? rest : { ...rest, cap }]),
    ),
    metrics: Object.fromEntries(plan.metrics.map((metric) => [metric.name, writtenMetric(metric)])),
    streaks: Object.fromEntries(plan.streaks.map((streak) => [streak.id, writtenStreak(streak)])),
    ...(plan.levels === null ? {} : { levels: plan.levels }),
    multipliers: Object.fromEntries(plan.multipliers.map(({ id, ...rest }) => [id, rest])),
    rules: plan.rules.map((rule) => writtenRule(rule)),
    achievements: plan.achievements.map((achievement) => writtenAchievement(achievement)),
    boards: plan.boards.map((board) => writtenBoard(board)),
  };
}

function writtenMetric(metric: PlannedMetric): object {
  const when = 'when' in metric && metric.when !== undefined ? { when: cel(metric.when) } : {};
  switch (metric.kind) {
    case 'count':
      return { count: metric.on, ...when };
    case 'medals':
      return { count: 'achievement.unlocked' };
    case 'level':
      return { level: true };
    case 'streak':
      return { streak: metric.streak };
    case 'earned':
    case 'spent':
    case 'balance':
      return { [metric.kind]: metric.currency };
    default:
      return { [metric.kind]: cel(metric.value), on: metric.on, ...when };
  }
}

function writtenStreak({ on, every, freezes, milestones }: PlannedStreak): object {
  return {
    on,
    every,
    ...(freezes === null ? {} : { freezes }),
    ...(milestones.length === 0
      ? {}
      : { milestones: milestones.map(({ at, award }) => ({ at, award: Object.fromEntries(award) })) }),
  };
}

function writtenRule({ id, on, when, award, limits }: PlannedRule): object {
  return {
    id,
    on,
    ...(when === undefined ? {} : { when: cel(when) }),
    award: Object.fromEntries(award.map(([code, amount]) => [code, typeof amount === 'number' ? amount : cel(amount)])),
    ...(limits.length === 0 ? {} : { limit: limits }),
  };
}

function writtenAchievement(achievement: PlannedAchievement): object {
  const { id, requires, tiers } = achievement;
  const common = {
    id,
    ...(requires.length === 0 ? {} : { requires }),
    tiers: tiers.map(({ award, ...tier }) => (award.length === 0 ? tier : { ...tier, award: Object.fromEntries(award) })),
  };
  switch (achievement.kind) {
    case 'metric':
      return { ...common, metric: achievement.metric, ...(achievement.repeatable ? { repeatable: true } : {}) };
    case 'within': {
      const { metric, within, repeatable } = achievement;
      return { ...common, metric, within, ...(repeatable ? { repeatable } : {}) };
    }
    case 'sequence':
      return { ...common, sequence: achievement.steps };
    default:
      return { ...common, [achievement.kind]: achievement.parts };
  }
}

function writtenBoard({ id, metric, period, order, ties, zone, rewards }: PlannedBoard): object {
  return {
    id,
    metric,
    period,
    order,
    ties,
    ...(zone === null ? {} : { zone }),
    ...(rewards.length === 0
      ? {}
      : {
          rewards: rewards.map(({ from, to, award }) => ({
            ...(from === to ? { rank: from } : { ranks: `${from}-${to}` }),
            award: Object.fromEntries(award),
          })),
        }),
  };
}
