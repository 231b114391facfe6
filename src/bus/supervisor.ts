import type { Database, Log, Tx } from '../kernel/ports.ts';
import { type Consumer, startConsumer } from './consumer.ts';
import { createEach, createInside } from './inside.ts';
import { createWatch } from './handling.ts';
import type { BusEvent, Handler } from './model.ts';
import type { PendingEvents } from './pending-events.ts';
import type { Courier, StreamStore } from './ports.ts';
import { createRelay } from './relay.ts';
import type { Settlement } from './settle.ts';
import * as store from './store.ts';
import { readHead } from './log-store.ts';
import { type Subscription, filterOf } from './subscription.ts';
import { readChange, readSubscriptions } from './subscription-store.ts';
import type { Tail } from './tail.ts';
import type { Time } from './time.ts';
import { createWebhook } from './webhook.ts';

/** Decides what this process delivers, and keeps others from delivering the same. */
export interface Supervisor {
  /** What runs here, by name. */
  readonly consumers: ReadonlyMap<string, Consumer>;
  /** What cannot be delivered, because the log is shorter than the cursor. */
  readonly regressed: ReadonlySet<string>;
  /** A handler of this process, for a subscription of that name. */
  register(name: string, handler: Handler, wants?: (event: BusEvent) => boolean): void;
  /** Its calls under way are finished. */
  unregister(name: string): Promise<void>;
  /** Something changed: look now. */
  look(): Promise<void>;
  close(): Promise<void>;
}

export interface SupervisorOptions {
  readonly database: Database;
  readonly tail: Tail;
  readonly time: Time;
  readonly chance: () => number;
  readonly log: Log;
  /** A random id of this process. */
  readonly worker: string;
  readonly epoch: string;
  readonly courier: Courier;
  /** Null where no Redis is configured. */
  readonly streams: StreamStore | null;
  readonly pending: PendingEvents;
  readonly pastRaces: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onDead: (tx: Tx, settlement: Settlement) => Promise<unknown>;
  readonly onGone: (tx: Tx, subscription: string, reason: string) => Promise<unknown>;
  /** Milliseconds that a process may be silent before others take over. */
  readonly lease: number;
  /** Whether this process delivers what needs no handler of its own. */
  readonly delivers: boolean;
}

/** How often is looked for changes of others, milliseconds. */
const LOOK = 500;
/** Before something that stumbled is tried again, milliseconds; doubled up to the most. */
const PAUSE = 250;
const MOST_PAUSE = 10_000;

/** How the reason of a subscription begins that was disabled because the log is shorter than its cursor. */
export const REGRESSED = 'history regressed';

function regressionReason(head: number, place: number): string {
  return `${REGRESSED}: the log ends at ${head}, the cursor stands at ${place}; replay it from a place that you choose`;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { database, tail, time, log, worker, streams, pending, pastRaces } = options;
  const reader = { query: database.read.bind(database) };
  const consumers = new Map<string, Consumer>();
  const handlers = new Map<string, { readonly handler: Handler; readonly wants: ((event: BusEvent) => boolean) | undefined }>();
  const regressed = new Set<string>();
  const stumbled = new Map<string, { readonly until: number; readonly pause: number }>();
  const stopping = new AbortController();
  /** As of the last change that was seen. */
  let subscriptions: readonly Subscription[] = [];
  let seenChange = -1;
  let beatAt = Number.NEGATIVE_INFINITY;
  let sooner = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  let hasBeaten = false;

  /** Whether this process can deliver it. */
  function isMine({ name, kind }: Subscription): boolean {
    if (kind === 'handler') return handlers.has(name);
    return options.delivers && (kind === 'webhook' || streams !== null);
  }

  async function beat(): Promise<void> {
    const now = time.now();
    if (now - beatAt < options.lease / 3) return;
    const idle = [...consumers.values()].flatMap((consumer) => consumer.idle() ?? []);
    await database.transaction(async (tx) => {
      await store.keepAlive(tx, worker, options.lease);
      if (idle.length > 0) await store.followEnd(tx, idle);
    });
    hasBeaten = true;
    beatAt = now;
  }

  /** Ends what somebody else owns by now, or what was changed and has to begin anew. */
  async function dropLost(): Promise<void> {
    if (consumers.size === 0) return;
    const tokens = await store.ownedTokens(reader, worker);
    // Not waited for: a call to a slow receiver may take longer than a lease, and nobody would say that this process lives.
    for (const [name, consumer] of consumers) if (tokens.get(name) !== consumer.token) void consumer.stop();
  }

  /** One look after the other: two at once would take the same subscription from each other. */
  function lookNow(): Promise<void> {
    const mine = last.then(lookOnce, lookOnce);
    last = mine.catch(() => undefined);
    return mine;
  }

  async function lookOnce(): Promise<void> {
    if (!options.delivers && handlers.size === 0) return;
    await beat();
    const change = await readChange(reader);
    await dropLost();
    const now = time.now();
    if (change !== seenChange) {
      subscriptions = await readSubscriptions(reader, null);
      for (const consumer of consumers.values()) consumer.poke();
    }
    seenChange = change;
    const wanted = subscriptions.filter(
      (one) => one.state === 'active' && isMine(one) && !consumers.has(one.name) && (stumbled.get(one.name)?.until ?? 0) <= now,
    );
    if (wanted.length === 0 || stopping.signal.aborted) return;
    const taken = await database.transaction((tx) =>
      store.acquire(
        tx,
        worker,
        wanted.map(({ name }) => name),
      ),
    );
    for (const cursor of taken) {
      const subscription = wanted.find(({ name }) => name === cursor.subscription);
      if (subscription !== undefined) await begin(subscription, cursor);
    }
  }

  async function begin(subscription: Subscription, cursor: store.CursorRow): Promise<void> {
    const { name } = subscription;
    try {
      const head = await readHead(reader);
      const place = Math.max(cursor.position, cursor.express ?? 0);
      if (place > head) {
        if (!regressed.has(name)) {
          log.error(
            { subscription: name, position: place, head },
            'history regressed: the log is shorter than the cursor; replay from a place',
          );
        }
        regressed.add(name);
        // Once the log has grown beyond it nothing would tell any more that what it grew by was never delivered.
        await database.transaction((tx) => options.onGone(tx, name, regressionReason(head, place)));
        return stumble(name);
      }
      regressed.delete(name);
      const consumer = await startConsumer({
        subscription,
        cursor,
        deliverer: await delivererOf(subscription, cursor),
        filter: wantsOf(subscription),
        database,
        tail,
        time,
        chance: options.chance,
        log,
        pastRaces,
        onDead: options.onDead,
        onGone: (tx, reason) => options.onGone(tx, name, reason),
      });
      consumers.set(name, consumer);
      void consumer.ended.then((how) => {
        consumers.delete(name);
        if (how === 'failed') stumble(name);
        else if (how === 'unavailable') stumbled.set(name, { until: time.now() + PAUSE, pause: PAUSE });
        else stumbled.delete(name);
        sooner.abort();
      });
    } catch (error) {
      log.error({ err: error, subscription: name }, 'a subscription could not be started');
      stumble(name);
    }
  }

  function stumble(name: string): void {
    const pause = Math.min(MOST_PAUSE, (stumbled.get(name)?.pause ?? PAUSE / 2) * 2);
    stumbled.set(name, { until: time.now() + pause, pause });
  }

  function wantsOf({ name, filter }: Subscription): ((event: BusEvent) => boolean) | undefined {
    const byFilter = filterOf(filter);
    const byHandler = handlers.get(name)?.wants;
    if (byFilter === undefined || byHandler === undefined) return byFilter ?? byHandler;
    return (event) => byFilter(event) && byHandler(event);
  }

  async function delivererOf(
    subscription: Subscription,
    cursor: store.CursorRow,
  ): Promise<Parameters<typeof startConsumer>[0]['deliverer']> {
    const { name, kind, settings } = subscription;
    if (kind === 'webhook') return createWebhook({ subscription, courier: options.courier, time });
    if (kind === 'redis') {
      if (streams === null) throw new Error('no Redis is configured');
      return createRelay({ subscription, cursor, streams, epoch: options.epoch, reader, time });
    }
    const handler = handlers.get(name)?.handler;
    if (handler === undefined) throw new Error(`no handler is registered for ${name}`);
    const handling = { subscription: name, handler, watch: createWatch(settings.timeout, time), pending };
    if (settings.transaction === 'batch') return createInside(handling, settings, database, pastRaces);
    const done = new Set(await store.readDone(reader, name));
    return createEach(handling, settings, { database, pastRaces, token: cursor.token, done });
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await lookNow().catch((error: unknown) => log.debug({ err: error }, 'subscriptions could not be looked at'));
      const wait = new AbortController();
      sooner = wait;
      await time.sleep(Math.min(LOOK, options.lease / 3), AbortSignal.any([stopping.signal, wait.signal]));
    }
  }

  const running = run();

  return {
    consumers,
    regressed,
    register(name, handler, wants) {
      if (handlers.has(name))
        throw new Error(`a handler of the name "${name}" is registered already: give each its own by { name: … }`);
      handlers.set(name, { handler, wants });
    },
    async unregister(name) {
      handlers.delete(name);
      const consumer = consumers.get(name);
      if (consumer === undefined) return;
      await consumer.stop();
      await database.transaction((tx) => store.release(tx, worker, name));
    },
    look: lookNow,
    async close() {
      stopping.abort();
      await running;
      await last;
      await Promise.all([...consumers.values()].map((consumer) => consumer.stop()));
      // What another process should take over at once; where that cannot be said, the lease tells it.
      if (hasBeaten) await database.transaction((tx) => store.forgetWorker(tx, worker)).catch(() => undefined);
    },
  };
}
