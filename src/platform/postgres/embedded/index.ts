import { mkdir, realpath, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { advertise, attachTo, type Connection, withdraw } from './attach.ts';
import { prepareBinaries } from './binaries.ts';
import { clusterDirectory, databaseName, databaseUser, openCluster } from './cluster.ts';
import { asEmbeddedError, EmbeddedError } from './failure.ts';
import type { EmbeddedLog } from './log.ts';
import { removeStalePidFile, stopOrphans } from './orphans.ts';
import { type Claim, claimOwnership, type HeldClaim } from './ownership.ts';
import { launch } from './postmaster.ts';
import { findServerUser } from './server-user.ts';
import { refuseUnsafe, serverSettings } from './settings.ts';
import { clusterName, openSocketDirectory, readySocketDirectory, socketPort } from './socket-directory.ts';
import { supervise } from './supervisor.ts';

/**
 * A real PostgreSQL that starts and stops with this process, from the binaries of the npm platform packages. It listens
 * on a private Unix socket only. In the data directory:
 *
 *   postgres/      the cluster          owner/       who runs it (see ownership.ts)
 *   postgres.log   what the server says server.json  where it listens, while it runs
 */
export interface EmbeddedServer {
  /** Options for the `postgres` driver and libpq: socket directory, port (the socket's suffix), user, database. */
  readonly connection: Connection;
  /** True: this process supervises the server. False: it is attached to one that another process runs. */
  readonly owned: boolean;
  /** Owned: shuts the server down, idempotent. Attached: leaves it alone. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Created when missing; the cluster lives in its `postgres` directory. */
  readonly dataDirectory: string;
  /** `own` is refused beside a living owner; `attach-or-own` uses that one's server, else owns one for its duration. */
  readonly mode: 'own' | 'attach-or-own';
  readonly log: EmbeddedLog;
  /** Additional PostgreSQL settings. Those that guard commits cannot be weakened. */
  readonly settings?: Readonly<Record<string, string>>;
}

export { EmbeddedError } from './failure.ts';

/** Rejects with `EmbeddedError`, whose message says what to do. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  try {
    refuseUnsafe(options.settings ?? {});
    await mkdir(options.dataDirectory, { recursive: true, mode: 0o700 });
    // One directory has one name here, by whichever path it was reached.
    const dataDirectory = await realpath(options.dataDirectory);
    for (;;) {
      const outcome = await claimOwnership(dataDirectory);
      if ('held' in outcome) return await own(dataDirectory, outcome.held, options);
      if (options.mode === 'own') throw inUse(dataDirectory, outcome.holder);
      const connection = await attachTo(dataDirectory, outcome.holder);
      if (connection) return { connection, owned: false, stop: () => Promise.resolve() };
    }
  } catch (error) {
    throw asEmbeddedError(`The embedded PostgreSQL in ${options.dataDirectory} could not be started`, error);
  }
}

function inUse(dataDirectory: string, holder: Claim): EmbeddedError {
  const who = holder.pid === process.pid ? `this process (${holder.pid})` : `process ${holder.pid}`;
  return new EmbeddedError(
    'in_use',
    `The data directory ${dataDirectory} is in use by ${who} on ${holder.space.host} since ${holder.since}. ` +
      'Stop that process, or choose another DIANA_DATA_DIR.',
  );
}

async function own(dataDirectory: string, held: HeldClaim, options: EmbeddedOptions): Promise<EmbeddedServer> {
  try {
    const running = await runServer(dataDirectory, held.claim.number, options);
    let stopped: Promise<void> | undefined;
    const stop = (): Promise<void> => (stopped ??= running.stop().finally(held.release));
    return { connection: running.connection, owned: true, stop };
  } catch (error) {
    await held.release().catch(() => undefined); // The first failure is the one to tell, such as a full disk.
    throw error;
  }
}

interface RunningServer {
  readonly connection: Connection;
  stop(): Promise<void>;
}

async function runServer(dataDirectory: string, claim: number, options: EmbeddedOptions): Promise<RunningServer> {
  const { log } = options;
  const user = await findServerUser(clusterDirectory(dataDirectory));
  if (user.lent) log('info', 'PostgreSQL does not run as root: another account runs it', { user: user.name });
  const name = await clusterName(dataDirectory);
  const identity = { clusterName: name, uid: user.uid };
  await stopOrphans(identity, log);
  await withdraw(dataDirectory);

  const binaries = await prepareBinaries(user, log);
  const cluster = await openCluster(dataDirectory, binaries, user, log);
  const host = await openSocketDirectory(name, user);
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const place = { socketDirectory: host, port: socketPort, clusterName: name };
  const settings = serverSettings({ memory, platform: process.platform }, place, options.settings ?? {});
  const spec = {
    program: binaries.postgres,
    cluster,
    user,
    settings,
    logPath: join(dataDirectory, 'postgres.log'),
    log,
  };

  const closeSocketDirectory = () => rm(host, { recursive: true, force: true });
  try {
    const supervised = await supervise(async (signal) => {
      await stopOrphans(identity, log);
      await removeStalePidFile(cluster.directory);
      await readySocketDirectory(host, user);
      return launch(spec, signal);
    }, log);
    const connection = { host, port: socketPort, user: databaseUser, database: databaseName };
    const stop = async (): Promise<void> => {
      await withdraw(dataDirectory);
      await supervised.stop();
      await stopOrphans(identity, log); // A postmaster that had to be killed leaves its workers behind.
      await closeSocketDirectory();
    };
    await advertise(dataDirectory, claim, connection).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return { connection, stop };
  } catch (error) {
    await closeSocketDirectory();
    throw error;
  }
}
