import { Redis } from 'ioredis';
import type { RedisServer } from './redis-server.ts';
import type { Rival, RivalEvent } from './rival.ts';

const STREAM = 'rival-event';
const GROUP = 'worker';
const BATCH = 1_000;
/** Milliseconds that a read waits for events: bounds how long it takes to stop. */
const BLOCK = 200;

type Entries = readonly (readonly [id: string, fields: readonly string[]])[];

/** A stream and a consumer group by hand: no retries, no dead letters, what is handled stays in the stream. The bare floor. */
export async function openRedisStreams(redis: RedisServer): Promise<Rival> {
  const commands = new Redis({ path: redis.path, enableAutoPipelining: true });
  // A connection whose read waits can send nothing else.
  const reader = new Redis({ path: redis.path });
  for (const client of [commands, reader]) client.on('error', (error) => process.stderr.write(`Redis: ${error.message}\n`));
  await commands.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM');
  let stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function read(): Promise<Entries> {
    const found = await reader.xreadgroup('GROUP', GROUP, 'one', 'COUNT', BATCH, 'BLOCK', BLOCK, 'STREAMS', STREAM, '>');
    const streams = found as readonly (readonly [stream: string, entries: Entries])[] | null;
    return streams?.[0]?.[1] ?? [];
  }

  async function acknowledge(entries: Entries, handled: (n: number) => void): Promise<void> {
    const numbers = entries.map(([, fields]) => (JSON.parse(fields[1] ?? '') as RivalEvent).n);
    await commands.xack(STREAM, GROUP, ...entries.map(([id]) => id));
    numbers.forEach(handled);
  }

  async function work(stopping: AbortSignal, handled: (n: number) => void): Promise<void> {
    let acknowledged = Promise.resolve();
    while (!stopping.aborted) {
      // Read while the batch before is acknowledged.
      const [entries] = await Promise.all([read(), acknowledged]);
      if (entries.length > 0) acknowledged = acknowledge(entries, handled);
    }
    await acknowledged;
  }

  return {
    name: 'Redis streams',
    start(handled) {
      stopping = new AbortController();
      running = work(stopping.signal, handled);
      running.catch(() => undefined); // `stopWorker` tells.
      return Promise.resolve();
    },
    async publish(batch) {
      await Promise.all(batch.map((event) => commands.xadd(STREAM, '*', 'event', JSON.stringify(event))));
    },
    async stopWorker() {
      stopping.abort();
      await running;
    },
    async close() {
      await Promise.all([commands.quit(), reader.quit()]);
    },
  };
}
