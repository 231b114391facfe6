import type { Delivered, OutsideDeliverer } from './deliverer.ts';
import type { StreamBatch, StreamStore } from './ports.ts';
import { entryFields, markKey, partitionOf, streamKey } from './relay-keys.ts';
import type { Entry } from './settle.ts';
import type { CursorRow } from './store.ts';
import type { Subscription } from './subscription.ts';
import type { Time } from './time.ts';

const NOTHING: Pick<Delivered, 'failed' | 'untried'> = { failed: new Map(), untried: new Set() };
/** How often marks of streams go along in which nothing happened: so far a restart reads back. Milliseconds. */
const REFRESH = 5_000;

/**
 * Copies events into Redis streams, hashed by user. How far each stream has come stands beside it in Redis, as a mark
 * that is written together with its entries: whatever Redis forgets, it forgets both, and the relay begins again there.
 * Ids of entries are positions, so that what is there already is not there twice.
 */
export function createRelay(dependencies: {
  readonly subscription: Subscription;
  readonly cursor: CursorRow;
  readonly streams: StreamStore;
  /** Of this database: marks of another one are not ours. */
  readonly epoch: string;
  /** Last position of the log. */
  readonly head: () => Promise<number>;
  readonly time: Time;
}): OutsideDeliverer {
  const { subscription, cursor, streams, epoch, head, time } = dependencies;
  const { partitions, retain } = subscription.settings;
  const prefix = subscription.settings.stream ?? 'diana';
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const marks = new Map<number, string | null>();
  let isRefilling = cursor.delivered === 0;
  let position = cursor.position;
  /** What is kept is counted from here back, or each refill that breaks off would begin earlier than the one before. */
  let furthest = cursor.position;
  let refreshedAt = 0;
  /** A mark of another history, by its key: the log may well grow beyond it, and it still is one. */
  const foreign = new Map<string, string>();

  const markOf = (at: number): string => `${epoch}:${at}`;
  const batch = (partition: number, entries: StreamBatch['entries'], to: number): StreamBatch => ({
    key: streamKey(prefix, partition),
    markKey: markKey(prefix, partition),
    expected: marks.get(partition) ?? null,
    mark: markOf(Math.max(to, positionOf(marks.get(partition)) ?? 0)),
    entries,
    retain: Math.ceil(retain / partitions),
  });

  function positionOf(mark: string | null | undefined): number | undefined {
    if (mark === null || mark === undefined) return undefined;
    const [of, at] = mark.split(':');
    return of === epoch ? Number(at) : Number.NaN;
  }

  /** Looks where the streams stand. What is to be done first, where they do not stand where they should. */
  async function look(): Promise<Delivered | undefined> {
    const read = await streams.readMarks(all.map((partition) => markKey(prefix, partition)));
    const places = read.map(positionOf);
    const end = await head();
    const wrong = places.findIndex(
      (place, partition) =>
        place !== undefined &&
        (Number.isNaN(place) || place > end || foreign.get(markKey(prefix, partition)) === read[partition]),
    );
    if (wrong >= 0) {
      foreign.set(markKey(prefix, wrong), read[wrong] ?? '');
      const away = `history regressed: ${streamKey(prefix, wrong)} holds events that this database does not; delete the streams, or give the relay another prefix`;
      return { ...NOTHING, away };
    }
    for (const partition of all) marks.set(partition, read[partition] ?? null);
    const back = Math.min(...places.map((place) => place ?? Math.max(cursor.start, furthest - retain)), position);
    if (places.includes(undefined) && !isRefilling) {
      isRefilling = true;
      marks.clear();
      return rewound(back);
    }
    if (back < position && !isRefilling) return rewound(back);
    isRefilling = false;
    return undefined;
  }

  function rewound(to: number): Delivered {
    position = to;
    return { ...NOTHING, rewindTo: to };
  }

  async function append(entries: readonly Entry[], to: number): Promise<Delivered> {
    const grouped = new Map<number, { position: number; fields: readonly string[] }[]>();
    for (const { event } of entries) {
      const partition = partitionOf(event.account, partitions);
      const group = grouped.get(partition);
      const entry = { position: event.position, fields: entryFields(event) };
      if (group === undefined) grouped.set(partition, [entry]);
      else group.push(entry);
    }
    const isFresh = time.now() - refreshedAt < REFRESH && ![...marks.values()].includes(null);
    const touched = isFresh ? [...grouped.keys()] : all;
    const batches = touched.map((partition) => batch(partition, grouped.get(partition) ?? [], to));
    const answers = await streams.append(batches);
    for (const [i, answer] of answers.entries()) {
      if (answer.kind === 'appended') marks.set(touched[i] as number, (batches[i] as StreamBatch).mark);
    }
    if (answers.some(({ kind }) => kind === 'mismatch')) {
      // Flushed, restored, or written by somebody else: look anew before anything more goes out.
      marks.clear();
      return (await look()) ?? { ...NOTHING, rewindTo: position };
    }
    if (!isFresh) refreshedAt = time.now();
    position = Math.max(position, to);
    furthest = Math.max(furthest, position);
    return NOTHING;
  }

  return {
    kind: 'outside',
    async deliver(entries, to) {
      try {
        const first = marks.size === 0 ? await look() : undefined;
        return first ?? (await append(entries, to ?? entries.at(-1)?.event.position ?? position));
      } catch (error) {
        // What of it arrived is not known: the marks will tell.
        marks.clear();
        return { ...NOTHING, away: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}
