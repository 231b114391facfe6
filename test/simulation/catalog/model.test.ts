import { describe, expect, test } from 'vitest';
import { closingOf, localOf, periodOf } from './calendar.ts';
import { roundedProduct } from './decimals.ts';
import { Model, type ModelAnswer, type ModelEvent } from './model.ts';
import type { Plan, PlannedMetric } from './plan.ts';
import { rank, scoreOf } from './ranking.ts';
import { longestStreak, runsOf } from './streaks.ts';

const EMPTY: Plan = {
  name: 'by hand',
  timezone: 'UTC',
  rounding: 'floor',
  currencies: ['points', 'gems'],
  overdraft: [],
  metrics: [],
  streaks: [],
  levels: null,
  multipliers: [],
  rules: [],
  achievements: [],
  boards: [],
};
const SINCE = Date.parse('2026-11-01T00:00:00Z');
const NOW = Date.parse('2026-11-21T12:00:00Z');

/** What a model says to events of one user, one after the other: times, or times with data. */
function tell(
  model: Model,
  events: readonly (string | readonly [time: string, data: object])[],
  now = NOW,
): readonly ModelAnswer[] {
  return events.map((given) => {
    const [time, data] = typeof given === 'string' ? [given, {}] : given;
    return model.submit({ id: String((ids += 1)), type: 'quiz.done', user: 'ann', time, data: { ...data } }, false, now);
  });
}
let ids = 0;

function accepted(answer: ModelAnswer | undefined): Extract<ModelAnswer, { status: 'accepted' | 'duplicate' }> {
  if (answer === undefined || answer.status === 'refused') throw new Error(JSON.stringify(answer));
  return answer;
}

function entriesOf(model: Model): NonNullable<ReturnType<Model['people']['get']>>['entries'] {
  return model.people.get('ann')?.entries ?? [];
}

test('products of decimals are exact and rounded once', () => {
  // 10 × 1.1 × 1.5 = 16.5; 3 × 1.1 = 3.3 and not 3.3000000000000003; −5 × 0.5 = −2.5
  expect((['floor', 'half_even', 'ceil'] as const).map((mode) => roundedProduct([10, 1.1, 1.5], mode))).toEqual([16, 16, 17]);
  expect((['floor', 'half_even', 'ceil'] as const).map((mode) => roundedProduct([-5, 0.5], mode))).toEqual([-3, -2, -2]);
  expect([roundedProduct([100, 1.1], 'ceil'), roundedProduct([1e7, 1e-7], 'ceil')]).toEqual([110, 1]);
});

describe('calendar', () => {
  test.each([
    ['2026-11-21T23:30:00+05:45', null, '2026-11-21', 23],
    ['2026-11-21T23:30:00Z', null, '2026-11-22', 5],
    ['2026-11-21T23:30:00-00:00', null, '2026-11-22', 5],
    ['2026-11-21T23:30:00+00:00', null, '2026-11-21', 23],
    ['2026-11-21T23:30:00+05:45', 'Pacific/Kiritimati', '2026-11-22', 7],
  ])('%s of a user in %s', (time, zone, day, hour) => {
    expect(localOf(time, Date.parse(time), zone, 'Asia/Kathmandu')).toMatchObject({ day, hour });
  });

  test('ISO weeks, and when periods close', () => {
    expect(['2026-12-31', '2027-01-03', '2027-01-04'].map((day) => periodOf('week', day))).toEqual([
      '2026-W53',
      '2026-W53',
      '2027-W01',
    ]);
    expect(new Date(closingOf('week', '2026-11-21', null)).toISOString()).toBe('2026-11-23T12:00:00.000Z');
    expect(new Date(closingOf('month', '2026-11-21', 'Europe/Berlin')).toISOString()).toBe('2026-11-30T23:00:00.000Z');
    expect(new Date(closingOf('year', '2026-11-21', 'Pacific/Kiritimati')).toISOString()).toBe('2026-12-31T10:00:00.000Z');
  });
});

test('a late event fills its day of a streak, and joins runs', () => {
  const model = new Model({ ...EMPTY, streaks: [{ id: 'daily', on: 'quiz.*' }] }, SINCE);
  const days = ['10', '11', '14', '15', '16', '02', '13', '12', '12'].map((day) => `2026-11-${day}T10:00:00Z`);
  expect(tell(model, days).map((answer) => accepted(answer).streaks[0]?.length)).toEqual([1, 2, 1, 2, 3, 3, 4, 7, 7]);
  expect(runsOf(model.plan, entriesOf(model), 'daily')).toEqual([
    ['2026-11-02', '2026-11-02'],
    ['2026-11-10', '2026-11-16'],
  ]);
  expect(longestStreak(model.plan, entriesOf(model), 'daily')).toBe(7);
});

test('metrics in all, and within the periods of boards', () => {
  const metrics: readonly PlannedMetric[] = [
    { name: 'max', kind: 'max', on: '*', value: { data: 'n' } },
    { name: 'distinct', kind: 'distinct', on: '*', value: { data: 'word' } },
    { name: 'run', kind: 'run', on: '*', holds: { data: 'ok' } },
  ];
  const boards = metrics.map(
    ({ name }) => ({ id: name, metric: name, period: 'day', order: 'desc', ties: 'first', zone: null }) as const,
  );
  const model = new Model({ ...EMPTY, metrics, boards }, NOW);
  tell(model, [
    ['2026-11-20T10:00:00Z', { n: -2, word: 'ant', ok: true }],
    ['2026-11-21T09:00:00Z', { n: -5, word: 'ant', ok: true }],
    ['2026-11-21T08:00:00Z', { n: -5, word: 'bee', ok: false }],
    ['2026-11-20T07:00:00Z', { n: -9, word: 'ant', ok: true }],
  ]);
  expect(metrics.map(({ name }) => model.metric('ann', name))).toEqual([-2, 2, 1]);
  const score = (board: number, period: string): unknown => {
    const reached = scoreOf(model.plan, boards[board] as (typeof boards)[number], period, entriesOf(model), NOW);
    return reached && [reached.value, new Date(reached.at).toISOString().slice(11, 16)];
  };
  // Each day by itself: on the 20th a run of two, on the 21st one that ended.
  expect([0, 1, 2].map((board) => score(board, '2026-11-20'))).toEqual([
    [-2, '10:00'],
    [1, '10:00'],
    [2, '10:00'],
  ]);
  expect([0, 1, 2].map((board) => score(board, '2026-11-21'))).toEqual([
    [-5, '08:00'],
    [2, '09:00'],
    [0, '09:00'],
  ]);
});

test('rules see the level before, achievements the level as it would be; rewards count as earned and unlock more', () => {
  const model = new Model(
    {
      ...EMPTY,
      metrics: [
        { name: 'earned', kind: 'earned', currency: 'points' },
        { name: 'level', kind: 'level' },
      ],
      levels: { metric: 'earned', thresholds: [0, 10, 25] },
      multipliers: [{ id: 'level', factor: { op: '*', left: 1.5, right: { name: 'user.level' } } }],
      rules: [{ id: 'quiz', on: 'quiz.done', award: [['points', 7]], adjust: [], multipliers: null, limits: [] }],
      achievements: [
        {
          id: 'third',
          metric: 'level',
          requires: ['second'],
          secret: false,
          tiers: [{ id: 'one', at: 3, award: [['gems', 1]] }],
        },
        {
          id: 'second',
          metric: 'level',
          requires: [],
          secret: false,
          tiers: [
            { id: 'one', at: 2, award: [['points', 15]] },
            { id: 'two', at: 3, award: [] },
          ],
        },
      ],
    },
    SINCE,
  );
  const [first, next] = tell(model, ['2026-11-21T10:00:00Z', '2026-11-21T10:00:00Z']).map(accepted);
  // 7 × 1.5 = 10.5: level 2, whose reward of 15 makes 25: level 3.
  expect(first?.awards.map(({ rule, amount, balance }) => [rule, amount, balance])).toEqual([
    ['quiz', 10, 10],
    ['achievement:second:one', 15, 25],
    ['achievement:third:one', 1, 1],
  ]);
  expect(first?.achievements.map(({ id, tier }) => `${id}.${tier}`)).toEqual(['second.one', 'second.two', 'third.one']);
  expect([first?.level, next?.level, next?.awards[0]?.amount]).toEqual([3, 3, 31]);
});

test('limits count what was paid, in windows open at their far end and in local months', () => {
  const limits = [
    { max: 1, seconds: 90, written: { within: '90s' } },
    { max: 3, per: 'month' },
  ] as const;
  const rule = { id: 'quiz', on: 'quiz.done', award: [['points', { data: 'n' }]], adjust: [], multipliers: [], limits } as const;
  const model = new Model({ ...EMPTY, rules: [rule] }, SINCE);
  const answers = tell(model, [
    ['2026-11-10T10:00:00Z', { n: 1 }],
    ['2026-11-10T10:01:29Z', { n: 1 }],
    ['2026-11-10T10:01:30Z', { n: 0 }],
    ['2026-11-10T10:01:30Z', { n: 1 }],
    ['2026-11-10T09:59:00Z', { n: 1 }],
    ['2026-11-12T10:00:00Z', { n: 1 }],
    ['2026-10-31T23:00:00-01:00', { n: 1 }],
    ['2026-10-31T23:00:00-01:00', {}],
  ]).map(accepted);
  expect(answers.map(({ awards, skipped }) => awards[0]?.amount ?? skipped[0]?.code)).toEqual([
    1,
    'limit_reached',
    0,
    1,
    1,
    'limit_reached',
    1,
    'limit_reached',
  ]);
});

test('an adjustment that cannot be paid refuses the event, which leaves no trace', () => {
  const rules = [
    { id: 'gift', on: '*', award: [['points', 3]], adjust: [], multipliers: null, limits: [] },
    { id: 'fix', on: 'admin.fix', award: [], adjust: [['points', { data: 'n' }]], multipliers: null, limits: [] },
  ] as const;
  const model = new Model({ ...EMPTY, rules }, SINCE);
  const event: ModelEvent = { id: 'a', type: 'admin.fix', user: 'ann', data: { n: -4 } };
  expect(model.submit(event, true, NOW)).toEqual({ status: 'refused', code: 'insufficient_balance' });
  expect(model.people.size).toBe(0);
  expect(accepted(model.submit({ ...event, id: 'b' }, false, NOW)).skipped).toEqual([{ rule: 'fix', code: 'condition_failed' }]);
  expect(model.submit(event, true, NOW)).toEqual({ status: 'refused', code: 'insufficient_balance' });
  expect(model.submit({ ...event, data: { n: -3 } }, true, NOW)).toEqual({ status: 'refused', code: 'id_reused' });
  expect(accepted(model.submit({ ...event, id: 'c' }, true, NOW)).adjustments).toMatchObject([{ amount: -4, balance: 2 }]);
  expect(model.submit({ ...event, id: 'c' }, true, NOW).status).toBe('duplicate');
});

test('a board leaves out what comes after its period closed, but not what closed before it began', () => {
  const metrics = [{ name: 'count', kind: 'count', on: '*' }] as const;
  const board = { id: 'daily', metric: 'count', period: 'day', order: 'desc', ties: 'first', zone: null } as const;
  const model = new Model({ ...EMPTY, metrics, boards: [board] }, Date.parse('2026-11-10T00:00:00Z'));
  const answers = tell(model, ['2026-11-08T10:00:00Z', '2026-11-20T10:00:00Z', '2026-11-19T23:59:59Z'], NOW).map(accepted);
  expect(answers.map(({ skipped }) => skipped)).toEqual([
    [],
    [{ board: 'daily', code: 'period_closed' }],
    [{ board: 'daily', code: 'period_closed' }],
  ]);
  expect(model.metric('ann', 'count')).toBe(3);
  expect(scoreOf(model.plan, board, '2026-11-08', entriesOf(model), model.since)?.value).toBe(1);
  expect(scoreOf(model.plan, board, '2026-11-19', entriesOf(model), model.since)).toBeUndefined();
});

test('ranks', () => {
  const scores = [
    { user: 'cyd', value: 5, at: 2 },
    { user: 'bob', value: 5, at: 2 },
    { user: 'ann', value: 3, at: 1 },
    { user: 'dan', value: 5, at: 1 },
  ];
  const board = { id: 'b', metric: 'm', period: 'all', order: 'desc', zone: null } as const;
  const ranks = (ties: 'first' | 'shared' | 'dense', order: 'asc' | 'desc'): string =>
    rank({ ...board, ties, order }, scores)
      .map(({ rank, user }) => `${rank}${user}`)
      .join(' ');
  expect(ranks('first', 'desc')).toBe('1dan 2bob 3cyd 4ann');
  expect(ranks('shared', 'desc')).toBe('1dan 1bob 1cyd 4ann');
  expect(ranks('dense', 'asc')).toBe('1ann 2dan 2bob 2cyd');
});
