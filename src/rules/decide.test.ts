import { describe, expect, test } from 'vitest';
import { compileCondition, type Condition, type Scope } from '../kernel/conditions/index.ts';
import { Overlay } from '../kernel/overlay.ts';
import { DAY, HOUR } from '../kernel/time.ts';
import { decideRule, type Limit, type Multiplier, type Rule, type RuleVerdict, type Usage, usageId } from './index.ts';

const NOON = 20_000 * DAY + 12 * HOUR;
const moment = { time: NOON, day: 20_000 };

function scope(more: { readonly attributes?: Record<string, unknown>; readonly time?: number } = {}): Scope {
  return {
    event: { type: 'a.b', source: 'test', data: {}, time: more.time ?? NOON, local: { hour: 12, weekday: 1 } },
    user: { attributes: more.attributes ?? {}, level: 1 },
    metric: () => 0,
    now: NOON,
  };
}

const rule = (more: Partial<Rule>): Rule => ({
  id: 'rule',
  on: 'a.b',
  matches: (type) => type === 'a.b',
  when: null,
  awards: [{ currency: 'points', amount: 100 }],
  adjusts: [],
  multipliers: [],
  boosted: true,
  limits: [],
  ...more,
});

const streak = (more: Partial<Multiplier> = {}): Multiplier =>
  ({
    id: 'tiered',
    when: null,
    from: null,
    to: null,
    kind: 'streak',
    streak: 'daily',
    tiers: [
      { from: 3, factor: 1.1 },
      { from: 7, factor: 1.2 },
      { from: 30, factor: 0 },
    ],
    ...more,
  }) as Multiplier;

function condition(source: string): Condition {
  const compiled = compileCondition(source, { data: null, metrics: [] });
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.expression;
}

/** A user whose streaks are all `length` days long. */
const at = (length: number) =>
  ({ rounding: 'floor', mayAdjust: true, boosts: [], caps: null, streakLength: () => length }) as const;
const nothing = new Map<string, Usage>();

function fires(verdict: RuleVerdict): Extract<RuleVerdict, { kind: 'fires' }> {
  if (verdict.kind !== 'fires') throw new Error(JSON.stringify(verdict));
  return verdict;
}

describe('a multiplier by a streak', () => {
  test.each([
    [0, 100, []],
    [2, 100, []],
    [3, 110, [{ id: 'tiered', factor: 1.1, length: 3 }]],
    [6, 110, [{ id: 'tiered', factor: 1.1, length: 6 }]],
    [7, 120, [{ id: 'tiered', factor: 1.2, length: 7 }]],
    [29, 120, [{ id: 'tiered', factor: 1.2, length: 29 }]],
    [400, 0, [{ id: 'tiered', factor: 0, length: 400 }]],
  ])('after %i days gives the highest tier that was reached', (length, amount, multipliers) => {
    const { awards } = fires(decideRule(rule({ multipliers: [streak()] }), scope(), moment, nothing, at(length)));
    expect(awards).toEqual([{ rule: 'rule', currency: 'points', base: 100, multipliers, amount }]);
  });

  test('asks for the streak that it names, and stands beside other factors', () => {
    const asked: string[] = [];
    const options = { ...at(0), streakLength: (id: string) => (asked.push(id), 7) };
    const double: Multiplier = { id: 'double', when: null, from: null, to: null, kind: 'factor', factor: 2 };
    const { awards } = fires(decideRule(rule({ multipliers: [double, streak()] }), scope(), moment, nothing, options));
    expect(asked).toEqual(['daily']);
    expect(awards[0]).toMatchObject({
      multipliers: [
        { id: 'double', factor: 2 },
        { id: 'tiered', factor: 1.2, length: 7 },
      ],
      amount: 240,
    });
  });

  test('applies where its condition holds and within its time only', () => {
    const narrowed = rule({
      multipliers: [streak({ when: condition('user.attributes.vip == true'), from: NOON, to: NOON + DAY })],
    });
    const amount = (attributes: Record<string, unknown>, time: number): unknown =>
      fires(decideRule(narrowed, scope({ attributes, time }), moment, nothing, at(3))).awards[0]?.amount;
    expect(amount({ vip: true }, NOON)).toBe(110);
    expect(amount({ vip: false }, NOON)).toBe(100);
    expect(amount({}, NOON)).toBe(100);
    expect(amount({ vip: true }, NOON - 1)).toBe(100);
    expect(amount({ vip: true }, NOON + DAY)).toBe(100);
  });
});

describe('an award tells how far the limits of its rule are used', () => {
  const limits: readonly Limit[] = [
    { kind: 'calendar', max: 3, per: 'day' },
    { kind: 'calendar', max: 10, per: 'month' },
    { kind: 'sliding', max: 5, window: 90_000 },
    { kind: 'sliding', max: 5, window: HOUR },
  ];

  test('itself included, up to the last that is paid', () => {
    const book = new Overlay(nothing);
    const once = (): RuleVerdict => {
      const verdict = decideRule(rule({ limits }), scope(), moment, book, at(0));
      if (verdict.kind === 'fires') for (const usage of verdict.usage) book.set(usageId(usage), usage);
      return verdict;
    };
    for (const used of [1, 2, 3]) {
      const { awards, counts } = fires(once());
      expect(awards[0]?.limits).toEqual([
        { used, max: 3, per: 'day' },
        { used, max: 10, per: 'month' },
        { used, max: 5, within: '90s' },
        { used, max: 5, within: '1h' },
      ]);
      expect(counts.map((count) => count.used)).toEqual([used - 1, used - 1, used - 1, used - 1]);
    }
    expect(once()).toMatchObject({ kind: 'limited', message: 'paid 3 of 3 per day' });
  });

  test('with every award and adjustment of the rule', () => {
    const both = rule({
      limits: limits.slice(0, 1),
      awards: [
        { currency: 'points', amount: 1 },
        { currency: 'gold', amount: 2 },
      ],
      adjusts: [{ currency: 'points', amount: -1 }],
    });
    const { awards, adjusts } = fires(decideRule(both, scope(), moment, nothing, at(0)));
    for (const award of [...awards, ...adjusts]) expect(award.limits).toEqual([{ used: 1, max: 3, per: 'day' }]);
  });

  test('and an award of nothing takes no place', () => {
    const empty = rule({ limits: limits.slice(0, 1), multipliers: [streak()] });
    const verdict = fires(decideRule(empty, scope(), moment, nothing, at(30)));
    expect(verdict).toMatchObject({ awards: [{ amount: 0, limits: [{ used: 0, max: 3, per: 'day' }] }], usage: [] });
  });

  test('and says nothing of limits where there are none', () => {
    expect(fires(decideRule(rule({}), scope(), moment, nothing, at(0))).awards[0]).not.toHaveProperty('limits');
  });
});
