/** Exact products of decimals, rounded once. */
export type RoundingMode = 'floor' | 'half_even' | 'ceil';

interface Decimal {
  /** value = digits / 10^scale */
  readonly digits: bigint;
  readonly scale: number;
  /** The digits as a number, where they are an exact one. */
  readonly small: number | null;
}

/** A catalog has few different factors; the decimals of computed ones push each other out. */
const KNOWN = new Map<number, Decimal>();
const MAX_KNOWN = 1_000;

function decimalOf(value: number): Decimal {
  const known = KNOWN.get(value);
  if (known !== undefined) return known;
  const { digits, scale } = readDecimal(value);
  const small = Number(digits);
  const decimal = { digits, scale, small: Number.isSafeInteger(small) ? small : null };
  if (KNOWN.size >= MAX_KNOWN) KNOWN.clear();
  KNOWN.set(value, decimal);
  return decimal;
}

/** The decimal that a number prints as: 1.1 is eleven tenths, not its nearest binary fraction. */
function readDecimal(value: number): Pick<Decimal, 'digits' | 'scale'> {
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
  return smallProduct(factors, mode) ?? largeProduct(factors, mode);
}

/** The exact product of finite numbers as people write it: `16.5`. */
export function productText(factors: readonly number[]): string {
  const { digits, scale } = exactProduct(factors);
  const sign = digits < 0n ? '-' : '';
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** In plain numbers, as long as every step is exact; undefined where one is not. */
function smallProduct(factors: readonly number[], mode: RoundingMode): number | undefined {
  let product = 1;
  let scale = 0;
  for (const factor of factors) {
    const { small, scale: more } = decimalOf(factor);
    if (small === null) return undefined;
    product *= small;
    scale += more;
    if (!Number.isSafeInteger(product)) return undefined;
  }
  if (scale > 15) return undefined;
  const divisor = 10 ** scale;
  let floor = Math.floor(product / divisor);
  let rest = product - floor * divisor;
  // The quotient was rounded to a double before it was rounded down.
  if (rest < 0) {
    floor -= 1;
    rest += divisor;
  } else if (rest >= divisor) {
    floor += 1;
    rest -= divisor;
  }
  // Plus zero: minus zero is zero to everybody but JavaScript.
  if (rest === 0 || mode === 'floor') return floor + 0;
  if (mode === 'ceil' || 2 * rest > divisor) return floor + 1;
  return 2 * rest < divisor || floor % 2 === 0 ? floor + 0 : floor + 1;
}

function exactProduct(factors: readonly number[]): Pick<Decimal, 'digits' | 'scale'> {
  let digits = 1n;
  let scale = 0;
  for (const factor of factors) {
    const decimal = decimalOf(factor);
    digits *= decimal.digits;
    scale += decimal.scale;
  }
  return { digits, scale };
}

function largeProduct(factors: readonly number[], mode: RoundingMode): number | undefined {
  const { digits, scale } = exactProduct(factors);
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
