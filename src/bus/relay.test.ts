import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BusBench, type BusProcess, createBusBench, eventually } from '../../test/support/bus.ts';
import { ADMIN } from '../../test/support/engine.ts';
import { quietLog } from '../../test/support/log.ts';
import { type Redis, redisAvailable, startRedis } from '../../test/support/redis.ts';
import { openStreamStore } from '../platform/redis/stream-store.ts';
import { writeCursor } from './log-cursor.ts';
import { markKey, streamKey } from './relay-keys.ts';

const PARTITIONS = 4;
const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);

describe.skipIf(!redisAvailable()).each(['standalone', 'cluster'] as const)('the relay to a %s Redis', (kind) => {
  /** What the kind of Redis has no part in is looked at on one of them. */
  const isAlone = kind === 'standalone';
  let redis: Redis;
  let bench: BusBench;
  let sent: number;
  beforeAll(async () => {
    redis = await startRedis(kind);
  });
  afterAll(() => redis.dispose());
  beforeEach(async () => {
    await redis.flush();
    bench = await createBusBench();
    sent = 0;
  });
  afterEach(() => bench.close());

  function open(delivers = true): Promise<BusProcess> {
    return bench.open({ streams: openStreamStore({ url: redis.url, commandTimeout: 1_000, log: quietLog }), delivers });
  }

  /** With a relay that was made before anything delivers, so that it is the only one. */
  async function openRelay(retain = 100_000): Promise<BusProcess> {
    const setup = await open(false);
    const relay = { name: 'relay', kind: 'redis', types: ['*'], from: 'beginning', stream: 'shop', partitions: PARTITIONS };
    expect(await setup.bus.create({ ...relay, retain }, ADMIN)).toMatchObject({ ok: true });
    await setup.close();
    return open();
  }

  /** Each becomes two events of the log: itself, and the points that it earns. */
  async function win(diana: BusProcess, count: number, users = 17): Promise<void> {
    const user = (): string => `user-${sent % users}`;
    await diana.submit(Array.from({ length: count }, () => ({ id: `e-${(sent += 1)}`, type: 'game.won', user: user() })));
  }

  async function logged(): Promise<readonly { readonly position: number; readonly account: string | null }[]> {
    return bench.test.owner`select position::int, account::text from events.log where data is not null order by position`;
  }

  async function entries(
    prefix = 'shop',
  ): Promise<readonly (readonly { readonly id: string; readonly position: number; readonly account: string }[])[]> {
    return Promise.all(
      partitions.map(async (partition) => {
        const found = (await redis.command('XRANGE', streamKey(prefix, partition), '-', '+')) as [string, string[]][];
        const at = (fields: string[], name: string): string => fields[fields.indexOf(name) + 1] ?? '';
        return found.map(([id, fields]) => ({ id, position: Number(at(fields, 'position')), account: at(fields, 'account') }));
      }),
    );
  }

  async function isAtEnd(diana: BusProcess, name = 'relay'): Promise<void> {
    const end = (await logged()).at(-1)?.position ?? 0;
    await eventually(
      `${name} is at ${end}`,
      () => diana.bus.show(name),
      (report) => (report?.health.position ?? 0) >= end,
    );
  }

  /** Waits until everything behind `after` is there; then it is there once, in order, and under its id. */
  async function isComplete(diana: BusProcess, { name = 'relay', prefix = 'shop', after = 0 } = {}): Promise<void> {
    await isAtEnd(diana, name);
    const expected = (await logged()).map(({ position }) => position).filter((position) => position > after);
    const streams = await entries(prefix);
    for (const stream of streams) {
      expect(stream.map(({ id }) => id)).toEqual(stream.map(({ position }) => `${position}-0`));
      const positions = stream.map(({ position }) => position);
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    }
    const found = streams.flat().map(({ position }) => position);
    expect(found.filter((position) => position > after).toSorted((a, b) => a - b)).toEqual(expected);
    const homes = new Map<string, Set<number>>();
    for (const [partition, stream] of streams.entries()) {
      for (const { account } of stream) homes.set(account, (homes.get(account) ?? new Set()).add(partition));
    }
    for (const home of homes.values()) expect(home.size).toBe(1);
  }

  const isDegraded = (diana: BusProcess): Promise<unknown> =>
    eventually(
      'Redis is said to be away',
      () => diana.bus.status().degraded,
      (degraded) => degraded.includes('redis'),
    );
  const isWell = (diana: BusProcess): Promise<unknown> =>
    eventually(
      'all is well',
      () => diana.bus.status(),
      ({ degraded, redis }) => degraded.length === 0 && redis.up === true,
    );

  /** Why. */
  const isHeld = async (diana: BusProcess): Promise<string | null | undefined> => {
    const held = await eventually(
      'deliveries are held',
      () => diana.bus.show('relay'),
      (report) => report?.health.status === 'held',
    );
    return held?.health.breaker.reason;
  };

  /** As if its disk had been lost; a cluster keeps knowing who belongs to it. */
  async function startEmpty(directories: readonly string[]): Promise<void> {
    for (const directory of directories) await rm(join(directory, 'appendonlydir'), { recursive: true });
    await redis.start();
  }
  const dataDirectories = (): Promise<readonly string[]> =>
    Promise.all(redis.servers.map(async (server) => String(((await server.command('CONFIG', 'GET', 'dir')) as string[])[1])));

  test('catches up by itself when Redis was absent at the start', async () => {
    await redis.kill();
    const diana = await openRelay();
    await win(diana, 40);
    await isDegraded(diana);
    expect(diana.bus.status().redis).toEqual({ configured: true, kind: 'unknown', up: false });
    await win(diana, 40);
    expect(await isHeld(diana)).toBe('Redis is away');
    expect((await diana.bus.show('relay'))?.health).toMatchObject({ position: 0, deadLetters: 0, waiting: 0, failed: 0 });
    await redis.start();
    await isComplete(diana);
    await isWell(diana);
    expect(diana.bus.status().redis).toEqual({ configured: true, kind, up: true });
    expect((await diana.bus.show('relay'))?.health).toMatchObject({
      status: 'ok',
      lag: { events: 0 },
      deadLetters: 0,
      failed: 0,
    });
  });

  test('writes everything again that it keeps, when Redis was killed and came back empty', async () => {
    const diana = await openRelay();
    await win(diana, 100);
    await isComplete(diana);
    const directories = await dataDirectories();
    await redis.kill();
    await win(diana, 50);
    await isDegraded(diana);
    await startEmpty(directories);
    await isComplete(diana);
    await isWell(diana);
    await win(diana, 10);
    await isComplete(diana);
  });

  test('goes on where it ended when Redis was killed and came back with what it had', async () => {
    const diana = await openRelay();
    const load = (async () => {
      for (let i = 0; i < 30; i += 1) await win(diana, 10);
    })();
    await eventually(
      'some of it is there',
      async () => (await entries()).flat().length,
      (found) => found > 100,
    );
    await redis.kill();
    await load;
    await isDegraded(diana);
    await redis.start();
    await isComplete(diana);
    await isWell(diana);
  });

  test('goes on when Redis was paused, whatever of its commands is taken up late', async () => {
    const diana = await openRelay();
    await win(diana, 20);
    await isComplete(diana);
    const load = (async () => {
      for (let i = 0; i < 30; i += 1) await win(diana, 10);
    })();
    redis.pause();
    try {
      await load;
      await isDegraded(diana);
      await sleep(1_000);
      await win(diana, 10);
    } finally {
      redis.resume();
    }
    await isComplete(diana);
    await isWell(diana);
  });

  test('writes again what it keeps, when Redis was flushed under load', async () => {
    const diana = await openRelay();
    await win(diana, 100);
    await isComplete(diana);
    const over = new AbortController();
    const load = (async () => {
      while (!over.signal.aborted) await win(diana, 5);
    })();
    for (let i = 0; i < 3; i += 1) {
      await sleep(100);
      await redis.flush();
    }
    over.abort();
    await load;
    await win(diana, 1);
    await isComplete(diana, { after: Math.max(0, ((await logged()).at(-1)?.position ?? 0) - 1_000) });
    await isWell(diana);
  });

  test('writes again what it keeps, when Redis was flushed while Diana was closed', async () => {
    const before = await openRelay();
    await win(before, 100);
    await isComplete(before);
    await before.close();
    await redis.flush();
    const diana = await open();
    await win(diana, 10);
    await isComplete(diana);
    await isWell(diana);
  });

  if (isAlone)
    test('writes again what it keeps, when Redis was flushed and nothing comes after it', async () => {
      const diana = await openRelay();
      await win(diana, 20);
      await isComplete(diana);
      await redis.flush();
      const all = (await logged()).length;
      const length = async (): Promise<number> => (await entries()).flat().length;
      await eventually('all is there again', length, (found) => found === all);
      await diana.close();
      await redis.flush();
      const again = await open();
      await eventually('all is there again', length, (found) => found === all);
      await isComplete(again);
      await isWell(again);
    });

  if (isAlone)
    test('keeps about as many entries as it is told', async () => {
      const diana = await openRelay(1_000);
      // Of so many people, every partition gets more than it keeps.
      await win(diana, 1_500, 300);
      await isAtEnd(diana);
      for (const stream of await entries()) {
        expect(stream.length).toBeLessThan(1_000 / PARTITIONS + 200);
        expect(stream.length).toBeGreaterThanOrEqual(1_000 / PARTITIONS);
      }
    });

  if (isAlone)
    test('begins a refill that breaks off where it began before, not earlier each time', async () => {
      const diana = await openRelay(1_000);
      await win(diana, 1_500, 300);
      await isAtEnd(diana);
      const end = (await logged()).at(-1)?.position ?? 0;
      // Without memory it still tells its marks, and takes nothing.
      await redis.command('CONFIG', 'SET', 'maxmemory', '1');
      await redis.flush();
      await win(diana, 1);
      const told = await isHeld(diana);
      expect(told).toMatch(/OOM/);
      await sleep(2_200);
      expect((await diana.bus.show('relay'))?.health).toMatchObject({ position: end - 1_000, failed: 0, deadLetters: 0 });
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
      await isAtEnd(diana);
      for (const stream of await entries()) expect(stream[0]?.position).toBeGreaterThan(end - 1_000);
      await isWell(diana);
    });

  if (isAlone)
    test.each(['of another database', 'beyond the log', 'of another history of this database'])(
      'writes nothing to streams with a mark %s, also once the log is as long and Diana begins anew',
      async (wrong) => {
        const before = await openRelay();
        await win(before, 20);
        await isComplete(before);
        const [installation] = await bench.test.owner`select epoch from platform.installation`;
        const epoch = String(installation?.['epoch']);
        const written = await entries();
        await before.close();
        const kept = String(await redis.command('GET', markKey('shop', 1)));
        const end = (await logged()).at(-1)?.position ?? 0;
        const never = '2026-01-01T00:00:00.000Z';
        const mark = {
          'of another database': writeCursor('another', end, never),
          'beyond the log': writeCursor(epoch, end + 20, never),
          'of another history of this database': writeCursor(epoch, end - 1, never),
        }[wrong];
        await redis.command('SET', markKey('shop', 1), mark ?? '');
        for (const count of [1, 20]) {
          const diana = await open();
          await win(diana, count);
          expect(await isHeld(diana)).toMatch(/^history regressed: \{shop:1\}:events /);
          expect(diana.bus.status().degraded).toEqual(['subscription relay']);
          await win(diana, 20);
          await sleep(600);
          expect(await entries()).toEqual(written);
          expect((await diana.bus.show('relay'))?.health).toMatchObject({ status: 'held', failed: 0, deadLetters: 0 });
          await diana.close();
        }
        await redis.command('SET', markKey('shop', 1), kept);
        const diana = await open();
        await isComplete(diana);
        await isWell(diana);
      },
    );

  if (isAlone)
    test('replays into streams of another name, and leaves the old ones alone', async () => {
      const diana = await openRelay();
      await win(diana, 60);
      await isComplete(diana);
      const before = await entries();
      const replayed = await diana.bus.replay('relay', { from: 21, into: 'again', stream: 'shop2' }, ADMIN);
      expect(replayed).toMatchObject({ ok: true, value: { subscription: 'again', from: 21 } });
      await isComplete(diana, { name: 'again', prefix: 'shop2', after: 21 });
      expect((await entries('shop2')).flat().every(({ position }) => position > 21)).toBe(true);
      expect(await entries()).toEqual(before);
      await win(diana, 10);
      await isComplete(diana, { name: 'again', prefix: 'shop2', after: 21 });
      await isComplete(diana);
    });
});
