import type { Actor } from '../access/index.ts';
import type { LoggedRows, LogRow } from '../events/index.ts';
import type { Outcome } from '../kernel/outcome.ts';
import type { Tx } from '../kernel/ports.ts';
import type { Handler, SubscriptionKind, SubscriptionSettings, Try } from './model.ts';
import type { Feed } from './tail.ts';

/** A subscription as it is told. Secrets are not. */
export interface SubscriptionReport {
  readonly name: string;
  readonly kind: SubscriptionKind;
  readonly types: readonly string[];
  readonly filter: string | null;
  readonly state: 'active' | 'paused' | 'disabled';
  readonly reason: string | null;
  readonly settings: Partial<SubscriptionSettings>;
  /** When secrets end that were replaced; of webhooks only. */
  readonly secrets?: readonly { readonly until: string | null }[];
  readonly createdAt: string;
  readonly createdBy: string;
  readonly health: SubscriptionHealth;
}

export interface SubscriptionHealth {
  /** `history_regressed`: the log is shorter than its cursor. `idle`: no process delivers it at the moment. */
  readonly status: 'ok' | 'idle' | 'held' | 'paused' | 'disabled' | 'history_regressed';
  /** Everything up to here was delivered, or waits on record. */
  readonly position: number;
  /** Positions of the log that it has not looked at, and how long ago the first of them was recorded. */
  readonly lag: { readonly events: number; readonly seconds: number };
  /** Events a second that this process delivered lately; null where it does not deliver this. */
  readonly rate: number | null;
  readonly delivered: number;
  readonly failed: number;
  readonly lastDeliveredAt: string | null;
  /** Deliveries on record that wait for another attempt, or behind one. */
  readonly waiting: number;
  readonly deadLetters: number;
  readonly breaker: {
    readonly state: 'closed' | 'open' | 'half_open';
    readonly since: string | null;
    /** When the next probe may go. */
    readonly until: string | null;
    readonly reason: string | null;
  };
  /** While a backlog is worked off beside live events: where it began, has come, and ends. */
  readonly backlog: { readonly from: number; readonly position: number; readonly to: number } | null;
}

export interface DeadLetter {
  /** `<subscription>:<position>`. */
  readonly id: string;
  readonly subscription: string;
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly position: number;
    readonly account: string | null;
    /** Told when a single one is asked for; null once erased. */
    readonly user?: string | null;
    readonly data?: unknown;
    readonly correlationId: string | null;
  };
  readonly attempts: number;
  /** Oldest first. */
  readonly tries: readonly Try[];
  readonly diedAt: string;
}

export interface DeadLetterFilter {
  readonly subscription?: string | undefined;
  readonly type?: string | undefined;
  readonly user?: string | undefined;
  readonly correlationId?: string | undefined;
}

export interface ReplayAnswer {
  readonly subscription: string;
  readonly from: number;
  readonly to: number;
  /** Matching events between the two, by type; before the filter, which looks into each. */
  readonly events: number;
  readonly types: Readonly<Record<string, number>>;
  readonly dryRun: boolean;
}

/** What people and services ask of subscriptions. All of it may reject with `DatabaseUnavailable`. */
export interface Subscriptions {
  list(): Promise<readonly SubscriptionReport[]>;
  show(name: string): Promise<SubscriptionReport | undefined>;
  /** `secret` is told here and never again. */
  create(
    input: unknown,
    actor: Actor,
  ): Promise<Outcome<{ readonly subscription: SubscriptionReport; readonly secret: string | null }>>;
  change(name: string, change: unknown, actor: Actor): Promise<Outcome<SubscriptionReport>>;
  remove(name: string, actor: Actor, reason: string | null): Promise<Outcome<null>>;
  pause(name: string, actor: Actor, reason: string | null): Promise<Outcome<SubscriptionReport>>;
  resume(name: string, actor: Actor, reason: string | null): Promise<Outcome<SubscriptionReport>>;
  /** Both secrets sign for `overlap` seconds. */
  rotate(name: string, overlap: number, actor: Actor): Promise<Outcome<{ readonly secret: string; readonly until: string }>>;
  /** Delivers again from a place on. `into`: by a new subscription beside the old one. */
  replay(name: string, input: unknown, actor: Actor): Promise<Outcome<ReplayAnswer>>;
  deadLetters(
    filter: DeadLetterFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Outcome<{ readonly total: number; readonly deadLetters: readonly DeadLetter[]; readonly cursor: string | null }>>;
  deadLetter(id: string): Promise<DeadLetter | undefined>;
  /** `input`: `{ ids?: […], subscription?, type?, user?, correlationId?, all?: true, rate? }`. */
  redrive(input: unknown, actor: Actor): Promise<Outcome<{ readonly redriven: number; readonly left: number }>>;
  discard(input: unknown, actor: Actor): Promise<Outcome<{ readonly discarded: number; readonly left: number }>>;
}

export interface SubscribeOptions {
  /** Durable: another process that subscribes under it takes over where this one ended. Default: made from the pattern. */
  readonly name?: string;
  /** Where it begins when it is new: `beginning`, `now` (default), a position, or an RFC 3339 time. */
  readonly from?: number | string;
  /** A condition in CEL on `event.type`, `event.user`, `event.data`, …. */
  readonly filter?: string;
  /** `batch` (default): events share a transaction. `each`: every event has its own, users side by side. */
  readonly transaction?: 'batch' | 'each';
  readonly concurrency?: number;
  readonly order?: 'user' | 'none';
  /** Milliseconds for one call. */
  readonly timeout?: number;
  readonly drainRate?: number;
  readonly retry?: Partial<SubscriptionSettings['retry']>;
  readonly breaker?: Partial<SubscriptionSettings['breaker']>;
}

export interface Subscribed {
  readonly name: string;
  /** Finishes the calls under way. The subscription stays, and goes on where it ended when somebody subscribes again. */
  stop(): Promise<void>;
}

/** A stream of events for one reader, who keeps the cursor. */
export interface EventStream {
  readonly feed: Feed;
  /** What the reader keeps to go on behind an event. */
  cursorOf(position: number, recordedAt: string): string;
}

export interface BusStatus {
  /** What does not work as it should, named. */
  readonly degraded: readonly string[];
  readonly redis: { readonly configured: boolean; readonly kind: string | null; readonly up: boolean | null };
  /** Readers of event streams that are open in this process. */
  readonly streams: number;
}

export interface BusGauge {
  readonly subscription: string;
  /** Positions that were not looked at yet. */
  readonly behind: number;
  /** Events, since this process took the subscription. */
  readonly delivered: number;
  readonly failed: number;
  readonly waiting: number;
  readonly breaker: 'closed' | 'open' | 'half_open';
}

export interface Bus extends Subscriptions {
  /** Calls `handler` for every event that matches, until `stop`. */
  subscribe(types: string | readonly string[], handler: Handler, options?: SubscribeOptions): Promise<Subscribed>;
  /** Takes events into a transaction of `transaction` or of a handler. Throws EventRefused. */
  publish(tx: Tx, events: unknown): void;
  /** One transaction on Diana's database; run again where it loses a race, so it should do nothing else. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  stream(query: {
    readonly types: readonly string[];
    readonly filter: string | null;
    /** What the reader kept; null: from now on. */
    readonly cursor: string | null;
    readonly from: unknown;
  }): Promise<Outcome<EventStream>>;
  status(): BusStatus;
  /** What this process delivers, for metrics. */
  gauges(): readonly BusGauge[];
  /** This process has committed something: whoever follows closely need not read it again. */
  committed(logged: LoggedRows<LogRow>): void;
  /** Somebody was erased, by this process: others hear of it from the log. */
  forget(account: string): void;
  /** Ends all event streams, so that their readers go elsewhere. */
  endStreams(): void;
  close(): Promise<void>;
}
