import { EventRefused } from '../engine/index.ts';
import { type Database, DatabaseError, type Tx } from '../kernel/ports.ts';
import { byUser, type Delivered, eachOf, type OutsideDeliverer } from './deliverer.ts';
import { callHandler, type Handling, HandlerFailed, type HandlerTx, handlerTx } from './handling.ts';
import { markDone } from './store.ts';
import type { Entry, Failure, Results } from './settle.ts';

/** Delivers within the transaction that moves the cursor: what a handler writes and that it was called are one. */
export interface InsideDeliverer {
  readonly kind: 'inside';
  /** Events that may go into the next transaction. */
  readonly most: number;
  /**
   * Calls the handler for the entries, writes what became of them by `write`, and commits; again without those that
   * failed, where some did. Undefined: too many failed for that; come again with fewer at once. Rejects when it could
   * not be written: then nothing of it stands, or it is not known.
   */
  deliver(
    entries: readonly Entry[],
    write: (tx: Tx, results: Results) => readonly Promise<unknown>[],
  ): Promise<Results | undefined>;
}

interface HandlerSettings {
  readonly concurrency: number;
  readonly order: 'user' | 'none';
}

const MOST = 500;
/** Failures of one batch after which each event goes alone for a while: each costs the others another call. */
const MANY = 2;

/** Handlers that share a transaction: the fast way. */
export function createInside(
  handling: Handling,
  settings: HandlerSettings,
  database: Pick<Database, 'transaction'>,
  pastRaces: <T>(work: () => Promise<T>) => Promise<T>,
): InsideDeliverer {
  const { pending } = handling;
  let most = MOST;

  async function callAll(entries: readonly Entry[], tx: HandlerTx): Promise<void> {
    if (settings.concurrency === 1) {
      for (const entry of entries) await callHandler(handling, entry, tx);
      return;
    }
    let failure: HandlerFailed | undefined;
    await eachOf(byUser(entries, settings.order), settings.concurrency, async (group) => {
      for (const entry of group) {
        if (failure !== undefined) return;
        try {
          await callHandler(handling, entry, tx);
        } catch (error) {
          if (!(error instanceof HandlerFailed)) throw error;
          failure ??= error;
        }
      }
    });
    if (failure !== undefined) throw failure;
  }

  function again(): undefined {
    most = 1;
  }

  return {
    kind: 'inside',
    get most() {
      return most;
    },
    async deliver(entries, write) {
      const failed = new Map<number, Failure>();
      const untried = new Set<number>();
      for (;;) {
        const ready = entries.filter(({ event: { position } }) => !failed.has(position) && !untried.has(position));
        try {
          await pastRaces(async () => {
            let own: Tx | undefined;
            await database.transaction(async (tx) => {
              const guard = handlerTx(tx);
              own = guard.tx;
              pending.begin(guard.tx);
              try {
                await callAll(ready, guard);
              } finally {
                guard.end();
              }
              const written = write(tx, { failed, untried });
              // Giving something up announces that, by more than one statement.
              if (pending.has(guard.tx) || failed.size > 0) {
                await Promise.all(written);
                await pending.write(guard.tx, tx);
              } else {
                tx.seal(written);
                await Promise.all(written);
              }
            });
            if (own !== undefined) pending.committed(own);
          });
          if (failed.size === 0) most = Math.min(MOST, most * 2);
          return { failed, untried };
        } catch (error) {
          const [only, ...others] = ready;
          if (error instanceof EventRefused && only !== undefined) {
            // Which of them published it, only a call by itself tells.
            if (others.length > 0) return again();
            fail(entries, new HandlerFailed(only.event, error), failed, untried, settings.order);
          } else if (error instanceof HandlerFailed) {
            fail(entries, error, failed, untried, settings.order);
            if (failed.size > MANY && others.length > 0) return again();
          } else throw error;
        }
      }
    },
  };
}

/** The event failed, and those of its user behind it have to wait. */
function fail(
  entries: readonly Entry[],
  { event, failure }: HandlerFailed,
  failed: Map<number, Failure>,
  untried: Set<number>,
  order: 'user' | 'none',
): void {
  failed.set(event.position, failure);
  if (order === 'none' || event.account === null) return;
  for (const { event: other } of entries) {
    if (other.account === event.account && other.position > event.position) untried.add(other.position);
  }
}

/**
 * Handlers with a transaction of their own for each event, users side by side. What was done is marked in that very
 * transaction, so that the cursor may follow later.
 */
export function createEach(
  handling: Handling,
  settings: HandlerSettings,
  means: {
    readonly database: Pick<Database, 'transaction'>;
    readonly pastRaces: <T>(work: () => Promise<T>) => Promise<T>;
    readonly token: number;
    /** Positions whose effects stand already. */
    readonly done: Set<number>;
  },
): OutsideDeliverer {
  const { subscription, pending } = handling;
  const { database, pastRaces, token, done } = means;

  async function handle(entry: Entry): Promise<void> {
    const { position } = entry.event;
    await pastRaces(async () => {
      let own: Tx | undefined;
      await database.transaction(async (tx) => {
        const guard = handlerTx(tx);
        own = guard.tx;
        pending.begin(guard.tx);
        try {
          await callHandler(handling, entry, guard);
        } finally {
          guard.end();
        }
        const marked = markDone(tx, subscription, token, position);
        if (pending.has(guard.tx)) {
          await marked;
          await pending.write(guard.tx, tx);
        } else {
          tx.seal([marked]);
          await marked;
        }
      });
      if (own !== undefined) pending.committed(own);
    });
  }

  return {
    kind: 'outside',
    done,
    async deliver(entries): Promise<Delivered> {
      const failed = new Map<number, Failure>();
      const untried = new Set<number>();
      let broken: unknown;
      await eachOf(byUser(entries, settings.order), settings.concurrency, async (group) => {
        for (const entry of group) {
          const { position } = entry.event;
          if (done.has(position) || untried.has(position) || broken !== undefined) continue;
          try {
            await handle(entry);
            done.add(position);
          } catch (error) {
            if (error instanceof HandlerFailed) fail(group, error, failed, untried, settings.order);
            else if (error instanceof DatabaseError && error.constraint === 'done_pkey') done.add(position);
            else broken ??= error;
          }
        }
      });
      // What was done is marked: whoever goes on begins behind it.
      if (broken !== undefined) throw broken;
      return { failed, untried };
    },
  };
}
