import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readYaml } from '../catalog/read-yaml.ts';
import type { Faults } from '../kernel/document.ts';
import { type Levels, parseLevels, progressOf } from './index.ts';

function levels(definition: string): Levels {
  const faults: Faults = [];
  const parsed = parseLevels(faults, readYaml(faults, `{ metric: earned, ${definition} }`), ['earned']);
  if (parsed === null) throw new Error(JSON.stringify(faults));
  expect(faults).toEqual([]);
  return parsed;
}

const roots = levels("formula: 'floor(sqrt(value / 1000.0)) + 1'");
const steps = levels('thresholds: [0, 100, 300, 1000.5]');
const MOST = Number.MAX_SAFE_INTEGER;

describe('the level', () => {
  test.each([
    [-1, 1],
    [0, 1],
    [999.9, 1],
    [1_000, 2],
    [3_999, 2],
    [4_000, 3],
    [8_999, 3],
    [9_000, 4],
    [100_000, 11],
    [1_000_000_000, 1_001],
  ])('by the formula of the example is, at %d, %i', (value, level) => expect(roots.levelOf(value)).toBe(level));

  test.each([
    [-50, 1],
    [0, 1],
    [99.9, 1],
    [100, 2],
    [299, 2],
    [300, 3],
    [1_000, 3],
    [1_000.5, 4],
    [1e300, 4],
  ])('by thresholds is, at %d, %i', (value, level) => expect(steps.levelOf(value)).toBe(level));

  test('is a whole number from 1 to 2^53 − 1, whatever the formula gives', () => {
    const values = [-1e300, -1, 0, 0.5, 7, 1e6, 1e300];
    expect(values.map(levels("formula: '1.5 + value / 10'").levelOf)).toEqual([1, 1, 1, 1, 2, 100_001, MOST]);
    // The square has no value any more where it leaves the numbers.
    expect(levels("formula: 'value * value + 1'").levelOf(1e200)).toBe(1);
  });
});

describe('the way to the next level', () => {
  test.each([
    [roots, 0, { level: 1, from: 0, next: 1_000, percent: 0 }],
    [roots, 999, { level: 1, from: 0, next: 1_000, percent: 99 }],
    [roots, 1_000, { level: 2, from: 1_000, next: 4_000, percent: 0 }],
    [roots, 1_870, { level: 2, from: 1_000, next: 4_000, percent: 29 }],
    [roots, 2_500, { level: 2, from: 1_000, next: 4_000, percent: 50 }],
    [roots, -20, { level: 1, from: 0, next: 1_000, percent: 0 }],
    [steps, 29, { level: 1, from: 0, next: 100, percent: 29 }],
    [steps, 99.999, { level: 1, from: 0, next: 100, percent: 99 }],
    [steps, 500, { level: 3, from: 300, next: 1_000.5, percent: 28 }],
    [steps, 1_000.5, { level: 4, from: 1_000.5, next: null, percent: 100 }],
    [steps, -20, { level: 1, from: 0, next: 100, percent: 0 }],
    // Levels 2 and 3 are skipped.
    [levels("formula: 'value >= 10 ? 4 : 1'"), 5, { level: 1, from: 0, next: 10, percent: 50 }],
    [levels("formula: 'value >= 10 ? 4 : 1'"), 12, { level: 4, from: 10, next: null, percent: 100 }],
    [levels("formula: '5'"), 12, { level: 5, from: 0, next: null, percent: 100 }],
    // Level 2 begins at 9.5: the least whole value that gives it is 10.
    [levels("formula: 'floor(value / 9.5) + 1'"), 9.75, { level: 2, from: 10, next: 19, percent: 0 }],
    [levels("formula: 'value + 1'"), MOST - 1, { level: MOST, from: MOST - 1, next: null, percent: 100 }],
    [levels("formula: 'value / 1e300 + 1'"), 1e301, { level: 11, from: 1e301, next: null, percent: 100 }],
  ])('%# from %d', (given, value, progress) => {
    expect(progressOf(given, value)).toEqual({ value, ...progress });
  });

  test('begins and ends where the level changes', () => {
    const rising = fc.record({ a: fc.integer({ min: 1, max: 10_000 }), b: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(rising, fc.integer({ min: 0, max: 10_000_000 }), ({ a, b }, value) => {
        const given = levels(`formula: 'floor(sqrt(value / ${a}.0)) * ${b} + 1'`);
        const { level, from, next, percent } = progressOf(given, value);
        expect(given.levelOf(from)).toBe(level);
        expect(from === 0 || given.levelOf(from - 1) < level).toBe(true);
        expect(from <= value && value < (next ?? Infinity)).toBe(true);
        if (next === null) return;
        expect(given.levelOf(next)).toBeGreaterThan(level);
        expect(given.levelOf(next - 1)).toBe(level);
        expect(percent).toBe(Number((BigInt(value - from) * 100n) / BigInt(next - from)));
      }),
      { numRuns: 200 },
    );
  });
});
