import { setTimeout as wait } from 'node:timers/promises';
import { type LoadResult, measured } from '../load.ts';
import { quantile } from '../numbers.ts';
import type { Rival, RivalEvent } from './rival.ts';

/**
 * From a durable publish to handled, each of `size` events:
 *
 *   calls    published in calls of 100 while the worker runs
 *   singles  published one by one while the worker runs
 *   drain    published beforehand; counts from the start of the worker
 *   steady   published one by one, 1,000 a second
 */
export type RivalJob = 'calls' | 'singles' | 'drain' | 'steady';

const CALL = 100;
const CALLS_IN_FLIGHT = 4;
const SINGLES_IN_FLIGHT = 64;
/** A second. About the fastest that every rival keeps: single publishes of graphile-worker commit one after another. */
const STEADY_RATE = 1_000;
/** Every rival polls or waits for news at least twice a second: one that is silent for so long has lost an event. */
const PATIENCE = 30_000;

/**
 * Rate in events a second; p50 and p99 in milliseconds from the begin of the publishing call (drain: from the start of the
 * worker) to handled. Rejects when publishing fails or an event is not handled.
 */
export async function measureRival(rival: Rival, job: RivalJob, size: number): Promise<LoadResult> {
  const watch = createWatch(size);
  const publish = (from: number, count: number): Promise<void> => {
    const batch = Array.from({ length: count }, (_, i) => eventOf(from + i));
    watch.begin(from, count);
    return rival.publish(batch);
  };
  try {
    if (job === 'drain') {
      await publishInCalls(size, publish);
      watch.begin(0, size);
    }
    const early = performance.now();
    await rival.start(watch.handled);
    const started = job === 'drain' ? early : performance.now();
    const [ended] = await Promise.all([watch.ended, PUBLISHERS[job](size, publish)]);
    return { rate: (size / (ended - started)) * 1_000, ...watch.latencies() };
  } finally {
    watch.close();
    await rival.stopWorker();
  }
}

type Publish = (from: number, count: number) => Promise<void>;

const PUBLISHERS: Readonly<Record<RivalJob, (size: number, publish: Publish) => Promise<void>>> = {
  calls: publishInCalls,
  singles: publishSingly,
  drain: () => Promise.resolve(),
  steady: publishEvenly,
};

async function publishInCalls(size: number, publish: Publish): Promise<void> {
  let next = 0;
  await measured(CALLS_IN_FLIGHT, Math.ceil(size / CALL), () => {
    const from = next;
    next += CALL;
    return publish(from, Math.min(CALL, size - from));
  });
}

async function publishSingly(size: number, publish: Publish): Promise<void> {
  let next = 0;
  await measured(SINGLES_IN_FLIGHT, size, () => publish(next++, 1));
}

/** Keeps its pace whatever the answers do. */
async function publishEvenly(size: number, publish: Publish): Promise<void> {
  const failures: unknown[] = [];
  const sent: Promise<void>[] = [];
  const begun = performance.now();
  while (sent.length < size && failures.length === 0) {
    const due = Math.min(size, 1 + ((performance.now() - begun) * STEADY_RATE) / 1_000);
    while (sent.length + 1 <= due) {
      const published = publish(sent.length, 1);
      sent.push(published.catch((error: unknown) => void failures.push(error)));
    }
    await wait(1);
  }
  await Promise.all(sent);
  if (failures.length > 0) throw failures[0];
}

interface Watch {
  begin(from: number, count: number): void;
  handled(n: number): void;
  /** When the last event was handled, by `performance.now`. Rejects after a long silence. */
  readonly ended: Promise<number>;
  latencies(): { readonly p50: number; readonly p99: number };
  close(): void;
}

function createWatch(size: number): Watch {
  const begun = new Float64Array(size).fill(Number.NaN);
  const latencies = new Float64Array(size).fill(Number.NaN);
  let open = size;
  let last = performance.now();
  let end: (at: number) => void;
  let fail: (reason: Error) => void;
  const ended = new Promise<number>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const timer = setInterval(() => {
    if (performance.now() - last > PATIENCE) fail(new Error(`${open} of ${size} events were not handled`));
  }, 1_000);
  return {
    ended,
    begin(from, count) {
      last = performance.now();
      begun.fill(last, from, from + count);
    },
    handled(n) {
      const asked = begun[n];
      if (asked === undefined || Number.isNaN(asked)) {
        fail(new Error(`event ${n} was handled, but not published`));
        return;
      }
      // All of them deliver at least once.
      if (!Number.isNaN(latencies[n])) return;
      last = performance.now();
      latencies[n] = last - asked;
      open -= 1;
      if (open === 0) end(last);
    },
    latencies() {
      const sorted = latencies.toSorted();
      return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
    },
    close: () => clearInterval(timer),
  };
}

function eventOf(n: number): RivalEvent {
  return { n, user: `user-${String(n % 1_000).padStart(4, '0')}-${'x'.repeat(115)}` };
}
