import type { Actor, AuditEntry } from '../access/index.ts';
import { bumpGeneration, checkFence, type KnownIdentity, type LoggedRows, type LogRow } from '../events/index.ts';
import { keyedDigest, sha256 } from '../kernel/digest.ts';
import type { Ids } from '../kernel/ids.ts';
import { canonical, type JsonObject } from '../kernel/json.ts';
import { accepted, type Outcome, refused } from '../kernel/outcome.ts';
import type { Clock, Database, Randomness, Tx } from '../kernel/ports.ts';
import { REFUSALS, type Refusal } from '../kernel/refusals.ts';
import { formatTime, type WrittenTime } from '../kernel/time.ts';
import { takeTimer, type TimerKey } from '../timers/index.ts';
import { namesOf } from '../users/index.ts';
import type { BatchOutcome } from './batch.ts';
import type { Catalogs } from './catalogs.ts';
import type { Named } from './job.ts';
import type { Member } from './member.ts';
import { loadMembers } from './members.ts';
import type { Booked, Cause } from './post.ts';
import { type BatchRecord, createRecord, recordFacts } from './record.ts';
import type { Rulebook } from './rulebook.ts';
import { Unfolding } from './unfold.ts';
import { writeBatch } from './write.ts';

/** A user whom a deed is about: by outside id, or by account where something of ours remembers them. */
export type Party = { readonly user: string } | { readonly account: number };

/** A command beside events and transfers, done in one transaction of its own. */
export interface Deed<A extends JsonObject> {
  /** `hold.create`, `event.undo`: two identities of different kinds never meet. */
  readonly kind: string;
  /** The caller's id, an identity for ever: a repeat gets the first answer. Null where a timer or a state sees to it that it is done once. */
  readonly id: string | null;
  /** What a repeat must agree on. */
  readonly body: JsonObject;
  readonly users: readonly Party[];
  readonly actor: Actor;
  /** A currency of which the first of its users gives to another: what they sent before is loaded. */
  readonly sends?: string;
  /** Taken in the same transaction; where it is no longer due, nothing is done. */
  readonly timer?: TimerKey;
  /** Those of the users who were erased since are left out, in place of nothing being done at all. */
  readonly passesOver?: boolean;
  /** Refuses before it writes anything. What it answers is kept under the identity: nothing that names a person. */
  decide(scene: Scene): Promise<Outcome<A>>;
}

/** What a deed decides in. */
export interface Scene {
  readonly tx: Tx;
  readonly rulebook: Rulebook;
  /** The moment of acceptance, milliseconds. */
  readonly now: number;
  readonly actor: Actor;
  readonly ids: Ids;
  readonly cause: Cause;
  /** In the order of the deed's users, locked. `state.isNew`: there is no such user. */
  readonly members: readonly Member[];
  readonly record: BatchRecord;
  /** Something that unfolds for a member: facts are pushed to it, points booked on its account; then it is settled. */
  unfold(
    member: Member,
    occasion?: { readonly type?: string; readonly data?: JsonObject; readonly time?: WrittenTime },
  ): Unfolding;
  /** Lets rules hear the facts; records them with their transfers, `booked` first, and takes over what changed. */
  settle(member: Member, unfolding: Unfolding, booked?: readonly Booked[]): Refusal | undefined;
  audit(entry: AuditEntry): void;
}

export interface Done<A> {
  readonly result: A;
  /** False: this identity was answered before, or the timer was no longer due. */
  readonly first: boolean;
  /** Of its first row in the log; null where nothing was announced. */
  readonly position: number | null;
}

export interface Deeds {
  run<A extends JsonObject>(deed: Deed<A>): Promise<Outcome<Done<A>>>;
}

export interface DeedsOptions {
  readonly database: Database;
  readonly catalogs: Catalogs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly randomness: Randomness;
  readonly digestKey: string;
  readonly digestOf: (user: string) => string;
  readonly pastRaces: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called after each commit that wrote anything. */
  readonly committed: (outcome: Pick<BatchOutcome, 'from' | 'to' | 'scores' | 'gone' | 'logged'>) => void;
}

/** What the identity digest of a deed is made of. */
export function deedIdentity(kind: string, id: string): readonly string[] {
  return ['deed', kind, id];
}

/** Numbers of transfers that one member of a deed brings about: each member has a range of its own. */
const ORDINALS = 1_024;
/** Ids of transfers have room for 4,096 numbers. */
const MAX_MEMBERS = 4;

type Performed<A> = {
  readonly outcome: Outcome<Done<A>>;
  readonly wrote: Pick<BatchOutcome, 'from' | 'to' | 'scores' | 'gone' | 'logged'> | null;
};

export function createDeeds(options: DeedsOptions): Deeds {
  const { database, catalogs, clock, ids, randomness, digestKey, digestOf } = options;

  function identityOf(deed: Deed<JsonObject>): { readonly digest: string; readonly body: string } {
    const id = deed.id ?? (deed.timer === undefined ? ids.uuid() : `${deed.timer.key} ${ids.uuid()}`);
    return {
      digest: keyedDigest(digestKey, deedIdentity(deed.kind, id)),
      body: keyedDigest(digestKey, ['body', canonical(deed.body)]),
    };
  }

  /** Undefined for an account that nobody has any more. */
  async function nameParties(tx: Tx, users: readonly Party[]): Promise<readonly (Named | undefined)[]> {
    const accounts = users.flatMap((party) => ('account' in party ? [party.account] : []));
    const known = accounts.length === 0 ? NOBODY : await namesOf(tx, accounts);
    return users.map((party) => ('user' in party ? { id: party.user, digest: digestOf(party.user) } : known.get(party.account)));
  }

  async function perform<A extends JsonObject>(
    tx: Tx,
    deed: Deed<A>,
    { digest, body }: { readonly digest: string; readonly body: string },
    rulebook: Rulebook,
    now: number,
  ): Promise<Performed<A>> {
    const named = await nameParties(tx, deed.users);
    const people = named.filter((one) => one !== undefined);
    const identities = deed.id === null ? [] : [digest];
    const loaded = await loadMembers(tx, { jobs: [], people, identities, now, sends: deed.sends ?? null }, rulebook, ids);
    const known = loaded.known.get(digest);
    if (known !== undefined) return { outcome: repeatOf<A>(known, body), wrote: null };
    // After the users, whom everybody locks first.
    if (deed.timer !== undefined && (await takeTimer(tx, deed.timer, formatTime(now))) === undefined) return NOT_DUE;
    // Whoever was erased since is nobody: nothing is left to be done about them.
    if (people.length < named.length && deed.passesOver !== true) return NOT_DUE;
    const members = people.map(({ digest }) => loaded.members.get(digest) as Member);
    const record = createRecord();
    const scene = createScene({ tx, rulebook, now, deed, digest, members, record, ids, nonce: nonce() });
    const outcome = await deed.decide(scene);
    // The timer stays, to be tried again.
    if (!outcome.ok && deed.timer !== undefined) throw new TimerRefused(outcome.refusal);
    if (!outcome.ok && (deed.id === null || !REFUSALS[outcome.refusal.code].remembered)) {
      await checkFence(tx, rulebook.version);
      return { outcome, wrote: null };
    }
    const [first] = members;
    const account = first === undefined || first.state.isNew ? null : first.state.account;
    // Of a refusal nothing is written but the refusal, however far the decision had come.
    const written = outcome.ok ? { members, record } : { members: [], record: createRecord() };
    if (deed.id !== null) {
      const result = JSON.stringify(outcome.ok ? { result: outcome.value } : { refusal: outcome.refusal });
      written.record.claims.push({ digest, body, account, row: written.record.rows.length > 0 ? 0 : null, result });
    }
    const { base, scores, gone } = await writeBatch(tx, written.members, written.record, {
      fence: rulebook.version,
      // What is about nobody goes by the catalog alone.
      generation: deed.users.length === 0 ? null : rulebook.circumstances.generation,
      expiries: rulebook.expiries,
      timezone: rulebook.catalog.timezone,
      recordedAt: now,
      last: !written.record.changesCircumstances,
    });
    // Under the counter, which this transaction holds by now.
    if (written.record.changesCircumstances) await bumpGeneration(tx);
    const names = new Map(members.map(({ state, named }) => [state.account, named.id]));
    const { rows } = written.record;
    const logged: LoggedRows<LogRow> = { from: base, rows, names, recordedAt: now };
    return {
      outcome: outcome.ok ? accepted({ result: outcome.value, first: true, position: rows.length === 0 ? null : base }) : outcome,
      wrote: rows.length === 0 ? null : { from: base, to: base + rows.length - 1, scores, gone, logged },
    };
  }

  function nonce(): string {
    return sha256(Buffer.from(randomness.bytes(32)).toString('hex'));
  }

  return {
    async run<A extends JsonObject>(deed: Deed<A>): Promise<Outcome<Done<A>>> {
      const now = clock.now();
      const identity = identityOf(deed);
      const { outcome, wrote } = await options
        .pastRaces(() => {
          const rulebook = catalogs.current();
          return database.transaction((tx) => perform(tx, deed, identity, rulebook, now));
        })
        .catch((error: unknown): Performed<A> => {
          if (error instanceof TimerRefused) return { outcome: refused(error.refusal), wrote: null };
          throw error;
        });
      if (wrote !== null) options.committed(wrote);
      return outcome;
    },
  };
}

/** Ends the transaction that took a timer whose deed is refused. */
class TimerRefused extends Error {
  override readonly name = 'TimerRefused';
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

const NOBODY: ReadonlyMap<number, Named> = new Map();
const NOT_DUE: Performed<never> = { outcome: accepted({ result: {} as never, first: false, position: null }), wrote: null };

function repeatOf<A>({ body: before, result, position }: KnownIdentity, body: string): Outcome<Done<A>> {
  if (before !== body) {
    return refused({ code: 'id_reused', path: '/id', message: 'this id was used before with another body; nothing was written' });
  }
  const stored = JSON.parse(result) as { readonly refusal: Refusal } | { readonly result: A };
  return 'refusal' in stored ? refused(stored.refusal) : accepted({ result: stored.result, first: false, position });
}

function createScene(given: {
  readonly tx: Tx;
  readonly rulebook: Rulebook;
  readonly now: number;
  readonly deed: Deed<JsonObject>;
  readonly digest: string;
  readonly members: readonly Member[];
  readonly record: BatchRecord;
  readonly ids: Ids;
  readonly nonce: string;
}): Scene {
  const { tx, rulebook, now, deed, digest, members, record, ids, nonce } = given;
  const { actor } = deed;
  const cause: Cause = {
    digest,
    recordedAt: now,
    catalogVersion: rulebook.version,
    actor: actor.id,
    mayAdjust: actor.role === 'admin',
    nonce,
  };
  return {
    tx,
    rulebook,
    now,
    actor,
    ids,
    cause,
    members,
    record,
    unfold(member, { type = deed.kind, data = {}, time = { ms: now, offset: null } } = {}) {
      // Its own points come first, from 0 on; what rules give in turn has numbers above.
      const place = members.indexOf(member);
      if (place >= MAX_MEMBERS) throw new Error(`a deed has transfers of at most ${MAX_MEMBERS} members`);
      const firstOrdinal = ORDINALS * place + ORDINALS / 2;
      return new Unfolding(member.state, { type, data, time, source: 'diana' }, rulebook, cause, firstOrdinal);
    },
    settle(member, unfolding, booked = []) {
      const refusal = unfolding.follow();
      if (refusal !== undefined) return refusal;
      recordFacts(record, { account: member.state.account, occurredAt: unfolding.occurredAt }, unfolding);
      record.booked.push(...booked, ...unfolding.transfers);
      member.take(unfolding.changes());
      return undefined;
    },
    audit(entry) {
      record.audits.push({ actor, entry });
    },
  };
}
