import type { App } from '../src/app.ts';
import { createPatternIndex } from '../src/kernel/pattern-index.ts';
import { peakMemory, startChild } from './child.ts';
import { median, quantile } from './numbers.ts';
import { openBullMq } from './rivals/bullmq.ts';
import { openDianaBus } from './rivals/diana.ts';
import { openGraphileWorker } from './rivals/graphile-worker.ts';
import { measureRival, type RivalJob } from './rivals/jobs.ts';
import { openPgBoss } from './rivals/pg-boss.ts';
import { openRedisStreams } from './rivals/redis-streams.ts';
import { startRedis } from './rivals/redis-server.ts';
import type { Rival } from './rivals/rival.ts';
import type { LoadResult } from './load.ts';
import type { BenchOptions, Figure } from './section.ts';
import { ACTOR, openWorld, type World } from './world.ts';

/** Events of one measurement. */
const SIZES: Readonly<Record<RivalJob, number>> = { calls: 40_000, singles: 20_000, drain: 60_000, steady: 5_000 };
const JOBS = Object.keys(SIZES) as RivalJob[];

const CATALOG = 'diana: 1\nname: bench-bus\n';

type Results = Map<string, LoadResult[]>;

/** Durable publish to handled: our bus beside what is commonly used for it, on the same servers, in turn. */
export async function bus({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const world = await openWorld();
  const redis = await startRedis();
  const results: Results = new Map();
  const fan: number[] = [];
  const each: number[] = [];
  const trips: LoadResult[] = [];
  let growth = Number.NaN;
  const size = quick ? 0.25 : 1;
  try {
    const others: Rival[] = [await openPgBoss(world.address), await openGraphileWorker(world.address)];
    if (redis !== undefined) others.push(await openBullMq(redis), await openRedisStreams(redis));
    await world.withApp((app) => app.engine.applyCatalog(CATALOG, ACTOR));
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      await world.withApp(async (app) => {
        await measureAll(openDianaBus(app), results, size, world);
        fan.push(await fanOut(app, 20_000 * size, round));
        each.push(await ownTransactions(app, 4_000 * size, round));
        trips.push(await roundTrips(app, world, 5_000 * size, round));
      });
      for (const rival of others) await measureAll(rival, results, size, world);
    }
    for (const rival of others) await rival.close();
    growth = await world.withApp((app) => backlog(app, 1_000_000 * (quick ? 0.1 : 1)));
  } finally {
    await redis?.close();
    await world.close();
  }
  return [...figuresOf(results), ...ownFigures(fan, each), ...moreFigures(trips, growth)];
}

async function measureAll(rival: Rival, results: Results, size: number, world: World): Promise<void> {
  await measureRival(rival, 'calls', 2_000);
  await measureRival(rival, 'singles', 500);
  for (const job of JOBS) {
    await world.settle();
    const result = await measureRival(rival, job, Math.round(SIZES[job] * size));
    const key = `${job} ${rival.name}`;
    results.set(key, [...(results.get(key) ?? []), result]);
  }
}

/**
 * Ten subscriptions on one stream: events a second that all ten have handled. New ones in each round: those of the round
 * before would first have to read what was measured meanwhile.
 */
async function fanOut({ bus: own, engine }: App, events: number, round: number): Promise<number> {
  const counts = Array.from({ length: 10 }, () => 0);
  const subscribed = await Promise.all(
    counts.map((_, i) => own.subscribe('fan.*', () => void (counts[i] = (counts[i] ?? 0) + 1), { name: `fan-${round}-${i}` })),
  );
  const started = performance.now();
  for (let at = 0; at < events; at += 500) {
    const batch = Array.from({ length: 500 }, (_, i) => ({ type: 'fan.out', user: `user-${(at + i) % 1_000}`, data: { at } }));
    if (at === 0) await engine.submit(batch, ACTOR);
    else await own.transaction(async (tx) => own.publish(tx, batch));
  }
  await until(() => delivered(own, `fan-${round}-`) >= events * 10);
  const rate = events / ((performance.now() - started) / 1_000);
  await Promise.all(subscribed.map((one) => one.stop()));
  return rate;
}

/** A handler that takes a transaction of its own for every event, and writes in it. */
async function ownTransactions({ bus: own, engine }: App, events: number, round: number): Promise<number> {
  const handler = async (_event: object, tx: { query(statement: string): Promise<unknown> }): Promise<void> => {
    await tx.query('select 1');
  };
  const subscribed = await own.subscribe('each.*', handler, { name: `each-${round}`, transaction: 'each', concurrency: 16 });
  const batch = (at: number) =>
    Array.from({ length: 500 }, (_, i) => ({ type: 'each.one', user: `user-${(at + i) % 1_000}`, data: { at } }));
  for (let at = 0; at < events; at += 500) await engine.submit(batch(at), ACTOR);
  const before = delivered(own, `each-${round}`);
  const started = performance.now();
  await until(() => delivered(own, `each-${round}`) >= events);
  const rate = (events - before) / ((performance.now() - started) / 1_000);
  await subscribed.stop();
  return rate;
}

function delivered(own: App['bus'], prefix: string): number {
  return own
    .gauges()
    .filter(({ subscription }) => subscription.startsWith(prefix))
    .reduce((sum, one) => sum + one.delivered, 0);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** To another process and back: published here, handled there, answered by an event that is handled here; 500 a second. */
async function roundTrips({ bus: own, engine }: App, world: World, trips: number, round: number): Promise<LoadResult> {
  const child = startChild('bus-responder', [world.directory, `responder-${round}`]);
  await child.receive();
  const begun = new Float64Array(trips);
  const latencies = new Float64Array(trips);
  let open = trips;
  const subscribed = await own.subscribe(
    'pong.sent',
    ({ data }) => {
      const n = data['n'] as number;
      latencies[n] = performance.now() - (begun[n] ?? 0);
      open -= 1;
    },
    { name: `asker-${round}` },
  );
  const started = performance.now();
  for (let n = 0; n < trips; n += 1) {
    const due = started + n * 2;
    if (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    begun[n] = performance.now();
    void engine.submit([{ type: 'ping.sent', user: `user-${n % 1_000}`, data: { n } }], ACTOR);
  }
  await until(() => open === 0);
  const rate = trips / ((performance.now() - started) / 1_000);
  await subscribed.stop();
  await child.stop();
  latencies.sort();
  return { rate, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.95) };
}

/** Megabytes by which this process grows while a backlog is published, and drained from the beginning. */
async function backlog({ bus: own, engine }: App, events: number): Promise<number> {
  const batch = (at: number) =>
    Array.from({ length: 1_000 }, (_, i) => ({ type: 'backlog.grew', user: `user-${i}`, data: { at, text: 'x'.repeat(100) } }));
  await engine.submit(batch(0), ACTOR);
  for (let at = 1_000; at < events; at += 1_000) await own.transaction(async (tx) => own.publish(tx, batch(at)));
  global.gc?.();
  const before = peakMemory();
  const subscribed = await own.subscribe('backlog.*', () => undefined, { name: 'backlog', from: 'beginning' });
  await until(() => delivered(own, 'backlog') >= events);
  await subscribed.stop();
  return peakMemory() - before;
}

/** Microseconds to find which of 1,000 subscriptions a type concerns that was not seen before. */
function matchTime(): number {
  const index = createPatternIndex<number>();
  for (let i = 0; i < 1_000; i += 1) {
    const patterns = [
      `service-${i % 50}.*`,
      `service-${i % 50}.part-${i % 7}.*`,
      `*.part-${i % 7}.done`,
      `service-${i}.part-1.done`,
      '*',
    ];
    index.add(patterns[i % patterns.length] as string, i);
  }
  const types = Array.from({ length: 8_000 }, (_, i) => `service-${i % 50}.part-${i % 7}.kind-${i}.done`);
  for (const type of types.slice(0, 1_000)) index.match(type);
  const started = performance.now();
  for (const type of types.slice(1_000)) index.match(type);
  return ((performance.now() - started) / 7_000) * 1_000;
}

function moreFigures(trips: readonly LoadResult[], growth: number): readonly Figure[] {
  const rate = Math.round(median(trips.map((one) => one.rate)));
  return [
    {
      name: 'bus, to another process and back, p95',
      value: median(trips.map((one) => one.p99)),
      unit: 'ms',
      target: { of: 'value', most: 300 },
      note: `${rate}/s, p50 ${median(trips.map((one) => one.p50)).toFixed(1)} ms`,
    },
    {
      name: 'bus, matching a new type against 1,000 subscriptions',
      value: matchTime(),
      unit: 'µs',
      target: { of: 'value', most: 20 },
    },
    { name: 'bus, peak memory over draining the backlog', value: growth, unit: 'MB more', target: { of: 'value', most: 100 } },
  ];
}

const LEAST: Readonly<Record<Exclude<RivalJob, 'steady'>, number>> = { calls: 20_000, singles: 8_000, drain: 40_000 };
const WORDS: Readonly<Record<RivalJob, string>> = {
  calls: 'calls of 100',
  singles: 'single calls, 64 in flight',
  drain: 'drain a backlog',
  steady: 'steady 1,000/s',
};

function figuresOf(results: Results): readonly Figure[] {
  return [...results].flatMap(([key, rounds]): Figure[] => {
    const [job, ...words] = key.split(' ') as [RivalJob, ...string[]];
    const name = words.join(' ');
    const own = name === 'Diana';
    if (job !== 'steady') {
      const rate = median(rounds.map((one) => one.rate));
      const target = own ? { target: { of: 'value', least: LEAST[job] } as const } : {};
      return [{ name: `bus, ${WORDS[job]}: ${name}`, value: rate, unit: 'events/s', ...target }];
    }
    const rate = Math.round(median(rounds.map((one) => one.rate)));
    return ([50, 99] as const).map((p) => ({
      name: `bus, ${WORDS[job]}, p${p}: ${name}`,
      value: median(rounds.map((one) => (p === 50 ? one.p50 : one.p99))),
      unit: 'ms',
      ...(own ? { target: { of: 'value', most: p === 50 ? 3 : 15 } as const } : {}),
      note: `${rate}/s`,
    }));
  });
}

function ownFigures(fan: readonly number[], each: readonly number[]): readonly Figure[] {
  return [
    { name: 'bus, ten subscriptions on one stream', value: median(fan), unit: 'events/s', target: { of: 'value', least: 8_000 } },
    { name: 'bus, a transaction for each event', value: median(each), unit: 'events/s', target: { of: 'value', least: 1_500 } },
  ];
}
