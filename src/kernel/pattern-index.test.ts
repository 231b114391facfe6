import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePattern, patternFault } from './pattern.ts';
import { createPatternIndex } from './pattern-index.ts';

const segment = fc.constantFrom('a', 'b', 'c', 'aa');
const type = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
const pattern = fc.array(fc.oneof(segment, fc.constant('*')), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));

/** Straight from the sentence of the contract, one segment after the other; shares nothing with the index or the matcher. */
function naive(written: string, given: string): boolean {
  const step = (p: readonly string[], t: readonly string[]): boolean => {
    const [head, ...rest] = p;
    if (head === undefined) return t.length === 0;
    if (t.length === 0) return false;
    if (head === '*' && rest.length === 0) return true;
    return (head === '*' || head === t[0]) && step(rest, t.slice(1));
  };
  return step(written.split('.'), given.split('.'));
}

test('the index and the matcher agree with a naive matcher, while patterns come and go', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ pattern, item: fc.integer({ min: 0, max: 8 }), remove: fc.boolean() }), { maxLength: 40 }),
      fc.array(type, { minLength: 1, maxLength: 10 }),
      (changes, types) => {
        const index = createPatternIndex<number>();
        const there: { pattern: string; item: number }[] = [];
        for (const { pattern: written, item, remove } of changes) {
          expect(patternFault(written)).toBeUndefined();
          const at = remove ? there.findIndex((one) => one.pattern === written && one.item === item) : -1;
          if (at >= 0) {
            there.splice(at, 1);
            index.remove(written, item);
          } else {
            there.push({ pattern: written, item });
            index.add(written, item);
          }
          for (const given of types) {
            const expected = new Set(there.filter((one) => naive(one.pattern, given)).map((one) => one.item));
            expect(index.match(given)).toEqual(expected);
            expect(compilePattern(written)(given)).toBe(naive(written, given));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('an item whose patterns overlap is found once, and goes with its last pattern', () => {
  const index = createPatternIndex<string>();
  index.add('game.*', 'mirror');
  index.add('game.quiz.won', 'mirror');
  index.add('*', 'mirror');
  expect([...index.match('game.quiz.won')]).toEqual(['mirror']);
  index.remove('*', 'mirror');
  index.remove('game.*', 'mirror');
  expect([...index.match('game.quiz.won')]).toEqual(['mirror']);
  expect([...index.match('game.quiz.lost')]).toEqual([]);
});
