import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import postgres from 'postgres';
import type { Actor } from '../src/access/index.ts';
import { type App, openApp } from '../src/app.ts';
import { createLog } from '../src/platform/log.ts';
import { startEmbedded } from '../src/platform/postgres/embedded/index.ts';
import { type CpuMeter, createCpuMeter } from './cpu.ts';

export const ACTOR: Actor = { id: 'bench', role: 'admin', account: null };
const MIGRATIONS = resolve('migrations');

const DURABILITY = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;

/** A throw-away database with the product on it. */
export interface World {
  readonly directory: string;
  /** Of the server, for whoever brings a driver of his own. */
  readonly address: { readonly host: string; readonly port: number; readonly user: string; readonly database: string };
  readonly serverVersion: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly cpu: CpuMeter;
  /** The product, closed again after `work`: nothing of it runs while a baseline is measured. */
  withApp<T>(work: (app: App) => Promise<T>): Promise<T>;
  /** Plain connections of the database's owner. */
  withConnections<T>(count: number, work: (sql: postgres.Sql) => Promise<T>): Promise<T>;
  /** Flushes and cleans up what was written so far, so that the next measurement does not pay for it. */
  settle(): Promise<void>;
  /** Proves the ledger, stops the server, removes everything. Rejects when the ledger does not hold. */
  close(): Promise<void>;
}

/** The product on a server that another one owns, so that it lives on when the product closes. */
export function openBeside(directory: string): Promise<App> {
  return openApp({
    config: {
      databaseUrl: null,
      dataDirectory: directory,
      queue: 100_000,
      databaseTimeout: 30_000,
      redisUrl: null,
      webhookPrivate: false,
    },
    mode: 'attach-or-own',
    migrations: MIGRATIONS,
    log: createLog('warn'),
    housekeeping: false,
  });
}

/** Rejects where the server would not keep what it has acknowledged. */
export async function openWorld(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'diana-bench-'));
  const server = await startEmbedded({ dataDirectory: directory, mode: 'own', log: () => undefined });

  async function withApp<T>(work: (app: App) => Promise<T>): Promise<T> {
    const app = await openBeside(directory);
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  }

  async function withConnections<T>(count: number, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const sql = postgres({ ...server.connection, max: count, onnotice: () => undefined });
    try {
      return await work(sql);
    } finally {
      await sql.end();
    }
  }

  const remove = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };

  try {
    const { settings, serverVersion } = await withConnections(1, readServer);
    for (const name of DURABILITY) {
      if (settings[name] !== 'on') throw new Error(`${name} is ${settings[name]}: figures without durability mean nothing`);
    }
    return {
      directory,
      address: server.connection,
      settings,
      serverVersion,
      cpu: createCpuMeter(join(directory, 'postgres', 'postmaster.pid')),
      withApp,
      withConnections,
      settle: () =>
        withConnections(1, async (sql) => {
          await sql`vacuum analyze`;
          await sql`checkpoint`;
        }),
      async close() {
        try {
          const report = await withApp((app) => app.verify());
          if (!report.ok) throw new Error(`the ledger does not hold: ${JSON.stringify(report.faults.slice(0, 3))}`);
        } finally {
          await remove();
        }
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function readServer(sql: postgres.Sql): Promise<{ settings: Record<string, string>; serverVersion: string }> {
  const settings: Record<string, string> = {};
  for (const name of DURABILITY) {
    const [row] = await sql.unsafe<Record<string, string>[]>(`show ${name}`);
    settings[name] = row?.[name] ?? 'unknown';
  }
  const [row] = await sql<{ server_version: string }[]>`show server_version`;
  return { settings, serverVersion: row?.server_version ?? 'unknown' };
}
