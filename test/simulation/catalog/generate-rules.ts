import type { Random } from '../../support/random.ts';
import type { Expression } from './expression.ts';
import { chance, pickSeen } from './generate-metrics.ts';
import type { Grants, PlannedLimit, PlannedMetric, PlannedMultiplier, PlannedRule } from './plan.ts';
import { PATTERNS } from './words.ts';

/** Some rules that award, and one that lets an admin adjust. */
export function generateRules(
  random: Random,
  n: number,
  metrics: readonly PlannedMetric[],
  multipliers: readonly PlannedMultiplier[],
): readonly PlannedRule[] {
  const rules = Array.from({ length: 3 + random.below(4) }, (_, i): PlannedRule => {
    const chosen = chance(random, 0.4) ? multipliers.filter(() => chance(random, 0.5)).map(({ id }) => id) : null;
    return {
      id: `rule-${n}-${i}`,
      on: random.pick(PATTERNS),
      ...(chance(random, 0.5) ? { when: generateCondition(random, metrics) } : {}),
      award: generateGrants(random, metrics),
      adjust: [],
      multipliers: chosen,
      limits: generateLimits(random),
    };
  });
  const fix = {
    id: `fix-${n}`,
    on: 'admin.fix',
    award: [],
    multipliers: null,
    limits: chance(random, 0.3) ? generateLimits(random) : [],
  };
  const currency = random.pick(['points', 'gems', 'credit']);
  return random.shuffled([...rules, { ...fix, adjust: [[currency, { data: 'amount' }]] }]);
}

function generateCondition(random: Random, metrics: readonly PlannedMetric[]): Expression {
  const { name } = pickSeen(random, metrics);
  return random.pick<Expression>([
    { op: '<', left: { data: 'n' }, right: 8 },
    { op: '==', left: { data: 'ok' }, right: true },
    { op: '!=', left: { data: 'word' }, right: { text: 'ant' } },
    { op: '<=', left: { metric: name }, right: 20 },
    { op: '>=', left: { metric: name }, right: 2 },
    { op: '<', left: { name: 'user.level' }, right: 4 },
    {
      op: '&&',
      left: { op: '<=', left: { name: 'event.local.weekday' }, right: 5 },
      right: { op: '<', left: { metric: name }, right: 50 },
    },
  ]);
}

function generateGrants(random: Random, metrics: readonly PlannedMetric[]): Grants {
  const { name } = pickSeen(random, metrics);
  const amounts: readonly Expression[] = [
    1 + random.below(20),
    5,
    { op: '*', left: { data: 'n' }, right: random.pick([1, 2, 0.5, 1.25]) },
    { op: '+', left: { call: 'min', args: [{ metric: name }, 25] }, right: 1 },
    // Negative now and then: a failure.
    { op: '-', left: { data: 'n' }, right: 1 },
    { call: 'min', args: [{ data: 'n' }, { name: 'user.level' }] },
  ];
  const first = random.pick(['points', 'points', 'gems', 'credit']);
  const grants: (readonly [string, Expression])[] = [[first, random.pick(amounts)]];
  if (chance(random, 0.3)) grants.push([first === 'gems' ? 'points' : 'gems', random.pick(amounts)]);
  return grants;
}

function generateLimits(random: Random): readonly PlannedLimit[] {
  const one = (): PlannedLimit => {
    const max = 1 + random.below(3);
    const kind = random.pick(['day', 'week', 'month', 'sliding', 'sliding'] as const);
    if (kind !== 'sliding') return { max: max + (kind === 'day' ? 0 : 2), per: kind };
    return random.pick<PlannedLimit>([
      { max, seconds: 1, written: { per: 'second' } },
      { max, seconds: 60, written: { per: 'minute' } },
      { max, seconds: 3_600, written: { per: 'hour' } },
      { max, seconds: 90, written: { within: '90s' } },
      { max, seconds: 259_200, written: { within: '3d' } },
    ]);
  };
  if (chance(random, 0.45)) return [];
  return chance(random, 0.3) ? [one(), one()] : [one()];
}
