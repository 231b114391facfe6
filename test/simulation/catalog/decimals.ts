import type { Rounding } from './plan.ts';

/** The product of numbers as they are printed, rounded once. */
export function roundedProduct(factors: readonly number[], rounding: Rounding): number {
  let product = 1n;
  let places = 0;
  for (const factor of factors) {
    const [digits, scale] = decimalOf(factor);
    product *= digits;
    places += scale;
  }
  const unit = 10n ** BigInt(places);
  let below = product / unit;
  if (below * unit > product) below -= 1n;
  const rest = product - below * unit;
  if (rest === 0n || rounding === 'floor') return Number(below);
  if (rounding === 'ceil') return Number(below + 1n);
  if (rest * 2n === unit) return Number(below % 2n === 0n ? below : below + 1n);
  return Number(rest * 2n > unit ? below + 1n : below);
}

/** Digits and decimal places: 1.25 is [125, 2]. Numbers here have no exponent of their own. */
function decimalOf(value: number): readonly [bigint, number] {
  const [mantissa = '0', exponent = '0'] = String(value).split('e-');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return [BigInt(whole + fraction), fraction.length + Number(exponent)];
}
