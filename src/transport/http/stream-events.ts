import type { Writable } from 'node:stream';
import type { BusEvent, EventStream } from '../../bus/index.ts';

/** Server-sent events, after the HTML standard (https://html.spec.whatwg.org/multipage/server-sent-events.html). */

/** Proxies end what is silent for a minute, some for half of one. Milliseconds. */
const ALIVE = 15_000;
/** Events of one reading. */
const MOST = 100;
/** Characters of one write, about: a slow reader holds up so much of memory. */
const PIECE = 256 * 1_024;
/**
 * From so many positions on a reader is told that it came along though nothing was for it: what it keeps then is a plain
 * position, which shows a history that regressed only by being too short, so for less it is not worth it.
 */
const MOVED = 1_000;
/** How soon a reader that lost its stream comes again, milliseconds: the next process has started by then, or soon has. */
const RETRY = 1_000;

export type Frames = (event: BusEvent, cursorOf: EventStream['cursorOf']) => string;

/** The text of an event, made once for all its readers. */
export function createFrames(): Frames {
  const made = new WeakMap<BusEvent, string>();
  return (event, cursorOf) => {
    const known = made.get(event);
    if (known !== undefined) return known;
    const { position, recordedAt, type } = event;
    const frame = `id: ${cursorOf(position, recordedAt)}\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
    made.set(event, frame);
    return frame;
  };
}

export interface StreamOptions {
  readonly frames: Frames;
  /** The reader has no cursor yet: it gets one before the first event. */
  readonly isNew: boolean;
  /** What ended the stream, where that was a fault. */
  readonly onFault: (error: unknown) => void;
  /** Milliseconds of silence before a sign of life. */
  readonly alive?: number;
}

/** Writes events until the reader goes away or the feed is closed, and ends both. Never rejects. */
export async function streamEvents(out: Writable, { feed, cursorOf }: EventStream, options: StreamOptions): Promise<void> {
  const { frames, isNew, onFault, alive = ALIVE } = options;
  let told = feed.position;
  let isWaiting = false;
  const close = (): void => feed.close();
  out.once('close', close);
  out.on('error', close);
  if (out.destroyed) close();

  /** The place, where the reader is far behind it without knowing. */
  const place = (position: number): string => {
    if (position - told < MOVED) return '';
    told = position;
    return `id: ${position}\n`;
  };
  const silence = setInterval(() => {
    if (isWaiting && !out.writableNeedDrain) out.write(`${place(feed.position)}: alive\n\n`);
  }, alive);

  async function write(text: string): Promise<void> {
    silence.refresh();
    if (!out.write(text) && !out.destroyed) await drained(out);
  }

  try {
    await write(`: Diana\nretry: ${RETRY}\n${isNew ? `id: ${feed.position}\n` : ''}\n`);
    for (;;) {
      isWaiting = true;
      const portion = await feed.next(MOST);
      isWaiting = false;
      if (portion === undefined || out.destroyed) return;
      for (const piece of piecesOf(portion.events, (event) => frames(event, cursorOf))) await write(piece);
      const last = portion.events.at(-1);
      if (last !== undefined) told = last.position;
      const moved = place(portion.to);
      if (moved !== '') await write(`${moved}\n`);
    }
  } catch (error) {
    onFault(error);
  } finally {
    clearInterval(silence);
    close();
    if (!out.destroyed) out.end();
  }
}

/** Whole frames, joined to pieces that are worth a write. */
function* piecesOf(events: readonly BusEvent[], frameOf: (event: BusEvent) => string): Generator<string> {
  let piece = '';
  for (const event of events) {
    piece += frameOf(event);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function drained(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done);
      out.off('close', done);
      resolve();
    };
    out.on('drain', done);
    out.on('close', done);
  });
}
