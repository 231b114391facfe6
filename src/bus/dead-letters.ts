import { type Actor, appendAudit } from '../access/index.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import type { Clock, Database, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import * as store from './dead-letter-store.ts';
import type { DeadLetter, DeadLetterFilter } from './face.ts';
import { readEvents } from './log-store.ts';
import { deadLetter, readDeadLetterId } from './reports.ts';
import { bumpChange } from './subscription-store.ts';

export interface DeadLetters {
  list(
    filter: DeadLetterFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Outcome<{ readonly total: number; readonly deadLetters: readonly DeadLetter[]; readonly cursor: string | null }>>;
  show(id: string): Promise<DeadLetter | undefined>;
  redrive(input: unknown, actor: Actor): Promise<Outcome<{ readonly redriven: number; readonly left: number }>>;
  discard(input: unknown, actor: Actor): Promise<Outcome<{ readonly discarded: number; readonly left: number }>>;
}

/** Taken at once; who has more asks again, and is told how many are left. */
const MOST = 10_000;
/** Deliveries a second that a redrive spreads over, where nothing else is said. */
const RATE = 100;
const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_(\d{1,16})$/;

export function createDeadLetters(dependencies: {
  readonly database: Database;
  readonly clock: Clock;
  readonly findAccount: (user: string) => Promise<number | undefined>;
  readonly changed: () => Promise<void>;
}): DeadLetters {
  const { database, clock, findAccount, changed } = dependencies;
  const reader = { query: database.read.bind(database) };

  /** Null where the user is unknown: nothing is about them. */
  async function queryOf({ subscription, type, user, correlationId }: DeadLetterFilter): Promise<store.DeadLetterQuery | null> {
    const account = user === undefined ? null : await findAccount(user);
    if (account === undefined) return null;
    return { subscription: subscription ?? null, type: type ?? null, correlationId: correlationId ?? null, account };
  }

  async function take(
    selection: Selection,
    deal: (tx: Tx, rows: readonly store.DeadLetterRow[]) => Promise<void>,
  ): Promise<{ readonly taken: number; readonly left: number }> {
    const query = await queryOf(selection.filter);
    if (query === null) return { taken: 0, left: 0 };
    const taken = await database.transaction(async (tx) => {
      const rows = (await store.takeDead(tx, selection.places, query, MOST)).toSorted((a, b) => a.position - b.position);
      if (rows.length > 0) await deal(tx, rows);
      if (rows.length > 0) await bumpChange(tx);
      return rows.length;
    });
    if (taken > 0) await changed();
    return { taken, left: selection.places === null ? await store.countDead(reader, query) : 0 };
  }

  /** One row for each subscription: what was done with its dead letters, and to which traces they belong. */
  async function audit(
    tx: Tx,
    actor: Actor,
    action: string,
    rows: readonly store.DeadLetterRow[],
    reason: string | null,
  ): Promise<void> {
    for (const subscription of new Set(rows.map((row) => row.subscription))) {
      const own = rows.filter((row) => row.subscription === subscription);
      const before = {
        count: own.length,
        positions: own.slice(0, 100).map(({ position }) => position),
        correlationIds: [...new Set(own.map((row) => row.correlation_id))].slice(0, 100),
      };
      await appendAudit(tx, actor, { action, target: `subscription/${subscription}`, before, after: null, reason });
    }
  }

  return {
    async list(filter, { limit, cursor }) {
      const [, diedAt, position] = (cursor === undefined ? null : CURSOR.exec(cursor)) ?? [];
      if (cursor !== undefined && diedAt === undefined)
        return refused({ code: 'malformed', path: '/query/cursor', message: 'is no cursor of this list' });
      const query = await queryOf(filter);
      if (query === null) return { ok: true, value: { total: 0, deadLetters: [], cursor: null } };
      const before = diedAt === undefined ? null : { diedAt, position: Number(position) };
      const rows = await store.selectDead(reader, query, limit, before);
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return {
        ok: true,
        value: {
          total: await store.countDead(reader, query),
          deadLetters: rows.map(deadLetter),
          cursor: last === undefined ? null : `${formatTime(last.died_at)}_${last.position}`,
        },
      };
    },

    async show(id) {
      const place = readDeadLetterId(id);
      if (place === undefined) return undefined;
      const found = await store.findDead(reader, place);
      if (found === undefined) return undefined;
      const [event] = await readEvents(reader, [place.position]);
      const letter = deadLetter(found);
      return {
        ...letter,
        event: { ...letter.event, id: event?.id ?? letter.event.id, user: event?.user ?? null, data: event?.data ?? null },
      };
    },

    async redrive(input, actor) {
      const selection = parseSelection(input, ['rate']);
      if (!selection.ok) return selection;
      const rate = selection.value.rest['rate'] ?? RATE;
      if (typeof rate !== 'number' || !(rate > 0) || rate > 100_000)
        return refused({ code: 'malformed', path: '/rate', message: 'must be a number of deliveries a second, up to 100000' });
      const { taken, left } = await take(selection.value, async (tx, rows) => {
        await store.deliverAgain(tx, rows, rate, formatTime(clock.now()));
        await audit(tx, actor, 'dead-letters.redrive', rows, null);
      });
      return { ok: true, value: { redriven: taken, left } };
    },

    async discard(input, actor) {
      const selection = parseSelection(input, ['reason']);
      if (!selection.ok) return selection;
      const { reason } = selection.value.rest;
      if (typeof reason !== 'string' || reason === '' || reason.length > 1_000)
        return refused({ code: 'malformed', path: '/reason', message: 'is required: why, in 1 to 1000 characters' });
      const { taken, left } = await take(selection.value, (tx, rows) => audit(tx, actor, 'dead-letters.discard', rows, reason));
      return { ok: true, value: { discarded: taken, left } };
    },
  };
}

interface Selection {
  readonly places: readonly store.DeadLetterPlace[] | null;
  readonly filter: DeadLetterFilter;
  readonly rest: Readonly<Record<string, unknown>>;
}

const FILTERS = ['subscription', 'type', 'user', 'correlationId'] as const;

/** Which dead letters are meant: those named, those that fit, or, said aloud, all of them. */
function parseSelection(raw: unknown, more: readonly string[]): Outcome<Selection> {
  const no = (path: string, message: string): ReturnType<typeof refused> => refused({ code: 'malformed', path, message });
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return no('', 'must be an object');
  const given = raw as Readonly<Record<string, unknown>>;
  const known = ['ids', 'all', ...FILTERS, ...more];
  for (const name of Object.keys(given))
    if (!known.includes(name)) return no(`/${name.slice(0, 100)}`, `is not known here (${known.join(', ')})`);
  for (const name of FILTERS) {
    const value = given[name];
    if (value !== undefined && (typeof value !== 'string' || value === '')) return no(`/${name}`, 'must be text');
  }
  const { ids, all } = given;
  if (ids !== undefined && (!Array.isArray(ids) || ids.length === 0 || ids.length > 1_000))
    return no('/ids', 'must be a list of 1 to 1000 ids');
  const places: store.DeadLetterPlace[] = [];
  for (const [i, id] of (ids ?? []).entries()) {
    const place = typeof id === 'string' ? readDeadLetterId(id) : undefined;
    if (place === undefined) return no(`/ids/${i}`, 'is no id of a dead letter, such as "mirror:1234"');
    places.push(place);
  }
  if (ids === undefined && all !== true && FILTERS.every((name) => given[name] === undefined))
    return no('', 'say which: ids, a filter (subscription, type, user, correlationId), or "all": true');
  const filter = Object.fromEntries(FILTERS.map((name) => [name, given[name] as string | undefined]));
  return { ok: true, value: { places: ids === undefined ? null : places, filter, rest: given } };
}
