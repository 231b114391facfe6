import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../support/bus.ts';
import { type Redis, redisAvailable, startRedis } from '../support/redis.ts';
import { ADMIN_KEY, createStage, type Service } from '../support/service.ts';

const stage = createStage();
let redis: Redis | undefined;
afterAll(async () => {
  await stage.dispose();
  await redis?.dispose();
});

const CATALOG = fileURLToPath(new URL('./catalog.yaml', import.meta.url));
/** How long Redis is paused, milliseconds; the whole twenty seconds where somebody has the time. */
const PAUSE = process.env['DIANA_SOAK_SECONDS'] === undefined ? 6_000 : 20_000;
const PARTITIONS = 16;
/** A machine that runs other tests beside this one is no fault of Redis; whoever waits for Redis waits for seconds. Milliseconds. */
const NOISE = 250;

/** Sends events one after the other; answers the 99th percentile of their times. */
async function load(service: Service, name: string, count: number): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const asked = performance.now();
    const answer = await service.call('POST', '/v1/events', {
      id: `${name}-${n}`,
      type: 'quiz.completed',
      user: `user-${n % 20}`,
    });
    times.push(performance.now() - asked);
    expect(answer.status).toBe(200);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
}

test.skipIf(!redisAvailable())(
  'with Redis absent, killed, paused or flushed events are taken as ever, and the relay catches up',
  async () => {
    const started = await startRedis();
    redis = started;
    await started.kill();
    const service = await stage.start({
      DIANA_DATA_DIR: join(await stage.directory(), 'data'),
      DIANA_ADMIN_KEY: ADMIN_KEY,
      DIANA_CATALOG: CATALOG,
      DIANA_REDIS_URL: started.url,
      DIANA_LOG_LEVEL: 'silent',
    });
    const degraded = async (): Promise<string> => {
      const { status, body } = await service.call('GET', '/readyz', undefined, { key: null });
      expect(status).toBe(200);
      return JSON.stringify(body['degraded']);
    };
    /** Every event of the log that was relayed, by position. */
    const relayed = async (): Promise<readonly number[]> => {
      const found = await Promise.all(
        Array.from({ length: PARTITIONS }, (_, n) => started.command('XRANGE', `{diana:${n}}:events`, '-', '+')),
      );
      return (found as [string, unknown][][]).flat().map(([id]) => Number(id.split('-')[0]));
    };
    const relay = async (): Promise<Readonly<Record<string, unknown>>> =>
      (await service.call('GET', '/v1/subscriptions/redis')).body['health'] as Readonly<Record<string, unknown>>;
    const caughtUp = async (): Promise<void> => {
      await eventually(
        'the relay has caught up',
        relay,
        ({ status, lag }) => status === 'ok' && (lag as { events: number }).events === 0,
        30_000,
      );
      expect(await degraded()).toBe('[]');
    };

    await load(service, 'absent', 100);
    expect(await degraded()).toContain('redis');
    await started.start();
    await caughtUp();
    const first = await relay();
    const usual = await load(service, 'usual', 300);
    const bound = 3 * usual + NOISE;

    await started.kill();
    expect(await load(service, 'killed', 300)).toBeLessThan(bound);
    await started.start();
    await caughtUp();

    started.pause();
    try {
      expect(await load(service, 'paused', 300)).toBeLessThan(bound);
      await eventually('it says so', degraded, (text) => text.includes('redis'));
      await sleep(PAUSE);
    } finally {
      started.resume();
    }
    await caughtUp();

    const loading = load(service, 'flushed', 300);
    await sleep(50);
    await started.flush();
    expect(await loading).toBeLessThan(bound);
    await load(service, 'after', 20);
    await caughtUp();
    const positions = await relayed();
    expect(new Set(positions).size).toBe(positions.length);
    const end = Number((await relay())['position']);
    expect(Math.max(...positions)).toBe(end);
    // From the first event that it relayed on, without a gap: 1,320 events were taken, and each caused facts.
    const sorted = positions.toSorted((a, b) => a - b);
    expect(sorted.at(-1) ?? 0).toBe((sorted[0] ?? 0) + sorted.length - 1);
    expect(sorted.length).toBeGreaterThan(920);
    expect(first['deadLetters']).toBe(0);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  },
  120_000,
);
