/** Exact products of decimals, rounded once. */
export type RoundingMode = 'floor' | 'half_even' | 'ceil';

interface Decimal {
  /** value = digits / 10^scale */
  readonly digits: bigint;
  readonly scale: number;
}

/** The decimal that a number prints as: 1.1 is eleven tenths, not its nearest binary fraction. */
function decimalOf(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/**
 * The product of finite numbers, rounded to an integer; undefined where it leaves ±(2^53 − 1).
 * `floor` rounds towards −∞, `ceil` towards +∞, `half_even` to the nearest, ties to even.
 */
export function roundedProduct(factors: readonly number[], mode: RoundingMode): number | undefined {
  let digits = 1n;
  let scale = 0;
  for (const factor of factors) {
    const decimal = decimalOf(factor);
    digits *= decimal.digits;
    scale += decimal.scale;
  }
  const rounded = Number(divide(digits, 10n ** BigInt(scale), mode));
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}

function divide(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  const quotient = numerator / denominator;
  const remainder = numerator % denominator;
  if (remainder === 0n) return quotient;
  const floor = remainder < 0n ? quotient - 1n : quotient;
  if (mode === 'floor') return floor;
  if (mode === 'ceil') return floor + 1n;
  const twice = 2n * (numerator - floor * denominator);
  if (twice !== denominator) return twice > denominator ? floor + 1n : floor;
  return floor % 2n === 0n ? floor : floor + 1n;
}
