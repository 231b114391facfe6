import type { LoggedRows, LogRow } from '../events/index.ts';
import { createPatternIndex } from '../kernel/pattern-index.ts';
import type { Database, Log } from '../kernel/ports.ts';
import { decodeLogged } from './log-event.ts';
import { type Chunk, readChunk, readHead } from './log-store.ts';
import type { BusEvent } from './model.ts';

/** What a feed hands out. */
export interface Portion {
  /** In order of position. */
  readonly events: readonly BusEvent[];
  /** Everything up to here was looked at: it is among `events`, was handed out before, or does not match. */
  readonly to: number;
}

/** Matching events from a position on, for one reader. */
export interface Feed {
  /** Everything up to here was handed out, or does not match. */
  readonly position: number;
  /** How many positions it has not looked at, as far as this process knows the log. */
  readonly behind: number;
  /**
   * The next events, at most `limit`; waits until there are any. While it catches up it answers without events too, so
   * that its reader can note how far it came. Undefined once closed or aborted.
   */
  next(limit: number, signal?: AbortSignal): Promise<Portion | undefined>;
  close(): void;
}

export interface Tail {
  /** From right behind `position` on. */
  open(types: readonly string[], position: number, wants?: (event: BusEvent) => boolean): Promise<Feed>;
  /** This process has committed something: it is taken as it is where it follows what is known, and read where it does not. */
  offer(logged: LoggedRows<LogRow>): void;
  readonly position: number;
  /** Somebody was erased: what is kept of their account is not handed out any more. */
  forget(account: string): void;
  /** Whether the person of an event was erased since it was read: whoever has it in hand is not to tell it. */
  isGone(event: BusEvent): boolean;
  close(): Promise<void>;
}

export interface TailOptions {
  readonly database: Pick<Database, 'read'>;
  readonly log: Log;
}

/** How soon what other processes commit is seen, in milliseconds. Twice that and two commits are a round trip between services. */
const POLL = 40;
/** How long a commit waits for the one before it to be told, milliseconds. */
const GRACE = 3;
/** After an error: an outage ends within seconds, and every process asks. Milliseconds. */
const PAUSE = 250;
/** Rows of one reading. More make everybody wait for the first. */
const ROWS = 1_000;
/** Events kept in memory for those who follow closely. */
const MAX_KEPT = 8_000;
/** Characters of data in one reading, about; where events are large, fewer are read at once. */
const MAX_CHARACTERS = 8_000_000;
/** Commits that wait for the one before them, which another lane or process has made. */
const MAX_AHEAD = 16;
/** Readings of the past that are kept for others who read the same. */
const MAX_PAST = 6;

interface Reading {
  readonly chunk: Promise<Chunk>;
}

/**
 * Follows the log for all readers of this process: one reading for everybody who is at its end, and for those who catch
 * up together. Nothing runs while nobody reads.
 */
export function createTail({ database, log }: TailOptions): Tail {
  const reader = { query: database.read.bind(database) };
  const index = createPatternIndex<FollowingFeed>();
  const feeds = new Set<FollowingFeed>();
  /** Accounts that were erased while this process reads. */
  const erased = new Set<string>();
  const past = new Map<number, Reading>();
  /** Ascending; everything matching anything behind `from` up to `to`, erased ones left out. */
  let kept: BusEvent[] = [];
  /** Characters of data, about, of each kept event and of all of them. */
  let sizes: number[] = [];
  let size = 0;
  let from = 0;
  let to = 0;
  let known = 0;
  /** Committed by this process behind something that it has not seen yet, by first position. */
  const ahead = new Map<number, LoggedRows<LogRow>>();
  let rows = ROWS;
  /** Of the events of the last reading. */
  let averageSize = 0;
  let running: Promise<void> | undefined;
  let started: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  /** The next look is only moments away. */
  let isHurried = false;

  /** Begins at the end of the log: whoever needs earlier events reads them from the past. */
  async function start(): Promise<void> {
    const head = await readHead(reader);
    empty();
    from = to = known = head;
    timer = setTimeout(poll, POLL);
  }

  function poll(): void {
    isHurried = false;
    if (closed || feeds.size === 0) return stop();
    running ??= catchUp().finally(() => {
      running = undefined;
      if (!closed && feeds.size > 0) {
        if (known > to) setImmediate(poll);
        else timer = setTimeout(poll, POLL);
      } else stop();
    });
  }

  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
    if (feeds.size === 0) {
      started = undefined;
      empty();
      past.clear();
      ahead.clear();
    }
  }

  function empty(): void {
    kept = [];
    sizes = [];
    size = 0;
  }

  async function catchUp(): Promise<void> {
    try {
      for (;;) {
        const chunk = await read(to);
        if (chunk.to === to) {
          // A log that was cut back is a matter for those who hold cursors.
          known = to;
          return;
        }
        take(chunk, averageSize);
        if (chunk.to >= known) return;
      }
    } catch (error) {
      log.debug({ err: error }, 'the log could not be read');
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  async function read(after: number): Promise<Chunk> {
    const chunk = await readChunk(reader, after, rows);
    let characters = 0;
    // A sample tells: who sends large events sends many of them.
    for (let i = 0; i < chunk.events.length; i += 16) characters += JSON.stringify(chunk.events[i]?.data).length * 16;
    averageSize = Math.ceil(characters / Math.max(1, chunk.events.length));
    if (characters > MAX_CHARACTERS) rows = Math.max(20, Math.floor((rows * MAX_CHARACTERS) / characters));
    else if (rows < ROWS) rows = Math.min(ROWS, rows * 2);
    return chunk;
  }

  /** `characters`: of data of each event, about. */
  function take(chunk: Chunk, characters: number): void {
    // Nobody read for a moment, and everything began anew.
    if (chunk.after !== to) return;
    const before = to;
    for (const event of chunk.events) {
      if (event.type === 'user.erased') forget(event.account);
      kept.push(event);
      sizes.push(characters);
    }
    size += characters * chunk.events.length;
    to = chunk.to;
    known = Math.max(known, to);
    if (kept.length > MAX_KEPT || size > MAX_CHARACTERS) trim();
    const types = new Set<string>();
    for (const { type } of chunk.events) types.add(type);
    for (const type of types) for (const feed of index.match(type)) feed.hit(before);
    const next = ahead.get(to + 1);
    if (next !== undefined) {
      ahead.delete(next.from);
      take(chunkOf(next), sizeOf(next));
    } else if (ahead.size > 0) for (const first of ahead.keys()) if (first <= to) ahead.delete(first);
  }

  /** Lets the older half go: whoever still needs it reads it from the past. */
  function trim(): void {
    let gone = 0;
    for (let left = size; gone < kept.length && (kept.length - gone > MAX_KEPT / 2 || left > MAX_CHARACTERS / 2); gone += 1) {
      left -= sizes[gone] ?? 0;
      size = left;
    }
    from = kept[gone - 1]?.position ?? from;
    kept = kept.slice(gone);
    sizes = sizes.slice(gone);
  }

  /** What was kept of somebody who was erased is not handed out any more. */
  function forget(account: string | null): void {
    if (account === null) return;
    erased.add(account);
    sizes = sizes.filter((_, i) => !isGone(kept[i] as BusEvent));
    kept = kept.filter((event) => !isGone(event));
    size = sizes.reduce((sum, one) => sum + one, 0);
    past.clear();
  }

  /** An account is never somebody else's: only that it was erased is told of it from then on. */
  function isGone({ account, type }: BusEvent): boolean {
    return erased.size > 0 && account !== null && type !== 'user.erased' && erased.has(account);
  }

  function chunkOf(logged: LoggedRows<LogRow>): Chunk {
    const { from: first, rows: logRows } = logged;
    return { after: first - 1, to: first + logRows.length - 1, events: decodeLogged(logged) };
  }

  function sizeOf({ rows: logRows }: LoggedRows<LogRow>): number {
    let characters = 0;
    for (const { data } of logRows) characters += data.length;
    return Math.ceil(characters / Math.max(1, logRows.length));
  }

  /** A stretch of the past, shared with those who read the same; the next one is on its way meanwhile. */
  async function readPast(after: number): Promise<Chunk> {
    const reading = past.get(after) ?? begin(after);
    const chunk = await reading.chunk;
    if (chunk.to > after && chunk.to < from && !past.has(chunk.to)) begin(chunk.to);
    return chunk;
  }

  function begin(after: number): Reading {
    const reading = { chunk: read(after) };
    reading.chunk.catch(() => past.delete(after));
    past.set(after, reading);
    for (const oldest of past.keys()) {
      if (past.size <= MAX_PAST) break;
      past.delete(oldest);
    }
    return reading;
  }

  /** Index of the first kept event behind a position. */
  function firstBehind(position: number): number {
    let low = 0;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((kept[middle] as BusEvent).position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  class FollowingFeed implements Feed {
    private at: number;
    /** Nothing matching is between `at` and the end: it moves along without being woken. */
    private isClean = false;
    private isClosed = false;
    /** What its reader was told last. */
    private told: number;
    private waiting: (() => void) | undefined;
    private readonly types: readonly string[];
    private readonly wants: (event: BusEvent) => boolean;

    constructor(types: readonly string[], position: number, wants: (event: BusEvent) => boolean) {
      this.types = types;
      this.wants = wants;
      this.at = this.told = position;
      this.isClean = position === to;
      for (const type of types) index.add(type, this);
      feeds.add(this);
    }

    get position(): number {
      return this.isClean ? to : this.at;
    }

    get behind(): number {
      return Math.max(0, Math.max(known, to) - this.position);
    }

    hit(before: number): void {
      if (this.isClean) {
        this.isClean = false;
        this.at = before;
      }
      this.waiting?.();
    }

    async next(limit: number, signal?: AbortSignal): Promise<Portion | undefined> {
      for (;;) {
        if (this.isClosed || closed || signal?.aborted === true) return undefined;
        if (this.at < from && !this.isClean) {
          const chunk = await readPast(this.at);
          if (this.isClosed) return undefined;
          const events = chunk.events.filter((event) => this.isMine(event));
          const last = events.length > limit ? events[limit - 1] : undefined;
          // Where the past ends before `from`, the log was cut back: what is kept is all there is.
          this.at = last?.position ?? (chunk.to > this.at ? chunk.to : from);
          return this.tell(last === undefined ? events : events.slice(0, limit));
        }
        const portion = this.isClean ? undefined : this.fromKept(limit);
        if (portion !== undefined && (portion.events.length > 0 || portion.to > this.told)) return this.tell(portion.events);
        await this.wait(signal);
      }
    }

    private tell(events: readonly BusEvent[]): Portion {
      this.told = this.at;
      return { events, to: this.at };
    }

    private fromKept(limit: number): Portion {
      const events: BusEvent[] = [];
      for (let i = firstBehind(this.at); i < kept.length; i += 1) {
        const event = kept[i] as BusEvent;
        if (!this.isMine(event)) continue;
        events.push(event);
        if (events.length === limit) {
          this.at = event.position;
          return { events, to: this.at };
        }
      }
      this.at = Math.max(this.at, to);
      this.isClean = this.at === to;
      return { events, to: this.at };
    }

    private isMine(event: BusEvent): boolean {
      return index.match(event.type).has(this) && !isGone(event) && this.wants(event);
    }

    private async wait(signal: AbortSignal | undefined): Promise<void> {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.waiting = undefined;
          signal?.removeEventListener('abort', done);
          resolve();
        };
        this.waiting = done;
        signal?.addEventListener('abort', done);
        if (!this.isClean && this.at < to) done();
      });
    }

    close(): void {
      if (this.isClosed) return;
      this.isClosed = true;
      feeds.delete(this);
      for (const type of this.types) index.remove(type, this);
      this.waiting?.();
    }
  }

  return {
    async open(types, position, wants = () => true) {
      started ??= start();
      try {
        await started;
      } catch (error) {
        started = undefined;
        throw error;
      }
      // Another process may have come further than this one has read.
      if (position > to) await (running ?? catchUp());
      const feed = new FollowingFeed(types, position, wants);
      if (timer === undefined && running === undefined) poll();
      return feed;
    },
    offer(logged) {
      if (feeds.size === 0 || closed || logged.from <= to) return;
      if (logged.from === to + 1) return take(chunkOf(logged), sizeOf(logged));
      known = Math.max(known, logged.from + logged.rows.length - 1);
      if (ahead.size < MAX_AHEAD) ahead.set(logged.from, logged);
      if (running === undefined && timer !== undefined && !isHurried) {
        isHurried = true;
        clearTimeout(timer);
        // The other lane's commit is on its way as a rule, and then nothing has to be read.
        timer = setTimeout(poll, GRACE);
      }
    },
    get position() {
      return to;
    },
    forget,
    isGone,
    async close() {
      closed = true;
      clearTimeout(timer);
      for (const feed of feeds) feed.close();
      await running;
    },
  };
}
