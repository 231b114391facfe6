import type { JsonObject } from '../kernel/json.ts';
import type { Tx } from '../kernel/ports.ts';

/** An event as subscribers get it: posted by a service, or announced by Diana. */
export interface BusEvent {
  /** With `source`, the same for every delivery, for ever. `evt_<position>` for what Diana announced. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The outside id; null for what is about nobody, or about somebody who was erased. */
  readonly user: string | null;
  /** A random id that stays when the person is erased; null for what is about nobody. */
  readonly account: string | null;
  /** When it happened; RFC 3339, UTC. */
  readonly time: string;
  readonly data: JsonObject;
  /** What it belongs to: as its sender said, else the id of the event that began it. */
  readonly correlationId: string;
  /** Id of the event that caused it. */
  readonly causationId: string | null;
  /** Place in the log: dense, in order of commit. */
  readonly position: number;
  readonly recordedAt: string;
}

export const KINDS = ['handler', 'webhook', 'redis'] as const;
export type SubscriptionKind = (typeof KINDS)[number];

/**
 * Called for each event; what it writes with `tx` is committed together with the fact that it was handled. Throwing
 * makes it fail: it is called again later, and nothing of what it wrote stays.
 */
export type Handler = (event: BusEvent, tx: Tx, delivery: Delivery) => unknown;

export interface Delivery {
  readonly subscription: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** Aborted when the time for it is over. */
  readonly signal: AbortSignal;
}

export interface RetrySettings {
  /** In all, the first one included; then the event is a dead letter. */
  readonly attempts: number;
  /** Milliseconds. The n-th pause is drawn from 0 to min(cap, base · 2^(n−1)): exponential backoff with full jitter. */
  readonly base: number;
  readonly cap: number;
}

export interface BreakerSettings {
  /** It opens when so many different events failed within the window, and at least as many as did not. */
  readonly threshold: number;
  /** Milliseconds. */
  readonly window: number;
  /** Milliseconds it stays open before a probe. */
  readonly coolDown: number;
  /** Probes in a row that have to succeed before it closes. */
  readonly probes: number;
}

export interface SubscriptionSettings {
  readonly retry: RetrySettings;
  readonly breaker: BreakerSettings;
  /** `user`: a failing event holds back the later ones of its user. `none`: it does not, and may come after them. */
  readonly order: 'user' | 'none';
  /** Most deliveries under way at once, each of another user. */
  readonly concurrency: number;
  /** Milliseconds for one attempt. */
  readonly timeout: number;
  /** Events a second while a backlog is worked off after an outage or by a replay; 0: as fast as they are taken. */
  readonly drainRate: number;
  /** Of a webhook. */
  readonly url: string | null;
  /** Of a Redis relay: prefix of the stream keys, number of partitions, entries kept in all. */
  readonly stream: string | null;
  readonly partitions: number;
  readonly retain: number;
  /** Of a handler: whether each event has a transaction of its own, or a batch shares one. */
  readonly transaction: 'batch' | 'each';
}

/** One attempt that failed. */
export interface Try {
  readonly at: string;
  readonly error: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
}
