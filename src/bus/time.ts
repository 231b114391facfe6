import type { Clock } from '../kernel/ports.ts';

/** The clock, and waiting by it. */
export interface Time extends Clock {
  /** Resolves after so many milliseconds, or as soon as the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Timers fire at once where they are set further ahead than this. Milliseconds. */
const LONGEST = 2 ** 31 - 1;

export function timeBy(clock: Clock): Time {
  return {
    now: clock.now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const done = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, Math.min(Math.max(milliseconds, 0), LONGEST));
        signal?.addEventListener('abort', done);
      }),
  };
}
