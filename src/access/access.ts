import { textFault } from '../kernel/json.ts';
import { accepted, type Outcome, refused } from '../kernel/outcome.ts';
import type { Clock, Database, Randomness, Tx } from '../kernel/ports.ts';
import { appendAudit, creation, replacement, revocation } from './audit.ts';
import { adminKeyFault, GIVEN_KEY, hashSecret, MAX_TOKEN, newCredential, readToken, sameHash } from './keys.ts';
import type { Actor, AdminKey, AuditEntry, AuditRecord, Key, NewKey } from './model.ts';
import { createRecognition } from './recognition.ts';
import * as store from './store.ts';

/** Who may come in, and what is left on record of what they changed. All of it may reject with `DatabaseUnavailable`. */
export interface Access {
  /** Whose key this is; undefined for a key that is unknown or revoked. */
  authenticate(token: string): Promise<Actor | undefined>;
  /** `token` is told here and never again. */
  createKey(input: NewKey, actor: Actor, reason: string | null): Promise<Outcome<{ readonly key: Key; readonly token: string }>>;
  /** Newest first. `after`: id of the last key of the page before. */
  listKeys(query: { readonly limit: number; readonly after?: string }): Promise<readonly Key[]>;
  /** The key as it is now; undefined when there is none. Revoking twice changes nothing. */
  revokeKey(id: string, actor: Actor, reason: string | null): Promise<Key | undefined>;
  /** For the first start. Throws RangeError for a given key that `adminKeyFault` finds fault with. */
  ensureAdminKey(given: string | undefined): Promise<AdminKey>;
  /** For a deed that writes nothing else, such as reading all that is known about a person. */
  recordDeed(actor: Actor, entry: AuditEntry): Promise<void>;
  /** Newest first. `before`: id of the last entry of the page before. */
  listAudit(query: { readonly limit: number; readonly before?: number }): Promise<readonly AuditRecord[]>;
}

const SYSTEM: Actor = { id: '@system', role: 'admin', account: null };
/** Characters. */
const MAX_NAME = 200;

export function createAccess(dependencies: {
  readonly database: Database;
  readonly randomness: Randomness;
  readonly clock: Clock;
}): Access {
  const { database, randomness, clock } = dependencies;
  const recognition = createRecognition(clock);
  const underWay = new Map<string, Promise<Actor | undefined>>();
  const anyConnection: Pick<Tx, 'query'> = { query: (statement, parameters) => database.read(statement, parameters) };

  const lookUp = async (token: string): Promise<Actor | undefined> => {
    const claim = readToken(token);
    const keys = await store.findLiveKeys(anyConnection, claim?.id ?? GIVEN_KEY, GIVEN_KEY);
    const key = keys.find((candidate) =>
      candidate.id === GIVEN_KEY
        ? sameHash(candidate.hash, hashSecret(token))
        : claim !== undefined && candidate.role === claim.role && sameHash(candidate.hash, hashSecret(claim.secret)),
    );
    const actor = key === undefined ? undefined : { id: key.id, role: key.role, account: key.account };
    recognition.remember(token, actor);
    return actor;
  };

  return {
    authenticate(token) {
      if (token === '' || token.length > MAX_TOKEN) return Promise.resolve(undefined);
      const recalled = recognition.recall(token);
      if (recalled !== 'unsure') return Promise.resolve(recalled);
      // Many requests with one token ask once.
      const asked = underWay.get(token);
      if (asked !== undefined) return asked;
      const asking = lookUp(token).finally(() => underWay.delete(token));
      underWay.set(token, asking);
      return asking;
    },

    async createKey(input, actor, reason) {
      const wrong = nameFault(input.name);
      if (wrong !== undefined) return refused({ code: 'malformed', path: '/name', message: wrong });
      const { id, hash, token } = newCredential(input.role, randomness);
      const account = input.role === 'client' ? input.account : null;
      const key = await database.transaction((tx) =>
        addKey(tx, { id, hash, role: input.role, name: input.name, account }, actor, reason),
      );
      return accepted({ key, token });
    },

    listKeys: (query) => store.selectKeys(anyConnection, query.limit, query.after ?? null),

    async revokeKey(id, actor, reason) {
      const key = await database.transaction(async (tx) => {
        const revoked = await store.markRevoked(tx, id);
        if (revoked === undefined) return (await store.findKey(tx, id))?.key;
        await appendAudit(tx, actor, revocation(revoked, reason));
        return revoked;
      });
      recognition.expire();
      return key;
    },

    async ensureAdminKey(given) {
      const fault = given === undefined ? undefined : adminKeyFault(given);
      if (fault !== undefined) throw new RangeError(`the admin key ${fault}`);
      const result = await database.transaction(async (tx): Promise<AdminKey> => {
        await store.lockFirstStart(tx);
        if (given !== undefined) return adoptGiven(tx, hashSecret(given));
        if (await store.hasLiveAdminKey(tx)) return { state: 'present' };
        const { id, hash, token } = newCredential('admin', randomness);
        await addKey(tx, { id, hash, role: 'admin', name: 'first admin key', account: null }, SYSTEM, 'first start');
        return { state: 'created', id, token };
      });
      recognition.expire();
      return result;
    },

    recordDeed: (actor, entry) => database.transaction((tx) => appendAudit(tx, actor, entry)),
    listAudit: (query) => store.selectAudit(anyConnection, query.limit, query.before ?? null),
  };
}

async function addKey(tx: Tx, key: store.FreshKey, actor: Actor, reason: string | null): Promise<Key> {
  const added = await store.insertKey(tx, key);
  await appendAudit(tx, actor, creation(added, reason));
  return added;
}

/** The operator's key: set, replaced by another one, or left as it is; a revoked one stays revoked until it is changed. */
async function adoptGiven(tx: Tx, hash: string): Promise<AdminKey> {
  const earlier = await store.findKey(tx, GIVEN_KEY);
  if (earlier === undefined) {
    await addKey(tx, { id: GIVEN_KEY, hash, role: 'admin', name: 'given by the operator', account: null }, SYSTEM, 'first start');
  } else if (sameHash(earlier.hash, hash)) {
    return { state: earlier.key.revokedAt === null ? 'given' : 'revoked' };
  } else {
    await appendAudit(tx, SYSTEM, replacement(earlier.key, await store.replaceSecret(tx, GIVEN_KEY, hash)));
  }
  return { state: 'given' };
}

function nameFault(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (name.length > MAX_NAME) return `must be at most ${MAX_NAME} characters`;
  return textFault(name);
}
