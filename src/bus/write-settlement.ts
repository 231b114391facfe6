import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { Settlement } from './settle.ts';
import { buryDead, clearDone, deleteWaiting, type Move, moveCursor, promote, saveWaiting } from './store.ts';

export interface SettlementWrite {
  readonly move: Move;
  readonly settlement: Settlement;
  /** Positions whose effects stood ahead of the cursor. */
  readonly done: readonly number[];
  /** Milliseconds. */
  readonly now: number;
  /** Called for deliveries that are given up, in the transaction that gives them up. */
  readonly onDead: (tx: Tx, settlement: Settlement) => Promise<unknown>;
}

/** Writes what became of a batch; the statements travel together. The first one fails the transaction for whoever lost the lease. */
export function writeSettlement(tx: Tx, { move, settlement, done, now, onDead }: SettlementWrite): readonly Promise<unknown>[] {
  const { subscription } = move;
  const { waiting, dead, over } = settlement;
  const writes: Promise<unknown>[] = [moveCursor(tx, move)];
  const positions = over.map(({ position }) => position);
  if (over.length > 0) writes.push(deleteWaiting(tx, subscription, positions));
  if (waiting.length > 0) writes.push(saveWaiting(tx, subscription, waiting));
  if (dead.length > 0) writes.push(buryDead(tx, subscription, dead, formatTime(now)), onDead(tx, settlement));
  const freed = new Set([...over, ...dead].map(({ account }) => account).filter((account) => account > 0));
  if (freed.size > 0) writes.push(promote(tx, subscription, [...freed], formatTime(now)));
  if (done.length > 0) writes.push(clearDone(tx, subscription, done));
  return writes;
}
