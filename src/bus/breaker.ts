import type { BreakerSettings } from './model.ts';

/**
 * A circuit breaker (Nygard, Release It!): closed, it counts; open, it lets nothing through until its cool-down is over;
 * half open, it lets one delivery through at a time, and closes after enough that went well.
 *
 * It counts events, not attempts: one poisonous event that is tried again and again is one failure, and no reason to stop
 * the others.
 */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'half_open';
  /** Since when, milliseconds. */
  readonly since: number;
  /** While open: when the first probe may go, milliseconds. */
  readonly until: number | null;
  /** Probes in a row that went well. */
  readonly probed: number;
  /** What happened within the window while closed, oldest first. Kept in memory alone. */
  readonly recent: readonly Recent[];
  /** Why it opened. */
  readonly reason: string | null;
}

interface Recent {
  readonly at: number;
  readonly successes: number;
  /** Positions of events that failed. */
  readonly failed: readonly number[];
}

export interface Outcomes {
  readonly successes: number;
  readonly failed: readonly number[];
  /** The last error, in words. */
  readonly error: string | null;
}

export const CLOSED: Breaker = { state: 'closed', since: 0, until: null, probed: 0, recent: [], reason: null };

/** Whether something may be delivered now: a batch, a single probe, or nothing. */
export function permits(breaker: Breaker, now: number): 'batch' | 'probe' | 'nothing' {
  if (breaker.state === 'closed') return 'batch';
  if (breaker.state === 'half_open') return 'probe';
  return now >= (breaker.until ?? 0) ? 'probe' : 'nothing';
}

/** What the breaker is after deliveries of one batch, or of one probe. */
export function record(breaker: Breaker, outcomes: Outcomes, settings: BreakerSettings, now: number): Breaker {
  if (breaker.state !== 'closed') return afterProbe(breaker, outcomes, settings, now);
  const recent = [...breaker.recent.filter(({ at }) => at > now - settings.window), { at: now, ...counted(outcomes) }];
  const failed = new Set(recent.flatMap((one) => one.failed));
  const successes = recent.reduce((sum, one) => sum + one.successes, 0);
  if (failed.size < settings.threshold || failed.size < successes) return { ...breaker, recent };
  return opened(outcomes.error ?? 'deliveries failed', settings, now);
}

function counted({ successes, failed }: Outcomes): Pick<Recent, 'successes' | 'failed'> {
  return { successes, failed };
}

function afterProbe(breaker: Breaker, outcomes: Outcomes, settings: BreakerSettings, now: number): Breaker {
  if (outcomes.failed.length > 0) return opened(outcomes.error ?? breaker.reason ?? 'the probe failed', settings, now);
  if (outcomes.successes === 0) return breaker;
  const probed = (breaker.state === 'half_open' ? breaker.probed : 0) + 1;
  if (probed >= settings.probes) return { ...CLOSED, since: now };
  return { ...breaker, state: 'half_open', since: breaker.state === 'half_open' ? breaker.since : now, until: null, probed };
}

function opened(reason: string, settings: BreakerSettings, now: number): Breaker {
  return { state: 'open', since: now, until: now + settings.coolDown, probed: 0, recent: [], reason };
}

/** What is kept of it between processes. */
export function storedBreaker({ state, since, until, probed, reason }: Breaker): string {
  return JSON.stringify({ state, since, until, probed, reason });
}

export function restoredBreaker(stored: unknown): Breaker {
  return { ...CLOSED, ...(stored as Partial<Breaker>), recent: [] };
}
