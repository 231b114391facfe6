import { describe, expect, test } from 'vitest';
import type { MetricValue } from '../../metrics/index.ts';
import { advance } from './sequence.ts';

const DAY = 86_400_000;
const A = 0b001;
const B = 0b010;
const C = 0b100;

/** Progress after each event, by its time and the steps that it is. */
function follow(events: readonly (readonly [at: number, steps: number])[], deadline: number | null = null): readonly number[] {
  let value: MetricValue | undefined;
  return events.map(([at, steps]) => {
    value = advance(value, steps, at, { count: 3, deadline }) ?? value;
    return value?.value ?? 0;
  });
}

describe('steps are done in their order', () => {
  test.each<[string, Parameters<typeof follow>[0], readonly number[]]>([
    [
      'one after the other',
      [
        [1, A],
        [2, B],
        [3, C],
      ],
      [1, 2, 3],
    ],
    [
      'what comes before its turn is nothing',
      [
        [1, B],
        [2, A],
        [3, C],
        [4, B],
        [5, C],
      ],
      [0, 1, 1, 2, 3],
    ],
    [
      'other events in between do no harm',
      [
        [1, A],
        [2, A],
        [3, B],
        [4, A],
        [5, B],
        [6, C],
      ],
      [1, 1, 2, 2, 2, 3],
    ],
    [
      'an event before the last step does not advance',
      [
        [5, A],
        [4, B],
        [6, B],
        [5, C],
        [6, C],
      ],
      [1, 1, 2, 2, 3],
    ],
    [
      'an event is one step, though it may be several',
      [
        [1, A | B],
        [2, A | B],
        [3, A | B | C],
        [4, A],
      ],
      [1, 2, 3, 3],
    ],
  ])('%s', (_, events, progress) => expect(follow(events)).toEqual(progress));
});

describe('a deadline', () => {
  test('is kept at its very millisecond, and missed one later', () => {
    const until = (last: number): readonly number[] =>
      follow(
        [
          [1_000, A],
          [2_000, B],
          [last, C],
        ],
        DAY,
      );
    expect(until(1_000 + DAY)).toEqual([1, 2, 3]);
    expect(until(1_001 + DAY)).toEqual([1, 2, 2]);
  });

  test('begins anew with a first step that comes again while nothing else was done', () => {
    const later = DAY / 2;
    expect(
      follow(
        [
          [0, A],
          [later, A],
          [DAY, B],
          [DAY + later, C],
        ],
        DAY,
      ),
    ).toEqual([1, 1, 2, 3]);
  });

  test('that has passed is begun anew by a first step, by nothing else', () => {
    expect(
      follow(
        [
          [0, A],
          [1, B],
          [DAY, A],
          [DAY + 1, C],
          [DAY + 2, A],
          [DAY + 3, B],
          [DAY + 4, C],
        ],
        DAY,
      ),
    ).toEqual([1, 2, 2, 2, 1, 2, 3]);
  });
});
