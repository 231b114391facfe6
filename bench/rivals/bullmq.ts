import { Queue, Worker } from 'bullmq';
import type { RedisServer } from './redis-server.ts';
import type { Rival, RivalEvent } from './rival.ts';

const QUEUE = 'event';
const CONCURRENCY = 100;

/** Completed jobs are removed, as graphile-worker does. Pipelining by itself made ioredis slower under BullMQ's scripts. */
export async function openBullMq(redis: RedisServer): Promise<Rival> {
  const connection = { path: redis.path, maxRetriesPerRequest: null };
  const queue = new Queue<RivalEvent>(QUEUE, { connection, defaultJobOptions: { removeOnComplete: true } });
  queue.on('error', report);
  await queue.waitUntilReady();
  let worker: Worker<RivalEvent> | undefined;
  return {
    name: 'BullMQ',
    async start(handled) {
      worker = new Worker<RivalEvent>(QUEUE, () => Promise.resolve(), { connection, concurrency: CONCURRENCY });
      worker.on('error', report).on('completed', (job) => handled(job.data.n));
      await worker.waitUntilReady();
    },
    async publish(batch) {
      const [first] = batch;
      if (batch.length === 1 && first !== undefined) await queue.add('event', first);
      else await queue.addBulk(batch.map((data) => ({ name: 'event', data })));
    },
    async stopWorker() {
      await worker?.close();
      worker = undefined;
    },
    async close() {
      await queue.close();
    },
  };
}

function report(error: Error): void {
  process.stderr.write(`BullMQ: ${error.message}\n`);
}
