import type { Time } from './time.ts';

/** Holds back to so many events a second. */
export interface Pace {
  /** Waits until at least one may go; answers how many may, at most `most`. */
  take(most: number, signal: AbortSignal): Promise<number>;
}

/** A token bucket that holds a tenth of a second. `rate`: events a second; 0: no bound. */
export function createPace(rate: number, time: Time): Pace {
  const full = Math.max(1, rate / 10);
  let tokens = full;
  let at = time.now();
  return {
    async take(most, signal) {
      if (rate === 0) return most;
      for (;;) {
        const now = time.now();
        tokens = Math.min(full, tokens + (Math.max(0, now - at) / 1_000) * rate);
        at = now;
        if (tokens >= 1 || signal.aborted) break;
        await time.sleep(Math.ceil(((1 - tokens) / rate) * 1_000), signal);
      }
      const taken = Math.max(1, Math.min(most, Math.floor(tokens)));
      tokens -= taken;
      return taken;
    },
  };
}
