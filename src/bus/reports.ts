import { accountId, factId } from '../kernel/ids.ts';
import { formatTime } from '../kernel/time.ts';
import { restoredBreaker } from './breaker.ts';
import type { Consumer } from './consumer.ts';
import type { DeadLetterRow } from './dead-letter-store.ts';
import type { DeadLetter, SubscriptionHealth, SubscriptionReport } from './face.ts';
import type { SubscriptionKind, SubscriptionSettings } from './model.ts';
import type { Subscription } from './subscription.ts';
import type { HealthRow } from './subscription-store.ts';

/** What a kind of subscription goes by; the rest of the settings means nothing to it. */
const SHOWN: Readonly<Record<SubscriptionKind, readonly (keyof SubscriptionSettings)[]>> = {
  handler: ['transaction', 'order', 'concurrency', 'timeout', 'drainRate', 'retry', 'breaker'],
  webhook: ['url', 'order', 'concurrency', 'timeout', 'drainRate', 'retry', 'breaker'],
  redis: ['stream', 'partitions', 'retain'],
};

/** `now`: milliseconds. `consumer`: where this process delivers it. */
export function subscriptionReport(
  subscription: Subscription,
  row: HealthRow,
  consumer: Consumer | undefined,
  rate: number | null,
  now: number,
): SubscriptionReport {
  const { name, kind, types, filter, state, reason, settings, secrets, createdAt, createdBy } = subscription;
  return {
    name,
    kind,
    types,
    filter,
    state,
    reason,
    settings: Object.fromEntries(SHOWN[kind].map((key) => [key, settings[key]])),
    ...(kind === 'webhook' ? { secrets: secrets.map(({ until }) => ({ until })) } : {}),
    createdAt: formatTime(createdAt),
    createdBy,
    health: healthOf(subscription, row, consumer, rate, now),
  };
}

function healthOf(
  { state }: Subscription,
  row: HealthRow,
  consumer: Consumer | undefined,
  rate: number | null,
  now: number,
): SubscriptionHealth {
  const { position, seam, express, head } = row;
  const breaker = consumer?.gate.breaker ?? restoredBreaker(row.breaker);
  const isRegressed = Math.max(position, express ?? 0) > head;
  const behind = seam === null || express === null ? head - position : seam - position + (head - express);
  // Whoever delivers it knows that what follows does not match.
  const events = isRegressed
    ? 0
    : Math.max(0, consumer === undefined || seam !== null ? behind : Math.min(behind, consumer.behind));
  const isHeld = breaker.state !== 'closed' || (consumer?.gate.pausedUntil ?? 0) > now;
  return {
    status: isRegressed
      ? 'history_regressed'
      : state !== 'active'
        ? state
        : isHeld
          ? 'held'
          : consumer !== undefined || row.owned
            ? 'ok'
            : 'idle',
    position,
    lag: { events, seconds: events === 0 || row.oldest === null ? 0 : Math.max(0, Math.round((now - row.oldest) / 100) / 10) },
    rate,
    delivered: row.delivered,
    failed: row.failed,
    lastDeliveredAt: row.delivered_at === null ? null : formatTime(row.delivered_at),
    waiting: row.waiting,
    deadLetters: row.dead,
    breaker: {
      state: breaker.state,
      since: breaker.since === 0 ? null : formatTime(breaker.since),
      until: breaker.until === null ? null : formatTime(breaker.until),
      reason: breaker.reason,
    },
    backlog: seam === null ? null : { from: row.backlog_from ?? position, position, to: seam },
  };
}

export function deadLetterId(subscription: string, position: number): string {
  return `${subscription}:${position}`;
}

export function readDeadLetterId(id: string): { readonly subscription: string; readonly position: number } | undefined {
  const match = /^([a-z][a-z0-9_-]{0,63}):(\d{1,16})$/.exec(id);
  return match === null ? undefined : { subscription: match[1] ?? '', position: Number(match[2]) };
}

export function deadLetter(row: DeadLetterRow): DeadLetter {
  const { subscription, position, account, type, correlation_id: correlationId, attempts, tries, died_at: diedAt } = row;
  return {
    id: deadLetterId(subscription, position),
    subscription,
    event: { id: factId(position), type, position, account: account === 0 ? null : accountId(account), correlationId },
    attempts,
    tries,
    diedAt: formatTime(diedAt),
  };
}
