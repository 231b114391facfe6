import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, createCluster } from '@redis/client';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BusEvent } from '../../src/bus/index.ts';
import { streamKey } from '../../src/bus/relay-keys.ts';
import { DatabaseUnavailable } from '../../src/kernel/ports.ts';
import { openStreamStore } from '../../src/platform/redis/stream-store.ts';
import { type BusBench, type BusProcess, createBusBench, eventually } from '../support/bus.ts';
import { ADMIN } from '../support/engine.ts';
import { quietLog } from '../support/log.ts';
import { type Redis, redisAvailable, startRedis } from '../support/redis.ts';

/** A service that takes the events of `TYPES`, and keeps each in `app.kept`, which would hold doubles too. */
interface Taker {
  /** Finishes what it has begun. */
  stop(): Promise<void>;
  /** Wherever it is, nothing is committed or said to anybody any more. */
  kill(): Promise<void>;
}

/** A way by which takers come to events. */
interface Way {
  readonly diana: BusProcess;
  /** How often a taker has begun to keep an event. */
  readonly begun: number;
  /** The first one begins with the beginning of the log, the next one where the ones before have ended. */
  take(): Promise<Taker>;
}

const TYPES = ['job.*', 'job.done', 'game.won', 'points.*', 'user.erased'];
const KEEP = 'insert into app.kept (event) values ($1::text::json)';
/** How soon another process takes over from one that was killed, milliseconds. */
const LEASE = 1_000;
const PARTITIONS = 4;

async function inProcess(bench: BusBench): Promise<Way> {
  let begun = 0;
  return {
    diana: await bench.open(),
    get begun() {
      return begun;
    },
    async take() {
      const database = bench.test.open();
      const life = new AbortController();
      const alive = (): void => {
        if (life.signal.aborted) throw new DatabaseUnavailable('killed', 'not_committed');
      };
      const mortal: typeof database = {
        ...database,
        async read(statement, parameters) {
          alive();
          return database.read(statement, parameters);
        },
        async transaction(work) {
          alive();
          return database.transaction(work);
        },
      };
      const own = await bench.open({ database: mortal, delivers: false, lease: LEASE });
      await own.bus.subscribe(
        TYPES,
        async (event, tx) => {
          begun += 1;
          await tx.query(KEEP, [JSON.stringify(event)]);
          await sleep(1);
          alive();
        },
        { name: 'taker', from: 'beginning' },
      );
      return { stop: own.close, kill: async () => life.abort() };
    },
  };
}

type Entry = readonly [id: string, fields: readonly string[]];

/** One of a consumer group at a time has a partition. Its position there stands in the transaction that keeps the events. */
async function overRedis(bench: BusBench, redis: Redis): Promise<Way> {
  await redis.flush();
  await bench.test.owner.unsafe('create table app.place (partition int primary key, position bigint not null)');
  const streams = openStreamStore({ url: redis.url, commandTimeout: 1_000, log: quietLog });
  const diana = await bench.open({ streams });
  const relay = { name: 'relay', kind: 'redis', types: TYPES, from: 'beginning', stream: 'contract', partitions: PARTITIONS };
  let takers = 0;
  let begun = 0;

  return {
    diana,
    get begun() {
      return begun;
    },
    async take() {
      if ((await diana.bus.show('relay')) === undefined) expect((await diana.bus.create(relay, ADMIN)).ok).toBe(true);
      const name = `taker-${(takers += 1)}`;
      const sql = postgres({ ...bench.test.target, max: 1, onnotice: () => undefined });
      const client = await connect(redis);
      const mine = new Set<number>();
      const stopping = new AbortController();
      const life = new AbortController();

      async function handle(partition: number, key: string, entries: readonly (Entry | null)[]): Promise<void> {
        const found = entries.filter((entry) => entry !== null);
        if (found.length === 0) return;
        await sql.begin(async (tx) => {
          const [place] = await tx`select position::int from app.place where partition = ${partition}`;
          const events = found.map(([, fields]) => eventOf(fields));
          for (const event of events) {
            if (event.position <= Number(place?.['position'] ?? 0)) continue;
            begun += 1;
            await tx.unsafe(KEEP, [JSON.stringify(event)]);
            await sleep(1);
            life.signal.throwIfAborted();
          }
          const position = Math.max(Number(place?.['position'] ?? 0), ...events.map((event) => event.position));
          await tx`insert into app.place values (${partition}, ${position})
            on conflict (partition) do update set position = excluded.position`;
        });
        life.signal.throwIfAborted();
        await client.send(key, 'XACK', key, 'takers', ...found.map(([id]) => id));
      }

      /** Whether the partition is this taker's, what others have left of it included. */
      async function own(partition: number, key: string): Promise<boolean> {
        if (mine.has(partition)) return true;
        const [lock] = await sql`select pg_try_advisory_lock(1, ${partition}) as is_mine`;
        if (lock?.['is_mine'] !== true || (await client.send(key, 'EXISTS', key)) === 0) return false;
        await client.send(key, 'XGROUP', 'CREATE', key, 'takers', '0').catch(() => undefined);
        for (let next = '0-0', isFirst = true; isFirst || next !== '0-0'; isFirst = false) {
          const reply = await client.send(key, 'XAUTOCLAIM', key, 'takers', name, '0', next, 'COUNT', '20');
          const [following, entries] = reply as [string, readonly (Entry | null)[]];
          await handle(partition, key, entries);
          next = following;
        }
        mine.add(partition);
        return true;
      }

      async function run(): Promise<void> {
        while (!stopping.signal.aborted) {
          for (let partition = 0; partition < PARTITIONS; partition += 1) {
            const key = streamKey('contract', partition);
            if (!(await own(partition, key))) continue;
            const reply = await client.send(key, 'XREADGROUP', 'GROUP', 'takers', name, 'COUNT', '20', 'STREAMS', key, '>');
            await handle(partition, key, (reply as readonly [string, readonly Entry[]][] | null)?.[0]?.[1] ?? []);
          }
          await sleep(10);
        }
      }
      const running = run();
      const end = async (): Promise<void> => {
        client.end();
        await sql.end({ timeout: 0 });
      };
      return {
        async stop() {
          stopping.abort();
          await running;
          await end();
        },
        async kill() {
          stopping.abort();
          life.abort();
          await running.catch(() => undefined);
          await end();
        },
      };
    },
  };
}

interface Connection {
  send(key: string, ...args: string[]): Promise<unknown>;
  end(): void;
}

async function connect({ kind, url }: Redis): Promise<Connection> {
  if (kind === 'standalone') {
    const client = await createClient({ url, RESP: 2 }).connect();
    return { send: (_key, ...args) => client.sendCommand(args), end: () => client.destroy() };
  }
  const cluster = await createCluster({ rootNodes: url.split(',').map((one) => ({ url: one })), RESP: 2 }).connect();
  return { send: (key, ...args) => cluster.sendCommand(key, false, args), end: () => cluster.destroy() };
}

function eventOf(fields: readonly string[]): BusEvent {
  const at = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
  const orNull = (name: string): string | null => (at(name) === '' ? null : at(name));
  return {
    id: at('id'),
    source: at('source'),
    type: at('type'),
    user: orNull('user'),
    account: orNull('account'),
    time: at('time'),
    data: JSON.parse(at('data')) as BusEvent['data'],
    correlationId: at('correlationId'),
    causationId: orNull('causationId'),
    position: Number(at('position')),
    recordedAt: at('recordedAt'),
  };
}

const HAS_REDIS = redisAvailable();

describe.each(['in process', 'standalone', 'cluster'] as const)('events taken by way of: %s', (name) => {
  describe.skipIf(name !== 'in process' && !HAS_REDIS)('the contract', () => {
    let redis: Redis | undefined;
    let bench: BusBench;
    let way: Way;
    const takers = new Set<Taker>();
    beforeAll(async () => {
      if (name !== 'in process') redis = await startRedis(name);
    });
    afterAll(() => redis?.dispose());
    beforeEach(async () => {
      bench = await createBusBench();
      await bench.test.owner.unsafe('create table app.kept (n bigserial, event json)');
      await bench.test.owner.unsafe('grant all on app.kept, app.kept_n_seq to diana_service');
      way = redis === undefined ? await inProcess(bench) : await overRedis(bench, redis);
      sent = 0;
    });
    afterEach(async () => {
      for (const taker of takers) await taker.stop();
      takers.clear();
      await bench.close();
    });

    async function take(): Promise<Taker> {
      const taker = await way.take();
      takers.add(taker);
      const leave = async (how: 'stop' | 'kill'): Promise<void> => {
        takers.delete(taker);
        await taker[how]();
      };
      return { stop: () => leave('stop'), kill: () => leave('kill') };
    }

    /** In the order in which they were kept. */
    async function kept(): Promise<readonly BusEvent[]> {
      const rows = await bench.test.owner`select event from app.kept order by n`;
      return rows.map(({ event }) => event as BusEvent);
    }

    const amount = async (): Promise<number> => {
      const [row] = await bench.test.owner`select count(*)::int as amount from app.kept`;
      return Number(row?.['amount']);
    };

    let sent = 0;
    /** One in five is of a type that nobody takes. */
    async function submit(count: number): Promise<void> {
      const events = Array.from({ length: count }, () => {
        sent += 1;
        return { id: `e-${sent}`, type: sent % 5 === 0 ? 'other.thing' : 'job.done', user: `user-${sent % 7}` };
      });
      await way.diana.submit(events);
    }

    /** Waits until all that match are kept: then each is, once, in the order of its user, and nothing else. */
    async function areKept(): Promise<void> {
      const expected = Array.from({ length: sent }, (_, i) => i + 1).filter((n) => n % 5 !== 0);
      await eventually('all are kept', amount, (found) => found >= expected.length);
      await sleep(100);
      const events = await kept();
      expect(events.map(({ id }) => id).toSorted()).toEqual(expected.map((n) => `e-${n}`).toSorted());
      for (const { user } of events.slice(0, 7)) {
        const positions = events.filter((one) => one.user === user).map(({ position }) => position);
        expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      }
    }

    test('each that matches is kept once and in the order of its user, and a taker goes on where one before it stopped', async () => {
      await submit(100);
      const first = await take();
      await submit(100);
      await eventually('some are kept', amount, (found) => found > 20);
      await first.stop();
      await submit(100);
      await take();
      await submit(100);
      await areKept();
    });

    test('each is kept once by takers that are killed while they keep them', async () => {
      await submit(300);
      for (const some of [5, 50]) {
        const taker = await take();
        const { begun } = way;
        await eventually(
          'it is at work',
          () => way.begun,
          (now) => now >= begun + some,
        );
        await taker.kill();
        await submit(20);
      }
      await take();
      await areKept();
      expect(way.begun, 'they were killed in the middle').toBeGreaterThan(await amount());
    });

    test('a second taker doubles nothing, and takes over when the first one is gone', async () => {
      const first = await take();
      await take();
      for (let i = 0; i < 10; i += 1) await submit(20);
      await areKept();
      await first.kill();
      await submit(50);
      await areKept();
    });

    test('they arrive whole: names, correlation, what caused them, and whatever their data hold', async () => {
      await take();
      const data = {
        text: 'Zoë said "¡hola!"\r\n\t\\ \u2028 \u202e 🎉 \u007f {}[]',
        'a "key"\n': { list: [1, -2.5e-7, null, true, [], {}], deep: { '': 0 } },
        large: 'Zoë 🎉 '.repeat(20_000),
      };
      const names = { id: 'w "1"', source: 'shop/ü', user: 'zoë 🎉', correlationId: 'c "1"', causationId: 'order\\7' };
      const time = '2026-11-20T10:00:00.123Z';
      await way.diana.submit([{ type: 'game.won', ...names, time, data }]);
      await eventually('it is there, and what it causes', amount, (found) => found === 2);
      const [account] = await bench.test.owner`select account::text from users.person where id = ${names.user}`;
      const [won, awarded] = (await kept()).toSorted((a, b) => a.position - b.position);
      const common = { account: `acct_${BigInt(account?.['account'] ?? 0).toString(36)}`, recordedAt: expect.any(String) };
      expect(won).toEqual({ type: 'game.won', ...names, time, data, ...common, position: won?.position });
      expect(awarded).toMatchObject({
        ...common,
        type: 'points.awarded',
        source: 'diana',
        user: names.user,
        correlationId: names.correlationId,
        causationId: names.id,
        data: { amount: 10, currency: 'points' },
      });
      expect(awarded?.id).toBe(`evt_${awarded?.position}`);
    });

    test('of somebody who was erased nothing is told any more but that, with the account', async () => {
      const { diana } = way;
      const job = (user: string): object => ({ id: `of-${user}`, type: 'job.done', user });
      await diana.submit([job('gone'), job('stays')]);
      const [account] = await bench.test.owner`select account::text from users.person where id = 'gone'`;
      await diana.erase('gone');
      await take();
      await diana.submit([{ ...job('gone'), id: 'of-another' }]);
      await eventually('the rest is there', amount, (found) => found === 3);
      const told = (await kept()).map(({ type, id, user }) => (type === 'user.erased' ? [type, user] : [id, user]));
      expect(told.toSorted()).toEqual([
        ['of-another', 'gone'],
        ['of-stays', 'stays'],
        ['user.erased', null],
      ]);
      const erased = (await kept()).find(({ type }) => type === 'user.erased');
      expect(erased?.account).toBe(`acct_${BigInt(account?.['account'] ?? 0).toString(36)}`);
    });
  });
});
