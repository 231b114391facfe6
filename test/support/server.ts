import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/platform/postgres/embedded/index.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { quietLog } from './log.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: { host: string; port: number; user: string; database: string };
  }
}

/** One real PostgreSQL for all tests; each takes a database of its own, copied from a migrated one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'diana-test-'));
  const server = await startEmbedded({
    dataDirectory: directory,
    mode: 'own',
    log: () => undefined,
    // Many engines on many databases at once.
    settings: { max_connections: '200' },
  });
  const sql = postgres({ ...server.connection, max: 1, onnotice: () => undefined });
  await sql.unsafe('create database template_diana');
  await sql.end();
  await migrate({ ...server.connection, database: 'template_diana' }, 'migrations', quietLog);
  project.provide('postgres', server.connection);
  return async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
