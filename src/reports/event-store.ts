import type { JsonObject } from '../kernel/json.ts';
import { plainArray } from '../kernel/pg-array.ts';
import type { Database, Row, Tx } from '../kernel/ports.ts';

export interface LoggedFact {
  readonly position: number;
  readonly type: string;
  /** Null once erased. */
  readonly data: JsonObject | null;
  /** Position of what caused it. */
  readonly cause: number;
}

export interface LoggedEvent extends Row {
  readonly position: number;
  readonly type: string;
  /** Null for what Diana announced by itself, and once erased. */
  readonly id: string | null;
  readonly source: string | null;
  readonly occurred_at: number;
  /** Seconds; null for UTC. */
  readonly written_offset: number | null;
  readonly local_day: string | null;
  readonly recorded_at: number;
  readonly data: JsonObject | null;
  readonly correlation_id: string | null;
  readonly catalog_version: number;
  readonly facts: readonly LoggedFact[] | null;
}

const LOGGED = `l.position, l.type, l.id, l.source, l.occurred_at, l.written_offset, l.local_day, l.recorded_at, l.data,
  l.correlation_id, l.catalog_version,
  (select json_agg(json_build_object('position', f.position, 'type', f.type, 'data', f.data, 'cause', f.cause) order by f.position)
   from events.log f where f.position > l.position and f.position <= l.position + l.facts) as facts`;

/** A stored answer, and its event. */
export interface IdentityRow extends Row {
  /** Null for a remembered refusal: there is no event then. */
  readonly position: number | null;
  readonly type: string | null;
  readonly id: string | null;
  readonly source: string | null;
  readonly occurred_at: number | null;
  readonly written_offset: number | null;
  readonly local_day: string | null;
  readonly recorded_at: number | null;
  readonly data: JsonObject | null;
  readonly correlation_id: string | null;
  readonly catalog_version: number | null;
  readonly facts: readonly LoggedFact[] | null;
  readonly result: unknown;
  readonly account: number | null;
  /** The outside id of the user; null when unknown or erased. */
  readonly user: string | null;
}

export async function readEvent(tx: Pick<Tx, 'query'>, digest: string): Promise<IdentityRow | undefined> {
  const [row] = await tx.query<IdentityRow>(
    `select ${LOGGED}, i.result, i.account, p.id as "user"
     from events.identity i
     left join events.log l on l.position = i.position
     left join users.person p on p.account = i.account
     where i.digest = $1`,
    [digest],
  );
  return row;
}

/** Events and what was announced without one, by their places. */
export async function readLogged(tx: Pick<Tx, 'query'>, positions: readonly number[]): Promise<readonly LoggedEvent[]> {
  return tx.query<LoggedEvent>(
    `select ${LOGGED} from events.log l where l.position = any ($1::bigint[]) order by l.position desc`,
    [plainArray(positions)],
  );
}

/** Everything in the log about an account: what came from outside or was announced, with what it caused. */
export function streamEvents(database: Database, tx: Tx, account: number, chunk: number): AsyncIterable<readonly LoggedEvent[]> {
  return database.stream<LoggedEvent>(
    tx,
    `select ${LOGGED} from events.log l where l.account = $1 and l.cause is null order by l.position`,
    [account],
    chunk,
  );
}
