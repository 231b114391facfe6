import type { Role } from '../../access/index.ts';
import type { Clock } from '../../kernel/ports.ts';

export interface Limit {
  /** Requests within the window. */
  readonly max: number;
  /** Milliseconds. */
  readonly window: number;
}

/** Null: no limit. */
export interface Limits {
  readonly perKey: Readonly<Record<Role, Limit | null>>;
  /** Over all requests of one address, those of health checks apart. */
  readonly perAddress: Limit | null;
  /** Wrong keys from one address. */
  readonly failedAuthentication: Limit | null;
}

const MINUTE = 60_000;

/**
 * Client keys sit in apps that strangers run, so they are held to what a person does. Service and admin keys belong to
 * the operator, whose own traffic the bounded queue of the engine keeps in check. The address alone is not limited by
 * default: behind one proxy or one school there may be thousands of users.
 */
export const DEFAULT_LIMITS: Limits = {
  perKey: { client: { max: 600, window: MINUTE }, service: null, admin: null },
  perAddress: null,
  failedAuthentication: { max: 60, window: MINUTE },
};

export interface Limiter {
  /** Counts one, or answers in how many whole seconds the next one fits. 0: it was counted. */
  take(name: string): number;
}

interface Counter {
  /** Number of the window that `current` counts. */
  window: number;
  current: number;
  previous: number;
}

/** About 2 MB. Whoever is forgotten starts anew, so an attacker needs more addresses than this to gain anything. */
const MAX_COUNTERS = 10_000;

/**
 * A sliding window from two fixed ones: the last window counts by the share of it that still lies within reach.
 * Exact for steady traffic, and two numbers a name.
 */
export function createLimiter(limit: Limit, clock: Clock): Limiter {
  const counters = new Map<string, Counter>();

  const counterOf = (name: string, window: number): Counter => {
    const known = counters.get(name);
    if (known?.window === window) return known;
    const previous = known?.window === window - 1 ? known.current : 0;
    const fresh = { window, current: 0, previous };
    counters.delete(name);
    if (counters.size >= MAX_COUNTERS) {
      // In order of their newest window: the first one was quiet for longest.
      for (const quietest of counters.keys()) {
        counters.delete(quietest);
        break;
      }
    }
    counters.set(name, fresh);
    return fresh;
  };

  const secondsUntilFree = ({ current, previous }: Counter, passed: number): number => {
    if (previous * (1 - passed) + current + 1 <= limit.max) return 0;
    const room = limit.max - 1;
    const windows = current <= room ? 1 - (room - current) / previous - passed : 1 - passed + (1 - Math.max(room, 0) / current);
    return Math.max(1, Math.ceil((windows * limit.window) / 1_000));
  };

  const take = (name: string): number => {
    const now = clock.now();
    const window = Math.floor(now / limit.window);
    const counter = counterOf(name, window);
    const seconds = secondsUntilFree(counter, now / limit.window - window);
    if (seconds === 0) counter.current += 1;
    return seconds;
  };

  return { take };
}

/** An IPv6 network of 64 bits counts as one address: every subscriber has a whole one to choose from. */
export function addressName(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => '0');
  return [...groups, ...zeros, ...after].slice(0, 4).join(':');
}
