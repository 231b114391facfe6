import { DatabaseError, DatabaseUnavailable, type Tx } from '../kernel/ports.ts';
import type { BusEvent, Handler } from './model.ts';
import type { PendingEvents } from './pending-events.ts';
import type { Entry, Failure } from './settle.ts';
import type { Time } from './time.ts';

/** One call of a handler that failed. Whatever it wrote must not stay. */
export class HandlerFailed extends Error {
  override readonly name = 'HandlerFailed';
  readonly event: BusEvent;
  readonly failure: Failure;
  constructor(event: BusEvent, cause: unknown) {
    const error = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(error, { cause });
    this.event = event;
    this.failure = { error: error.slice(0, 1_000) };
  }
}

export interface Handling {
  readonly subscription: string;
  readonly handler: Handler;
  readonly watch: Watch;
  readonly pending: PendingEvents;
}

/** Ends calls that take too long. One timer for all of them: most calls are over before it was worth setting one. */
export interface Watch {
  /** Resolves or rejects as `result` does, or rejects once its time is over, when `late` is called too. */
  within<T>(result: PromiseLike<T>, late: () => void): Promise<T>;
}

/** `timeout`: milliseconds for one call. */
export function createWatch(timeout: number, time: Time): Watch {
  const calls = new Set<{ readonly since: number; readonly end: () => void }>();
  let isWatching = false;

  async function watch(): Promise<void> {
    isWatching = true;
    while (calls.size > 0) {
      const [oldest] = calls;
      await time.sleep(Math.max(1, (oldest?.since ?? 0) + timeout - time.now()));
      const now = time.now();
      for (const { since, end } of calls) if (now - since >= timeout) end();
    }
    isWatching = false;
  }

  return {
    within: (result, late) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          calls.delete(call);
          late();
          reject(new Error(`took longer than ${timeout} ms`));
        };
        const call = { since: time.now(), end };
        calls.add(call);
        if (!isWatching) void watch();
        const done = (): void => void calls.delete(call);
        result.then(
          (value) => {
            done();
            resolve(value);
          },
          (error: unknown) => {
            done();
            reject(error instanceof Error ? error : new Error(String(error)));
          },
        );
      }),
  };
}

/** A transaction as handlers see it: it ends with their call, and what still writes then is refused. */
export interface HandlerTx {
  readonly tx: Tx;
  /** Why it cannot commit any more: a statement failed, whatever its handler made of that. Once told, it is forgotten. */
  takeFailure(): unknown;
  end(): void;
}

export function handlerTx(tx: Tx): HandlerTx {
  let isOpen = true;
  let failure: unknown;
  return {
    tx: {
      query(statement, parameters) {
        if (isOpen) {
          const answer = tx.query(statement, parameters);
          answer.catch((error: unknown) => {
            failure ??= error;
          });
          return answer as never;
        }
        return Promise.reject(new Error('this transaction has ended: await what you write before your handler returns'));
      },
      seal() {
        throw new Error('a handler does not commit: its delivery does');
      },
    },
    takeFailure() {
      const taken = failure;
      failure = undefined;
      return taken;
    },
    end() {
      isOpen = false;
    },
  };
}

/** Throws HandlerFailed. A handler that takes too long has failed; what it still does can no longer write. */
export async function callHandler({ subscription, handler, watch }: Handling, entry: Entry, guard: HandlerTx): Promise<void> {
  const { event, attempts } = entry;
  let over: AbortController | undefined;
  const delivery = {
    subscription,
    attempt: attempts + 1,
    get signal(): AbortSignal {
      return (over ??= new AbortController()).signal;
    },
  };
  try {
    const result = handler(event, guard.tx, delivery);
    if (isPromise(result)) await watch.within(result, () => over?.abort());
    const failure = guard.takeFailure();
    if (failure !== undefined) throw failure;
  } catch (error) {
    const failure = guard.takeFailure() ?? error;
    // An outage or a lost race is nobody's fault: the whole transaction is tried again.
    if (failure instanceof DatabaseUnavailable || isRace(failure)) throw failure;
    throw new HandlerFailed(event, error);
  }
}

function isRace(error: unknown): boolean {
  return error instanceof DatabaseError && ['40P01', '40001', 'DN001'].includes(error.code);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
