import { type Access, createAccess } from './access/index.ts';
import { type Bus, createBus, eraseFromBus } from './bus/index.ts';
import { type Closings, createClosings, createLiveBoards, type LiveBoards } from './boards/index.ts';
import { type Catalogs, checkRebuild, createCatalogs, createEngine, type Engine, type RebuildReport } from './engine/index.ts';
import { pruneAside } from './events/index.ts';
import { keyedDigest } from './kernel/digest.ts';
import { createIds } from './kernel/ids.ts';
import type { Clock, Log, Randomness } from './kernel/ports.ts';
import { lastVerification, saveVerification, type VerificationReport, verifyLedger } from './ledger/index.ts';
import { systemClock } from './platform/clock.ts';
import { createCourier } from './platform/courier.ts';
import type { Config } from './platform/config.ts';
import { createMetrics, type Metrics } from './platform/metrics.ts';
import { type ConnectionTarget, type ManagedDatabase, openDatabase } from './platform/postgres/database.ts';
import { type EmbeddedServer, startEmbedded } from './platform/postgres/embedded/index.ts';
import { migrate } from './platform/postgres/migrate.ts';
import { openStreamStore } from './platform/redis/stream-store.ts';
import { systemRandomness } from './platform/randomness.ts';
import { createReports, type Reports } from './reports/index.ts';
import { createDirectory } from './users/index.ts';

/** The whole product in one process, without a way in: transports and embedding programs call its faces. */
export interface App {
  readonly engine: Engine;
  readonly boards: LiveBoards;
  readonly closings: Closings;
  readonly reports: Reports;
  readonly access: Access;
  readonly bus: Bus;
  readonly catalogs: Catalogs;
  readonly metrics: Metrics;
  readonly database: ManagedDatabase;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Where the data are, for people. */
  readonly place: {
    readonly kind: 'embedded' | 'external';
    readonly where: string;
    readonly serverVersion: number;
    readonly role: string | null;
  };
  findAccount(user: string): Promise<number | undefined>;
  verify(onProgress?: (done: number, total: number) => void): Promise<VerificationReport>;
  /** Folds what is derived from the log again, and holds it against what is kept. */
  rebuild(onProgress?: (rows: number) => void): Promise<RebuildReport>;
  /** Stops taking, finishes what was admitted, closes the database. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly config: Pick<Config, 'databaseUrl' | 'dataDirectory' | 'queue' | 'databaseTimeout' | 'redisUrl' | 'webhookPrivate'>;
  /** `own`: the embedded server is ours or nobody's. `attach-or-own`: work beside a running one. */
  readonly mode: 'own' | 'attach-or-own';
  readonly migrations: string;
  readonly log: Log;
  /** Run what a service does by itself: the daily verification, webhooks, the relay to Redis. */
  readonly housekeeping: boolean;
  readonly lanes?: number;
  readonly maxBatch?: number;
}

/** How soon this process learns what others committed, in milliseconds. */
const FOLLOW_INTERVAL = 100;
/** How soon something that was put off is done, once it is due. Milliseconds. */
const TIMER_INTERVAL = 500;
/** How soon a new period gets its timer, and who scored a seat in a league. Milliseconds. */
const TEND_INTERVAL = 1_000;
const DAY = 24 * 60 * 60 * 1_000;
/** Two lanes keep the server busy while the other batch is decided; more of them only make batches smaller. */
const LANES = 2;
/** One transaction of so many events takes about 30 ms: larger ones gain little and make everybody wait. */
const MAX_BATCH = 500;
/** Of the bus, beside those of the main job: neither waits for the other one's. */
const BUS_CONNECTIONS = 10;

export async function openApp(options: AppOptions): Promise<App> {
  const { config, log } = options;
  const embedded =
    config.databaseUrl === null
      ? await startEmbedded({
          dataDirectory: config.dataDirectory,
          mode: options.mode,
          log: (level, message, fields) => log[level](fields ?? {}, message),
        })
      : undefined;
  try {
    return await openWith(options, embedded);
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

async function openWith(options: AppOptions, embedded: EmbeddedServer | undefined): Promise<App> {
  const { config, log } = options;
  const target: ConnectionTarget = embedded?.connection ?? { url: config.databaseUrl ?? '' };
  const { role, serverVersion } = await migrate(target, options.migrations, log);
  const database = openDatabase({ target, role, connections: 12, timeout: config.databaseTimeout, log });
  const busDatabase = openDatabase({ target, role, connections: BUS_CONNECTIONS, timeout: config.databaseTimeout, log });
  const clock = systemClock;
  const randomness = systemRandomness;
  const metrics = createMetrics();
  const ids = createIds(clock, randomness);
  const [installation] = await database.read<{ digest_key: string; epoch: string; position: number }>(
    `select encode(i.digest_key, 'hex') as digest_key, i.epoch, h.position from platform.installation i, events.head h`,
  );
  if (installation === undefined) throw new Error('the database is not complete: platform.installation has no row');
  const digestKey = installation.digest_key;
  const directory = createDirectory(database, (user) => keyedDigest(digestKey, ['user', user]));
  const catalogs = await createCatalogs(database, clock, log);
  const boards = createLiveBoards({
    database,
    clock,
    log,
    start: installation.position,
    boards: () => {
      const { version, catalog } = catalogs.current();
      return { version, timezone: catalog.timezone, boards: catalog.boards };
    },
    accountOf: directory.accountOf,
  });
  const closings = createClosings({
    database,
    clock,
    boards: () => {
      const { catalog, boardsSince } = catalogs.current();
      return { timezone: catalog.timezone, boards: catalog.boards, since: boardsSince };
    },
    accountOf: directory.accountOf,
  });
  const engine = createEngine({
    database,
    catalogs,
    clock,
    randomness,
    ids,
    log,
    digestKey,
    lanes: options.lanes ?? LANES,
    maxBatch: options.maxBatch ?? MAX_BATCH,
    capacity: config.queue,
    observer: metrics,
    onCommit(outcome) {
      boards.committed(outcome);
      if (outcome.logged !== null) bus.committed(outcome.logged);
    },
    onPosition: boards.position,
    onErase: eraseFromBus,
  });
  const bus = createBus({
    database: busDatabase,
    publisher: engine.publisher,
    pastRaces: engine.pastRaces,
    clock,
    randomness,
    log,
    courier: createCourier({ allowPrivate: config.webhookPrivate }),
    streams: config.redisUrl === null ? null : openStreamStore({ url: config.redisUrl, log }),
    worker: ids.uuid(),
    epoch: installation.epoch,
    findAccount: directory.accountOf,
    flows: () => catalogs.current().catalog.flows,
    fence: () => catalogs.current().version,
    delivers: options.housekeeping,
  });
  metrics.watch({
    queued: () => engine.status().queued,
    position: boards.position,
    catalogVersion: () => engine.status().catalogVersion,
    databaseUp: database.isUp,
    bus: bus.gauges,
    redisUp: () => bus.status().redis.up,
  });

  async function verify(onProgress?: (done: number, total: number) => void): Promise<VerificationReport> {
    const report = await verifyLedger(database, { now: clock.now, ...(onProgress === undefined ? {} : { onProgress }) });
    await database.transaction((tx) => saveVerification(tx, report));
    metrics.verified(clock.now(), report.ok);
    if (!report.ok) log.error({ faults: report.faults.slice(0, 3) }, 'the ledger does not verify');
    return report;
  }

  const stopFollowing = follow(async () => {
    await boards.follow();
    await catalogs.refresh();
    // A service that is not ready gets no traffic that would show the disk has room again: try a write that changes nothing.
    if (database.trouble() !== null) await database.transaction((tx) => tx.query('update events.head set position = position'));
  }, FOLLOW_INTERVAL);
  const stopTending = options.housekeeping ? follow(() => engine.tendBoards(), TEND_INTERVAL) : async () => undefined;
  const stopTiming = options.housekeeping ? follow(() => engine.runDueTimers(), TIMER_INTERVAL) : async () => undefined;
  const stopVerifying = options.housekeeping
    ? follow(async () => {
        const last = await lastVerification(database);
        if (last !== undefined) metrics.verified(last.finishedAt, last.fault === null);
        if (last === undefined || clock.now() - last.finishedAt > DAY) await verify();
        await database.transaction((tx) => pruneAside(tx));
      }, 60_000)
    : async () => undefined;

  return {
    engine: {
      ...engine,
      async eraseUser(user, reason, actor) {
        const outcome = await engine.eraseUser(user, reason, actor);
        directory.forget(user);
        boards.forget(user);
        if (outcome.ok) bus.forget(outcome.value.account);
        return outcome;
      },
      async setVisibility(user, change, actor) {
        const outcome = await engine.setVisibility(user, change, actor);
        if (outcome.ok && outcome.value.position !== null) await boards.reflect(outcome.value.position);
        return outcome;
      },
    },
    boards,
    closings,
    reports: createReports({ database, digestKey, rulebook: catalogs.current, draft: catalogs.draft, clock, boards }),
    access: createAccess({ database, randomness, clock }),
    bus,
    catalogs,
    metrics,
    database,
    clock,
    randomness,
    place: {
      kind: embedded === undefined ? 'external' : 'embedded',
      where: embedded === undefined ? withoutPassword(config.databaseUrl ?? '') : config.dataDirectory,
      serverVersion,
      role,
    },
    findAccount: directory.accountOf,
    verify,
    rebuild: (onProgress = () => undefined) =>
      database.snapshot((tx) => checkRebuild(database, tx, catalogs.current(), catalogs.rulebooks, onProgress)),
    async close() {
      await engine.drain();
      await bus.close();
      await Promise.all([stopFollowing(), stopTending(), stopTiming(), stopVerifying()]);
      await Promise.all([database.close(), busDatabase.close()]);
      await embedded?.stop();
    },
  };
}

/** Runs `work` again and again, `interval` ms after it ended; what fails is tried again the next time. */
function follow(work: () => Promise<unknown>, interval: number): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const turn = (): void => {
    running = work()
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        if (!stopped) timer = setTimeout(turn, interval);
      });
  };
  timer = setTimeout(turn, interval);
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    parsed.password = '';
    return parsed.toString();
  } catch {
    return 'an external server';
  }
}
