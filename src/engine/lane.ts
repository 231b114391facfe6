import { DatabaseUnavailable } from '../kernel/ports.ts';
import type { Refusal } from '../kernel/refusals.ts';
import { answerRefusal } from './answers.ts';
import type { BatchOutcome } from './batch.ts';
import type { Job } from './job.ts';

export interface LaneOptions {
  /** Most jobs of one transaction. */
  readonly maxBatch: number;
  /** Runs a batch in one transaction and commits it, past races with others. */
  readonly commit: (jobs: readonly Job[]) => Promise<BatchOutcome>;
  readonly committed: (outcome: BatchOutcome) => void;
  /** One job made its batch fail by itself. */
  readonly guilty: (job: Job, error: unknown) => void;
  /** A job was answered: its place in the queue is free. */
  readonly left: (count: number) => void;
}

export interface Lane {
  push(job: Job): void;
  readonly waiting: number;
}

/**
 * A queue of jobs, of which whatever waits goes into the next transaction. One transaction at a time, so that
 * the jobs of one user, who always comes to the same lane, keep their order.
 */
export function createLane(options: LaneOptions): Lane {
  const queue: Job[] = [];
  let taken = 0;
  let running = false;

  async function run(): Promise<void> {
    running = true;
    try {
      // One turn of the event loop, so that what arrives together travels together.
      await new Promise<void>((resolve) => setImmediate(resolve));
      while (taken < queue.length) {
        const jobs = queue.slice(taken, taken + options.maxBatch);
        taken += jobs.length;
        if (taken >= queue.length || taken > 4_096) {
          queue.splice(0, taken);
          taken = 0;
        }
        await settle(jobs);
      }
    } finally {
      running = false;
    }
  }

  /** Commits the jobs; where they fail together by a bug or bad data, halves them down to the guilty one. */
  async function settle(jobs: readonly Job[]): Promise<void> {
    let outcome: BatchOutcome;
    try {
      outcome = await options.commit(jobs);
    } catch (error) {
      if (error instanceof DatabaseUnavailable) {
        refuseAll(jobs, { code: 'unavailable', message: `${error.message}; send the same id again` });
        options.left(jobs.length);
        return;
      }
      const [only, ...others] = jobs;
      if (only === undefined) return;
      if (others.length === 0) {
        options.guilty(only, error);
        refuseAll(jobs, { code: 'internal_error', message: 'Diana failed on this request; it is on record' });
        options.left(jobs.length);
        return;
      }
      const half = jobs.length >> 1;
      await settle(jobs.slice(0, half));
      await settle(jobs.slice(half));
      return;
    }
    const give = (): void => {
      options.committed(outcome);
      for (const answer of outcome.answers) answer();
      options.left(jobs.length);
    };
    // Answers wake those who ask next, which takes this process a while. Where a batch waits already, it goes to the
    // database first, so that both work at once.
    if (taken < queue.length) setImmediate(give);
    else give();
  }

  return {
    push(job) {
      queue.push(job);
      if (!running) void run();
    },
    get waiting() {
      return queue.length - taken;
    },
  };
}

function refuseAll(jobs: readonly Job[], refusal: Refusal): void {
  for (const job of jobs) answerRefusal(job, refusal);
}
