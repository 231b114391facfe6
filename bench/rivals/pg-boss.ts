import { setTimeout as wait } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { createOwnDatabase, type ServerAddress } from './own-database.ts';
import type { Rival, RivalEvent } from './rival.ts';

const QUEUE = 'event';
const CONNECTIONS = 10;
const BATCH = 1_000;
/** One fetches while the other completes. */
const WORKERS = 2;
/** Milliseconds after a fetch that found nothing. */
const PAUSE = 2;

/**
 * Jobs are fetched and completed by hand. pg-boss's own `work` polls twice a second at most or is woken by NOTIFY, which
 * lets one commit at a time through: with it single publishes had half the rate, and the latency was ten times as long.
 */
export async function openPgBoss(server: ServerAddress): Promise<Rival> {
  const boss = new PgBoss({ ...(await createOwnDatabase(server, 'rival_pg_boss')), max: CONNECTIONS, schedule: false });
  boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
  await boss.start();
  await boss.createQueue(QUEUE, { partition: true });
  let stopping = new AbortController();
  let workers: Promise<unknown> = Promise.resolve();

  return {
    name: 'pg-boss',
    start(handled) {
      stopping = new AbortController();
      const { signal } = stopping;
      workers = Promise.all(Array.from({ length: WORKERS }, () => work(boss, signal, handled)));
      workers.catch(() => undefined); // `stopWorker` tells.
      return Promise.resolve();
    },
    async publish(batch) {
      await boss.insert(
        QUEUE,
        batch.map((data) => ({ data })),
      );
    },
    async stopWorker() {
      stopping.abort();
      await workers;
    },
    close: () => boss.stop(),
  };
}

async function work(boss: PgBoss, stopping: AbortSignal, handled: (n: number) => void): Promise<void> {
  while (!stopping.aborted) {
    const jobs = await boss.fetch<RivalEvent>(QUEUE, { batchSize: BATCH });
    if (jobs.length === 0) {
      await wait(PAUSE);
      continue;
    }
    const ids = jobs.map(({ id }) => id);
    const numbers = jobs.map(({ data }) => data.n);
    await boss.complete(QUEUE, ids);
    numbers.forEach(handled);
  }
}
