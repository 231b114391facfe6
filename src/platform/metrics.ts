import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BusGauge } from '../bus/index.ts';
import { REFUSALS, type RefusalCode } from '../kernel/refusals.ts';

/** Seconds. From a bare commit to the client's patience. */
const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface Gauges {
  readonly queued: () => number;
  readonly position: () => number;
  readonly catalogVersion: () => number;
  readonly databaseUp: () => boolean;
  readonly bus: () => readonly BusGauge[];
  /** Null where none is configured. */
  readonly redisUp: () => boolean | null;
}

export interface Metrics {
  batch(jobs: number, seconds: number): void;
  refusal(code: RefusalCode): void;
  conditionFailed(noun: string, id: string): void;
  /** What was due was looked at: seconds that the oldest of it is late. */
  timersLate(seconds: number): void;
  timerFailed(kind: string): void;
  answered(seconds: number): void;
  observeRequest(route: string, method: string, status: number, seconds: number): void;
  /** When the last whole verification ended (milliseconds), and whether all of it held. */
  verified(finishedAt: number, held: boolean): void;
  watch(gauges: Gauges): void;
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Prometheus metrics. Names follow its conventions: base units, `_total` for counters. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const batchSize = new Histogram({
    name: 'diana_batch_jobs',
    help: 'Events and transfers in one transaction.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
    registers,
  });
  const commit = new Histogram({
    name: 'diana_commit_seconds',
    help: 'From the first statement of a batch to its commit.',
    buckets: LATENCIES,
    registers,
  });
  const answer = new Histogram({
    name: 'diana_answer_seconds',
    help: 'From acceptance of a request to its answer.',
    buckets: LATENCIES,
    registers,
  });
  const refusals = new Counter({
    name: 'diana_refusals_total',
    help: 'Refused events and transfers by code.',
    labelNames: ['code'],
    registers,
  });
  const failedConditions = new Counter({
    name: 'diana_condition_failures_total',
    help: 'Conditions of the catalog that had no value for an event (a missing field, a wrong type) and counted as not matched.',
    labelNames: ['noun', 'id'],
    registers,
  });
  const timersLate = new Gauge({
    name: 'diana_timers_late_seconds',
    help: 'How late the oldest of what was due was, when this process last looked.',
    registers,
  });
  const failedTimers = new Counter({
    name: 'diana_timer_failures_total',
    help: 'What was due and failed or was refused; it is tried again.',
    labelNames: ['kind'],
    registers,
  });
  const requests = new Histogram({
    name: 'diana_http_request_seconds',
    help: 'HTTP requests by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: LATENCIES,
    registers,
  });
  // A counter that appears with its first increment hides that increment from an alert on its growth.
  for (const code of Object.keys(REFUSALS)) refusals.inc({ code }, 0);
  // Absent until known: a zero would be an alarm.
  let verification: { readonly at: Gauge; readonly ok: Gauge } | undefined;
  const verificationGauges = (): { readonly at: Gauge; readonly ok: Gauge } => {
    verification ??= {
      at: new Gauge({
        name: 'diana_verification_timestamp_seconds',
        help: 'When the last whole verification of the ledger ended.',
        registers,
      }),
      ok: new Gauge({
        name: 'diana_verification_ok',
        help: '1: the last verification proved every account; 0: it found a fault.',
        registers,
      }),
    };
    return verification;
  };
  new Gauge({
    name: 'diana_process_resident_memory_bytes',
    help: 'Resident memory of the Node process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  return {
    batch(jobs, seconds) {
      batchSize.observe(jobs);
      commit.observe(seconds);
    },
    refusal: (code) => refusals.inc({ code }),
    conditionFailed: (noun, id) => failedConditions.inc({ noun, id }),
    timersLate: (seconds) => timersLate.set(seconds),
    timerFailed: (kind) => failedTimers.inc({ kind }),
    answered: (seconds) => answer.observe(seconds),
    observeRequest: (route, method, status, seconds) => requests.observe({ route, method, status }, seconds),
    verified(finishedAt, held) {
      verificationGauges().at.set(finishedAt / 1_000);
      verificationGauges().ok.set(held ? 1 : 0);
    },
    watch(gauges) {
      const gauge = (name: string, help: string, read: () => number): void => {
        new Gauge({
          name,
          help,
          registers,
          collect() {
            this.set(read());
          },
        });
      };
      gauge('diana_queued', 'Events and transfers waiting or under way.', gauges.queued);
      gauge('diana_position', 'Last position of the log that this process reflects.', gauges.position);
      gauge('diana_catalog_version', 'Version of the catalog in force.', gauges.catalogVersion);
      gauge('diana_database_up', '1 while the database answers.', () => (gauges.databaseUp() ? 1 : 0));
      new Gauge({
        name: 'diana_redis_up',
        help: '1 while Redis answers; absent where none is configured.',
        registers,
        collect() {
          const isUp = gauges.redisUp();
          this.remove();
          if (isUp !== null) this.set(isUp ? 1 : 0);
        },
      });
      const each = (name: string, help: string, read: (one: BusGauge) => number): void => {
        new Gauge({
          name,
          help,
          labelNames: ['subscription'],
          registers,
          collect() {
            this.reset();
            for (const one of gauges.bus()) this.set({ subscription: one.subscription }, read(one));
          },
        });
      };
      each('diana_subscription_lag_events', 'Positions of the log that a subscription has not looked at.', (one) => one.behind);
      each('diana_subscription_waiting', 'Deliveries that wait for another attempt, or behind one.', (one) => one.waiting);
      each('diana_subscription_delivered', 'Events delivered since this process took the subscription.', (one) => one.delivered);
      each('diana_subscription_failed', 'Attempts that failed since this process took the subscription.', (one) => one.failed);
      each('diana_subscription_breaker', '0: closed, deliveries go out; 1: half open; 2: open, they are held.', (one) =>
        one.breaker === 'closed' ? 0 : one.breaker === 'half_open' ? 1 : 2,
      );
    },
    async render() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
