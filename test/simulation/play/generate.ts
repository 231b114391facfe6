import type { Expression } from '../catalog/expression.ts';
import type { Random } from '../../support/random.ts';
import type {
  Award,
  Plan,
  PlannedAchievement,
  PlannedBoard,
  PlannedCurrency,
  PlannedMetric,
  PlannedRule,
  PlannedStreak,
  PlannedTier,
} from './plan.ts';

export const TYPES = ['quiz.done', 'quiz.won', 'game.won', 'note'];
const PATTERNS = ['quiz.done', 'quiz.*', '*.won', '*', '*', 'note', 'game.won'];
export const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'Etc/GMT+12'];
export const CODES = ['points', 'gems'];

/** A catalog that may use everything. `n` makes its names its own: what had another meaning before would begin under another key. */
export function generatePlan(random: Random, n: number): Plan {
  const currencies = CODES.slice(0, 1 + random.below(2)).map((code) => generateCurrency(random, code));
  const codes = currencies.map(({ code }) => code);
  const streaks = Array.from({ length: 1 + random.below(2) }, (_, i) => generateStreak(random, `streak-${n}-${i}`, codes));
  const hasLevels = chance(random, 0.7);
  const metrics = generateMetrics(random, n, { codes, streaks, hasLevels });
  const rising = metrics.filter(({ kind }) => ['count', 'sum', 'distinct', 'earned', 'spent'].includes(kind));
  const step = random.pick([1, 3, 20]);
  return {
    timezone: random.pick(['UTC', ...ZONES]),
    currencies,
    metrics,
    streaks,
    levels: hasLevels ? { metric: random.pick(rising).name, thresholds: [0, step, step * 3, step * 6] } : null,
    multipliers: streaks
      .filter(() => chance(random, 0.6))
      .map(({ id }) => ({
        id: `with-${id}`,
        streak: id,
        tiers: [
          { from: 1 + random.below(2), factor: random.pick([1.1, 1.25]) },
          { from: 3, factor: random.pick([1.5, 2]) },
        ],
      })),
    rules: Array.from({ length: 2 + random.below(3) }, (_, i) => generateRule(random, `rule-${n}-${i}`, codes, metrics)),
    achievements: generateAchievements(random, n, codes, metrics),
    boards: Array.from({ length: 3 + random.below(2) }, (_, i) => generateBoard(random, `board-${n}-${i}`, codes, metrics)),
  };
}

function chance(random: Random, share: number): boolean {
  return random.next() < share;
}

function generateAward(random: Random, codes: readonly string[], share: number): Award {
  return codes.filter(() => chance(random, share)).map((code) => [code, 1 + random.below(20)] as const);
}

function generateCurrency(random: Random, code: string): PlannedCurrency {
  return {
    code,
    overdraft: chance(random, 0.2) ? 'allow' : 'deny',
    reversal: random.pick(['refuse', 'clamp', 'debt']),
    cap: chance(random, 0.25) ? { max: random.pick([7, 30]), per: 'day' } : null,
  };
}

function generateStreak(random: Random, id: string, codes: readonly string[]): PlannedStreak {
  const milestones = [1 + random.below(2), 3].map((at) => ({ at, award: [[random.pick(codes), 1 + random.below(9)]] as Award }));
  return {
    id,
    on: random.pick(PATTERNS),
    every: random.pick(['day', 'day', 'week', 'month']),
    freezes: chance(random, 0.35) ? { start: random.below(2), every: 1 + random.below(3), max: 1 + random.below(2) } : null,
    milestones: chance(random, 0.35) ? milestones : [],
  };
}

function generateMetrics(
  random: Random,
  n: number,
  given: { readonly codes: readonly string[]; readonly streaks: readonly PlannedStreak[]; readonly hasLevels: boolean },
): readonly PlannedMetric[] {
  const { codes, streaks, hasLevels } = given;
  const on = (): string => random.pick(PATTERNS);
  const when = (): { readonly when?: Expression } =>
    chance(random, 0.6) ? {} : { when: { op: '>=', left: { data: 'n' }, right: 3 } };
  const number: Expression = { data: 'n' };
  const word = random.pick<Expression>([{ data: 'word' }, { data: 'n' }]);
  const all: readonly PlannedMetric[] = [
    { name: `count-${n}`, kind: 'count', on: on(), ...when() },
    { name: `any-${n}`, kind: 'count', on: '*' },
    { name: `sum-${n}`, kind: 'sum', on: on(), value: number, ...when() },
    { name: `max-${n}`, kind: 'max', on: on(), value: number, ...when() },
    { name: `min-${n}`, kind: 'min', on: on(), value: number },
    { name: `last-${n}`, kind: 'last', on: on(), value: number },
    { name: `distinct-${n}`, kind: 'distinct', on: on(), value: word, ...when() },
    ...codes.map((currency): PlannedMetric => ({ name: `earned-${currency}-${n}`, kind: 'earned', currency })),
    { name: `spent-${n}`, kind: 'spent', currency: random.pick(codes) },
    { name: `balance-${n}`, kind: 'balance', currency: random.pick(codes) },
    { name: `medals-${n}`, kind: 'medals' },
    ...(hasLevels ? [{ name: `level-${n}`, kind: 'level' } as const] : []),
    ...streaks.map(({ id }): PlannedMetric => ({ name: `as-${id}`, kind: 'streak', streak: id })),
  ];
  return random.shuffled(all);
}

function generateRule(random: Random, id: string, codes: readonly string[], metrics: readonly PlannedMetric[]): PlannedRule {
  const { name } = random.pick(metrics);
  const conditions: readonly Expression[] = [
    { op: '<', left: { data: 'n' }, right: 8 },
    { op: '<=', left: { metric: name }, right: 20 },
    { op: '>=', left: { metric: name }, right: 2 },
    { op: '<', left: { name: 'user.level' }, right: 4 },
  ];
  const amounts: readonly Expression[] = [1 + random.below(20), 5, 10, { op: '*', left: { data: 'n' }, right: 1.25 }];
  const limits = (['day', 'week'] as const).filter(() => chance(random, 0.35)).map((per) => ({ max: 1 + random.below(3), per }));
  return {
    id,
    on: random.pick(PATTERNS),
    ...(chance(random, 0.4) ? { when: random.pick(conditions) } : {}),
    award: random
      .shuffled(codes)
      .slice(0, 1 + random.below(2))
      .map((code) => [code, random.pick(amounts)] as const),
    limits,
  };
}

const EARNING = 30;

function generateAchievements(
  random: Random,
  n: number,
  codes: readonly string[],
  metrics: readonly PlannedMetric[],
): readonly PlannedAchievement[] {
  const all: PlannedAchievement[] = [];
  const counted = metrics.filter(({ kind }) => !['balance', 'level', 'streak'].includes(kind));
  const count = 3 + random.below(5);
  for (let i = 0; i < count; i += 1) {
    const id = `deed-${n}-${i}`;
    const dice = random.next();
    const parts = all.filter(() => chance(random, 0.4));
    const named = parts.map((part) => (chance(random, 0.5) ? part.id : `${part.id}.${random.pick(part.tiers).id}`));
    const requires = chance(random, 0.25) ? named : [];
    if (dice < 0.2 && parts.length > 0) {
      const kind = random.pick(['all', 'any'] as const);
      const at = kind === 'all' ? parts.length : 1;
      all.push({ id, kind, parts: named, requires: [], tiers: [{ id: 'made', at, award: generateAward(random, codes, 0.4) }] });
    } else if (dice < 0.35) {
      const steps = Array.from({ length: 2 + random.below(2) }, () => random.pick(TYPES));
      const tier = { id: 'walked', at: steps.length, award: generateAward(random, codes, 0.4) };
      all.push({ id, kind: 'sequence', steps, requires, tiers: [tier] });
    } else if (dice < 0.6) {
      const metric = random.pick(counted);
      const within = random.pick(['day', 'week', 'month'] as const);
      const tiers = generateTiers(random, codes, metric, 1 + random.below(2));
      all.push({ id, kind: 'within', metric: metric.name, within, repeatable: chance(random, 0.5), requires, tiers });
    } else if (dice < 0.75) {
      const metric = random.pick(metrics.filter(({ kind }) => ['count', 'sum', 'distinct', 'earned', 'streak'].includes(kind)));
      const [tier] = generateTiers(random, codes, metric, 1) as [PlannedTier];
      // What it pays is never the progress to the next time.
      const repeats = 'currency' in metric ? { ...tier, at: Math.max(tier.at, EARNING) } : tier;
      all.push({ id, kind: 'metric', metric: metric.name, repeatable: true, requires, tiers: [repeats] });
    } else {
      const metric = random.pick(metrics);
      all.push({
        id,
        kind: 'metric',
        metric: metric.name,
        repeatable: false,
        requires,
        tiers: generateTiers(random, codes, metric, 1 + random.below(3)),
      });
    }
  }
  return random.shuffled(all);
}

function generateTiers(random: Random, codes: readonly string[], metric: PlannedMetric, count: number): readonly PlannedTier[] {
  const isMoney = 'currency' in metric;
  const step = isMoney ? 5 + random.below(30) : metric.kind === 'streak' ? 1 : 1 + random.below(4);
  return ['bronze', 'silver', 'gold'].slice(0, count).map((id, place) => ({
    id,
    at: metric.kind === 'level' ? 2 + place : step * (place + 1),
    award: generateAward(random, codes, 0.4),
  }));
}

function generateBoard(random: Random, id: string, codes: readonly string[], metrics: readonly PlannedMetric[]): PlannedBoard {
  const period = random.pick(['day', 'week', 'week', 'all'] as const);
  const rewards =
    period === 'all' || chance(random, 0.5)
      ? []
      : [
          { from: 1, to: 1, award: [[random.pick(codes), 1 + random.below(30)]] as Award },
          { from: 2, to: 3, award: [[random.pick(codes), 1 + random.below(10)]] as Award },
        ];
  return {
    id,
    metric: random.pick(metrics).name,
    period,
    order: random.pick(['desc', 'desc', 'asc']),
    ties: random.pick(['first', 'shared', 'dense']),
    zone: chance(random, 0.4) ? random.pick(ZONES) : null,
    rewards,
  };
}
