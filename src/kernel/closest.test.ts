import { describe, expect, it } from 'vitest';
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
