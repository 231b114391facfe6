import { type Breaker, CLOSED, type Outcomes, permits, record } from './breaker.ts';
import type { BreakerSettings } from './model.ts';
import type { Time } from './time.ts';

/** Where deliveries of a subscription wait while its breaker is open, or its receiver asked to be left alone. */
export interface Gate {
  readonly breaker: Breaker;
  /** Until when nothing goes out because the receiver asked for it, milliseconds; 0 where it did not. */
  readonly pausedUntil: number;
  /** Waits until something may go out: a whole batch, or one delivery as a probe. Whoever enters has to leave. */
  enter(signal: AbortSignal): Promise<'batch' | 'probe' | undefined>;
  /** Answers whether the state of the breaker is another one now. */
  leave(permit: 'batch' | 'probe', outcomes: Outcomes): boolean;
  pause(until: number): void;
  /** Opens it whatever the counts: the receiver as a whole is away. */
  open(reason: string, coolDown: number): void;
}

export function createGate(stored: Breaker, settings: BreakerSettings, time: Time): Gate {
  let breaker = stored;
  let pausedUntil = 0;
  let isProbing = false;
  let changed = new AbortController();

  function tell(): void {
    const before = changed;
    changed = new AbortController();
    before.abort();
  }

  return {
    get breaker() {
      return breaker;
    },
    get pausedUntil() {
      return pausedUntil;
    },
    async enter(signal) {
      while (!signal.aborted) {
        const now = time.now();
        const permit = permits(breaker, now);
        if (pausedUntil <= now && permit === 'batch') return 'batch';
        if (pausedUntil <= now && permit === 'probe' && !isProbing) {
          isProbing = true;
          return 'probe';
        }
        const until = Math.max(pausedUntil, permit === 'nothing' ? (breaker.until ?? now) : 0);
        // Behind somebody else's probe there is nothing to wait for but its end.
        await time.sleep(until > now ? until - now : 60_000, AbortSignal.any([signal, changed.signal]));
      }
      return undefined;
    },
    leave(permit, outcomes) {
      const before = breaker;
      if (permit === 'probe') isProbing = false;
      // A batch that was under way when it opened tells nothing new.
      if (permit === 'probe' || breaker.state === 'closed') breaker = record(breaker, outcomes, settings, time.now());
      tell();
      return before.state !== breaker.state || before.until !== breaker.until;
    },
    pause(until) {
      pausedUntil = Math.max(pausedUntil, until);
      tell();
    },
    open(reason, coolDown) {
      const now = time.now();
      breaker = {
        ...CLOSED,
        state: 'open',
        since: breaker.state === 'closed' ? now : breaker.since,
        until: now + coolDown,
        reason,
      };
      tell();
    },
  };
}
