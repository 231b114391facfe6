import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { contributionOf, holds, type Metric, type MetricValue, seenId } from './index.ts';
import { metricOf, scopeOf } from './parse.fixture.ts';

const DEFINITIONS = {
  count: '{ count: code.commit }',
  sum: '{ sum: event.data.n, on: code.push }',
  max: '{ max: event.data.n, on: code.push }',
  min: '{ min: event.data.n, on: code.push }',
  last: '{ last: event.data.n, on: code.push }',
  distinct: '{ distinct: event.data.n, on: code.push }',
  run: '{ run: quiz.answered, while: event.data.correct }',
  earned: '{ earned: points }',
  spent: '{ spent: points }',
  balance: '{ balance: points }',
  level: '{ level: true }',
  streak: '{ streak: daily }',
} as const;
type Kind = keyof typeof DEFINITIONS;

/** Value and time after these amounts, each with its time; null where nothing was reached. */
function fold(metric: Metric, steps: readonly (readonly [number, number])[]): readonly [number, number] | null {
  let value: MetricValue | undefined;
  for (const [amount, at] of steps) value = metric.fold(value, amount, at) ?? value;
  return value === undefined ? null : [value.value, value.at];
}

describe('fold', () => {
  it.each<[Kind, string, [number, number][], [number, number] | null]>([
    [
      'count',
      'adds',
      [
        [1, 10],
        [1, 20],
      ],
      [2, 20],
    ],
    [
      'count',
      'keeps the latest time',
      [
        [1, 20],
        [1, 10],
      ],
      [2, 20],
    ],
    [
      'sum',
      'adds',
      [
        [2, 10],
        [-0.5, 20],
      ],
      [1.5, 20],
    ],
    [
      'sum',
      'takes no notice of 0',
      [
        [2, 10],
        [0, 20],
      ],
      [2, 10],
    ],
    ['sum', 'of nothing but 0 is not there', [[0, 10]], null],
    [
      'sum',
      'stays where it would be no finite number',
      [
        [1e308, 10],
        [1e308, 20],
      ],
      [1e308, 10],
    ],
    ['sum', 'may lie before 1970', [[2, -10]], [2, -10]],
    [
      'max',
      'is the larger',
      [
        [2, 10],
        [5, 20],
        [3, 30],
      ],
      [5, 20],
    ],
    ['max', 'begins at any value', [[-7, 10]], [-7, 10]],
    ['max', 'begins at 0, too', [[0, 10]], [0, 10]],
    [
      'max',
      'is as old as the first event that reached it',
      [
        [5, 20],
        [5, 10],
        [5, 30],
      ],
      [5, 10],
    ],
    [
      'max',
      'of a late event has the time of that event',
      [
        [3, 30],
        [5, 10],
      ],
      [5, 10],
    ],
    [
      'min',
      'is the smaller',
      [
        [5, 10],
        [2, 20],
        [3, 30],
      ],
      [2, 20],
    ],
    ['min', 'begins at any value', [[7, 10]], [7, 10]],
    ['min', 'begins at 0, too', [[0, 10]], [0, 10]],
    [
      'min',
      'is as old as the first event that reached it',
      [
        [5, 20],
        [5, 10],
        [5, 30],
      ],
      [5, 10],
    ],
    [
      'min',
      'of a late event has the time of that event',
      [
        [5, 30],
        [3, 10],
      ],
      [3, 10],
    ],
    [
      'last',
      'is the newest',
      [
        [5, 10],
        [2, 20],
      ],
      [2, 20],
    ],
    [
      'last',
      'is not what comes late',
      [
        [5, 20],
        [2, 10],
      ],
      [5, 20],
    ],
    [
      'last',
      'of equal times is the one accepted later',
      [
        [5, 20],
        [2, 20],
      ],
      [2, 20],
    ],
    [
      'last',
      'that is the same again is as new as its event',
      [
        [5, 10],
        [5, 30],
        [2, 20],
      ],
      [5, 30],
    ],
    ['last', 'may be 0', [[0, 10]], [0, 10]],
    [
      'distinct',
      'adds',
      [
        [1, 10],
        [1, 20],
      ],
      [2, 20],
    ],
    [
      'run',
      'lengthens',
      [
        [1, 10],
        [1, 20],
      ],
      [2, 20],
    ],
    [
      'run',
      'ends',
      [
        [1, 10],
        [1, 20],
        [0, 30],
      ],
      [0, 30],
    ],
    [
      'run',
      'ends once',
      [
        [1, 10],
        [0, 20],
        [0, 30],
      ],
      [0, 20],
    ],
    [
      'run',
      'begins anew',
      [
        [1, 10],
        [0, 20],
        [1, 30],
      ],
      [1, 30],
    ],
    ['run', 'that never began is not there', [[0, 10]], null],
    [
      'run',
      'keeps the latest time',
      [
        [1, 20],
        [1, 10],
      ],
      [2, 20],
    ],
    [
      'earned',
      'is less what was reversed',
      [
        [10, 10],
        [-4, 20],
      ],
      [6, 20],
    ],
    [
      'spent',
      'adds',
      [
        [3, 10],
        [4, 20],
      ],
      [7, 20],
    ],
    [
      'balance',
      'is the balance',
      [
        [10, 10],
        [4, 20],
      ],
      [4, 20],
    ],
    [
      'balance',
      'that is the same is as old as it was',
      [
        [10, 10],
        [10, 20],
      ],
      [10, 10],
    ],
    ['balance', 'may fall below 0', [[-5, 10]], [-5, 10]],
    ['balance', 'that was always 0 is not there', [[0, 10]], null],
    [
      'level',
      'is the level',
      [
        [2, 10],
        [1, 5],
      ],
      [1, 10],
    ],
    [
      'streak',
      'is the length',
      [
        [6, 10],
        [1, 20],
      ],
      [1, 20],
    ],
  ])('%s %s', (kind, _, steps, expected) => {
    expect(fold(metricOf(DEFINITIONS[kind]), steps)).toEqual(expected);
  });

  it('says undefined where nothing changes', () => {
    const before = { value: 3, at: 10 };
    const amounts = { count: 0, sum: 0, max: 3, min: 3, distinct: 0, earned: 0, spent: 0, balance: 3, level: 3, streak: 3 };
    for (const [kind, amount] of Object.entries(amounts))
      expect([kind, metricOf(DEFINITIONS[kind as Kind]).fold(before, amount, 20)]).toEqual([kind, undefined]);
  });

  test.each(['count', 'sum', 'max', 'min', 'distinct'] as const)('%s is the same in any order of events', (kind) => {
    const metric = metricOf(DEFINITIONS[kind]);
    const amount = kind === 'count' || kind === 'distinct' ? fc.constant(1) : fc.integer({ min: -5, max: 5 });
    const steps = fc.array(fc.tuple(amount, fc.integer({ min: -100, max: 100 })), { maxLength: 12 });
    const orders = steps.chain((inOrder) =>
      fc.tuple(fc.constant(inOrder), fc.shuffledSubarray(inOrder, { minLength: inOrder.length, maxLength: inOrder.length })),
    );
    fc.assert(
      fc.property(orders, ([inOrder, shuffled]) => {
        expect(fold(metric, shuffled)).toEqual(fold(metric, inOrder));
      }),
    );
  });
});

/** What an event with this data brings: the amount, `none`, or the reason of a failure. */
function brought(definition: string, data: Readonly<Record<string, unknown>>): number | string {
  const contributed = contributionOf(metricOf(definition), scopeOf(data));
  switch (contributed.kind) {
    case 'moves':
      return contributed.contribution.amount;
    case 'failed':
      return contributed.reason;
    case 'none':
      return 'none';
  }
}

describe('contribution of an event', () => {
  const { sum, max, min, last, run } = DEFINITIONS;
  it.each<[string, Readonly<Record<string, unknown>>, number | string]>([
    ['{ count: code.commit }', {}, 1],
    ["{ count: code.push, when: 'event.data.n > 1' }", { n: 2 }, 1],
    ["{ count: code.push, when: 'event.data.n > 1' }", { n: 1 }, 'none'],
    ["{ count: code.push, when: 'event.data.n > 1' }", {}, expect.stringContaining('n')],
    [sum, { n: 2.5 }, 2.5],
    [sum, { n: 0 }, 0],
    [sum, { n: 'two' }, expect.stringContaining('number')],
    [sum, {}, expect.stringContaining('n')],
    ["{ sum: '1 / event.data.n', on: code.push }", { n: 0 }, expect.stringContaining('zero')],
    [max, { n: -3 }, -3],
    [min, { n: -3 }, -3],
    [min, {}, expect.stringContaining('n')],
    [last, { n: 0 }, 0],
    [last, { n: 'two' }, expect.stringContaining('number')],
    [run, { correct: true }, 1],
    [run, { correct: false }, 0],
    // What has no value is not met: the row ends.
    [run, {}, 0],
    ['{ run: quiz.answered, while: event.data.correct, when: \'event.source == "other"\' }', { correct: true }, 'none'],
    ["{ distinct: 'event.data.n', on: code.push }", { n: [] }, expect.stringContaining('text, a number, or true or false')],
  ])('%s of %j', (definition, data, expected) => {
    expect(brought(definition, data)).toEqual(expected);
  });

  it('by ones is always the same object', () => {
    const [count, run] = [DEFINITIONS.count, DEFINITIONS.run].map((definition) =>
      contributionOf(metricOf(definition), scopeOf({ correct: true })),
    );
    expect(count).toBe(run);
  });

  it('of a state is a failure', () => {
    expect(brought(DEFINITIONS.level, {})).toBe('this metric does not listen to events');
  });
});

describe('members of distinct', () => {
  const metric = metricOf(DEFINITIONS.distinct);
  function member(value: unknown): string | null {
    const contributed = contributionOf(metric, scopeOf({ n: value }));
    return contributed.kind === 'moves' ? contributed.contribution.member : null;
  }

  it('are the same for the same value', () => {
    expect(member('diana')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(member('diana')).toBe(member('diana'));
    expect(member(-0)).toBe(member(0));
  });

  it('differ by value and by type', () => {
    const values = [1, '1', true, 'true', false, 'false', 0, '', '0', 1.5, 'a', 'A'];
    expect(new Set(values.map(member)).size).toBe(values.length);
  });

  it('have one id in each span', () => {
    const ids = [seenId('a', 'all', 'x'), seenId('a', '2026', 'x'), seenId('b', 'all', 'x'), seenId('a', 'all', 'y')];
    expect(new Set(ids).size).toBe(4);
  });
});

describe('condition of a metric of anything but events', () => {
  it.each([
    ['{ earned: points }', {}, true],
    ["{ earned: points, when: 'user.level > 1' }", {}, true],
    ["{ spent: points, when: 'user.level > 2' }", {}, false],
    ["{ balance: points, when: 'event.data.n > 1' }", { n: 2 }, true],
    ["{ streak: daily, when: 'event.data.n > 1' }", {}, false],
  ])('%s with %j holds: %s', (definition, data, expected) => {
    expect(holds(metricOf(definition), scopeOf(data, 2))).toBe(expected);
  });
});
