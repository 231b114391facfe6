import postgres from 'postgres';

/** A PostgreSQL server, as the `postgres` driver and node-postgres both take it: `host` may be a socket directory. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** A new, empty database beside the one of the address: no rival shares tables or their vacuum with another. */
export async function createOwnDatabase(server: ServerAddress, name: string): Promise<ServerAddress> {
  const sql = postgres({ ...server, max: 1, onnotice: () => undefined });
  try {
    await sql`drop database if exists ${sql(name)} with (force)`;
    await sql`create database ${sql(name)}`;
  } finally {
    await sql.end();
  }
  return { ...server, database: name };
}
