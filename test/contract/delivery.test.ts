import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BusEvent } from '../../src/bus/index.ts';
import { markKey, streamKey } from '../../src/bus/relay-keys.ts';
import { openStreamStore } from '../../src/platform/redis/stream-store.ts';
import { type BusBench, type BusProcess, createBusBench, eventually } from '../support/bus.ts';
import { ADMIN } from '../support/engine.ts';
import { quietLog } from '../support/log.ts';
import { type Redis, redisAvailable, startRedis } from '../support/redis.ts';

/** What a taker keeps of an event, in whatever it keeps its effects. */
type Taken = Pick<
  BusEvent,
  'id' | 'source' | 'type' | 'user' | 'account' | 'correlationId' | 'causationId' | 'position' | 'data'
>;

/** A way in which a service takes events and keeps its effects; what is kept outlives every taker. */
interface Way {
  open(): Promise<BusProcess>;
  /** Takes `job.*` and `user.erased` from the beginning of the log on, until it is stopped. */
  take(process: BusProcess): Promise<{ stop(): Promise<void> }>;
  /** In the order in which the effects were kept. */
  kept(): Promise<readonly Taken[]>;
  dispose(): Promise<void>;
}

const TYPES = ['job.*', 'job.done', 'user.erased'];
const PARTITIONS = 4;

async function inProcess(bench: BusBench): Promise<Way> {
  await bench.test.owner.unsafe('create table app.kept (n bigserial primary key, event json)');
  await bench.test.owner.unsafe('grant all on app.kept, app.kept_n_seq to diana_service');
  return {
    open: () => bench.open(),
    take: ({ bus }) =>
      bus.subscribe(
        TYPES,
        (event, tx) => tx.query('insert into app.kept (event) values ($1::text::json)', [JSON.stringify(event)]),
        {
          name: 'taker',
          from: 'beginning',
        },
      ),
    kept: async () => (await bench.test.owner`select event from app.kept order by n`).map(({ event }) => event as Taken),
    dispose: async () => undefined,
  };
}

/** A consumer group over the relay's streams. Positions are kept with the effects: what comes again is known by them. */
async function overRedis(bench: BusBench, redis: Redis): Promise<Way> {
  await redis.flush();
  const kept: Taken[] = [];
  const positions = new Map<number, number>();
  let consumers = 0;

  function keep(partition: number, fields: readonly string[]): void {
    const at = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
    const position = Number(at('position'));
    if (position <= (positions.get(partition) ?? 0)) return;
    positions.set(partition, position);
    const { id, source, type, correlationId } = {
      id: at('id'),
      source: at('source'),
      type: at('type'),
      correlationId: at('correlationId'),
    };
    const orNull = (name: string): string | null => (at(name) === '' ? null : at(name));
    const data = JSON.parse(at('data')) as Taken['data'];
    kept.push({
      id,
      source,
      type,
      correlationId,
      position,
      data,
      user: orNull('user'),
      account: orNull('account'),
      causationId: orNull('causationId'),
    });
  }

  async function read(key: string, partition: number, consumer: string, from: string): Promise<number> {
    const reply = (await redis.command('XREADGROUP', 'GROUP', 'taker', consumer, 'COUNT', '50', 'STREAMS', key, from)) as
      | [string, [string, string[]][]][]
      | null;
    const entries = reply?.[0]?.[1] ?? [];
    for (const [, fields] of entries) keep(partition, fields);
    // One in four is not acknowledged: its taker dies, and it comes again.
    const acknowledged = entries.filter((_, i) => from === '0' || i % 4 !== 3).map(([id]) => id);
    if (acknowledged.length > 0) await redis.command('XACK', key, 'taker', ...acknowledged);
    return entries.length;
  }

  return {
    open: () => bench.open({ streams: openStreamStore({ url: redis.url, commandTimeout: 1_000, log: quietLog }) }),
    async take({ bus }) {
      await bus.create(
        { name: 'taker', kind: 'redis', types: TYPES, from: 'beginning', stream: 'contract', partitions: PARTITIONS },
        ADMIN,
      );
      const consumer = `taker-${(consumers += 1)}`;
      const stopping = new AbortController();
      const run = async (partition: number): Promise<void> => {
        const key = streamKey('contract', partition);
        while (!stopping.signal.aborted) {
          const isThere = await redis.command('EXISTS', markKey('contract', partition));
          if (isThere === 1) break;
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        if (stopping.signal.aborted) return;
        await Promise.resolve(redis.command('XGROUP', 'CREATE', key, 'taker', '0')).catch(() => undefined);
        await redis.command('XAUTOCLAIM', key, 'taker', consumer, '0', '0');
        while (!stopping.signal.aborted) {
          const again = await read(key, partition, consumer, '0');
          const fresh = await read(key, partition, consumer, '>');
          if (again + fresh === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        }
      };
      const running = Array.from({ length: PARTITIONS }, (_, partition) => run(partition));
      return {
        async stop() {
          stopping.abort();
          await Promise.all(running);
        },
      };
    },
    kept: () => Promise.resolve(kept),
    dispose: async () => undefined,
  };
}

const HAS_REDIS = redisAvailable();
const WAYS = ['in process', 'standalone', 'cluster'] as const;

describe.each(WAYS)('events taken by way of: %s', (name) => {
  describe.skipIf(name !== 'in process' && !HAS_REDIS)('the contract', () => {
    let redis: Redis | undefined;
    let bench: BusBench;
    let way: Way;
    beforeAll(async () => {
      if (name !== 'in process') redis = await startRedis(name);
    });
    afterAll(() => redis?.dispose());
    beforeEach(async () => {
      bench = await createBusBench();
      way = redis === undefined ? await inProcess(bench) : await overRedis(bench, redis);
    });
    afterEach(async () => {
      await way.dispose();
      await bench.close();
    });

    const job = (n: number, more: object = {}) => ({
      id: `job-${n}`,
      type: n % 5 === 4 ? 'other.thing' : 'job.done',
      user: `user-${n % 6}`,
      ...more,
    });
    const jobs = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => job(from + i));
    const isTaken = (n: number): boolean => n % 5 !== 4;

    test('each that matches has one effect, in order of its user, over takers that stop and processes that end', async () => {
      const first = await way.open();
      await first.submit(jobs(0, 100));
      const taker = await way.take(first);
      await first.submit(jobs(100, 200));
      await eventually('some are taken', way.kept, ({ length }) => length > 40);
      await taker.stop();
      await first.submit(jobs(200, 300));
      const again = await way.take(first);
      await first.submit(jobs(300, 400));
      await first.close();
      const second = await way.open();
      await again.stop();
      const last = await way.take(second);
      await second.submit(jobs(400, 500));
      const expected = Array.from({ length: 500 }, (_, n) => n).filter(isTaken);
      const kept = await eventually('all are taken', way.kept, ({ length }) => length >= expected.length);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect((await way.kept()).map(({ id }) => id).toSorted()).toEqual(expected.map((n) => `job-${n}`).toSorted());
      for (const user of Array.from({ length: 6 }, (_, n) => `user-${n}`)) {
        const positions = kept.filter((one) => one.user === user).map(({ position }) => position);
        expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      }
      await last.stop();
    });

    test('they arrive whole: names, correlation, and whatever their data hold', async () => {
      const process = await way.open();
      const taker = await way.take(process);
      const data = {
        text: 'Zoë said "¡hola!"\n\t\\ 🎉 \u202e',
        nested: { list: [1, 2.5, null, true] },
        large: 'x'.repeat(200_000),
      };
      await process.submit([job(1, { source: 'shop', user: 'zoë 🎉', correlationId: 'c "1"', causationId: 'order-7', data })]);
      const [one] = await eventually('it is there', way.kept, ({ length }) => length === 1);
      expect(one).toMatchObject({
        id: 'job-1',
        source: 'shop',
        type: 'job.done',
        user: 'zoë 🎉',
        correlationId: 'c "1"',
        causationId: 'order-7',
        data,
      });
      expect(one?.account).toMatch(/^acct_/);
      await taker.stop();
    });

    test('of somebody who was erased nothing is told any more but that, with the account', async () => {
      const process = await way.open();
      await process.submit([job(0, { user: 'gone' }), job(1, { user: 'stays' })]);
      await process.erase('gone');
      const taker = await way.take(process);
      const kept = await eventually('the rest is there', way.kept, ({ length }) => length === 2);
      expect(kept.map(({ type, user }) => [type, user]).toSorted()).toEqual([
        ['job.done', 'stays'],
        ['user.erased', null],
      ]);
      expect(kept.find(({ type }) => type === 'user.erased')?.account).toMatch(/^acct_/);
      await taker.stop();
    });
  });
});
