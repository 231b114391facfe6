import { describe, expect, test } from 'vitest';
import { ANYTHING, SCOPE } from './scope.fixture.ts';
import { partsOf } from './index.ts';

const parts = (source: string) =>
  partsOf(source, ANYTHING.metrics).map((part) => {
    const value = part.evaluate(SCOPE);
    return [part.source, value.ok ? value.value : value.reason];
  });

const reads = (source: string) =>
  partsOf(source, ANYTHING.metrics).flatMap((part) =>
    part.reads.map((read) => {
      const value = read.evaluate(SCOPE);
      return [read.root, read.source, value.ok ? value.value : value.reason];
    }),
  );

describe('a condition comes apart at its outermost &&', () => {
  test.each([
    ['event.data.files > 3', [['event.data.files > 3', true]]],
    [
      'event.data.merged && (event.data.files > 20 || user.attributes.vip == true) && metrics.commits == 4',
      [
        ['event.data.merged', true],
        ['event.data.files > 20 || user.attributes.vip == true', true],
        ['metrics.commits == 4', false],
      ],
    ],
    [
      '((event.data.merged) && (event.data.files) > 20) && !(event.data.repo == ")" || false)',
      [
        ['event.data.merged', true],
        ['(event.data.files) > 20', false],
        ['!(event.data.repo == ")" || false)', true],
      ],
    ],
    ['event.data.merged || user.level > 9 && false', [['event.data.merged || user.level > 9 && false', true]]],
  ])('%s', (source, expected) => {
    expect(parts(source)).toEqual(expected);
  });

  test('and a part without a value says why', () => {
    expect(parts('event.data.late > 3 && event.data.repo')).toEqual([
      ['event.data.late > 3', 'event.data.late is missing'],
      ['event.data.repo', 'the result is text, not true or false'],
    ]);
  });
});

describe('what a part reads is told with its value', () => {
  test('from wherever it is read, each place once', () => {
    expect(
      reads('event.data.files > 3 || event.data["files"] < 1 && size(event.data.tags) + metrics["commits"] > user.level'),
    ).toEqual([
      ['event', 'event.data.files', 10],
      ['event', 'event.data["files"]', 10],
      ['event', 'event.data.tags', ['fix', 'docs']],
      ['metrics', 'metrics["commits"]', 5],
      ['user', 'user.level', 4],
    ]);
  });

  test('also where it is missing, and moments as people write them', () => {
    expect(reads('has(user.attributes.name) && now - event.time > duration("1h")')).toEqual([
      ['user', 'user.attributes.name', 'user.attributes.name is missing'],
      ['now', 'now', '2026-06-01T14:00:00.000Z'],
      ['event', 'event.time', '2026-06-01T12:30:00.000Z'],
    ]);
  });

  test('inside of a list, but for the fields of its elements', () => {
    expect(reads('event.data.tags.exists(tag, tag == event.data.repo)')).toEqual([
      ['event', 'event.data.tags', ['fix', 'docs']],
      ['event', 'event.data.repo', 'diana'],
    ]);
  });
});
