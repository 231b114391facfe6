import { cel, type Expression } from './expression.ts';

/** A catalog as the model reads it; `written` makes of it what the engine reads. */
export interface Plan {
  readonly name: string;
  readonly timezone: string;
  readonly rounding: Rounding;
  /** Codes; those in `overdraft` may fall below zero. */
  readonly currencies: readonly string[];
  readonly overdraft: readonly string[];
  readonly metrics: readonly PlannedMetric[];
  readonly streaks: readonly PlannedStreak[];
  readonly levels: PlannedLevels | null;
  readonly multipliers: readonly PlannedMultiplier[];
  readonly rules: readonly PlannedRule[];
  readonly achievements: readonly PlannedAchievement[];
  readonly boards: readonly PlannedBoard[];
}

export type Rounding = 'floor' | 'half_even' | 'ceil';
export type PeriodKind = 'day' | 'week' | 'month' | 'year' | 'all';

export type PlannedMetric = { readonly name: string; readonly when?: Expression } & (
  | { readonly kind: 'count'; readonly on: string }
  | { readonly kind: 'sum' | 'max' | 'distinct'; readonly on: string; readonly value: Expression }
  | { readonly kind: 'run'; readonly on: string; readonly holds: Expression }
  | { readonly kind: 'earned' | 'spent' | 'balance'; readonly currency: string }
  | { readonly kind: 'level' }
  | { readonly kind: 'streak'; readonly streak: string }
);

export interface PlannedStreak {
  readonly id: string;
  readonly on: string;
  readonly when?: Expression;
}

export type PlannedLevels = { readonly metric: string } & (
  | { readonly formula: Expression }
  | { readonly thresholds: readonly number[] }
);

export type PlannedMultiplier =
  | {
      readonly id: string;
      readonly streak: string;
      readonly tiers: readonly { readonly from: number; readonly factor: number }[];
    }
  | {
      readonly id: string;
      readonly factor: Expression;
      readonly when?: Expression;
      /** RFC 3339. */
      readonly from?: string;
      readonly to?: string;
    };

/** `seconds` slide; `per` is of the calendar. `written` is what the catalog says. */
export type PlannedLimit =
  | { readonly max: number; readonly per: 'day' | 'week' | 'month' }
  | { readonly max: number; readonly seconds: number; readonly written: Readonly<Record<string, string>> };

export type Grants = readonly (readonly [currency: string, amount: Expression])[];

export interface PlannedRule {
  readonly id: string;
  readonly on: string;
  readonly when?: Expression;
  readonly award: Grants;
  readonly adjust: Grants;
  /** Null: all. */
  readonly multipliers: readonly string[] | null;
  readonly limits: readonly PlannedLimit[];
}

export interface PlannedTier {
  readonly id: string;
  readonly at: number;
  readonly award: readonly (readonly [currency: string, amount: number])[];
}

export interface PlannedAchievement {
  readonly id: string;
  readonly metric: string;
  /** `id`, or `id.tier`. */
  readonly requires: readonly string[];
  readonly secret: boolean;
  readonly tiers: readonly PlannedTier[];
}

export interface PlannedBoard {
  readonly id: string;
  readonly metric: string;
  readonly period: PeriodKind;
  readonly order: 'asc' | 'desc';
  readonly ties: 'first' | 'shared' | 'dense';
  readonly zone: string | null;
}

/** The catalog as somebody would write it: to be printed as YAML. */
export function written(plan: Plan): object {
  return {
    diana: 1,
    name: plan.name,
    timezone: plan.timezone,
    rounding: plan.rounding,
    currencies: Object.fromEntries(
      plan.currencies.map((code) => [code, { name: code, ...(plan.overdraft.includes(code) ? { overdraft: 'allow' } : {}) }]),
    ),
    metrics: Object.fromEntries(
      plan.metrics.map((metric) => [metric.name, { ...writtenMetric(metric), ...writtenWhen(metric) }]),
    ),
    streaks: Object.fromEntries(
      plan.streaks.map((streak) => [streak.id, { on: streak.on, every: 'day', ...writtenWhen(streak) }]),
    ),
    ...(plan.levels === null ? {} : { levels: writtenLevels(plan.levels) }),
    multipliers: Object.fromEntries(plan.multipliers.map((multiplier) => [multiplier.id, writtenMultiplier(multiplier)])),
    rules: plan.rules.map((rule) => writtenRule(rule)),
    achievements: plan.achievements.map(({ tiers, ...achievement }) => ({
      ...achievement,
      name: achievement.id,
      tiers: tiers.map(({ award, ...tier }) => (award.length === 0 ? tier : { ...tier, award: Object.fromEntries(award) })),
    })),
    boards: plan.boards.map(({ zone, ...board }) => (zone === null ? board : { ...board, zone })),
  };
}

function writtenWhen({ when }: { readonly when?: Expression }): object {
  return when === undefined ? {} : { when: cel(when) };
}

function writtenMetric(metric: PlannedMetric): object {
  switch (metric.kind) {
    case 'count':
      return { count: metric.on };
    case 'run':
      return { run: metric.on, while: cel(metric.holds) };
    case 'sum':
    case 'max':
    case 'distinct':
      return { [metric.kind]: cel(metric.value), on: metric.on };
    case 'level':
      return { level: true };
    case 'streak':
      return { streak: metric.streak };
    default:
      return { [metric.kind]: metric.currency };
  }
}

function writtenLevels(levels: PlannedLevels): object {
  return 'formula' in levels ? { metric: levels.metric, formula: cel(levels.formula) } : levels;
}

function writtenMultiplier(multiplier: PlannedMultiplier): object {
  const { id: _, ...rest } = multiplier;
  if ('streak' in rest) return rest;
  return { ...rest, ...writtenWhen(rest), factor: amount(rest.factor) };
}

function writtenRule({ award, adjust, limits, multipliers, ...rule }: PlannedRule): object {
  const written = limits.map((limit) => ('per' in limit ? limit : { max: limit.max, ...limit.written }));
  const grants = (given: Grants): object => Object.fromEntries(given.map(([currency, value]) => [currency, amount(value)]));
  return {
    ...rule,
    ...writtenWhen(rule),
    ...(award.length === 0 ? {} : { award: grants(award) }),
    ...(adjust.length === 0 ? {} : { adjust: grants(adjust) }),
    ...(multipliers === null ? {} : { multipliers }),
    ...(written.length === 0 ? {} : { limit: written.length === 1 ? written[0] : written }),
  };
}

function amount(value: Expression): number | string {
  return typeof value === 'number' ? value : cel(value);
}
