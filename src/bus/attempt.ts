import { type Database, DatabaseUnavailable, type Log, type Tx } from '../kernel/ports.ts';
import { type Outcomes, storedBreaker } from './breaker.ts';
import type { Delivered, OutsideDeliverer } from './deliverer.ts';
import type { Gate } from './gate.ts';
import type { InsideDeliverer } from './inside.ts';
import type { BusEvent } from './model.ts';
import { type Entry, type Results, settle, type Settlement } from './settle.ts';
import * as store from './store.ts';
import type { Subscription } from './subscription.ts';
import type { Time } from './time.ts';
import { writeSettlement } from './write-settlement.ts';

/** Events that go out together, and how far the cursor has come with them. */
export interface Batch {
  readonly lane: 'position' | 'express';
  readonly entries: readonly Entry[];
  /** Put behind what waits of their users. */
  readonly held: readonly BusEvent[];
  /** Null for retries, which leave the cursor where it is. */
  readonly to: number | null;
  /** The entries stand in the table of what waits. */
  readonly areRows: boolean;
  readonly permit: 'batch' | 'probe';
}

/** Tries to deliver batches, and writes what became of them. */
export interface Attempt {
  /** False: nothing was written, and the same is to be tried again. */
  deliver(batch: Batch): Promise<boolean>;
  /** For a permit under which nothing was tried. */
  giveBack(permit: 'batch' | 'probe'): void;
}

export interface AttemptOptions {
  readonly subscription: Subscription;
  readonly token: number;
  readonly deliverer: OutsideDeliverer | InsideDeliverer;
  readonly database: Database;
  readonly gate: Gate;
  readonly time: Time;
  readonly chance: () => number;
  readonly log: Log;
  /** Aborted when the consumer ends. */
  readonly signal: AbortSignal;
  /** One at a time writes for a subscription. */
  readonly locked: <T>(work: () => Promise<T>) => Promise<T>;
  readonly pastRaces: <T>(work: () => Promise<T>) => Promise<T>;
  /** In the transaction in which deliveries are given up. */
  readonly onDead: (tx: Tx, settlement: Settlement) => Promise<unknown>;
  /** In a transaction: the receiver wants no more. */
  readonly onGone: (tx: Tx, reason: string) => Promise<unknown>;
  /** What was written, once it is committed. */
  readonly settled: (batch: Batch, settlement: Settlement) => void;
  /** Everything behind a position has to go out once more. */
  readonly rewind: (to: number) => Promise<void>;
  /** The receiver wants no more. */
  readonly ended: () => void;
}

/** Before the same is tried again after the database was away, milliseconds. */
const PAUSE = 250;
/** How long a way that is closed as a whole is left alone, milliseconds. */
const AWAY = 1_000;
const NOTHING: Results = { failed: new Map(), untried: new Set() };
const NO_OUTCOMES: Outcomes = { successes: 0, failed: [], error: null };

export function createAttempt(options: AttemptOptions): Attempt {
  const { subscription, token, deliverer, database, gate, time, log, signal, locked } = options;
  const { name, settings } = subscription;
  const done = (deliverer.kind === 'outside' ? deliverer.done : undefined) ?? new Set<number>();

  function settlementOf(batch: Batch, results: Results, isFree: boolean): Settlement {
    const { entries, areRows } = batch;
    return settle(entries, batch.held, results, {
      retry: settings.retry,
      order: settings.order,
      now: time.now(),
      chance: options.chance,
      isFree,
      areRows,
    });
  }

  function writes(tx: Tx, batch: Batch, settlement: Settlement, breaker: string | null): readonly Promise<unknown>[] {
    const { delivered, failed } = settlement;
    const move = { subscription: name, token, lane: batch.lane, to: batch.to, delivered, failed, breaker };
    const stood = batch.entries.map(({ event }) => event.position).filter((position) => done.has(position));
    return writeSettlement(tx, { move, settlement, done: stood, now: time.now(), onDead: options.onDead });
  }

  function outcomesOf({ delivered }: Settlement, { failed }: Results): Outcomes {
    const error = [...failed.values()].at(-1)?.error ?? null;
    return { successes: delivered, failed: [...failed.keys()], error };
  }

  /** Leaves the gate, and answers what is to be kept of the breaker. */
  function leave(permit: 'batch' | 'probe', outcomes: Outcomes): string | null {
    if (!gate.leave(permit, outcomes)) return null;
    const { breaker } = gate;
    const fields = { subscription: name, state: breaker.state, reason: breaker.reason };
    if (breaker.state === 'open') log.warn(fields, 'deliveries are held: the breaker opened');
    else log.info(fields, 'the breaker moved on');
    return storedBreaker(breaker);
  }

  async function deliverInside(inside: InsideDeliverer, batch: Batch): Promise<boolean> {
    return locked(async () => {
      // Of the last call, which is the one that was committed.
      let settlement: Settlement | undefined;
      const results = await inside.deliver(batch.entries, (tx, found) => {
        settlement = settlementOf(batch, found, batch.permit === 'probe');
        return writes(tx, batch, settlement, null);
      });
      if (results === undefined || settlement === undefined) {
        leave(batch.permit, NO_OUTCOMES);
        return false;
      }
      const breaker = leave(batch.permit, outcomesOf(settlement, results));
      options.settled(batch, settlement);
      if (breaker !== null) await saveBreaker(breaker);
      return true;
    });
  }

  async function saveBreaker(breaker: string): Promise<void> {
    const move = { subscription: name, token, lane: 'position', to: null, delivered: 0, failed: 0, breaker } as const;
    await database.transaction((tx) => store.moveCursor(tx, move));
  }

  async function deliverOutside(outside: OutsideDeliverer, batch: Batch): Promise<boolean> {
    const delivered: Delivered = batch.entries.length === 0 ? NOTHING : await outside.deliver(batch.entries, batch.to, signal);
    if (delivered.away !== undefined) {
      leave(batch.permit, NO_OUTCOMES);
      gate.open(delivered.away, AWAY);
      return false;
    }
    if (delivered.rewindTo !== undefined) {
      leave(batch.permit, NO_OUTCOMES);
      await options.rewind(delivered.rewindTo);
      return false;
    }
    return locked(() => settleOutside(batch, delivered));
  }

  async function settleOutside(batch: Batch, delivered: Delivered): Promise<boolean> {
    const isFree = batch.permit === 'probe' || delivered.pauseUntil !== undefined;
    const settlement = settlementOf(batch, delivered, isFree);
    if (delivered.pauseUntil !== undefined) gate.pause(delivered.pauseUntil);
    const breaker = leave(batch.permit, outcomesOf(settlement, delivered.pauseUntil === undefined ? delivered : NOTHING));
    // What went out went out: only writing it down is tried again.
    for (;;) {
      try {
        await options.pastRaces(() =>
          database.transaction(async (tx) => {
            const written = writes(tx, batch, settlement, breaker);
            if (delivered.gone !== undefined) await options.onGone(tx, delivered.gone);
            else if (settlement.dead.length === 0) tx.seal(written);
            await Promise.all(written);
          }),
        );
        break;
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable) || signal.aborted) throw error;
        await time.sleep(PAUSE, signal);
        // Committed or not, and the reply lost: rows that are gone would look like somebody else's doing.
        if (batch.areRows) throw error;
      }
    }
    for (const { event } of batch.entries) done.delete(event.position);
    options.settled(batch, settlement);
    if (delivered.gone !== undefined) options.ended();
    return true;
  }

  return {
    deliver: (batch) => (deliverer.kind === 'inside' ? deliverInside(deliverer, batch) : deliverOutside(deliverer, batch)),
    giveBack: (permit) => void leave(permit, NO_OUTCOMES),
  };
}
