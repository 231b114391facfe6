import type { RetrySettings } from './model.ts';

/** A receiver that asks for more than this gets this. Milliseconds. */
export const MAX_RETRY_AFTER = 60 * 60_000;

/**
 * Milliseconds until the next attempt, after `attempts` that failed: exponential backoff with full jitter (Brooker,
 * "Exponential Backoff And Jitter", 2015), so that what failed together does not come again together. `chance` is uniform
 * in [0, 1). Not before the receiver's own wish, where it told one.
 */
export function pauseBefore(attempts: number, settings: RetrySettings, chance: number, retryAfter: number | null): number {
  const most = Math.min(settings.cap, settings.base * 2 ** Math.min(attempts - 1, 50));
  return Math.max(Math.floor(chance * most), Math.min(retryAfter ?? 0, MAX_RETRY_AFTER));
}
