import type { Results, Entry } from './settle.ts';

/** What came of delivering outside of a transaction. */
export interface Delivered extends Results {
  /** The receiver asked to be left alone until then, milliseconds: what failed meanwhile is not the events' fault. */
  readonly pauseUntil?: number;
  /** The receiver wants no more, for ever. */
  readonly gone?: string;
  /** Nothing went out, and none of it is the events' fault: the whole way is closed. */
  readonly away?: string;
  /** What was delivered before has been lost on the other side: begin again behind this position. */
  readonly rewindTo?: number;
}

/** Brings events to somebody outside; each may arrive more than once. Never rejects. */
export interface OutsideDeliverer {
  readonly kind: 'outside';
  /** Positions whose effects stand in `bus.done`, until the cursor has passed them. */
  readonly done?: Set<number>;
  /** In order of position. `to`: everything up to here is among them or concerns nobody. */
  deliver(entries: readonly Entry[], to: number | null, signal: AbortSignal): Promise<Delivered>;
  /** Asked while there is nothing to deliver: whether the other side still has what it was given, where that can be seen. */
  look?(): Promise<Pick<Delivered, 'rewindTo'>>;
}

/** Entries by user, in order; those about nobody each alone, and every one alone where order is not asked for. */
export function byUser(entries: readonly Entry[], order: 'user' | 'none'): readonly (readonly Entry[])[] {
  const groups: Entry[][] = [];
  const known = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { account } = entry.event;
    const group = account === null || order === 'none' ? undefined : known.get(account);
    if (group !== undefined) {
      group.push(entry);
      continue;
    }
    const own = [entry];
    groups.push(own);
    if (account !== null) known.set(account, own);
  }
  return groups;
}

/** Runs over all items, so many at once. */
export async function eachOf<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
