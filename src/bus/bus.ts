import type { Actor } from '../access/index.ts';
import type { Publisher } from '../engine/index.ts';
import { eraseFlows, type Flow } from '../flows/index.ts';
import type { Clock, Database, Log, Randomness, Tx } from '../kernel/ports.ts';
import { refused } from '../kernel/outcome.ts';
import { createAdministration } from './administration.ts';
import { createDeadLetters } from './dead-letters.ts';
import type { Bus, SubscribeOptions, SubscriptionReport } from './face.ts';
import { createFlowWatch } from './flow-watch.ts';
import { readCursor, regression, writeCursor } from './log-cursor.ts';
import { positionBefore, readHead } from './log-store.ts';
import { createPendingEvents } from './pending-events.ts';
import type { Courier, StreamStore } from './ports.ts';
import { createRates } from './rates.ts';
import { subscriptionReport } from './reports.ts';
import { DEFAULTS, parseNew, parseStart } from './settings.ts';
import { eraseDeliveries } from './store.ts';
import { filterOf } from './subscription.ts';
import { readHealth, readSubscriptions } from './subscription-store.ts';
import { createSupervisor } from './supervisor.ts';
import { createTail } from './tail.ts';
import { timeBy, type Time } from './time.ts';

export interface BusOptions {
  readonly database: Database;
  readonly publisher: Publisher;
  readonly pastRaces: <T>(work: () => Promise<T>) => Promise<T>;
  readonly clock: Clock;
  /** Default: the clock, and timers. */
  readonly time?: Time;
  readonly randomness: Randomness;
  readonly log: Log;
  readonly courier: Courier;
  readonly streams: StreamStore | null;
  readonly worker: string;
  /** Of the database. */
  readonly epoch: string;
  readonly findAccount: (user: string) => Promise<number | undefined>;
  /** Of the catalog in force. */
  readonly flows: () => readonly Flow[];
  readonly fence: () => number;
  /** Whether this process delivers webhooks and relays and watches flows; handlers that it registers, it calls in any case. */
  readonly delivers: boolean;
  /** Milliseconds. */
  readonly lease?: number;
}

/** A process that was silent for so long has lost what it owned. Less than a transaction may lie idle. Milliseconds. */
const LEASE = 10_000;
/** The subscription that watches flows. */
const FLOWS = 'diana-flows';
/** The relay that is there when Redis is configured and nobody made another one. */
const RELAY = 'redis';
const SYSTEM: Actor = { id: '@system', role: 'admin', account: null };
const EMBEDDED: Actor = { id: '@embedded', role: 'admin', account: null };
/** How often is looked for flows that are overdue, milliseconds; and how much later than that they may be told. */
const OVERDUE = 1_000;

/** Called in the transaction that erases a person. */
export async function eraseFromBus(tx: Tx, account: number): Promise<void> {
  await eraseDeliveries(tx, account);
  await eraseFlows(tx, account);
}

export function createBus(options: BusOptions): Bus {
  const { database, publisher, pastRaces, clock, randomness, log, streams, epoch } = options;
  const time = options.time ?? timeBy(clock);
  const reader = { query: database.read.bind(database) };
  const tail = createTail({ database, log });
  const pending = createPendingEvents(publisher, EMBEDDED, tail.offer);
  const watch = createFlowWatch({ database, clock, flows: options.flows, fence: options.fence, pastRaces });
  const supervisor = createSupervisor({
    database,
    tail,
    time,
    chance: () => randomness.integer(2 ** 32) / 2 ** 32,
    log,
    worker: options.worker,
    epoch,
    courier: options.courier,
    streams,
    pending,
    pastRaces,
    onDead: (tx, settlement) => watch.dead(tx, settlement),
    onGone: (tx, name, reason) => administration.disable(tx, name, reason),
    lease: options.lease ?? LEASE,
    delivers: options.delivers,
  });
  const changed = (): Promise<void> => supervisor.look().catch(() => undefined);
  const administration = createAdministration({ database, clock, randomness, changed, hasRedis: streams !== null });
  const deadLetters = createDeadLetters({ database, clock, findAccount: options.findAccount, changed });
  const rates = createRates(supervisor.consumers, time);
  const openStreams = new Set<() => void>();
  const stopping = new AbortController();

  async function report(names: readonly string[] | null): Promise<readonly SubscriptionReport[]> {
    const [subscriptions, health] = await Promise.all([readSubscriptions(reader, names), readHealth(reader, names)]);
    const rows = new Map(health.map((row) => [row.subscription, row]));
    return subscriptions.flatMap((subscription) => {
      const row = rows.get(subscription.name);
      if (row === undefined) return [];
      const consumer = supervisor.consumers.get(subscription.name);
      return [subscriptionReport(subscription, row, consumer, rates.of(subscription.name), clock.now())];
    });
  }

  /** What `work` answered, or the subscription as it is after it. */
  async function reported(
    name: string,
    work: Promise<Awaited<ReturnType<typeof administration.change>>>,
  ): ReturnType<Bus['change']> {
    const outcome = await work;
    if (!outcome.ok) return outcome;
    const [now] = await report([name]);
    return now === undefined
      ? refused({ code: 'unknown_subscription', message: `no subscription "${name}"` })
      : { ok: true, value: now };
  }

  async function watchFlows(): Promise<void> {
    let isWatching = false;
    while (!stopping.signal.aborted) {
      try {
        if (!isWatching && options.flows().length > 0) {
          supervisor.register(FLOWS, watch.handler, (event) => concerns(options.flows(), event.type));
          isWatching = true;
          await administration.ensure(
            {
              name: FLOWS,
              kind: 'handler',
              types: ['*'],
              filter: null,
              from: 'now',
              settings: DEFAULTS.handler,
              secret: undefined,
            },
            SYSTEM,
          );
        }
        const consumer = supervisor.consumers.get(FLOWS);
        if (consumer !== undefined && consumer.behind === 0) await watch.lookForOverdue(clock.now() - OVERDUE);
      } catch (error) {
        log.debug({ err: error }, 'flows could not be looked at');
      }
      await time.sleep(OVERDUE, stopping.signal);
    }
  }

  async function ensureRelay(): Promise<void> {
    if (streams === null) return;
    while (!stopping.signal.aborted) {
      try {
        const known = await readSubscriptions(reader, null);
        if (!known.some(({ kind }) => kind === 'redis'))
          await administration.create({ name: RELAY, kind: 'redis', types: ['*'] }, SYSTEM);
        return;
      } catch (error) {
        log.debug({ err: error }, 'the relay could not be made');
        await time.sleep(OVERDUE, stopping.signal);
      }
    }
  }

  const running = options.delivers ? Promise.all([watchFlows(), ensureRelay()]) : Promise.resolve([]);

  return {
    list: () => report(null),
    show: async (name) => (await report([name]))[0],
    async create(input, actor) {
      const made = await administration.create(input, actor);
      if (!made.ok) return made;
      const [subscription] = await report([made.value.name]);
      if (subscription === undefined) return refused({ code: 'unknown_subscription', message: 'it was deleted meanwhile' });
      return { ok: true, value: { subscription, secret: made.value.secret } };
    },
    change: (name, change, actor) => reported(name, administration.change(name, change, actor)),
    remove: administration.remove,
    pause: (name, actor, reason) => reported(name, administration.setState(name, 'paused', actor, reason)),
    resume: (name, actor, reason) => reported(name, administration.setState(name, 'active', actor, reason)),
    rotate: administration.rotate,
    replay: administration.replay,
    deadLetters: deadLetters.list,
    deadLetter: deadLetters.show,
    redrive: deadLetters.redrive,
    discard: deadLetters.discard,

    async subscribe(types, handler, subscribeOptions: SubscribeOptions = {}) {
      const patterns = typeof types === 'string' ? [types] : types;
      const { name = nameOf(patterns), ...rest } = subscribeOptions;
      const parsed = parseNew({ ...rest, kind: 'handler', name, types: patterns });
      if (!parsed.ok) throw new TypeError(`${parsed.refusal.path ?? ''}: ${parsed.refusal.message}`);
      supervisor.register(name, handler);
      try {
        const made = await administration.ensure(parsed.value, EMBEDDED);
        if (!made.ok) throw new TypeError(made.refusal.message);
        await supervisor.look();
      } catch (error) {
        await supervisor.unregister(name);
        throw error;
      }
      return { name, stop: () => supervisor.unregister(name) };
    },

    publish: (tx, events) => pending.add(tx, Array.isArray(events) ? (events as readonly unknown[]) : [events]),

    transaction: (work) =>
      pastRaces(async () => {
        let own: Tx | undefined;
        const result = await database.transaction(async (tx) => {
          own = tx;
          pending.begin(tx);
          const answer = await work(tx);
          await pending.write(tx, tx);
          return answer;
        });
        if (own !== undefined) pending.committed(own);
        return result;
      }),

    async stream({ types, filter, cursor, from }) {
      const parsed = parseNew({ kind: 'handler', name: 'stream', types, ...(filter === null ? {} : { filter }) });
      if (!parsed.ok) return parsed;
      const kept = cursor === null ? undefined : readCursor(cursor);
      if (cursor !== null && kept === undefined) {
        return refused({ code: 'malformed', path: '/headers/last-event-id', message: 'is no cursor of this stream' });
      }
      const start = parseStart(from ?? 'now', '/query/from');
      if (!start.ok) return start;
      if (kept !== undefined) {
        const fault = await regression(reader, epoch, kept);
        if (fault !== undefined) return refused({ code: 'history_regressed', path: '/headers/last-event-id', message: fault });
      }
      const head = await readHead(reader);
      const place = start.value;
      const begin =
        kept?.position ??
        (place === 'now'
          ? head
          : place === 'beginning'
            ? 0
            : 'position' in place
              ? place.position
              : await positionBefore(reader, place.time));
      if (begin > head)
        return refused({ code: 'history_regressed', path: '/query/from', message: `history regressed: the log ends at ${head}` });
      const feed = await tail.open(parsed.value.types, begin, filterOf(filter));
      const close = feed.close.bind(feed);
      openStreams.add(close);
      return {
        ok: true,
        value: {
          feed: {
            get position() {
              return feed.position;
            },
            get behind() {
              return feed.behind;
            },
            next: (limit, signal) => feed.next(limit, signal),
            close() {
              openStreams.delete(close);
              close();
            },
          },
          cursorOf: (position, recordedAt) => writeCursor(epoch, position, recordedAt),
        },
      };
    },

    status() {
      const held = [...supervisor.consumers.values()].filter(
        ({ gate }) => gate.breaker.state !== 'closed' || gate.pausedUntil > clock.now(),
      );
      const redisUp = streams?.isUp() ?? null;
      return {
        degraded: [
          ...(redisUp === false ? ['redis'] : []),
          ...held.map(({ subscription }) => `subscription ${subscription.name}`),
          ...[...supervisor.regressed].map((name) => `subscription ${name}: history regressed`),
        ],
        redis: { configured: streams !== null, kind: streams?.kind ?? null, up: redisUp },
        streams: openStreams.size,
      };
    },

    gauges: () =>
      [...supervisor.consumers.values()].map(({ subscription, behind, counts, gate }) => ({
        subscription: subscription.name,
        behind,
        delivered: counts.delivered,
        failed: counts.failed,
        waiting: counts.waiting,
        breaker: gate.breaker.state,
      })),

    // Behind the answers of the batch, which are given in this turn.
    committed: (logged) => void setImmediate(tail.offer, logged),
    forget: tail.forget,

    endStreams() {
      for (const close of openStreams) close();
      openStreams.clear();
    },

    async close() {
      stopping.abort();
      for (const close of openStreams) close();
      rates.close();
      await running;
      await supervisor.close();
      await tail.close();
      await Promise.all([options.courier.close(), streams?.close()]);
    },
  };
}

/** `game.*` is `game-any`: a name that is the same in every process that subscribes to the same. */
function nameOf(patterns: readonly string[]): string {
  return `on-${patterns.join('-or-').replaceAll('*', 'any').replaceAll('.', '-')}`.slice(0, 64);
}

function concerns(flows: readonly Flow[], type: string): boolean {
  return flows.some(({ start, end, fail }) => start.matches(type) || end.matches(type) || fail?.matches(type) === true);
}
