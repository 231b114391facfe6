import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { quietLog } from '../../../test/support/log.ts';
import { type Redis, redisAvailable, startRedis } from '../../../test/support/redis.ts';
import { startTcpProxy } from '../../../test/support/tcp-proxy.ts';
import type { StreamBatch, StreamStore } from '../../bus/index.ts';
import { keySlot } from './key-slot.ts';
import { openStreamStore } from './stream-store.ts';

const TIMEOUT = 1_000;
/** What a call may take beyond its limit on a busy machine. */
const SLACK = 500;

const available = redisAvailable();
/** Partitions 0 to 5 of these keys are on all three masters. */
const PARTITIONS = [0, 1, 2, 3, 4, 5];
const streamOf = (partition: number): string => `{test:${partition}}:events`;
const markOf = (partition: number): string => `{test:${partition}}:mark`;

function batch(positions: readonly number[], changes: Partial<StreamBatch> & { partition?: number } = {}): StreamBatch {
  const { partition = 0, ...rest } = changes;
  return {
    key: streamOf(partition),
    markKey: markOf(partition),
    expected: null,
    mark: `m${positions.at(-1) ?? 0}`,
    entries: positions.map((position) => ({ position, fields: ['position', String(position), 'data', '{}'] })),
    retain: 1_000_000,
    ...rest,
  };
}

async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await check()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
  }
}

async function rejectsInTime(call: Promise<unknown>): Promise<void> {
  const started = Date.now();
  await expect(call).rejects.toThrow();
  expect(Date.now() - started).toBeLessThan(TIMEOUT + SLACK);
}

const rejections: unknown[] = [];
const remember = (reason: unknown): void => void rejections.push(reason);

beforeAll(() => void process.on('unhandledRejection', remember));
afterAll(() => {
  process.off('unhandledRejection', remember);
  expect(rejections).toEqual([]);
});

describe.skipIf(!available).each(['standalone', 'cluster'] as const)('a %s Redis', (kind) => {
  let redis: Redis;
  let store: StreamStore;
  beforeAll(async () => {
    redis = await startRedis(kind);
  });
  afterAll(() => redis.dispose());
  beforeEach(async () => {
    await redis.flush();
    store = openStreamStore({ url: redis.url, commandTimeout: TIMEOUT, log: quietLog });
    await until('up', store.isUp);
  });
  afterEach(() => store.close());

  const ids = async (partition = 0): Promise<readonly string[]> =>
    ((await redis.command('XRANGE', streamOf(partition), '-', '+')) as [string, string[]][]).map(([id]) => id);

  test('is recognized', () => {
    expect(store.kind).toBe(kind);
  });

  test('takes entries and mark', async () => {
    expect(await store.append([batch([3, 4])])).toEqual([{ kind: 'appended' }]);
    expect(await redis.command('XRANGE', streamOf(0), '-', '+')).toEqual([
      ['3-0', ['position', '3', 'data', '{}']],
      ['4-0', ['position', '4', 'data', '{}']],
    ]);
    expect(await store.readMarks([markOf(0), markOf(1)])).toEqual(['m4', null]);
  });

  test('takes many batches at once and answers in their order', async () => {
    await store.append([batch([1], { partition: 2 })]);
    const batches = PARTITIONS.map((partition) => batch([7, 9], { partition }));
    const answers = await store.append(batches);
    expect(answers.map((answer) => answer.kind)).toEqual(
      PARTITIONS.map((partition) => (partition === 2 ? 'mismatch' : 'appended')),
    );
    expect(await store.readMarks(PARTITIONS.map(markOf))).toEqual(PARTITIONS.map((partition) => (partition === 2 ? 'm1' : 'm9')));
  });

  test('takes batches for one stream in their order, also when it does not know the script', async () => {
    const chain = [1, 2, 3, 4].map((n) => batch([n], { expected: n === 1 ? null : `m${n - 1}` }));
    expect(await store.append(chain)).toEqual(chain.map(() => ({ kind: 'appended' })));
    expect(await ids()).toEqual(['1-0', '2-0', '3-0', '4-0']);
  });

  test('changes nothing when the mark is another one, and tells it', async () => {
    await store.append([batch([1])]);
    expect(await store.append([batch([2])])).toEqual([{ kind: 'mismatch', mark: 'm1' }]);
    expect(await store.append([batch([2], { expected: 'other' })])).toEqual([{ kind: 'mismatch', mark: 'm1' }]);
    expect(await ids()).toEqual(['1-0']);
    expect(await store.readMarks([markOf(0)])).toEqual(['m1']);
  });

  test('leaves out what it has, when a batch comes again', async () => {
    await store.append([batch([1, 2])]);
    expect(await store.append([batch([1, 2, 3], { expected: 'm2' })])).toEqual([{ kind: 'appended' }]);
    expect(await ids()).toEqual(['1-0', '2-0', '3-0']);
    await redis.command('XDEL', streamOf(0), '3-0');
    await store.append([batch([3, 4], { expected: 'm3' })]);
    expect(await ids()).toEqual(['1-0', '2-0', '4-0']);
  });

  test('compares positions as numbers, up to 2^53', async () => {
    const last = Number.MAX_SAFE_INTEGER;
    await store.append([batch([9, 10, last - 1])]);
    await store.append([batch([last - 1, last], { expected: `m${last - 1}` })]);
    expect(await ids()).toEqual(['9-0', '10-0', `${last - 1}-0`, `${last}-0`]);
  });

  test('moves the mark where there are no entries', async () => {
    expect(await store.append([batch([], { mark: 'a' })])).toEqual([{ kind: 'appended' }]);
    expect(await store.append([batch([], { expected: 'a', mark: 'b' })])).toEqual([{ kind: 'appended' }]);
    expect(await store.append([batch([5], { expected: 'b' })])).toEqual([{ kind: 'appended' }]);
    expect(await ids()).toEqual(['5-0']);
  });

  test('trims to about what is to be kept', async () => {
    for (let from = 1; from <= 5_000; from += 1_000) {
      const positions = Array.from({ length: 1_000 }, (_, i) => from + i);
      await store.append([batch(positions, { expected: from === 1 ? null : `m${from - 1}`, retain: 500 })]);
    }
    const length = Number(await redis.command('XLEN', streamOf(0)));
    expect(length).toBeGreaterThanOrEqual(500);
    expect(length).toBeLessThan(700);
    expect((await ids()).at(-1)).toBe('5000-0');
  });

  test('refuses a batch with more arguments than a command can have', async () => {
    const entry = { position: 1, fields: Array.from({ length: 1_000_000 }, () => 'x') };
    await expect(store.append([batch([], { entries: [entry] })])).rejects.toThrow('too many');
    expect(store.isUp()).toBe(true);
  });

  test('stays up when it refuses a command', async () => {
    await redis.command('SET', streamOf(0), 'no stream');
    await expect(store.append([batch([1]), batch([1], { partition: 1 })])).rejects.toThrow('WRONGTYPE');
    expect(store.isUp()).toBe(true);
    expect(await ids(1)).toEqual(['1-0']);
  });

  test('that was flushed has no mark', async () => {
    await store.append([batch([1, 2])]);
    await redis.flush();
    expect(await store.append([batch([3], { expected: 'm2' })])).toEqual([{ kind: 'mismatch', mark: null }]);
    expect(await store.append([batch([1, 2, 3])])).toEqual([{ kind: 'appended' }]);
    expect(await ids()).toEqual(['1-0', '2-0', '3-0']);
  });

  test('whose stream alone is gone counts as flushed', async () => {
    await store.append([batch([1, 2])]);
    await redis.command('DEL', streamOf(0));
    expect(await store.append([batch([3], { expected: 'm2' })])).toEqual([{ kind: 'mismatch', mark: null }]);
  });

  test('that is killed and started again is used again', async () => {
    await store.append(PARTITIONS.map((partition) => batch([1], { partition })));
    await redis.kill();
    await rejectsInTime(store.append([batch([2], { expected: 'm1' })]));
    await until('away', () => !store.isUp());
    await rejectsInTime(store.readMarks([markOf(0)]));
    await redis.start();
    await until('up', store.isUp);
    expect(await store.append(PARTITIONS.map((partition) => batch([2], { partition, expected: 'm1' })))).toEqual(
      PARTITIONS.map(() => ({ kind: 'appended' })),
    );
  });

  test('that is paused is noticed within the limit, and used again afterwards', async () => {
    await store.append(PARTITIONS.map((partition) => batch([1], { partition })));
    redis.pause();
    try {
      const started = Date.now();
      await rejectsInTime(store.append(PARTITIONS.map((partition) => batch([2], { partition, expected: 'm1' }))));
      expect(store.isUp()).toBe(false);
      while (Date.now() - started < 3_000) {
        await rejectsInTime(store.append([batch([2], { expected: 'm1' })]));
        await sleep(100);
      }
    } finally {
      redis.resume();
    }
    await until('up', store.isUp);
    // What was sent before is taken up after all, before or after the same batches come again: one of them counts.
    await store.append(PARTITIONS.map((partition) => batch([2], { partition, expected: 'm1' })));
    expect(await store.readMarks(PARTITIONS.map(markOf))).toEqual(PARTITIONS.map(() => 'm2'));
    expect(await Promise.all(PARTITIONS.map(ids))).toEqual(PARTITIONS.map(() => ['1-0', '2-0']));
  });

  test('may be absent at the start', async () => {
    await redis.kill();
    const early = openStreamStore({ url: redis.url, commandTimeout: TIMEOUT, log: quietLog });
    try {
      expect([early.kind, early.isUp()]).toEqual(['unknown', false]);
      await rejectsInTime(early.append([batch([1])]));
      await redis.start();
      await until('up', early.isUp);
      expect(early.kind).toBe(kind);
      expect(await early.append([batch([1])])).toEqual([{ kind: 'appended' }]);
    } finally {
      await early.close();
    }
  });

  test('is left in peace by a store that was closed', async () => {
    await store.close();
    await store.close();
    expect(store.isUp()).toBe(false);
    await rejectsInTime(store.append([batch([1])]));
    for (const server of redis.servers) {
      const clients = async (): Promise<number> =>
        String(await server.command('CLIENT', 'LIST'))
          .trim()
          .split('\n').length;
      await until('only the client that asks is connected', async () => (await clients()) === 1);
    }
  });
});

describe.skipIf(!available)('a cluster', () => {
  test('whose slot moves to another master goes on', async () => {
    const redis = await startRedis('cluster');
    const store = openStreamStore({ url: redis.url, commandTimeout: TIMEOUT, log: quietLog });
    try {
      await until('up', store.isUp);
      const slot = String(keySlot(streamOf(0)));
      const names = await Promise.all(redis.servers.map(async (server) => String(await server.command('CLUSTER', 'MYID'))));
      const from = Math.floor(Number(slot) / Math.ceil(16_384 / 3));
      const to = (from + 1) % 3;
      const [source, target] = [redis.servers[from], redis.servers[to]];
      await store.append([batch([1])]);
      await target?.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(names[from]));
      await source?.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(names[to]));
      expect(await store.append([batch([2], { expected: 'm1' })])).toEqual([{ kind: 'appended' }]);
      await source?.command('MIGRATE', '127.0.0.1', String(target?.port), streamOf(0), '0', '5000');
      await expect(store.append([batch([3], { expected: 'm2' })])).rejects.toThrow('TRYAGAIN');
      expect(store.isUp()).toBe(true);
      await source?.command('MIGRATE', '127.0.0.1', String(target?.port), markOf(0), '0', '5000');
      const pair = [batch([3], { expected: 'm2' }), batch([4], { expected: 'm3' })];
      expect(await store.append(pair)).toEqual([{ kind: 'appended' }, { kind: 'appended' }]);
      expect(await store.readMarks([markOf(0)])).toEqual(['m4']);
      for (const server of [target, source]) await server?.command('CLUSTER', 'SETSLOT', slot, 'NODE', String(names[to]));
      await expect(store.append([batch([5], { expected: 'm4' })])).rejects.toThrow('MOVED');
      await until('up', store.isUp);
      expect(await store.append([batch([5], { expected: 'm4' })])).toEqual([{ kind: 'appended' }]);
    } finally {
      await store.close();
      await redis.dispose();
    }
  });

  test('computes slots as they are computed here', async () => {
    const redis = await startRedis('cluster');
    try {
      for (const key of ['foo', '{user1000}.following', 'foo{}{bar}', 'foo{{bar}}zap', '{日本:3}:events', 'a{b', 'a}b{c}', '']) {
        expect([key, keySlot(key)]).toEqual([key, await redis.servers[0]?.command('CLUSTER', 'KEYSLOT', key)]);
      }
    } finally {
      await redis.dispose();
    }
  });
});

describe.skipIf(!available)('on a link that fails', () => {
  test('a lost reply leaves the batch done once', async () => {
    const redis = await startRedis();
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(redis.servers[0]?.port) });
    const store = openStreamStore({ url: `redis://127.0.0.1:${proxy.port}`, commandTimeout: TIMEOUT, log: quietLog });
    try {
      await until('up', store.isUp);
      await store.append([batch([1])]);
      const lost = proxy.loseReply({ to: 'm2', reply: ':1\r\n' });
      await rejectsInTime(store.append([batch([2], { expected: 'm1' })]));
      await lost;
      await until('up', store.isUp);
      expect(await store.append([batch([2], { expected: 'm1' })])).toEqual([{ kind: 'mismatch', mark: 'm2' }]);
      for (const fail of [proxy.halfOpen, proxy.dropReplies, proxy.cut]) {
        fail();
        await rejectsInTime(store.readMarks([markOf(0)]));
        await until('away', () => !store.isUp());
        await sleep(200);
        proxy.restore();
        await until('up', store.isUp);
        expect(await store.readMarks([markOf(0)])).toEqual(['m2']);
      }
      proxy.halfOpen();
      await until('noticed though nothing was called', () => !store.isUp());
    } finally {
      await store.close();
      await proxy.close();
      await redis.dispose();
    }
  });

  test('a URL that is none of Redis is refused without repeating it', () => {
    for (const url of ['', 'http://localhost', 'redis://', 'redis://a:6379,', 'postgres://u:secret@h/d']) {
      expect(() => openStreamStore({ url, log: quietLog })).toThrow(/^the URL of Redis has to be (?!.*secret)/);
    }
  });
});
