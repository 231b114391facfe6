import { Logger, makeWorkerUtils, type Runner, run } from 'graphile-worker';
import pg from 'pg';
import { createOwnDatabase, type ServerAddress } from './own-database.ts';
import type { Rival, RivalEvent } from './rival.ts';

const TASK = 'event';
const CONNECTIONS = 10;
/** Handlers do nothing: more of them at once only keep the batches of completions full. */
const CONCURRENCY = 50;
const LOCAL_QUEUE = 1_000;
const silent = new Logger(() => () => undefined);

/** Woken by NOTIFY; jobs are fetched into a local queue and completed in batches: what has ended until the next turn. */
export async function openGraphileWorker(server: ServerAddress): Promise<Rival> {
  const pool = new pg.Pool({ ...(await createOwnDatabase(server, 'rival_graphile_worker')), max: CONNECTIONS });
  pool.on('error', (error) => process.stderr.write(`graphile-worker: ${error.message}\n`));
  /** Events whose handler has run and whose completion is not committed, by job. */
  const running = new Map<string, number>();
  let tell: (n: number) => void = () => undefined;
  watchCompletions(pool, (job) => {
    const n = running.get(job);
    if (n !== undefined && running.delete(job)) tell(n);
  });
  const utils = await makeWorkerUtils({ pgPool: pool, logger: silent });
  await utils.migrate();
  let runner: Runner | undefined;
  return {
    name: 'graphile-worker',
    async start(handled) {
      tell = handled;
      runner = await run({
        pgPool: pool,
        logger: silent,
        noHandleSignals: true,
        parsedCronItems: [],
        concurrency: CONCURRENCY,
        pollInterval: 500,
        preset: { worker: { localQueue: { size: LOCAL_QUEUE }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
        taskList: {
          [TASK]: (payload, { job }) => {
            running.set(job.id, (payload as RivalEvent).n);
          },
        },
      });
    },
    async publish(batch) {
      const [first] = batch;
      if (batch.length === 1) await utils.addJob(TASK, first);
      else await utils.addJobs(batch.map((payload) => ({ identifier: TASK, payload })));
    },
    async stopWorker() {
      await runner?.stop();
      runner = undefined;
    },
    async close() {
      await utils.release();
      await pool.end();
    },
  };
}

/** Its events tell of a completion before the batch is written, so its prepared statements are watched. */
function watchCompletions(pool: pg.Pool, completed: (job: string) => void): void {
  pool.on('connect', (client) => {
    client.on('error', () => undefined); // The query under way rejects with it.
    const query = client.query.bind(client) as (...given: readonly unknown[]) => unknown;
    client.query = ((...given: readonly unknown[]) => {
      const answer = query(...given);
      const [statement] = given as [{ readonly name?: string; readonly values?: readonly (string | string[])[] }];
      if (statement.name?.startsWith('complete_job') && answer instanceof Promise) {
        const jobs = [statement.values?.[0] ?? []].flat();
        answer.then(
          () => jobs.forEach(completed),
          () => undefined, // The worker sees it as well, and tries again.
        );
      }
      return answer;
    }) as typeof client.query;
  });
}
