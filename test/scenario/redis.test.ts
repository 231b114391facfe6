import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/bus.ts';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database.ts';
import { type Redis, redisAvailable, startRedis } from '../support/redis.ts';
import { ADMIN_KEY, createStage, type Service } from '../support/service.ts';

const CATALOG = fileURLToPath(new URL('./catalog.yaml', import.meta.url));
/** How long Redis is paused, milliseconds; the whole twenty seconds where somebody has the time. */
const PAUSE = process.env['DIANA_SOAK_SECONDS'] === undefined ? 6_000 : 20_000;
const REQUESTS = 300;
const PARTITIONS = 16;
/** A machine that runs other tests beside this one is no fault of Redis; whoever waits for Redis waits for seconds. Milliseconds. */
const NOISE = 250;

describe.skipIf(!redisAvailable())('the service with Redis', () => {
  const stage = createStage();
  let redis: Redis;
  let database: TestDatabase;
  let service: Service;
  /** 99th percentile of the times that requests take while all is well, milliseconds. */
  let usual: number;
  let sent = 0;
  beforeAll(async () => {
    [redis, database] = await Promise.all([startRedis(), createTestDatabase()]);
  });
  afterAll(async () => {
    await service.stop();
    await stage.dispose();
    await redis.dispose();
    await database.drop();
  });

  /** One event after the other; answers the 99th percentile of the times until they were taken. */
  async function post(count = REQUESTS): Promise<number> {
    const times: number[] = [];
    for (let i = 0; i < count; i += 1) {
      sent += 1;
      const event = { id: `e-${sent}`, type: 'quiz.completed', user: `user-${sent % 20}` };
      const asked = performance.now();
      const answer = await service.call('POST', '/v1/events', event);
      times.push(performance.now() - asked);
      expect(answer.status).toBe(200);
    }
    return times.toSorted((a, b) => a - b)[Math.ceil(count * 0.99) - 1] ?? 0;
  }

  async function degraded(): Promise<readonly string[]> {
    const { status, body } = await service.call('GET', '/readyz', undefined, { key: null });
    expect({ status, ready: body['ready'] }).toEqual({ status: 200, ready: true });
    return body['degraded'] as readonly string[];
  }
  const isToldAway = (): Promise<unknown> => eventually('Redis is told to be away', degraded, (found) => found.includes('redis'));

  async function relay(): Promise<{ readonly status: string; readonly position: number; readonly deadLetters: number }> {
    const { body } = await service.call('GET', '/v1/subscriptions/redis');
    return body['health'] as Awaited<ReturnType<typeof relay>>;
  }

  /** Everything behind the beginning of the relay is in the streams, once, and those of each in order. */
  async function isCaughtUp(): Promise<void> {
    const [cursor] = await database.owner`select start::int as begin from bus.cursor where subscription = 'redis'`;
    const log =
      await database.owner`select position::int, id from events.log where position > ${cursor?.['begin']} order by position`;
    const expected = log.map(({ position }) => Number(position));
    expect(log.filter(({ id }) => id !== null)).toHaveLength(sent);
    await eventually('the relay is at the end', relay, ({ position }) => position >= (expected.at(-1) ?? 0), 30_000);
    const keys = Array.from({ length: PARTITIONS }, (_, n) => `{diana:${n}}:events`);
    const streams = await Promise.all(keys.map((key) => redis.command('XRANGE', key, '-', '+') as Promise<[string, string[]][]>));
    const found = streams.map((stream) => stream.map(([id]) => Number(/^(\d+)-0$/.exec(id)?.[1])));
    for (const positions of found) expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(found.flat().toSorted((a, b) => a - b)).toEqual(expected);
    expect(await relay()).toMatchObject({ status: 'ok', deadLetters: 0 });
    expect(await eventually('all is well', degraded, ({ length }) => length === 0)).toEqual([]);
  }

  test('absent at its start: it starts, has a relay by itself, and takes events', async () => {
    await redis.kill();
    service = await stage.start({
      DIANA_DATABASE_URL: urlOf(database.target),
      DIANA_ADMIN_KEY: ADMIN_KEY,
      DIANA_CATALOG: CATALOG,
      DIANA_REDIS_URL: redis.url,
      DIANA_LOG_LEVEL: 'silent',
    });
    const made = await eventually(
      'the relay is there',
      () => service.call('GET', '/v1/subscriptions/redis'),
      ({ status }) => status === 200,
    );
    expect(made.body).toMatchObject({
      kind: 'redis',
      types: ['*'],
      state: 'active',
      settings: { stream: 'diana', partitions: PARTITIONS },
    });
    const absent = await post();
    await isToldAway();
    await redis.start();
    await isCaughtUp();
    usual = await post();
    expect(absent).toBeLessThan(3 * usual + NOISE);
    await isCaughtUp();
  });

  test('killed: it takes events as fast as ever, and the relay catches up', async () => {
    const load = post();
    await sleep(50);
    await redis.kill();
    expect(await load).toBeLessThan(3 * usual + NOISE);
    await isToldAway();
    await redis.start();
    await isCaughtUp();
  });

  test(`paused for ${PAUSE / 1_000} s: it takes events as fast as ever, and the relay catches up`, async () => {
    redis.pause();
    try {
      const until = Date.now() + PAUSE;
      expect(await post()).toBeLessThan(3 * usual + NOISE);
      await isToldAway();
      await sleep(until - Date.now());
      expect(await degraded()).toContain('redis');
    } finally {
      redis.resume();
    }
    await isCaughtUp();
  });

  test('flushed: it takes events as fast as ever, and the relay writes again what it keeps', async () => {
    const load = post();
    for (let i = 0; i < 3; i += 1) {
      await sleep(50);
      await redis.flush();
    }
    expect(await load).toBeLessThan(3 * usual + NOISE);
    await post(1);
    await isCaughtUp();
  });
});
