import { EVENT_PREFIX } from '../kernel/ids.ts';
import { plainArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';

type Reader = Pick<Tx, 'query'>;

/** An event of a trace: a root, or a fact right behind one. */
export interface TracedRow extends Row {
  readonly position: number;
  /** Null for what Diana announced, and once erased. */
  readonly id: string | null;
  readonly source: string | null;
  readonly type: string;
  /** The outside id; null for what is about nobody, and once erased. */
  readonly user: string | null;
  readonly occurred_at: number;
  readonly recorded_at: number;
  /** Of a root, as its sender told it. */
  readonly causation_id: string | null;
  /** Position of what caused a fact; null for a root. */
  readonly cause: number | null;
}

/** Names under which the roots of a trace are found. */
export interface TraceKey {
  readonly correlationId: string;
  /** Identity digest of the event of that id whose source is `default`. */
  readonly digest: string;
  /** The place in the log that it names, where it is the id of something that Diana announced. */
  readonly position: number | null;
}

/**
 * The first events of a trace, in order of position: those with its correlation; without one, the event with that id
 * whose source is `default`, or whatever else stands at that place, because its own id is its correlation.
 */
export async function readTraced(tx: Reader, key: TraceKey, limit: number): Promise<readonly TracedRow[]> {
  return tx.query<TracedRow>(
    `with root as (
       (select position, facts from events.log where correlation_id = $1 and cause is null order by position limit $4)
       union all
       select l.position, l.facts from events.identity i join events.log l on l.position = i.position
       where i.digest = $2::uuid and l.cause is null and l.correlation_id is null and l.id is not null
       union all
       select position, facts from events.log
       where position = $3 and cause is null and correlation_id is null and source is distinct from 'default'
     )
     select l.position, l.id, l.source, l.type, (select p.id from users.person p where p.account = l.account) as "user",
       l.occurred_at, l.recorded_at, l.causation_id, l.cause
     from root r
     cross join lateral (
       select * from events.log l where l.position between r.position and r.position + r.facts order by l.position limit $4
     ) l
     order by l.position limit $4`,
    [key.correlationId, key.digest, key.position, limit],
  );
}

/** The correlation of the event that somebody names by its own id; of a fact, that of the event behind which it stands. */
export async function readCorrelation(tx: Reader, { digest, position }: TraceKey): Promise<string | undefined> {
  const [row] = await tx.query<{ correlation: string }>(
    `with named as (
       select position from events.identity where digest = $1::uuid and position is not null
       union all
       select $2::bigint where $2::bigint is not null
     )
     select coalesce(l.correlation_id, case when l.source = 'default' then l.id end, '${EVENT_PREFIX}' || l.position) as correlation
     from named n
     cross join lateral (
       select * from events.log l where l.position <= n.position and l.cause is null order by l.position desc limit 1
     ) l
     where n.position <= l.position + l.facts
     limit 1`,
    [digest, position],
  );
  return row?.correlation;
}

export interface DeliveryRow extends Row {
  readonly position: number;
  readonly subscription: string;
  readonly state: 'waiting' | 'retrying' | 'dead';
  readonly attempts: number;
  readonly due_at: number | null;
  /** Of the last attempt. */
  readonly error: string | null;
}

/**
 * Deliveries of these events that are tried again, wait behind one that is, or were given up. Keys begin with the
 * subscription, of which there are few: each is asked in turn.
 */
export async function readDeliveries(tx: Reader, positions: readonly number[]): Promise<readonly DeliveryRow[]> {
  return tx.query<DeliveryRow>(
    `select position, subscription, case when due_at is null or attempts = 0 then 'waiting' else 'retrying' end as state, attempts,
       due_at, tries -> -1 ->> 'error' as error
     from bus.subscription s join bus.delivery d on d.subscription = s.name where position = any ($1::bigint[])
     union all
     select position, subscription, 'dead', attempts, null, tries -> -1 ->> 'error'
     from bus.subscription s join bus.dead_letter d on d.subscription = s.name where position = any ($1::bigint[])
     order by position, subscription`,
    [plainArray(positions)],
  );
}

export interface BehindRow extends Row {
  readonly subscription: string;
  readonly types: readonly string[];
  /** How far it has come. Events behind `seam`, up to `express`, were delivered ahead of a backlog. */
  readonly position: number;
  readonly seam: number | null;
  readonly express: number | null;
}

/** Active subscriptions that have not come to the last of these events. */
export async function readBehind(tx: Reader, last: number): Promise<readonly BehindRow[]> {
  return tx.query<BehindRow>(
    `select s.name as subscription, s.types, c.position, c.seam, c.express
     from bus.subscription s join bus.cursor c on c.subscription = s.name
     where s.state = 'active' and c.position < $1
     order by s.name`,
    [last],
  );
}

/** What of these events was handled ahead of a cursor. */
export async function readDone(
  tx: Reader,
  positions: readonly number[],
): Promise<readonly { readonly subscription: string; readonly position: number }[]> {
  return tx.query<{ subscription: string; position: number }>(
    `select d.subscription, d.position from bus.subscription s join bus.done d on d.subscription = s.name
     where d.position = any ($1::bigint[])`,
    [plainArray(positions)],
  );
}
