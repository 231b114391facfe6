import postgres from 'postgres';
import { DatabaseError, DatabaseUnavailable } from '../../kernel/ports.ts';

/**
 * SQLSTATEs that say the server, not the statement, is at fault: connection exceptions, no more
 * connections, disk or memory full, shutting down or starting up, cancelled by a server-side timeout, a lock
 * that was not to be had in time.
 */
const AWAY = /^(08...|53...|57P0[1235]|57014|55P03|25P0[34]|58030)$/;

/** What Node and the driver call a connection that could not be made or was lost. */
const LOST = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Translates whatever the driver throws into the two errors that the rest of the product knows. */
export function translate(error: unknown, outcome: 'not_committed' | 'unknown'): unknown {
  if (error instanceof DatabaseError || error instanceof DatabaseUnavailable) return error;
  if (error instanceof postgres.PostgresError) {
    // The server's own words may name files: they go to the log, not to callers.
    if (AWAY.test(error.code)) return new DatabaseUnavailable('the database cannot do this now', outcome, { cause: error });
    return new DatabaseError(error.message, error.code, error.constraint_name ?? undefined, { cause: error });
  }
  if (error instanceof Error && 'code' in error && LOST.has(String(error.code))) {
    return new DatabaseUnavailable(`connection lost (${String(error.code)})`, outcome, { cause: error });
  }
  return error;
}

/** What keeps the server from writing, in words for an operator: a full disk, no memory; undefined for other errors. */
export function writeTrouble(error: unknown): string | undefined {
  const cause = error instanceof DatabaseUnavailable ? error.cause : undefined;
  if (!(cause instanceof postgres.PostgresError)) return undefined;
  if (cause.code === '53100' || cause.code === '58030') return 'the disk of the database is full or fails';
  if (cause.code === '53200') return 'the database has no memory left';
  return undefined;
}

/** Whether the whole server must be suspected, and not this one statement. */
export function suspectsServer(error: unknown): boolean {
  if (!(error instanceof DatabaseUnavailable)) return false;
  // A full disk or a statement cancelled by its timeout leaves the other connections in order.
  const cause = error.cause;
  return !(cause instanceof postgres.PostgresError) || /^(08|57P0)/.test(cause.code);
}
