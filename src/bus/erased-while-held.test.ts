import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BusBench, createBusBench, eventually } from '../../test/support/bus.ts';
import { ADMIN } from '../../test/support/engine.ts';
import { quietLog } from '../../test/support/log.ts';
import { redisAvailable, startRedis } from '../../test/support/redis.ts';
import { openStreamStore } from '../platform/redis/stream-store.ts';
import type { BusEvent } from './index.ts';

let bench: BusBench;
beforeAll(async () => {
  bench = await createBusBench();
});
afterAll(() => bench.close());

const job = (id: string, user: string): object => ({ id, type: 'job.done', user, data: { secret: `of ${user}` } });

test.skipIf(!redisAvailable())('of somebody who is erased while Redis is away, nothing reaches its streams', async () => {
  const redis = await startRedis();
  try {
    await redis.kill();
    const diana = await bench.open({ streams: openStreamStore({ url: redis.url, commandTimeout: 1_000, log: quietLog }) });
    const relay = { name: 'relay', kind: 'redis', types: ['job.*', 'user.erased'], stream: 'shop', partitions: 1 };
    expect((await diana.bus.create(relay, ADMIN)).ok).toBe(true);
    await diana.submit([job('a', 'gone'), job('b', 'stays'), job('c', 'gone')]);
    await eventually(
      'it is held',
      () => diana.bus.show('relay'),
      (report) => report?.health.status === 'held',
    );
    // By another process, so that the one with the relay learns of it from the log.
    const other = await bench.open();
    await other.erase('gone');
    await diana.submit([job('d', 'stays')]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await redis.start();
    const entries = await eventually(
      'the rest is there',
      async () => JSON.stringify(await redis.command('XRANGE', '{shop:0}:events', '-', '+')),
      (text) => text.includes('"d"'),
    );
    expect(entries).toContain('user.erased');
    expect(entries).toContain('of stays');
    expect(entries).not.toContain('of gone');
    await diana.submit([job('e', 'stays')]);
    await eventually(
      'all is well',
      () => diana.bus.show('relay'),
      (report) => report?.health.status === 'ok' && report.health.lag.events === 0,
    );
    await diana.close();
  } finally {
    await redis.dispose();
  }
});

test('of somebody who is erased while a handler waits behind an open breaker, it is not called', async () => {
  const diana = await bench.open();
  const seen: string[] = [];
  let fails = true;
  await diana.bus.subscribe(
    'task.*',
    (event: BusEvent) => {
      if (fails) throw new Error('not yet');
      seen.push(event.id);
    },
    { breaker: { threshold: 1, coolDown: 1_000 }, retry: { base: 10, cap: 20 } },
  );
  const task = (id: string, user: string): object => ({ id, type: 'task.done', user });
  await diana.submit([task('t1', 'first')]);
  await eventually(
    'the breaker is open',
    () => diana.bus.status().degraded,
    ({ length }) => length === 1,
  );
  await diana.submit([task('t2', 'leaves')]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await diana.erase('leaves');
  fails = false;
  await diana.submit([task('t3', 'second')]);
  await eventually(
    'the rest was told',
    () => seen,
    (found) => found.includes('t3'),
  );
  expect(seen).not.toContain('t2');
});
