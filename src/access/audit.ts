import { accountId } from '../kernel/ids.ts';
import type { Tx } from '../kernel/ports.ts';
import type { Actor, AuditEntry, Key } from './model.ts';
import { insertAudit, markRevokedOfAccount } from './store.ts';

/** Leaves a deed on record, in the transaction of the deed: neither is ever there without the other. */
export async function appendAudit(tx: Tx, actor: Actor, entry: AuditEntry): Promise<void> {
  await insertAudit(tx, actor.id, entry);
}

/**
 * For erasing a person: their keys end in the same transaction. A process that let such a key in a moment ago may do
 * so for RECOGNITION_TTL longer.
 */
export async function revokeKeysOf(tx: Tx, account: number, actor: Actor): Promise<void> {
  for (const key of await markRevokedOfAccount(tx, account)) await appendAudit(tx, actor, revocation(key, null));
}

export function creation(key: Key, reason: string | null): AuditEntry {
  return { action: 'key.created', target: key.id, before: null, after: onRecord(key), reason };
}

export function revocation(key: Key, reason: string | null): AuditEntry {
  return { action: 'key.revoked', target: key.id, before: onRecord({ ...key, revokedAt: null }), after: onRecord(key), reason };
}

export function replacement(before: Key, after: Key): AuditEntry {
  return { action: 'key.replaced', target: after.id, before: onRecord(before), after: onRecord(after), reason: null };
}

/** A key as it is kept for ever: no secret, no hash, and the person only as a bare account. */
function onRecord(key: Key): Readonly<Record<string, unknown>> {
  const { role, name, account, revokedAt } = key;
  return { role, name, account: account === null ? null : accountId(account), revokedAt };
}
