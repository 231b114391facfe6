#!/usr/bin/env -S node --max-semi-space-size=64
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Actor } from './access/index.ts';
import { type App, openApp } from './app.ts';
import { stopwatch } from './platform/clock.ts';
import { type Config, ConfigError, readConfig } from './platform/config.ts';
import { createLog } from './platform/log.ts';
import { measureCommit, readHealth } from './platform/postgres/health.ts';
import { EmbeddedError } from './platform/postgres/embedded/index.ts';
import { type CliApp, CommandFailed, createProgram, type Started } from './transport/cli/index.ts';
import { createHttpServer } from './transport/http/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MIGRATIONS = join(ROOT, 'migrations');
/** What `start` puts in force where there is no catalog yet and none is configured. */
const FIRST_CATALOG = join(ROOT, 'examples', 'diana-bot', 'catalog.yaml');
/** A drain that takes longer than this is ended; nothing acknowledged is lost by it. Milliseconds. */
const STOP_BOUND = 20_000;
/** How long clients have to read their last answer and go elsewhere. Milliseconds. */
const RETIRE_BOUND = 5_000;
const CLI: Actor = { id: '@cli', role: 'admin', account: null };

async function version(): Promise<string> {
  return (JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Commands speak for themselves; of the machinery only what goes wrong is worth a line. */
async function openForCommand(config: Config, mode: 'own' | 'attach-or-own' = 'attach-or-own'): Promise<App> {
  const level = config.logLevel === 'info' ? 'warn' : config.logLevel;
  return openApp({ config, mode, migrations: MIGRATIONS, log: createLog(level), housekeeping: false });
}

function forCli(app: App, afterClose: () => Promise<void> = async () => undefined): CliApp {
  return {
    engine: app.engine,
    reports: app.reports,
    access: app.access,
    bus: app.bus,
    catalog: app.catalogs.describe,
    catalogs: app.catalogs,
    place: app.place,
    findAccount: app.findAccount,
    verify: app.verify,
    rebuild: app.rebuild,
    health: async () => ({ ...(await readHealth(app.database)), commitMs: await measureCommit(app.database, stopwatch) }),
    async close() {
      await app.close();
      await afterClose();
    },
  };
}

/** Runs the service: opens, listens, says where; on SIGTERM or SIGINT refuses what is new, finishes what was admitted, closes. */
async function serve(config: Config, productVersion: string, say: (started: Started) => void): Promise<void> {
  const log = createLog(config.logLevel);
  // Heard from the first moment on: a stop during a slow start is a stop too.
  const stopped = new Promise<string>((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
  const app = await openApp({ config, mode: 'own', migrations: MIGRATIONS, log, housekeeping: true });
  try {
    await putCatalogInForce(app, config);
    const adminKey = await app.access.ensureAdminKey(config.adminKey ?? undefined);
    const http = await createHttpServer({
      engine: app.engine,
      reports: app.reports,
      boards: app.boards,
      closings: app.closings,
      boardList: () => app.catalogs.current().catalog.boards,
      access: app.access,
      catalog: { current: app.catalogs.describe, versions: app.catalogs.versions, version: app.catalogs.version },
      findAccount: app.findAccount,
      bus: app.bus,
      readiness: () => readiness(app),
      metrics: app.metrics,
      log,
      clock: app.clock,
      randomness: app.randomness,
      limits: {
        perKey: { client: aMinute(config.clientLimit), service: null, admin: null },
        perAddress: aMinute(config.addressLimit),
      },
      trustProxy: config.trustProxy,
      version: productVersion,
    });
    const url = await http.listen({ host: config.host, port: config.port });
    if (adminKey.state === 'revoked')
      log.warn({}, 'DIANA_ADMIN_KEY is a key that was revoked: it opens nothing until it is changed');
    const token = adminKey.state === 'created' ? adminKey.token : null;
    const { kind, where, serverVersion } = app.place;
    say({
      version: productVersion,
      url,
      database: { kind, where, serverVersion },
      adminKey: token,
      adminKeyFile: token === null ? null : await keepAdminKey(token, config),
    });
    const signal = await stopped;
    log.info({ signal }, 'stopping: no new requests, those under way are finished');
    const bound = setTimeout(() => {
      log.error({}, 'stopping took too long: ended');
      process.exit(1);
    }, STOP_BOUND);
    bound.unref();
    const drained = app.engine.drain();
    app.bus.endStreams();
    await http.retire(RETIRE_BOUND);
    await http.close();
    await drained;
  } finally {
    await app.close();
  }
}

function aMinute(requests: number): { readonly max: number; readonly window: number } | null {
  return requests === 0 ? null : { max: requests, window: 60_000 };
}

async function putCatalogInForce(app: App, config: Config): Promise<void> {
  if (config.catalog === null && app.catalogs.describe() !== undefined) return;
  const file = config.catalog ?? FIRST_CATALOG;
  const source = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandFailed(`cannot read the catalog ${file}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const applied = await app.engine.applyCatalog(source, { id: '@system', role: 'admin', account: null });
  if (applied.ok) return;
  const faults = applied.faults.map(({ line, path, message }) => `  ${file}:${line}  ${path}: ${message}`);
  throw new CommandFailed(`the catalog ${file} has faults; Diana does not start with it\n${faults.join('\n')}`);
}

/** Beside the data it opens, readable by their owner alone, so that the first curl can be copied as it stands. */
async function keepAdminKey(token: string, config: Config): Promise<string | null> {
  if (config.databaseUrl !== null) return null;
  const file = join(config.dataDirectory, 'admin.key');
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return file;
}

async function readiness(app: App): Promise<{ ready: boolean; degraded: readonly string[] }> {
  const { draining } = app.engine.status();
  const trouble = app.database.trouble();
  const degraded = [
    ...(draining ? ['draining'] : []),
    ...(app.database.isUp() ? [] : ['database']),
    ...(trouble === null ? [] : [trouble]),
    ...(app.catalogs.describe() === undefined ? ['no catalog'] : []),
    ...app.bus.status().degraded,
  ];
  return { ready: !draining && app.database.isUp() && trouble === null, degraded };
}

async function run(): Promise<void> {
  const config = readConfig();
  const productVersion = await version();
  const program = createProgram({
    version: productVersion,
    open: async () => forCli(await openForCommand(config)),
    serve: (say) => serve(config, productVersion, say),
    async openTemporary() {
      const dataDirectory = await mkdtemp(join(tmpdir(), 'diana-bench-'));
      const app = await openForCommand({ ...config, databaseUrl: null, dataDirectory }, 'own');
      return forCli(app, () => rm(dataDirectory, { recursive: true, force: true }));
    },
    stopwatch,
    out: process.stdout,
    err: process.stderr,
    actor: CLI,
  });
  await program.parseAsync();
}

/** What a person can do something about is told in one line; everything else with its stack, because it is a bug. */
function fail(error: unknown): void {
  const json = process.argv.includes('--json');
  if (error instanceof CommandFailed && json) process.stdout.write(`${JSON.stringify(error.document)}\n`);
  else if (isExplained(error)) process.stderr.write(`diana: ${error.message}\n`);
  else process.stderr.write(`diana: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}

function isExplained(error: unknown): error is Error {
  if (error instanceof CommandFailed || error instanceof ConfigError || error instanceof EmbeddedError) return true;
  return error instanceof Error && (error.name === 'DatabaseUnavailable' || ('code' in error && error.code === 'EADDRINUSE'));
}

// A reader that has seen enough (`diana export … | head`) ends the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});
run().catch(fail);
