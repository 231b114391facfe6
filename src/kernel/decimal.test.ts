import fc from 'fast-check';
import { expect, test } from 'vitest';
import { productText, roundedProduct, type RoundingMode } from './decimal.ts';

/** Integers over a power of ten, whole digits kept. */
function naive(factors: readonly { readonly digits: number; readonly scale: number }[], mode: RoundingMode): number | undefined {
  const digits = factors.reduce((product, factor) => product * BigInt(factor.digits), 1n);
  const divisor = 10n ** BigInt(factors.reduce((sum, factor) => sum + factor.scale, 0));
  let floor = digits / divisor;
  if (digits % divisor < 0n) floor -= 1n;
  const twice = 2n * (digits - floor * divisor);
  const up = mode === 'ceil' ? twice > 0n : mode === 'half_even' && (twice > divisor || (twice === divisor && floor % 2n !== 0n));
  const rounded = Number(floor + (up ? 1n : 0n));
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}

const decimal = fc.record({
  digits: fc.oneof(fc.integer({ min: -99_999, max: 99_999 }), fc.maxSafeInteger(), fc.constantFrom(5, 15, 25, 1, 0)),
  scale: fc.integer({ min: 0, max: 6 }),
});

test('a product of decimals is rounded once, exactly, whether its digits fit in a number or not', () => {
  fc.assert(
    fc.property(
      fc.array(decimal, { minLength: 1, maxLength: 4 }),
      fc.constantFrom<RoundingMode>('floor', 'half_even', 'ceil'),
      (factors, mode) => {
        // Digits that no double prints are other decimals once they are numbers.
        const honest = factors.filter(({ digits, scale }) => Math.abs(digits) < 1e14 || scale === 0);
        const numbers = honest.map(({ digits, scale }) => Number(`${digits}e-${scale}`));
        expect(roundedProduct(numbers, mode)).toBe(naive(honest, mode));
      },
    ),
    { numRuns: 3_000 },
  );
});

test.each([
  [[10, 1.5, 1.1], '16.5'],
  [[10, 1.5, 2], '30'],
  [[-7, 0.25], '-1.75'],
  [[0.1, 0.1, 0.1], '0.001'],
  [[9007199254740991, 1.5], '13510798882111486.5'],
  [[10, 0], '0'],
  [[], '1'],
])('the product of %j is written as %s', (factors, text) => {
  expect(productText(factors)).toBe(text);
});
