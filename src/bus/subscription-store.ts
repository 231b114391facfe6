import { textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { SubscriptionKind, SubscriptionSettings } from './model.ts';
import type { NewSubscription } from './settings.ts';
import type { WebhookSecret } from './signature.ts';
import type { Subscription } from './subscription.ts';

type Reader = Pick<Tx, 'query'>;

interface SubscriptionRow extends Row {
  readonly name: string;
  readonly kind: SubscriptionKind;
  readonly types: readonly string[];
  readonly filter: string | null;
  readonly settings: SubscriptionSettings;
  readonly secrets: readonly WebhookSecret[] | null;
  readonly state: Subscription['state'];
  readonly reason: string | null;
  readonly created_at: number;
  readonly created_by: string;
}

const COLUMNS = `s.name, s.kind, to_json(s.types) as types, s.filter, s.settings, s.secrets, s.state, s.reason, s.created_at, s.created_by`;

function toSubscription({ created_at: createdAt, created_by: createdBy, secrets, ...row }: SubscriptionRow): Subscription {
  return { ...row, secrets: secrets ?? [], createdAt, createdBy };
}

/** All of them, or those named. */
export async function readSubscriptions(reader: Reader, names: readonly string[] | null): Promise<readonly Subscription[]> {
  const rows = await reader.query<SubscriptionRow>(
    `select ${COLUMNS} from bus.subscription s where $1::text[] is null or s.name = any($1::text[]) order by s.name`,
    [names === null ? null : textArray(names)],
  );
  return rows.map(toSubscription);
}

/** Nobody else changes it until the transaction ends. */
export async function lockSubscription(tx: Tx, name: string): Promise<Subscription | undefined> {
  const [row] = await tx.query<SubscriptionRow>(`select ${COLUMNS} from bus.subscription s where s.name = $1 for update`, [name]);
  return row === undefined ? undefined : toSubscription(row);
}

/** False where the name is taken. */
export async function insertSubscription(
  tx: Tx,
  subscription: Omit<NewSubscription, 'from' | 'secret'> & { readonly secrets: readonly WebhookSecret[] | null },
  made: { readonly at: string; readonly by: string; readonly position: number },
): Promise<boolean> {
  const { name, kind, types, filter, settings, secrets } = subscription;
  const rows = await tx.query(
    `insert into bus.subscription (name, kind, types, filter, settings, secrets, created_at, created_by)
     values ($1, $2, $3::text[], $4, $5::text::json, $6::text::json, $7::timestamptz, $8) on conflict (name) do nothing returning 1`,
    [
      name,
      kind,
      textArray(types),
      filter,
      JSON.stringify(settings),
      secrets === null ? null : JSON.stringify(secrets),
      made.at,
      made.by,
    ],
  );
  if (rows.length === 0) return false;
  await tx.query('insert into bus.cursor (subscription, position, start) values ($1, $2, $2)', [name, made.position]);
  return true;
}

export async function updateSubscription(
  tx: Tx,
  { name, types, filter, settings, secrets, state, reason }: Subscription,
): Promise<void> {
  await tx.query(
    `update bus.subscription set types = $2::text[], filter = $3, settings = $4::text::json, secrets = $5::text::json, state = $6,
       reason = $7 where name = $1`,
    [
      name,
      textArray(types),
      filter,
      JSON.stringify(settings),
      secrets.length === 0 ? null : JSON.stringify(secrets),
      state,
      reason,
    ],
  );
}

export async function deleteSubscription(tx: Tx, name: string): Promise<void> {
  await tx.query('delete from bus.subscription where name = $1', [name]);
}

/** Shuts out whoever delivers it, until somebody takes it anew, with what it says by then. */
export async function evictOwner(tx: Tx, name: string): Promise<void> {
  await tx.query('update bus.cursor set token = token + 1, owner = null where subscription = $1', [name]);
}

/** Whoever resumes has looked: what failed before does not count any more. */
export async function closeBreaker(tx: Tx, name: string): Promise<void> {
  await tx.query(`update bus.cursor set breaker = '{"state":"closed"}' where subscription = $1`, [name]);
}

/** The relay that writes to these streams, if there is one. */
export async function relayTo(tx: Tx, stream: string): Promise<string | undefined> {
  const [row] = await tx.query<{ name: string }>(
    `select name from bus.subscription where kind = 'redis' and settings ->> 'stream' = $1 limit 1`,
    [stream],
  );
  return row?.name;
}

export async function bumpChange(tx: Tx): Promise<void> {
  await tx.query('update bus.change set number = number + 1');
}

export async function readChange(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ number: number }>('select number from bus.change');
  return row?.number ?? 0;
}

/** Sets a cursor back, to deliver again what lies behind it; live events go on beside where it is worked off at a pace. */
export async function setBack(tx: Tx, name: string, position: number, beside: boolean): Promise<void> {
  await tx.query(
    `update bus.cursor set position = $2::bigint, seam = case when $3 then position else null end,
       express = case when $3 then position else null end, backlog_from = case when $3 then $2::bigint else null end,
       breaker = '{"state":"closed"}'
     where subscription = $1`,
    [name, position, beside],
  );
}

export interface PlaceRow extends Row {
  readonly position: number;
  readonly seam: number | null;
  readonly express: number | null;
  readonly head: number;
}

/** Where a cursor stands; locked until the transaction ends. */
export async function lockCursor(tx: Tx, name: string): Promise<PlaceRow | undefined> {
  const [row] = await tx.query<PlaceRow>(
    `select c.position, c.seam, c.express, h.position as head
     from events.head h, (select * from bus.cursor where subscription = $1 for update) c`,
    [name],
  );
  return row;
}

/** Events by type between two positions, the first excluded. */
export async function countTypes(
  reader: Reader,
  after: number,
  to: number,
): Promise<readonly { readonly type: string; readonly events: number }[]> {
  return reader.query(
    'select type, count(*) as events from events.log where position > $1 and position <= $2 and data is not null group by type order by type',
    [after, to],
  );
}

export interface HealthRow extends Row {
  readonly subscription: string;
  readonly position: number;
  readonly seam: number | null;
  readonly express: number | null;
  readonly backlog_from: number | null;
  readonly breaker: unknown;
  readonly owned: boolean;
  readonly head: number;
  readonly delivered: number;
  readonly failed: number;
  readonly delivered_at: number | null;
  /** When the first event was recorded that was not delivered yet. */
  readonly oldest: number | null;
  readonly waiting: number;
  readonly dead: number;
}

/** How they are, all of them or those named. */
export async function readHealth(reader: Reader, names: readonly string[] | null): Promise<readonly HealthRow[]> {
  return reader.query<HealthRow>(
    `select c.subscription, c.position, c.seam, c.express, c.backlog_from, c.breaker, c.delivered, c.failed, c.delivered_at,
       h.position as head,
       exists (select from bus.worker w where w.id = c.owner and w.alive_until > clock_timestamp()) as owned,
       (select l.recorded_at from events.log l where l.position = c.position + 1) as oldest,
       (select count(*) from bus.delivery d where d.subscription = c.subscription) as waiting,
       (select count(*) from bus.dead_letter d where d.subscription = c.subscription) as dead
     from bus.cursor c, events.head h
     where $1::text[] is null or c.subscription = any($1::text[])
     order by c.subscription`,
    [names === null ? null : textArray(names)],
  );
}
