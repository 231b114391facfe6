import type { Clock } from '../kernel/ports.ts';

/** The one place where the product reads the time. */
export const systemClock: Clock = { now: () => Date.now() };

/** Milliseconds of a clock that never jumps, for durations. */
export function stopwatch(): number {
  return performance.now();
}
