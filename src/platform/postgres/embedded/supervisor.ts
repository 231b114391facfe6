import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedLog } from './log.ts';
import type { Postmaster } from './postmaster.ts';

/**
 * Keeps one server running:
 *
 *   running --server died--> restarting --started--> running
 *   running | restarting --stop()--> stopping --> stopped
 *
 * The first restart is immediate; a server that keeps dying, or does not start, is tried ever more slowly and never
 * given up: its disk may be freed, and clients see plain connection failures meanwhile.
 */
export interface Supervised {
  /** Idempotent; resolves when the server has ended and none will be started. */
  stop(): Promise<void>;
}

export type StartServer = (signal: AbortSignal) => Promise<Postmaster>;

const shortestPauseMs = 100;
/** Recovery is promised within five seconds of the cause going away. */
const longestPauseMs = 3_000;
/** A server that ran this long did not fail for the reason it failed before. */
const soundAfterMs = 60_000;

export async function supervise(start: StartServer, log: EmbeddedLog): Promise<Supervised> {
  const stopping = new AbortController();
  const stopRequested = new Promise<'stop'>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve('stop'), { once: true });
  });
  let current = await start(stopping.signal);
  let pauseMs = 0;

  const restart = async (): Promise<Postmaster | undefined> => {
    while (!stopping.signal.aborted) {
      try {
        await sleep(pauseMs, undefined, { signal: stopping.signal });
        pauseMs = Math.min(longestPauseMs, Math.max(shortestPauseMs, pauseMs * 2));
        return await start(stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) break;
        log('error', 'PostgreSQL could not be restarted, trying again', { error: String(error), pauseMs });
      }
    }
    return undefined;
  };

  const run = async (): Promise<void> => {
    for (;;) {
      const startedAt = Date.now();
      const event = await Promise.race([current.exited, stopRequested]);
      if (event === 'stop') return current.stop();
      const diedAt = Date.now();
      if (diedAt - startedAt > soundAfterMs) pauseMs = 0;
      log('error', 'PostgreSQL died, restarting it', { pid: current.pid, code: event.code, signal: event.signal });
      const next = await restart();
      if (!next) return undefined;
      current = next;
      log('warn', 'PostgreSQL runs again', { pid: current.pid, afterMs: Date.now() - diedAt });
    }
  };
  const finished = run();
  return {
    stop() {
      stopping.abort();
      return finished;
    },
  };
}
