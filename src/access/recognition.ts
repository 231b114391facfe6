import type { Clock } from '../kernel/ports.ts';
import type { Actor } from './model.ts';

/**
 * How long an answer about a token is believed without asking the database. A key that another process revokes
 * works here for at most this long; one revoked by this process stops at once. Milliseconds.
 */
export const RECOGNITION_TTL = 5_000;

/** Some megabytes at worst, and more live keys than one process serves at a time. */
const MAX_KNOWN = 10_000;
const MAX_UNKNOWN = 10_000;

export interface Recognition {
  /** The actor, undefined for a token that is known to open nothing, or `unsure` when the database must be asked. */
  recall(token: string): Actor | undefined | 'unsure';
  remember(token: string, actor: Actor | undefined): void;
  /** Ask again about everything. */
  expire(): void;
}

interface Remembered {
  readonly actor: Actor;
  until: number;
}

/** Maps keep the order of insertion, so the first entry is the one remembered longest ago. */
function evictOldest(map: Map<string, unknown>, max: number): void {
  if (map.size < max) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/**
 * Good and bad tokens are kept apart, so that a flood of bad ones cannot push out the good ones. Hits are one look-up
 * by the token itself: no hash is computed.
 */
export function createRecognition(clock: Clock): Recognition {
  const good = new Map<string, Remembered>();
  const bad = new Map<string, number>();

  return {
    recall(token) {
      const known = good.get(token);
      if (known !== undefined) return known.until > clock.now() ? known.actor : 'unsure';
      const until = bad.get(token);
      return until !== undefined && until > clock.now() ? undefined : 'unsure';
    },
    remember(token, actor) {
      const until = clock.now() + RECOGNITION_TTL;
      good.delete(token);
      bad.delete(token);
      if (actor === undefined) {
        evictOldest(bad, MAX_UNKNOWN);
        bad.set(token, until);
      } else {
        evictOldest(good, MAX_KNOWN);
        good.set(token, { actor, until });
      }
    },
    expire() {
      bad.clear();
      for (const known of good.values()) known.until = 0;
    },
  };
}
