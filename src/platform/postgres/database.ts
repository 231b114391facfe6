import type postgres from 'postgres';
import { type Database, DatabaseUnavailable, type Log, type Parameter, type Row, type Tx } from '../../kernel/ports.ts';
import { suspectsServer, translate, writeTrouble } from './failure.ts';
import { type ConnectionTarget, connectTo } from './target.ts';

export type { ConnectionTarget } from './target.ts';

export interface DatabaseOptions {
  readonly target: ConnectionTarget;
  /** Role to work under; null where it does not exist. */
  readonly role: string | null;
  readonly connections: number;
  /** After so many milliseconds without an answer a statement's outcome counts as unknown and 503 is answered. */
  readonly timeout: number;
  readonly log: Log;
}

export interface ManagedDatabase extends Database {
  /** False from the first sign of an outage until a probe succeeds. */
  isUp(): boolean;
  /** What has kept it from writing since the last write that went well; null when nothing. */
  trouble(): string | null;
  close(): Promise<void>;
}

/** How soon a server that came back is noticed; recovery is promised within 5 s. */
const PROBE_INTERVAL = 250;
const PROBE_TIMEOUT = 1_000;
/** Seconds that statements under way are given when their pool is no longer wanted. */
const DRAIN = 5;

/**
 * A pool with timeouts of its own. A server that is paused, or a link that is dead, sends no error and lets no
 * server-side timeout fire: here every statement has a timer. When it fires, or a connection is lost, a fresh
 * connection is tried. Where it answers, only that connection was at fault; where it does not, the state goes
 * `up → down`: all connections are thrown away, callers fail at once instead of queueing, and the probe knocks until
 * the server answers, `down → up`.
 */
export function openDatabase(options: DatabaseOptions): ManagedDatabase {
  let pool = connect(options);
  let state: 'up' | 'down' | 'closed' = 'up';
  let probing: Promise<void> | undefined;
  let trouble: string | null = null;
  /** Whoever waits for a connection of the pool: when it is given up for another one, they wait for nothing. */
  const waiting = new Set<() => void>();

  /** A connection to a new pool that has answered; undefined where the server does not. */
  async function knock(): Promise<postgres.Sql | undefined> {
    const candidate = connect(options);
    try {
      await within(candidate.unsafe('select 1'), PROBE_TIMEOUT, 'not_committed');
      return candidate;
    } catch {
      discard(candidate, 0);
      return undefined;
    }
  }

  async function probe(reason: string): Promise<void> {
    for (;;) {
      const answered = await knock();
      if (state === 'closed') {
        if (answered !== undefined) discard(answered, 0);
        return;
      }
      if (answered !== undefined) {
        // Statements under way on the old connections may end in peace; a stuck one is cut off.
        if (state === 'up') discard(pool, DRAIN);
        else options.log.info({}, 'database answers again');
        pool = answered;
        state = 'up';
        for (const tell of waiting) tell();
        return;
      }
      if (state === 'up') {
        state = 'down';
        discard(pool, 0);
        options.log.warn({ reason }, 'database is away');
      }
      await new Promise((resolve) => setTimeout(resolve, PROBE_INTERVAL));
    }
  }

  function suspect(error: unknown, suspected: postgres.Sql): void {
    if (state !== 'up' || pool !== suspected || !suspectsServer(error)) return;
    probing ??= probe(error instanceof Error ? error.message : String(error)).finally(() => {
      probing = undefined;
    });
  }

  function current(): postgres.Sql {
    if (state !== 'up') throw new DatabaseUnavailable(state === 'down' ? 'the database is away' : 'closed', 'not_committed');
    return pool;
  }

  async function guarded<T>(used: postgres.Sql, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const translated = translate(error, 'not_committed');
      suspect(translated, used);
      const found = writeTrouble(translated);
      if (found !== undefined && found !== trouble) options.log.error({ err: error }, found);
      trouble = found ?? trouble;
      throw translated;
    }
  }

  /** A connection of its own, from the pool that is in use once there is one. */
  async function reserve(): Promise<{ readonly used: postgres.Sql; readonly sql: postgres.ReservedSql }> {
    for (;;) {
      const used = current();
      const asked = used.reserve();
      let tell = (): void => undefined;
      const replaced = new Promise<undefined>((resolve) => {
        tell = () => resolve(undefined);
      });
      waiting.add(tell);
      const sql = await guarded(used, () =>
        within(Promise.race([asked, replaced]), options.timeout, 'not_committed').finally(() => waiting.delete(tell)),
      );
      if (sql !== undefined) return { used, sql };
      // Should it still be given: nobody wants it any more.
      asked.then(
        (late) => late.release(),
        () => undefined,
      );
    }
  }

  /**
   * BEGIN travels with the first statement. When anything fails the transaction is dead: nothing more is sent but a
   * ROLLBACK, and not even that to a server that is suspected, since it would not answer; its pool is thrown away.
   */
  async function transaction<T>(mode: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    const { used, sql } = await reserve();
    return guarded(used, async () => {
      let dead: unknown;
      let committed: Promise<unknown> | undefined;
      const connection = watchConnection();
      const send = async <R extends Row>(
        statement: string,
        parameters: readonly Parameter[],
        outcome: 'not_committed' | 'unknown',
      ) => {
        if (connection.isLost) throw (dead ??= new DatabaseUnavailable('connection lost', 'not_committed'));
        try {
          return await within(run<R>(sql, statement, parameters, connection), options.timeout, outcome);
        } catch (error) {
          dead ??= translate(error, outcome);
          throw dead;
        }
      };
      const begun = send(`begin ${mode}`, [], 'not_committed');
      begun.catch(() => undefined);
      const tx: Tx = {
        query<R extends Row>(statement: string, parameters: readonly Parameter[] = []) {
          return dead === undefined ? send<R>(statement, parameters, 'not_committed') : Promise.reject(dead);
        },
        seal(writes) {
          for (const write of writes) {
            write.catch((error: unknown) => {
              dead ??= error;
            });
          }
          committed = settled().then(() => (dead === undefined ? send('commit', [], 'unknown') : undefined));
          committed.catch(() => undefined);
        },
      };
      try {
        const result = await work(tx);
        await begun;
        if (dead !== undefined) throw dead;
        await (committed ?? send('commit', [], 'unknown'));
        if (!connection.isLost) sql.release();
        return result;
      } catch (error) {
        const failure = dead ?? error;
        if (!suspectsServer(failure) && !connection.isLost) {
          await within(run(sql, 'rollback', []), options.timeout, 'not_committed').then(
            () => {
              if (!connection.isLost) sql.release();
            },
            (lost: unknown) => suspect(translate(lost, 'not_committed'), used),
          );
        }
        throw failure;
      } finally {
        connection.end();
      }
    });
  }

  return {
    async read<R extends Row>(statement: string, parameters: readonly Parameter[] = []) {
      const used = current();
      return guarded(used, () => within(run<R>(used, statement, parameters), options.timeout, 'not_committed'));
    },
    async transaction(work) {
      const result = await transaction('read write', work);
      if (trouble !== null) options.log.info({}, 'the database writes again');
      trouble = null;
      return result;
    },
    trouble: () => trouble,
    snapshot: (work) =>
      transaction('isolation level repeatable read read only', async (tx) => {
        // Reports read whole tables: here the planner may choose.
        await tx.query(
          `select set_config(name, value, true) from (values ('enable_seqscan', 'on'), ('enable_hashjoin', 'on'),
             ('enable_mergejoin', 'on'), ('plan_cache_mode', 'auto')) as setting (name, value)`,
        );
        return work(tx);
      }),
    async *stream<R extends Row>(tx: Tx, statement: string, parameters: readonly Parameter[], chunk: number) {
      await tx.query(`declare rows no scroll cursor for ${statement}`, parameters);
      for (;;) {
        const rows = await tx.query<R>(`fetch ${chunk} from rows`);
        if (rows.length > 0) yield rows;
        if (rows.length < chunk) break;
      }
      await tx.query('close rows');
    },
    isUp: () => state === 'up',
    async close() {
      const wasUp = state === 'up';
      state = 'closed';
      await probing;
      if (wasUp) await pool.end({ timeout: DRAIN });
    },
  };
}

function connect(options: DatabaseOptions): postgres.Sql {
  const settings: postgres.Options<Record<string, postgres.PostgresType>> = {
    max: options.connections,
    // Asked for on each new connection, though we read no arrays: without it the driver (3.4.9) forgets a connection that
    // was opened for `reserve`, and all transactions share the one that a plain read happened to open.
    fetch_types: true,
    connect_timeout: 3,
    backoff: () => 0.1,
    max_lifetime: null,
    onnotice: () => undefined,
    onclose: (id) => open.get(id)?.(),
    types: {
      bigint: { to: 20, from: [20], serialize: String, parse: parseInteger },
      date: { to: 1082, from: [1082], serialize: String, parse: (text: string) => text },
      time: { to: 1184, from: [1114, 1184], serialize: String, parse: (text: string) => Date.parse(text) },
      json: { to: 114, from: [114, 3802], serialize: String, parse: (text: string) => JSON.parse(text) as unknown },
    },
    connection: inText({
      application_name: 'diana',
      timezone: 'UTC',
      // The server ends a statement or a wait just before this side gives up on it: the connection stays in order, and
      // no transaction that nobody waits for any more gets hold of a lock.
      statement_timeout: Math.ceil(options.timeout * 0.9),
      lock_timeout: Math.ceil(options.timeout * 0.75),
      // A process that was paused in mid-transaction must not hold its locks against the others.
      idle_in_transaction_session_timeout: 15_000,
      // Batches are short statements over many rows: compiling them costs more than running them.
      jit: 'off',
      // The plan is the same whatever is in the batch; planning each anew costs more than it saves.
      plan_cache_mode: 'force_generic_plan',
      // A plan made while a table was small must not read all of it once it is large: by index, always.
      enable_seqscan: 'off',
      enable_hashjoin: 'off',
      enable_mergejoin: 'off',
      ...(options.role === null ? {} : { role: options.role }),
    }),
  };
  return connectTo(options.target, settings);
}

/** Server settings travel as text. */
function inText(settings: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}

async function run<R extends Row>(
  sql: Pick<postgres.Sql, 'unsafe'>,
  statement: string,
  parameters: readonly Parameter[],
  connection?: Watched,
): Promise<readonly R[]> {
  const settings = { prepare: true, ...connection?.options };
  return (await sql.unsafe(statement, parameters as Parameter[], settings)) as unknown as readonly R[];
}

interface Watched {
  /** Closed between two statements: the driver tells nobody. */
  readonly isLost: boolean;
  readonly options: object;
  end(): void;
}

/** By the driver's numbers, which no two connections of a process share: who is told when one closes. */
const open = new Map<number, () => void>();

/**
 * Follows the connection of one transaction. Who sends a statement on a reserved connection that has closed meanwhile
 * brings down the whole process, since the driver (3.4.9) writes to no socket, in a callback where nobody can catch it
 * (github.com/porsager/postgres/issues/1208).
 */
function watchConnection(): Watched {
  let id: number | undefined;
  let isLost = false;
  const lose = (): void => {
    isLost = true;
  };
  return {
    get isLost() {
      return isLost;
    },
    options: {
      onexecute(connection: { readonly id: number }) {
        id ??= connection.id;
        if (!isLost) open.set(id, lose);
        return true;
      },
    },
    end() {
      // Released, it may be somebody else's already.
      if (id !== undefined && open.get(id) === lose) open.delete(id);
    },
  };
}

function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`integer out of range: ${text}`);
  return value;
}

function discard(pool: postgres.Sql, seconds: number): void {
  void pool.end({ timeout: seconds }).catch(() => undefined);
}

/** What fails before it is sent has failed after a few turns of the microtask queue; this waits for more of them than it takes. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** Rejects when there is no answer in time. The answer, should it still come, is dropped. */
async function within<T>(answer: PromiseLike<T>, timeout: number, outcome: 'not_committed' | 'unknown'): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      answer,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new DatabaseUnavailable(`no answer within ${timeout} ms`, outcome)), timeout);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
