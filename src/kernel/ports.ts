/**
 * What the nouns need from the outside world, as types. `platform` implements them; nothing below
 * `app.ts` knows how.
 */

/** A value that may be bound to a statement. Arrays are passed as PostgreSQL array literals (see `pg-array.ts`). */
export type Parameter = string | number | boolean | null;

export type Row = Readonly<Record<string, unknown>>;

/**
 * One open database transaction (READ COMMITTED). Whoever writes takes it as the first argument.
 *
 * Statements that are issued without awaiting the previous one are pipelined in order. After any
 * statement failed, the transaction is dead: every further call rejects and nothing is committed.
 */
export interface Tx {
  query<R extends Row = Row>(statement: string, parameters?: readonly Parameter[]): Promise<readonly R[]>;
  /**
   * Says that `writes`, already issued, are the last ones: COMMIT travels right behind them, so that no lock is held
   * while this process is busy with something else. Should any of them fail, the server makes it a ROLLBACK; should
   * one fail before it was sent, COMMIT is not sent either.
   */
  seal(writes: readonly Promise<unknown>[]): void;
}

/** Runs reads outside a transaction, and opens transactions. */
export interface Database {
  /** One statement on any connection, outside a transaction: for reads. */
  read<R extends Row = Row>(statement: string, parameters?: readonly Parameter[]): Promise<readonly R[]>;
  /**
   * Runs `work` in one transaction and commits it. When this rejects with `DatabaseUnavailable`
   * whose `outcome` is `unknown`, the commit may or may not have happened.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Like `transaction`, on one snapshot (REPEATABLE READ, READ ONLY): what is read is consistent with itself. */
  snapshot<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Streams rows in chunks on one snapshot, for results that do not fit in memory. */
  stream<R extends Row = Row>(
    tx: Tx,
    statement: string,
    parameters: readonly Parameter[],
    chunk: number,
  ): AsyncIterable<readonly R[]>;
}

/** Milliseconds since 1970-01-01T00:00:00Z. */
export interface Clock {
  now(): number;
}

export interface Randomness {
  bytes(count: number): Uint8Array;
  /** A uniform integer in [0, bound), bound ≤ 2^53. */
  integer(bound: number): number;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The database cannot be reached, timed out, or is shutting down: retry later. Never an event's fault. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
  /** `unknown`: the commit was sent and its reply lost; look the identity up before repeating. */
  readonly outcome: 'not_committed' | 'unknown';
  constructor(message: string, outcome: 'not_committed' | 'unknown', options?: ErrorOptions) {
    super(message, options);
    this.outcome = outcome;
  }
}

/** PostgreSQL refused a statement. `code` is its SQLSTATE. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: string;
  readonly constraint: string | undefined;
  constructor(message: string, code: string, constraint: string | undefined, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.constraint = constraint;
  }
}
