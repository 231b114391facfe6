export { type Access, createAccess } from './access.ts';
export { appendAudit, revokeKeysOf } from './audit.ts';
export { eraseReasons } from './store.ts';
export type { Actor, AdminKey, AuditEntry, AuditRecord, Key, NewKey, Role } from './model.ts';
export { ROLES } from './model.ts';
