import type { Tx } from '../kernel/ports.ts';
import type { Delivered, OutsideDeliverer } from './deliverer.ts';
import { readCursor, regression, writeCursor } from './log-cursor.ts';
import type { BusEvent } from './model.ts';
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
 * A mark is a cursor of the log, so that streams of another history are known, also once this one is as long.
 * Ids of entries are positions, so that what is there already is not there twice.
 */
export function createRelay(dependencies: {
  readonly subscription: Subscription;
  readonly cursor: CursorRow;
  readonly streams: StreamStore;
  /** Of this database: marks of another one are not ours. */
  readonly epoch: string;
  readonly reader: Pick<Tx, 'query'>;
  readonly time: Time;
}): OutsideDeliverer {
  const { subscription, cursor, streams, epoch, reader, time } = dependencies;
  const { partitions, retain } = subscription.settings;
  const prefix = subscription.settings.stream ?? 'diana';
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const marks = new Map<number, string | null>();
  let isRefilling = cursor.delivered === 0;
  let position = cursor.position;
  /** What is kept is counted from here back, or each refill that breaks off would begin earlier than the one before. */
  let furthest = cursor.position;
  let refreshedAt = 0;

  function batch(partition: number, entries: StreamBatch['entries'], last: BusEvent): StreamBatch {
    const expected = marks.get(partition) ?? null;
    const isAhead = (positionOf(expected) ?? 0) > last.position;
    return {
      key: streamKey(prefix, partition),
      markKey: markKey(prefix, partition),
      expected,
      mark: isAhead && expected !== null ? expected : writeCursor(epoch, last.position, last.recordedAt),
      entries,
      retain: Math.ceil(retain / partitions),
    };
  }

  /** Undefined where there is none, and NaN where it is none of ours. */
  function positionOf(mark: string | null): number | undefined {
    return mark === null ? undefined : (readCursor(mark)?.position ?? Number.NaN);
  }

  /** Of partitions whose streams were written from another log, the first one. */
  async function findForeign(read: readonly (string | null)[]): Promise<number | undefined> {
    const faults = await Promise.all(
      [...new Set(read)].map(async (mark) => {
        const cursor = mark === null ? undefined : readCursor(mark);
        const isOurs = mark === null || (cursor !== undefined && (await regression(reader, epoch, cursor)) === undefined);
        return isOurs ? [] : [read.indexOf(mark)];
      }),
    );
    return faults.flat().toSorted((a, b) => a - b)[0];
  }

  /** Looks where the streams stand. What is to be done first, where they do not stand where they should. */
  async function look(): Promise<Delivered | undefined> {
    const read = await streams.readMarks(all.map((partition) => markKey(prefix, partition)));
    const places = read.map(positionOf);
    const wrong = await findForeign(read);
    if (wrong !== undefined) {
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

  async function append(entries: readonly Entry[], last: BusEvent, to: number): Promise<Delivered> {
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
    const batches = touched.map((partition) => batch(partition, grouped.get(partition) ?? [], last));
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
    async look() {
      try {
        const read = await streams.readMarks(all.map((partition) => markKey(prefix, partition)));
        if (marks.size > 0 && all.every((partition) => marks.get(partition) === read[partition])) return {};
        marks.clear();
        const { rewindTo } = (await look()) ?? {};
        return rewindTo === undefined ? {} : { rewindTo };
      } catch {
        // Away: what comes next finds out what that means.
        marks.clear();
        return {};
      }
    },
    async deliver(entries, to) {
      try {
        const last = entries.at(-1)?.event;
        if (last === undefined) return NOTHING;
        const first = marks.size === 0 ? await look() : undefined;
        return first ?? (await append(entries, last, to ?? last.position));
      } catch (error) {
        // What of it arrived is not known: the marks will tell.
        marks.clear();
        return { ...NOTHING, away: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}
