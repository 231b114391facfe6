import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamStore } from '../../bus/index.ts';
import type { Log } from '../../kernel/ports.ts';
import { appendBatch } from './append-script.ts';
import { RedisUnavailable } from './connection.ts';
import { openSession, type Session } from './session.ts';

export interface StreamStoreOptions {
  /** `redis://` or `rediss://`; several, separated by commas, are asked in turn, such as some servers of a cluster. */
  readonly url: string;
  /** Milliseconds for one call, whatever happens; also for one attempt to connect. */
  readonly commandTimeout?: number;
  readonly log: Log;
}

const COMMAND_TIMEOUT = 2_000;
/** Milliseconds between attempts to connect, doubled each time: a Redis that comes back is noticed within seconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1_000;
/** Milliseconds between questions whether Redis is there, so that `isUp` is right also while nothing happens. */
const HEARTBEAT = 5_000;

/** Replies that say the masters are others now, or cannot serve: after a failover, a resharding, a restart. */
const ELSEWHERE = /^(MOVED|CLUSTERDOWN|READONLY|LOADING|MASTERDOWN) /;

/**
 * State: `away → up → away → …`. It begins as `away`, and nothing waits for the first connection. A call that takes too
 * long, a lost connection, or a reply that the masters are others, ends the session with all its connections, and a new
 * one is opened: a paused server answers on none of them. What a server takes up later from an ended connection does no
 * harm, because each append says which mark it expects.
 *
 * Throws on a URL that is none of Redis. The driver is loaded by the first connection.
 */
export function openStreamStore({ url, commandTimeout = COMMAND_TIMEOUT, log }: StreamStoreOptions): StreamStore {
  const seeds = parseSeeds(url);
  let kind: StreamStore['kind'] = 'unknown';
  let session: Session | undefined;
  const closing = new AbortController();
  /** Of the session that is open, or being opened. */
  let life = new AbortController();
  const open = keepOpen();

  async function keepOpen(): Promise<void> {
    let pause = FIRST_PAUSE;
    let complaint = '';
    for (let attempt = 0; !closing.signal.aborted; attempt += 1) {
      const seed = seeds[attempt % seeds.length] as URL;
      life = new AbortController();
      const { signal } = life;
      try {
        const opened = await connect(seed, life);
        signal.throwIfAborted();
        session = opened;
        kind = opened.kind;
        pause = FIRST_PAUSE;
        complaint = '';
        log.info({ kind, host: seed.host }, 'Redis answers');
        await lifetime(signal);
        if (!closing.signal.aborted) log.warn({ reason: reasonOf(signal.reason) }, 'Redis is away');
      } catch (error) {
        life.abort(error);
        const reason = reasonOf(error);
        if (reason !== complaint && !closing.signal.aborted) log.warn({ reason, host: seed.host }, 'Redis cannot be reached');
        complaint = reason;
      }
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => undefined);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  async function connect(seed: URL, until: AbortController): Promise<Session> {
    const driver = await import('@redis/client');
    return within(commandTimeout, openSession({ driver, seed, connectTimeout: commandTimeout, life: until }));
  }

  /** From when a session is open until it ends; asks now and then whether Redis is still there. */
  async function lifetime(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => {
      session = undefined;
    });
    const heartbeat = setInterval(() => void run((current) => current.ping()).catch(() => undefined), HEARTBEAT);
    await once(signal, 'abort');
    clearInterval(heartbeat);
  }

  /** Rejects at the limit at the latest. */
  async function run<T>(work: (current: Session) => Promise<T>): Promise<T> {
    if (session === undefined) throw new RedisUnavailable('Redis is away');
    const current = life;
    try {
      return await within(commandTimeout, work(session));
    } catch (error) {
      if (error instanceof RedisUnavailable || ELSEWHERE.test(reasonOf(error))) current.abort(error);
      throw error;
    }
  }

  return {
    get kind() {
      return kind;
    },
    isUp: () => session !== undefined,
    append: (batches) => run((current) => all(batches.map((batch) => appendBatch(current.call, batch)))),
    readMarks: (keys) => run((current) => all(keys.map((key) => readMark(current, key)))),
    async close() {
      closing.abort();
      life.abort(new RedisUnavailable('closed'));
      await open;
    },
  };
}

async function readMark(session: Session, key: string): Promise<string | null> {
  const mark = await session.call(key, ['GET', key]);
  return typeof mark === 'string' ? mark : null;
}

function parseSeeds(text: string): readonly URL[] {
  return text.split(',').map((part) => {
    const trimmed = part.trim();
    // It may hold a password, so the message does not repeat it.
    if (!URL.canParse(trimmed) || !/^rediss?:\/\/[^/]/.test(trimmed)) {
      throw new TypeError('the URL of Redis has to be redis://host:port or rediss://host:port, or several of them with commas');
    }
    return new URL(trimmed);
  });
}

/** Lets all of them end before it rejects for one: nothing of a call that failed is under way any more. */
async function all<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function within<T>(limit: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = (): void => reject(new RedisUnavailable(`no answer within ${limit} ms`));
    // After a long pause of this process itself, answers that wait in the socket are read before it counts as late.
    const timer = setTimeout(() => setImmediate(expire), limit);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
