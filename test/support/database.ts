import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';
import { type ConnectionTarget, type ManagedDatabase, openDatabase } from '../../src/platform/postgres/database.ts';
import { SERVICE_ROLE } from '../../src/platform/postgres/migrate.ts';
import { quietLog } from './log.ts';

export interface TestDatabase {
  /** As the service sees it. */
  readonly database: ManagedDatabase;
  readonly target: Exclude<ConnectionTarget, { url: string }>;
  /** As the owner of the database, who may do anything. */
  readonly owner: postgres.Sql;
  /** Another pool on the same database, as another process would have. */
  open(): ManagedDatabase;
  /** Closes every connection, so that the database may be copied. */
  release(): Promise<void>;
  drop(): Promise<void>;
}

/** A migrated database of its own on the test server, or a copy of another one that nobody is connected to. */
export async function createTestDatabase(template = 'template_diana'): Promise<TestDatabase> {
  const server = inject('postgres');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(`create database ${name} template ${template}`);
  const target = { ...server, database: name };
  const open = (): ManagedDatabase =>
    openDatabase({ target, role: SERVICE_ROLE, connections: 6, timeout: 10_000, log: quietLog });
  const opened: ManagedDatabase[] = [];
  const openOne = (): ManagedDatabase => {
    const database = open();
    opened.push(database);
    return database;
  };
  const release = async (): Promise<void> => {
    await owner.end();
    for (const database of opened.splice(0)) await database.close();
  };
  const owner = postgres({ ...target, max: 2, onnotice: () => undefined });
  return {
    database: openOne(),
    target,
    owner,
    open: openOne,
    release,
    async drop() {
      await release();
      await administer(`drop database ${name} with (force)`);
    },
  };
}

async function administer(statement: string): Promise<void> {
  const sql = postgres({ ...inject('postgres'), max: 1, onnotice: () => undefined });
  await sql.unsafe(statement);
  await sql.end();
}

/** The same database for another process. */
export function urlOf({ host, port, user, database }: TestDatabase['target']): string {
  return `postgres://${user}@${encodeURIComponent(host)}:${port}/${database}`;
}
