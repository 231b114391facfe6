import { eraseUnlocks } from '../achievements/index.ts';
import { type Actor, appendAudit, eraseReasons, revokeKeysOf } from '../access/index.ts';
import { eraseScores, eraseStandings } from '../boards/index.ts';
import { append, eraseAside, eraseContent, nameFault } from '../events/index.ts';
import type { Ids } from '../kernel/ids.ts';
import { accountId } from '../kernel/ids.ts';
import { type JsonObject, jsonFault, pointerToken } from '../kernel/json.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import { type Clock, type Database, DatabaseError, type Tx } from '../kernel/ports.ts';
import { formatTime, isZone } from '../kernel/time.ts';
import { eraseHolds, eraseLots, eraseNotes } from '../ledger/index.ts';
import { eraseSeen } from '../metrics/index.ts';
import { eraseBoosts } from '../rules/index.ts';
import { eraseRuns } from '../streaks/index.ts';
import { eraseTimers } from '../timers/index.ts';
import { deletePerson, findPerson, insertPeople, type PersonDetails, updatePerson } from '../users/index.ts';
import { type Catalogs, fact } from './catalogs.ts';
import { decideNewcomer } from './decide-newcomer.ts';
import type { UserChange } from './model.ts';
import { pastRaces } from './races.ts';
import { coverJourney } from './journeys.ts';
import { decodeHotRow, emptyState, encodeHotRow } from './state.ts';
import { deleteHotRow, insertHotRows, lockUsers, saveHotRows } from './store.ts';
import { writeBatch } from './write.ts';

export interface People {
  put(user: string, change: unknown, actor: Actor): Promise<Outcome<{ readonly created: boolean }>>;
  erase(user: string, reason: string | null, actor: Actor): Promise<Outcome<{ readonly account: string }>>;
}

export function createPeople(dependencies: {
  readonly database: Database;
  readonly catalogs: Catalogs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly digestOf: (user: string) => string;
  readonly races: Parameters<typeof pastRaces>[1];
  readonly onErase: (tx: Tx, account: number) => Promise<void>;
}): People {
  const { database, catalogs, clock, ids, digestOf, races, onErase } = dependencies;
  /** Announces facts about one user at the end of a transaction. */
  async function announce(tx: Tx, account: number, types: readonly string[]): Promise<void> {
    const now = formatTime(clock.now());
    const rows = types.map((type) => ({ ...fact(type, {}, now), account }));
    await append(tx, { rows, claims: [], fence: catalogs.current().version, generation: null, recordedAt: now });
  }

  return {
    async put(user, raw, actor) {
      const fault = nameFault(user, true);
      if (fault !== undefined) return refused({ code: 'malformed', path: '', message: `the user id ${fault}` });
      const parsed = parseChange(raw);
      if (!parsed.ok) return parsed;
      const change = parsed.value;
      return pastRaces(
        () =>
          database.transaction(async (tx) => {
            const digest = digestOf(user);
            const [locked] = await lockUsers(tx, [digest]);
            const before = await findPerson(tx, digest);
            // Whoever came between the two looks has a hot row that is not locked yet.
            if (before !== undefined && locked === undefined)
              throw new DatabaseError('the user came meanwhile', '40001', undefined);
            const account = before?.account ?? ids.account();
            const person = merged(before, change);
            const newcomer =
              before === undefined
                ? decideNewcomer({ id: user, digest }, { ...emptyState(account), ...person }, catalogs.current(), clock.now())
                : undefined;
            if (newcomer?.ok === false) return newcomer;
            if (newcomer === undefined) {
              const hot = decodeHotRow(locked?.state);
              const rulebook = catalogs.current();
              const streaks = await coverJourney(tx, { account, hot, to: person.zone }, rulebook, clock.now());
              const { zone, attributes } = person;
              const state = encodeHotRow(
                { ...hot, zone, attributes, ...(streaks === undefined ? {} : { streaks }) },
                clock.now(),
              );
              await saveHotRows(tx, [{ account, state }]);
            } else {
              await insertPeople(tx, [{ account, digest, id: user, createdAt: formatTime(clock.now()) }]);
              await insertHotRows(tx, [{ account, state: encodeHotRow(newcomer.value.member.state, clock.now()) }]);
            }
            await updatePerson(tx, { account, ...person });
            if (actor.role === 'admin') {
              // Names only: the audit log outlives the person's data.
              const after = { fields: Object.keys(change) };
              await appendAudit(tx, actor, { action: 'user.put', target: accountId(account), before: null, after, reason: null });
            }
            if (newcomer === undefined) await announce(tx, account, ['user.updated']);
            else await writeBatch(tx, [newcomer.value.member], newcomer.value.record, newcomer.value.batch);
            return { ok: true as const, value: { created: before === undefined } };
          }),
        races,
      );
    },

    async erase(user, reason, actor) {
      return pastRaces(
        () =>
          database.transaction(async (tx) => {
            const digest = digestOf(user);
            await lockUsers(tx, [digest]);
            // Somebody may be known by refused events alone.
            await eraseAside(tx, digest);
            const person = await findPerson(tx, digest);
            if (person === undefined) return refused({ code: 'unknown_user', path: '/user', message: `no user "${user}"` });
            const { account } = person;
            await eraseScores(tx, account);
            await eraseStandings(tx, account);
            await eraseSeen(tx, account);
            await eraseRuns(tx, account);
            await eraseUnlocks(tx, account);
            await eraseNotes(tx, account);
            await eraseHolds(tx, account);
            await eraseLots(tx, account);
            await eraseBoosts(tx, account);
            await eraseContent(tx, account);
            await eraseTimers(tx, account);
            await onErase(tx, account);
            await deleteHotRow(tx, account);
            await revokeKeysOf(tx, account, actor);
            await eraseReasons(tx, accountId(account));
            await deletePerson(tx, account);
            await appendAudit(tx, actor, { action: 'user.erase', target: accountId(account), before: null, after: null, reason });
            await announce(tx, account, ['user.erased']);
            return { ok: true as const, value: { account: accountId(account) } };
          }),
        races,
      );
    },
  };
}

function merged(
  before: PersonDetails | undefined,
  change: UserChange,
): Pick<PersonDetails, 'zone' | 'locale' | 'name' | 'attributes'> {
  return {
    zone: change.zone === undefined ? (before?.zone ?? null) : change.zone,
    locale: change.locale === undefined ? (before?.locale ?? null) : change.locale,
    name: change.name === undefined ? (before?.name ?? null) : change.name,
    attributes: (change.attributes as JsonObject | undefined) ?? before?.attributes ?? {},
  };
}

const CHANGEABLE = ['zone', 'locale', 'name', 'attributes'] as const;
/** Bytes of all attributes as JSON: they are read with every event of the user. */
const MAX_ATTRIBUTES = 16 * 1024;

function parseChange(raw: unknown): Outcome<UserChange> {
  const no = (path: string, message: string): ReturnType<typeof refused> => refused({ code: 'malformed', path, message });
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return no('', 'must be an object');
  const fault = jsonFault(raw);
  if (fault !== undefined) return no(fault.path, fault.message);
  const change = raw as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(change)) {
    if (!CHANGEABLE.some((known) => known === name))
      return no(`/${pointerToken(name)}`, `is no field of a user (${CHANGEABLE.join(', ')})`);
  }
  const { zone, locale, name, attributes } = change;
  if (zone !== undefined && zone !== null && (typeof zone !== 'string' || !isZone(zone))) {
    return no('/zone', 'must be an IANA zone such as "Europe/Madrid", or null');
  }
  if (locale !== undefined && locale !== null && (typeof locale !== 'string' || !isLocale(locale))) {
    return no('/locale', 'must be a BCP 47 tag such as "es-MX", or null');
  }
  if (name !== undefined && name !== null && (typeof name !== 'string' || name === '' || name.length > 200)) {
    return no('/name', 'must be text of 1 to 200 characters, or null');
  }
  if (attributes !== undefined && (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes))) {
    return no('/attributes', 'must be an object');
  }
  if (attributes !== undefined && Buffer.byteLength(JSON.stringify(attributes)) > MAX_ATTRIBUTES) {
    return no('/attributes', `must be at most ${MAX_ATTRIBUTES} bytes as JSON`);
  }
  return { ok: true, value: change };
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
