/** `client`: one user's own reads and public events. `service`: a trusted backend. `admin`: everything. */
export const ROLES = ['client', 'service', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks. */
export interface Actor {
  /** Id of the key (`key_…`), or `@cli`, `@system`, `@embedded`. */
  readonly id: string;
  readonly role: Role;
  /** The one account a client key speaks for; null for other roles. */
  readonly account: number | null;
}

/** What is left on record of an admin's deed. */
export interface AuditEntry {
  readonly action: string;
  readonly target: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly reason: string | null;
}

/** A key as it may be shown: without its secret, which is not stored. */
export interface Key {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  readonly account: number | null;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

export type NewKey =
  | { readonly role: 'client'; readonly name: string; readonly account: number }
  | { readonly role: 'service' | 'admin'; readonly name: string };

export interface AuditRecord extends AuditEntry {
  /** Dense enough to page by; later entries have greater ids. */
  readonly id: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly actor: string;
}

/**
 * What the first start found. `created`: there was no live admin key; this one is shown once. `given`: the
 * operator's key is in force. `revoked`: the operator's key is the one that was revoked, and stays so until it is
 * changed. `present`: nothing was given, and an admin key exists.
 */
export type AdminKey =
  | { readonly state: 'created'; readonly id: string; readonly token: string }
  | { readonly state: 'given' | 'revoked' | 'present' };
