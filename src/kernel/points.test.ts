import { describe, expect, it } from 'vitest';
import { addPoints, isPoints, MAX_POINTS } from './points.ts';

describe('points', () => {
  it('are integers up to 2^53 − 1 either way', () => {
    for (const value of [0, 1, -1, MAX_POINTS, -MAX_POINTS]) expect(isPoints(value)).toBe(true);
    for (const value of [1.5, MAX_POINTS + 1, 1e21, Number.NaN, Number.POSITIVE_INFINITY, '10', 10n, null, undefined])
      expect(isPoints(value)).toBe(false);
  });

  it('a sum that would leave the range is none', () => {
    expect(addPoints(MAX_POINTS - 1, 1)).toBe(MAX_POINTS);
    expect(addPoints(MAX_POINTS, 1)).toBeUndefined();
    expect(addPoints(-MAX_POINTS, -1)).toBeUndefined();
    expect(addPoints(MAX_POINTS, MAX_POINTS)).toBeUndefined();
    expect(addPoints(MAX_POINTS, -MAX_POINTS)).toBe(0);
  });
});
