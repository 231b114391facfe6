import type { Time } from '../../src/bus/time.ts';

/** A clock that a test moves; whoever sleeps by it wakes when it gets there, the earliest first. */
export interface SimulatedTime extends Time {
  /**
   * Moves on by so many milliseconds, stopping wherever somebody wakes, but in no smaller steps than `step`, and letting
   * what they do settle for some real ones.
   */
  pass(milliseconds: number, step?: number): Promise<void>;
  /** Moments at which somebody will wake. */
  readonly sleepers: number;
}

export function simulatedTime(start = '2026-11-21T12:00:00Z'): SimulatedTime {
  let now = Date.parse(start);
  const sleeping = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const wake = (): void => {
          sleeping.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { until: now + milliseconds, wake };
        sleeping.add(sleeper);
        signal?.addEventListener('abort', wake);
      }),
    get sleepers() {
      return sleeping.size;
    },
    async pass(milliseconds, step = 0) {
      const end = now + milliseconds;
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        const next = Math.min(...[...sleeping].map(({ until }) => until));
        if (next > end) break;
        now = Math.min(end, Math.max(now + step, next));
        for (const sleeper of Array.from(sleeping)) if (sleeper.until <= now) sleeper.wake();
      }
      now = end;
    },
  };
}
