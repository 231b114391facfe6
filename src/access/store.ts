import type { Row, Tx } from '../kernel/ports.ts';
import type { AuditEntry, AuditRecord, Key, Role } from './model.ts';

/**
 * Times are the database's, one clock for all processes, and leave as RFC 3339 text, so that no driver setting changes
 * what an answer says.
 */
const UTC = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const KEY_COLUMNS = `id, role, name, account::text as account,
  to_char(created_at at time zone 'UTC', ${UTC}) as created_at,
  to_char(revoked_at at time zone 'UTC', ${UTC}) as revoked_at`;

interface KeyRow extends Row {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  readonly account: string | null;
  readonly created_at: string;
  readonly revoked_at: string | null;
}

export interface FreshKey extends Omit<Key, 'createdAt' | 'revokedAt'> {
  /** Of the secret: 64 hex digits. */
  readonly hash: string;
}

function toKey(row: KeyRow): Key {
  return {
    id: row.id,
    role: row.role,
    name: row.name,
    account: row.account === null ? null : Number(row.account),
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}

/** Keys that may open the door: revoked ones are not among them. */
export async function findLiveKeys(tx: Pick<Tx, 'query'>, id: string, other: string): Promise<readonly FreshKey[]> {
  const rows = await tx.query<KeyRow & { readonly hash: string }>(
    `select ${KEY_COLUMNS}, encode(hash, 'hex') as hash
     from access.key
     where id in ($1, $2) and revoked_at is null`,
    [id, other],
  );
  return rows.map((row) => ({ ...toKey(row), hash: row.hash }));
}

export async function findKey(
  tx: Pick<Tx, 'query'>,
  id: string,
): Promise<{ readonly key: Key; readonly hash: string } | undefined> {
  const rows = await tx.query<KeyRow & { readonly hash: string }>(
    `select ${KEY_COLUMNS}, encode(hash, 'hex') as hash from access.key where id = $1`,
    [id],
  );
  const row = rows[0];
  return row === undefined ? undefined : { key: toKey(row), hash: row.hash };
}

export async function insertKey(tx: Tx, key: FreshKey): Promise<Key> {
  const rows = await tx.query<KeyRow>(
    `insert into access.key (id, hash, role, name, account, created_at)
     values ($1, decode($2, 'hex'), $3, $4, $5::text::bigint, now())
     returning ${KEY_COLUMNS}`,
    [key.id, key.hash, key.role, key.name, key.account === null ? null : String(key.account)],
  );
  return toKey(rows[0] as KeyRow);
}

/** Gives a key another secret, and life again if it was revoked. */
export async function replaceSecret(tx: Tx, id: string, hash: string): Promise<Key> {
  const rows = await tx.query<KeyRow>(
    `update access.key set hash = decode($2, 'hex'), revoked_at = null where id = $1 returning ${KEY_COLUMNS}`,
    [id, hash],
  );
  return toKey(rows[0] as KeyRow);
}

/** Undefined when there is no such key or it was revoked before. */
export async function markRevoked(tx: Tx, id: string): Promise<Key | undefined> {
  const rows = await tx.query<KeyRow>(
    `update access.key set revoked_at = now()
     where id = $1 and revoked_at is null
     returning ${KEY_COLUMNS}`,
    [id],
  );
  return rows[0] === undefined ? undefined : toKey(rows[0]);
}

export async function markRevokedOfAccount(tx: Tx, account: number): Promise<readonly Key[]> {
  const rows = await tx.query<KeyRow>(
    `update access.key set revoked_at = now()
     where account = $1::text::bigint and revoked_at is null
     returning ${KEY_COLUMNS}`,
    [String(account)],
  );
  return rows.map(toKey);
}

/** Newest first; `after` is the id of the last key of the page before. */
export async function selectKeys(tx: Pick<Tx, 'query'>, limit: number, after: string | null): Promise<readonly Key[]> {
  const rows = await tx.query<KeyRow>(
    `select ${KEY_COLUMNS}
     from access.key
     where $2::text is null
       or (access.key.created_at, access.key.id) < (select k.created_at, k.id from access.key k where k.id = $2::text)
     order by access.key.created_at desc, access.key.id desc
     limit $1::text::integer`,
    [String(limit), after],
  );
  return rows.map(toKey);
}

/** One process at a time decides about the first admin key; the lock ends with the transaction. */
export async function lockFirstStart(tx: Tx): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('diana.access.first_start'))`);
}

export async function hasLiveAdminKey(tx: Pick<Tx, 'query'>): Promise<boolean> {
  const rows = await tx.query(`select 1 as found from access.key where role = 'admin' and revoked_at is null limit 1`);
  return rows.length > 0;
}

export async function insertAudit(tx: Tx, actor: string, entry: AuditEntry): Promise<void> {
  await tx.query(
    `insert into access.audit (at, actor, action, target, before, after, reason)
     values (now(), $1, $2, $3, $4::text::jsonb, $5::text::jsonb, $6)`,
    [actor, entry.action, entry.target, jsonText(entry.before), jsonText(entry.after), entry.reason],
  );
}

function jsonText(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

interface AuditRow extends Row {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly reason: string | null;
}

/** Newest first; `before` is the id of the last entry of the page before. */
export async function selectAudit(tx: Pick<Tx, 'query'>, limit: number, before: number | null): Promise<readonly AuditRecord[]> {
  const rows = await tx.query<AuditRow>(
    `select id::text as id, to_char(at at time zone 'UTC', ${UTC}) as at, actor, action, target,
       before::text as before, after::text as after, reason
     from access.audit
     where $2::text is null or access.audit.id < $2::text::bigint
     order by access.audit.id desc
     limit $1::text::integer`,
    [String(limit), before === null ? null : String(before)],
  );
  return rows.map((row) => ({
    id: Number(row.id),
    at: row.at,
    actor: row.actor,
    action: row.action,
    target: row.target,
    before: row.before === null ? null : (JSON.parse(row.before) as unknown),
    after: row.after === null ? null : (JSON.parse(row.after) as unknown),
    reason: row.reason,
  }));
}

/** Blanks the free text of what was done to an account of someone who is erased. */
export async function eraseReasons(tx: Tx, account: string): Promise<void> {
  await tx.query(`update access.audit set reason = null where (target = $1 or target like $2) and reason is not null`, [
    account,
    `${account}/%`,
  ]);
}
