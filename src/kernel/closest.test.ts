import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { closest, didYouMean } from './closest.ts';

describe('the nearest name', () => {
  it.each([
    ['fiels', 'files'],
    ['atributes', 'attributes'],
    ['conut', 'count'],
    ['Points', 'points'],
    ['weeek', 'week'],
  ])('%s is taken for %s', (given, meant) => {
    expect(closest(given, ['count', 'files', 'attributes', 'points', 'week', 'repo'])).toBe(meant);
  });

  it('is not guessed where more than a third of the letters differ', () => {
    expect(closest('banana', ['points', 'commits'])).toBeUndefined();
    expect(didYouMean('banana', ['points'])).toBe('');
  });

  it('is not looked for among very long names', () => {
    expect(closest('a'.repeat(101), ['a'.repeat(100)])).toBeUndefined();
    expect(closest('abc', ['a'.repeat(10_000)])).toBeUndefined();
  });

  it('reads as a question', () => {
    expect(didYouMean('fiels', ['files'])).toBe('; did you mean "files"?');
  });
});

test('the distance within a band is the distance, wherever it is near enough to matter', () => {
  const naive = (a: string, b: string): number => {
    const table = Array.from({ length: a.length + 1 }, (_, i) =>
      Array.from({ length: b.length + 1 }, (__, j) => (i === 0 ? j : j === 0 ? i : 0)),
    );
    const cell = (i: number, j: number): number => table[i]?.[j] ?? Number.POSITIVE_INFINITY;
    for (let i = 1; i <= a.length; i += 1) {
      for (let j = 1; j <= b.length; j += 1) {
        let cost = Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, cell(i - 2, j - 2) + 1);
        (table[i] as number[])[j] = cost;
      }
    }
    return cell(a.length, b.length);
  };
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 14 });
  fc.assert(
    fc.property(word, fc.array(word, { minLength: 1, maxLength: 6 }), (name, candidates) => {
      const least = Math.min(...candidates.map((candidate) => naive(name, candidate)));
      const near = least <= Math.max(1, Math.floor(name.length / 3));
      expect(closest(name, candidates)).toBe(near ? candidates.find((candidate) => naive(name, candidate) === least) : undefined);
    }),
    { numRuns: 2_000 },
  );
});
