import { type Database, DatabaseError, DatabaseUnavailable, type Log, type Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { type Batch, createAttempt } from './attempt.ts';
import { restoredBreaker } from './breaker.ts';
import type { OutsideDeliverer } from './deliverer.ts';
import { createGate, type Gate } from './gate.ts';
import { createHeld, type Held } from './held.ts';
import type { InsideDeliverer } from './inside.ts';
import { createLane, type Lane } from './lane.ts';
import { accountNumber } from './log-event.ts';
import { accountsBetween, readEvents } from './log-store.ts';
import type { BusEvent } from './model.ts';
import { createPace } from './pace.ts';
import type { Entry, Settlement } from './settle.ts';
import * as store from './store.ts';
import type { Subscription } from './subscription.ts';
import type { Tail } from './tail.ts';
import type { Time } from './time.ts';

export type Ending = 'stopped' | 'lost' | 'gone' | 'unavailable' | 'failed';

/** Delivers one subscription, for as long as this process owns it. */
export interface Consumer {
  readonly subscription: Subscription;
  readonly token: number;
  readonly gate: Gate;
  /** Events delivered and failed since it began. */
  readonly counts: { readonly delivered: number; readonly failed: number; readonly waiting: number };
  /** Positions that were not looked at yet. */
  readonly behind: number;
  /** Where the cursor should stand though nothing was delivered; undefined where it does. */
  idle(): { readonly subscription: string; readonly token: number; readonly to: number } | undefined;
  /** Deliveries may have become due by somebody else's doing. */
  poke(): void;
  readonly ended: Promise<Ending>;
  /** Finishes what is under way. */
  stop(): Promise<void>;
}

export interface ConsumerOptions {
  readonly subscription: Subscription;
  readonly cursor: store.CursorRow;
  readonly deliverer: OutsideDeliverer | InsideDeliverer;
  readonly filter: ((event: BusEvent) => boolean) | undefined;
  readonly database: Database;
  readonly tail: Tail;
  readonly time: Time;
  /** Uniform in [0, 1). */
  readonly chance: () => number;
  readonly log: Log;
  readonly pastRaces: <T>(work: () => Promise<T>) => Promise<T>;
  /** In the transaction in which deliveries are given up. */
  readonly onDead: (tx: Tx, settlement: Settlement) => Promise<unknown>;
  /** In a transaction: the receiver wants no more. */
  readonly onGone: (tx: Tx, reason: string) => Promise<unknown>;
}

/** Most events of one batch. */
const MOST = 500;
/** Deliveries tried again at once, and of each user that waits behind them. */
const RETRIES = 50;
const FOLLOWERS = 50;
/** From so many positions on, what waits is worked off beside what comes, where that has a pace. */
const BACKLOG = 1_000;
/** Before the same is tried again after the database was away, milliseconds. */
const PAUSE = 250;
/** How often is looked whether an idle receiver still has what it was given, milliseconds. */
const LOOK = 2_000;

/** Two of a consumer's loops may want to write at once: one after the other, so that each sees what the other one left. */
function createLock(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  const { subscription, deliverer, database, tail, time, log } = options;
  const { name, settings, types } = subscription;
  const { token } = options.cursor;
  const reader = { query: database.read.bind(database) };
  const gate = createGate(restoredBreaker(options.cursor.breaker), settings.breaker, time);
  const held: Held = createHeld(await store.readHeld(reader, name));
  const locked = createLock();
  const stopping = new AbortController();
  const { signal } = stopping;
  const pace = createPace(settings.drainRate, time);
  const counts = { delivered: 0, failed: 0, waiting: held.size };
  let retryAt: number | null = await store.nextDue(reader, name);
  let retrySooner = new AbortController();
  let stored = options.cursor.position;
  /** Where the backlog ends that is worked off beside live events; null where there is none. */
  let seam = options.cursor.seam;
  /** Users of whom nothing is left in the backlog: it only gets shorter. */
  let without = new Set<number>();
  let ending: Ending = 'stopped';

  const wants = options.filter;
  const open = async (position: number): Promise<Lane> => createLane(await tail.open(types, position, wants), tail.isGone);
  let main = await open(options.cursor.position);
  let express = options.cursor.express === null ? undefined : await open(options.cursor.express);
  let expressLoop: Promise<void> | undefined;
  let expressStop = new AbortController();

  function end(how: Ending): void {
    if (!signal.aborted) ending = how;
    stopping.abort();
  }

  function tellRetries(at: number | null): void {
    if (at === null || (retryAt !== null && retryAt <= at)) return;
    retryAt = at;
    retrySooner.abort();
  }

  /** What the tables say now, in memory too. */
  function remember({ lane, to }: Pick<Batch, 'lane' | 'to'>, settlement: Settlement): void {
    if (to !== null && lane === 'position') stored = to;
    counts.delivered += settlement.delivered;
    counts.failed += settlement.failed;
    for (const { account, position } of settlement.over) held.remove(account, position);
    for (const { account, position } of settlement.waiting) held.add(account, position);
    counts.waiting = held.size;
    const due = settlement.waiting.flatMap(({ dueAt }) => dueAt ?? []);
    if (due.length > 0) tellRetries(Math.min(...due));
    // Somebody behind may go now; the table knows when.
    if (settlement.over.length + settlement.dead.length > 0) tellRetries(time.now());
  }

  const attempt = createAttempt({
    subscription,
    token,
    deliverer,
    database,
    gate,
    time,
    chance: options.chance,
    log,
    signal,
    locked,
    pastRaces: options.pastRaces,
    onDead: options.onDead,
    onGone: options.onGone,
    settled: remember,
    rewind,
    ended: () => end('gone'),
  });

  /** The other side has lost what it had: everything behind `to` goes out once more. */
  async function rewind(to: number): Promise<void> {
    log.warn({ subscription: name, from: stored, to }, 'the receiver has lost what was delivered: beginning again');
    await locked(async () => {
      const move = { subscription: name, token, lane: 'position', to, delivered: 0, failed: 0, breaker: null } as const;
      await database.transaction((tx) => store.moveCursor(tx, move));
      main.feed.close();
      main = await open(to);
      stored = to;
    });
  }

  /** Which of a lane's events wait: something of their user that comes before them does. */
  async function split(events: readonly BusEvent[], lane: 'position' | 'express'): Promise<Pick<Batch, 'entries' | 'held'>> {
    const entries: Entry[] = [];
    const waiting: BusEvent[] = [];
    const behind = lane === 'express' ? await inBacklog(events) : undefined;
    const stopped = new Set<number>();
    for (const event of events) {
      const account = accountNumber(event);
      const waits =
        settings.order === 'user' &&
        account > 0 &&
        (stopped.has(account) || held.isBefore(account, event.position) || behind?.has(account) === true);
      if (waits) {
        waiting.push(event);
        stopped.add(account);
      } else entries.push({ event, attempts: 0, tries: [] });
    }
    return { entries, held: waiting };
  }

  async function inBacklog(events: readonly BusEvent[]): Promise<ReadonlySet<number>> {
    const asked = new Set(events.map(accountNumber).filter((account) => account > 0 && !without.has(account)));
    if (asked.size === 0 || seam === null) return new Set();
    const found = await accountsBetween(reader, [...asked], stored, seam);
    for (const account of asked) if (!found.has(account)) without.add(account);
    return found;
  }

  /** One way through the log: takes what comes, batch by batch. */
  async function follow(which: 'position' | 'express', until: AbortSignal): Promise<void> {
    const { look } = deliverer.kind === 'outside' ? deliverer : {};
    while (!until.aborted) {
      const lane = which === 'position' ? main : (express as Lane);
      if (which === 'position' && seam !== null && lane.isBeyond(seam)) {
        await joinSeam();
        continue;
      }
      const nap = new AbortController();
      // No AbortSignal.timeout: within AbortSignal.any, Node 20 collects it before it fires.
      const timer = look === undefined ? undefined : setTimeout(() => nap.abort(), LOOK);
      const filled = await lane.fill(MOST, look === undefined ? until : AbortSignal.any([until, nap.signal]));
      clearTimeout(timer);
      if (until.aborted) return;
      if (!filled && nap.signal.aborted) {
        const rewindTo = (await look?.())?.rewindTo;
        if (rewindTo !== undefined) await rewind(rewindTo);
        continue;
      }
      if (!filled) {
        // Its feed was closed under it: another one is on its way.
        await time.sleep(PAUSE, until);
        continue;
      }
      const permit = lane.isEmpty ? 'batch' : await gate.enter(until);
      if (permit === undefined) return;
      const limit = permit === 'probe' ? 1 : await allowance(which);
      const { events, to } = lane.first(limit, which === 'position' ? seam : null);
      const batch = { lane: which, ...(await split(events, which)), to, areRows: false, permit };
      if (events.length === 0 && !lane.isWorthWriting(to, stored)) {
        // A probe that nobody took lets the next one through.
        if (permit === 'probe') attempt.giveBack(permit);
        lane.drop(0, to);
        continue;
      }
      if (await attempt.deliver(batch)) lane.drop(events.length, to);
      if (permit === 'probe') await considerSeam();
    }
  }

  async function allowance(which: 'position' | 'express'): Promise<number> {
    const most = deliverer.kind === 'inside' ? deliverer.most : MOST;
    return which === 'position' && seam !== null ? pace.take(most, signal) : most;
  }

  /** After an outage what comes must not wait behind all that came. */
  async function considerSeam(): Promise<void> {
    if (gate.breaker.state !== 'closed' || seam !== null || settings.drainRate === 0 || subscription.kind === 'redis') return;
    if (settings.transaction === 'each' || tail.position - stored < BACKLOG) return;
    await locked(async () => {
      const at = tail.position;
      await database.transaction((tx) => store.openSeam(tx, name, token, at));
      seam = at;
      without = new Set();
      express = await open(at);
    });
    startExpress();
  }

  function startExpress(): void {
    if (express === undefined) return;
    expressStop = new AbortController();
    expressLoop = guarded(() => follow('express', AbortSignal.any([signal, expressStop.signal])));
  }

  /** The backlog has been worked off up to where live events began to go beside it: both are one again. */
  async function joinSeam(): Promise<void> {
    expressStop.abort();
    await expressLoop;
    if (signal.aborted || express === undefined) return;
    await locked(async () => {
      await database.transaction(async (tx) => {
        await store.closeSeam(tx, name, token);
        await store.promote(tx, name, null, formatTime(time.now()));
      });
      main.feed.close();
      main = express as Lane;
      express = undefined;
      seam = null;
      stored = main.handedOut;
    });
    tellRetries(time.now());
    log.info({ subscription: name }, 'the backlog is worked off');
  }

  /** Tries again what failed, when its time has come. */
  async function retry(): Promise<void> {
    while (!signal.aborted) {
      const now = time.now();
      if (retryAt === null || retryAt > now) {
        retrySooner = new AbortController();
        await time.sleep(retryAt === null ? 60_000 : retryAt - now, AbortSignal.any([signal, retrySooner.signal]));
        if (retryAt === null) retryAt = await store.nextDue(reader, name);
        continue;
      }
      const permit = await gate.enter(signal);
      if (permit === undefined) return;
      retryAt = null;
      const most = permit === 'probe' ? 1 : deliverer.kind === 'inside' ? Math.min(deliverer.most, RETRIES) : RETRIES;
      const rows = await store.readDue(
        reader,
        name,
        settings.order,
        formatTime(time.now()),
        most,
        permit === 'probe' ? 1 : FOLLOWERS,
      );
      const events = new Map(
        (
          await readEvents(
            reader,
            rows.map((row) => row.position),
          )
        ).map((event) => [event.position, event]),
      );
      const gone = rows.filter(({ position }) => !events.has(position));
      const entries = rows.flatMap(({ position, attempts, tries }) => {
        const event = events.get(position);
        return event === undefined ? [] : [{ event, attempts, tries }];
      });
      if (gone.length > 0) await forget(gone);
      if (entries.length === 0) attempt.giveBack(permit);
      else await attempt.deliver({ lane: 'position', entries, held: [], to: null, areRows: true, permit });
      if (permit === 'probe') await considerSeam();
      retryAt = await store.nextDue(reader, name);
    }
  }

  /** Erased meanwhile: there is nothing left to tell. */
  async function forget(rows: readonly store.WaitingRow[]): Promise<void> {
    await locked(async () => {
      const accounts = rows.map(({ account }) => account);
      await database.transaction(async (tx) => {
        await store.deleteWaiting(
          tx,
          name,
          rows.map(({ position }) => position),
        );
        await store.promote(tx, name, accounts, formatTime(time.now()));
      });
      for (const { account, position } of rows) held.remove(account, position);
    });
  }

  /** A loop that fails ends the consumer: whoever started it begins again from what the tables say. */
  async function guarded(loop: () => Promise<void>): Promise<void> {
    try {
      await loop();
    } catch (error) {
      if (error instanceof DatabaseError && error.code === 'DN002') end('lost');
      else if (error instanceof DatabaseUnavailable) end('unavailable');
      else {
        log.error({ err: error, subscription: name }, 'a subscription stumbled');
        end('failed');
      }
    }
  }

  const loops = Promise.all([
    guarded(async () => {
      await considerSeam();
      await follow('position', signal);
    }),
    guarded(retry),
  ]);
  startExpress();
  const ended = loops
    .then(() => expressLoop)
    .then(() => {
      main.feed.close();
      express?.feed.close();
      return ending;
    });

  return {
    subscription,
    token,
    gate,
    counts,
    get behind() {
      return Math.max(0, main.behind);
    },
    idle() {
      const to = main.idleAt;
      return seam === null && to !== undefined && to > stored ? { subscription: name, token, to } : undefined;
    },
    poke: () => tellRetries(time.now()),
    ended,
    async stop() {
      end('stopped');
      await ended;
    },
  };
}
