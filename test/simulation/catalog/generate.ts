import type { Random } from '../../support/random.ts';
import type { Expression } from './expression.ts';
import { chance, generateMetrics, pickSeen } from './generate-metrics.ts';
import { generateRules } from './generate-rules.ts';
import type {
  Plan,
  PlannedAchievement,
  PlannedBoard,
  PlannedLevels,
  PlannedMetric,
  PlannedMultiplier,
  PlannedStreak,
} from './plan.ts';
import { PATTERNS, ZONES } from './words.ts';

/**
 * A catalog that uses everything. `n` makes its names its own: what had another meaning in an earlier catalog would
 * begin under another key. `around`: multipliers with a window have it about this moment, in milliseconds.
 */
export function generatePlan(random: Random, n: number, around: number): Plan {
  const currencies = ['points', 'gems', 'credit'];
  const streaks = generateStreaks(random, n);
  const hasLevels = chance(random, 0.85);
  const metrics = generateMetrics(random, { n, currencies, streaks, hasLevels });
  const multipliers = generateMultipliers(random, streaks, metrics, around);
  return {
    name: `simulated ${n}`,
    timezone: random.pick(['UTC', 'UTC', ...ZONES]),
    rounding: random.pick(['floor', 'half_even', 'ceil']),
    currencies,
    overdraft: ['credit'],
    metrics,
    streaks,
    levels: hasLevels ? generateLevels(random, metrics) : null,
    multipliers,
    rules: generateRules(random, n, metrics, multipliers),
    achievements: generateAchievements(random, n, metrics),
    boards: generateBoards(random, n, metrics),
  };
}

function generateStreaks(random: Random, n: number): readonly PlannedStreak[] {
  const daily = { id: `daily-${n}`, on: random.pick(PATTERNS) };
  const picky = { id: `picky-${n}`, on: random.pick(PATTERNS), when: { op: '>=', left: { data: 'n' }, right: 4 } } as const;
  return chance(random, 0.5) ? [daily, picky] : [daily];
}

/** Levels follow what does not fall below zero and is no level itself. */
function generateLevels(random: Random, metrics: readonly PlannedMetric[]): PlannedLevels {
  const fit = metrics.filter(({ kind }) => kind !== 'level' && kind !== 'max');
  const earned = fit.filter(({ kind }) => kind === 'earned');
  const { name: metric, kind } = random.pick(chance(random, 0.4) ? earned : fit);
  const step = random.pick(['earned', 'spent', 'balance'].includes(kind) ? [2, 15, 60] : [1, 1, 2, 5]);
  if (chance(random, 0.5)) return { metric, thresholds: [0, step, step * 2 + 1, step * 5, step * 12] };
  const share: Expression = { op: '/', left: { call: 'max', args: [{ name: 'value' }, 0] }, right: step };
  const root: Expression = chance(random, 0.5) ? { call: 'sqrt', args: [share] } : share;
  return { metric, formula: { op: '+', left: { call: 'floor', args: [root] }, right: 1 } };
}

function generateMultipliers(
  random: Random,
  streaks: readonly PlannedStreak[],
  metrics: readonly PlannedMetric[],
  around: number,
): readonly PlannedMultiplier[] {
  const day = 86_400_000;
  const from = around + Math.floor((random.next() * 10 - 5) * day);
  const window = {
    from: new Date(from).toISOString(),
    ...(chance(random, 0.8) ? { to: new Date(from + Math.floor(random.next() * 20 * day) + 1).toISOString() } : {}),
  };
  const { name } = pickSeen(random, metrics);
  const all: PlannedMultiplier[] = [
    ...streaks.map(({ id }, i) => ({
      id: `faithful-${i}`,
      streak: id,
      tiers: [
        { from: 1 + random.below(2), factor: random.pick([1.1, 1.05, 1.25]) },
        { from: 3, factor: random.pick([1.2, 1.5, 2]) },
        { from: 4 + random.below(2), factor: 1.75 },
      ],
    })),
    { id: 'vip', when: { op: '==', left: { attribute: 'vip' }, right: true }, factor: random.pick([1.5, 0.5, 2]) },
    { id: 'rich', when: { op: '>=', left: { metric: name }, right: random.below(12) }, factor: 1.15 },
    { id: 'window', ...window, factor: random.pick([2, 1.3, 3]) },
    {
      id: 'level',
      factor: {
        op: '+',
        left: 1,
        right: { op: '*', left: 0.05, right: { op: '-', left: { call: 'min', args: [{ name: 'user.level' }, 9] }, right: 1 } },
      },
    },
    { id: 'night', when: { op: '>=', left: { name: 'event.local.hour' }, right: 20 }, factor: 1.01 },
    // Has no value where the event has no such field.
    {
      id: 'data',
      when: { op: '<=', left: { name: 'event.local.weekday' }, right: 1 },
      factor: { op: '+', left: { data: 'n' }, right: 0.5 },
    },
  ];
  return random.shuffled(all.filter(() => chance(random, 0.7)));
}

function generateAchievements(random: Random, n: number, metrics: readonly PlannedMetric[]): readonly PlannedAchievement[] {
  const all: PlannedAchievement[] = [];
  const count = 2 + random.below(4);
  for (let i = 0; i < count; i += 1) {
    const metric = random.pick(metrics);
    // Levels end early, and streaks are hard to keep.
    const step = metric.kind === 'level' || metric.kind === 'streak' ? 1 : 1 + random.below(random.pick([3, 12, 40]));
    const tiers = ['bronze', 'silver', 'gold'].slice(0, 1 + random.below(3)).map((id, place) => ({
      id,
      at: metric.kind === 'level' ? 2 + place : step * (place + 1) ** 2,
      award: ['points', 'gems'].filter(() => chance(random, 0.35)).map((currency) => [currency, 1 + random.below(30)] as const),
    }));
    const required = all.filter(() => chance(random, 0.3));
    all.push({
      id: `deed-${n}-${i}`,
      metric: metric.name,
      requires: required.map(({ id, tiers }) => (chance(random, 0.5) ? id : `${id}.${random.pick(tiers).id}`)),
      secret: chance(random, 0.2),
      tiers,
    });
  }
  return random.shuffled(all);
}

function generateBoards(random: Random, n: number, metrics: readonly PlannedMetric[]): readonly PlannedBoard[] {
  return Array.from({ length: 4 }, (_, i) => ({
    id: `board-${n}-${i}`,
    metric: random.pick(metrics).name,
    period: random.pick(['day', 'week', 'week', 'month', 'year', 'all']),
    order: random.pick(['desc', 'desc', 'asc']),
    ties: random.pick(['first', 'shared', 'dense']),
    zone: chance(random, 0.4) ? random.pick(ZONES) : null,
  }));
}
