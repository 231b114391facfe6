/**
 * Points are integers with |n| ≤ 2^53 − 1: every one of them is exact as a JavaScript number and as a
 * PostgreSQL bigint. What would leave that range is refused, never rounded.
 */

export const MAX_POINTS = Number.MAX_SAFE_INTEGER;

export function isPoints(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

/** The sum, or undefined where it would leave the range. */
export function addPoints(a: number, b: number): number | undefined {
  const sum = a + b;
  return Number.isSafeInteger(sum) ? sum : undefined;
}
