import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, isEventType, isWildcard, MAX_SEGMENTS, patternFault } from './pattern.ts';

/** The definition, read aloud: slow and plain. */
function naive(pattern: readonly string[], type: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return type.length === 0;
  if (type.length === 0) return false;
  if (head === '*' && rest.length === 0) return true;
  return (head === '*' || head === type[0]) && naive(rest, type.slice(1));
}

const segment = fc.constantFrom('a', 'b', 'quiz', 'x_1', 'y-2');

describe('patterns over event types', () => {
  it.each([
    ['game.*', 'game.won', true],
    ['game.*', 'game.quiz.won', true],
    ['game.*', 'game', false],
    ['game.*', 'games.won', false],
    ['*.won', 'game.won', true],
    ['*.won', 'game.quiz.won', false],
    ['game.*.won', 'game.quiz.won', true],
    ['game.*.won', 'game.won', false],
    ['*', 'anything.at.all', true],
    ['game', 'game', true],
    ['game', 'game.won', false],
  ])('%s against %s: %s', (pattern, type, expected) => {
    expect(compilePattern(pattern)(type)).toBe(expected);
  });

  it('agree with their definition', () => {
    const pattern = fc.array(fc.oneof(segment, fc.constant('*')), { minLength: 1, maxLength: 5 });
    const type = fc.array(segment, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(pattern, type, (p, t) => {
        expect(patternFault(p.join('.'))).toBeUndefined();
        expect(compilePattern(p.join('.'))(t.join('.'))).toBe(naive(p, t));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['', 'no empty segment'],
    ['a..b', 'no empty segment'],
    ['a.', 'no empty segment'],
    ['.a', 'no empty segment'],
    ['game*', 'write "game.*"'],
    ['Game', 'lower-case'],
    ['a b', 'lower-case'],
    [
      Array(MAX_SEGMENTS + 1)
        .fill('a')
        .join('.'),
      'at most 16 segments',
    ],
  ])('%j is none', (pattern, why) => {
    expect(patternFault(pattern)).toContain(why);
  });

  it('a type is at most 200 characters of 16 segments', () => {
    expect(isEventType('code.commit')).toBe(true);
    expect(isEventType('code.*')).toBe(false);
    expect(isEventType('a'.repeat(200))).toBe(true);
    expect(isEventType('a'.repeat(201))).toBe(false);
    expect(isEventType(Array(17).fill('a').join('.'))).toBe(false);
    expect(isEventType('')).toBe(false);
  });

  it('a wildcard has a star', () => {
    expect(isWildcard('a.*')).toBe(true);
    expect(isWildcard('a.b')).toBe(false);
  });
});
