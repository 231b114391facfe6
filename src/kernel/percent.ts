/**
 * How much of the way from `from` to `to` is done, in whole percent, rounded down: at least 0, and at most 99, because
 * what is reached is told otherwise.
 */
export function percentOnTheWay(value: number, from: number, to: number): number {
  // Multiplied first: 29 of 100 are 29 percent, and 0.29 × 100 is less.
  return Math.min(Math.max(0, Math.floor(((value - from) * 100) / (to - from))), 99);
}
