import type { Actor } from '../access/index.ts';
import type { LoggedRows, LogRow } from '../events/index.ts';
import { EventRefused, type Prepared, type Publisher } from '../engine/index.ts';
import type { Tx } from '../kernel/ports.ts';

/**
 * Events that were published within transactions of ours, until these end: they are written as the very last thing, so
 * that the log stands still for no longer than a commit takes.
 */
export interface PendingEvents {
  /** Takes events into a transaction. Throws EventRefused for what is no event, and an Error for a transaction that is none of ours. */
  add(tx: Tx, events: readonly unknown[]): void;
  /** Makes `tx` one that takes events. */
  begin(tx: Tx): void;
  /** Whether something waits to be written. */
  has(tx: Tx): boolean;
  /** Writes what `tx` took by `by`, the same transaction where a handler got a guarded one. Throws EventRefused. */
  write(tx: Tx, by: Tx): Promise<void>;
  /** The transaction has committed. */
  committed(tx: Tx): void;
}

/** `offer` is called with what a transaction wrote, once it has committed. */
export function createPendingEvents(
  publisher: Publisher,
  actor: Actor,
  offer: (logged: LoggedRows<LogRow>) => void,
): PendingEvents {
  const written = new WeakMap<Tx, LoggedRows<LogRow>>();
  const waiting = new WeakMap<Tx, Prepared[]>();
  return {
    add(tx, events) {
      const list = waiting.get(tx);
      if (list === undefined)
        throw new Error(
          'publish within a transaction of Diana: the tx of a handler, or of diana.transaction(…), while it is open',
        );
      for (const raw of events) {
        const prepared = publisher.prepare(raw);
        if (!prepared.ok) throw new EventRefused(prepared.refusal);
        list.push(prepared.value);
      }
    },
    begin: (tx) => void waiting.set(tx, []),
    has: (tx) => (waiting.get(tx)?.length ?? 0) > 0,
    async write(tx, by) {
      const list = waiting.get(tx) ?? [];
      waiting.delete(tx);
      const logged = await publisher.write(by, list, actor);
      if (logged !== null) written.set(tx, logged);
    },
    committed(tx) {
      const logged = written.get(tx);
      if (logged !== undefined) offer(logged);
    },
  };
}
