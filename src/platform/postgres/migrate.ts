import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type postgres from 'postgres';
import type { Log } from '../../kernel/ports.ts';
import { translate } from './failure.ts';
import { type ConnectionTarget, connectTo } from './target.ts';

/** "diana" in a telephone's letters: the advisory lock that lets one process at a time migrate a database. */
const LOCK = 34_262;
const OLDEST_SERVER = 15;
export const SERVICE_ROLE = 'diana_service';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly digest: string;
  /** Whether the code before it may go on running beside it. */
  readonly compatible: boolean;
}

export interface Migrated {
  readonly applied: readonly string[];
  /** Role for the service's connections; null where this server does not let us have it. */
  readonly role: string | null;
  readonly serverVersion: number;
}

/**
 * Brings the database up to date; forward only, each migration in a transaction of its own. Safe when several
 * processes start at once. Refuses a database that is ahead of this code by a breaking migration.
 */
export async function migrate(target: ConnectionTarget, directory: string, log: Log): Promise<Migrated> {
  const settings = {
    max: 1,
    fetch_types: false,
    connect_timeout: 5,
    onnotice: () => undefined,
    connection: { application_name: 'diana migrate' },
  };
  const sql = connectTo(target, settings);
  try {
    const version = Number((await sql.unsafe('show server_version_num'))[0]?.['server_version_num']);
    const major = Math.floor(version / 10_000);
    if (major < OLDEST_SERVER) throw new Error(`PostgreSQL ${major} is too old: Diana needs ${OLDEST_SERVER} or newer`);
    await sql.unsafe(`select pg_advisory_lock(${LOCK})`);
    const applied = await migrateLocked(sql, await readMigrations(directory), log);
    const [role] = await sql.unsafe(
      `select 1 from pg_roles where rolname = '${SERVICE_ROLE}' and pg_has_role(current_user, oid, 'member')
         and has_schema_privilege(oid, 'ledger', 'usage')`,
    );
    return { applied, role: role === undefined ? null : SERVICE_ROLE, serverVersion: major };
  } catch (error) {
    throw translate(error, 'not_committed');
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function migrateLocked(sql: postgres.Sql, migrations: readonly Migration[], log: Log): Promise<string[]> {
  await sql.unsafe(`
    create schema if not exists platform;
    create table if not exists platform.migration (
      number integer primary key,
      name text not null,
      digest text not null,
      compatible boolean not null,
      applied_at timestamptz not null default now()
    )`);
  const rows = await sql.unsafe('select number, name, digest, compatible from platform.migration order by number');
  const known = new Map(migrations.map((migration) => [migration.number, migration]));
  for (const row of rows) {
    const migration = known.get(Number(row['number']));
    if (migration === undefined && row['compatible'] !== true) {
      throw new Error(
        `the database has migration ${String(row['name'])}, which this version of Diana does not know: update Diana`,
      );
    }
    if (migration !== undefined && migration.digest !== row['digest']) {
      throw new Error(`migration ${migration.name} was changed after it had been applied: migrations only go forward`);
    }
  }
  const done = new Set(rows.map((row) => Number(row['number'])));
  const applied: string[] = [];
  for (const migration of migrations.filter(({ number }) => !done.has(number))) {
    await sql.begin(async (tx) => {
      await tx.unsafe(migration.sql);
      await tx.unsafe('insert into platform.migration (number, name, digest, compatible) values ($1, $2, $3, $4)', [
        migration.number,
        migration.name,
        migration.digest,
        migration.compatible,
      ]);
    });
    log.info({ migration: migration.name }, 'database migrated');
    applied.push(migration.name);
  }
  return applied;
}

async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), 'utf8');
      const head = /^-- (compatible|breaking): \S/.exec(sql);
      if (head === null) throw new Error(`${name} must begin with "-- compatible: why" or "-- breaking: why"`);
      return {
        number: Number(name.slice(0, 4)),
        name,
        sql,
        digest: createHash('sha256').update(sql).digest('hex'),
        compatible: head[1] === 'compatible',
      };
    }),
  );
}
