import { type Actor, appendAudit } from '../../access/index.ts';
import { type HiddenKind, hide, hidesOf, unhide } from '../../boards/index.ts';
import { append } from '../../events/index.ts';
import { accountId } from '../../kernel/ids.ts';
import { jsonFault, pointerToken } from '../../kernel/json.ts';
import { type Outcome, refused } from '../../kernel/outcome.ts';
import type { Clock, Database, Tx } from '../../kernel/ports.ts';
import { formatTime } from '../../kernel/time.ts';
import { findPerson } from '../../users/index.ts';
import { type Catalogs, fact } from '../catalogs.ts';
import type { SetVisibility, Visibility } from '../model.ts';
import { pastRaces } from '../races.ts';
import { lockUsers } from '../store.ts';

/** Hides a user on boards, or shows one again: by their own wish, or by an admin's word, which only an admin takes back. */
export function createVisibility(dependencies: {
  readonly database: Database;
  readonly catalogs: Catalogs;
  readonly clock: Clock;
  readonly digestOf: (user: string) => string;
  readonly races: Parameters<typeof pastRaces>[1];
}): SetVisibility {
  const { database, catalogs, clock, digestOf, races } = dependencies;

  async function set(tx: Tx, user: string, change: VisibilityChange, actor: Actor): Promise<Outcome<Visibility>> {
    const rulebook = catalogs.current();
    const { boards } = rulebook.catalog;
    const board = change.board === null ? '' : boards.find(({ id }) => id === change.board)?.key;
    if (board === undefined)
      return refused({ code: 'malformed', path: '/board', message: `there is no board "${change.board}"` });
    const digest = digestOf(user);
    await lockUsers(tx, [digest]);
    const person = await findPerson(tx, digest);
    if (person === undefined) return refused({ code: 'unknown_user', path: '/user', message: `no user "${user}"` });
    const { account } = person;
    const kind = change.kind ?? (actor.role === 'admin' ? 'hidden' : 'opted_out');
    const before = await hidesOf(tx, account);
    const isThere = before.some((one) => one.board === board && one.kind === kind);
    const byAdmin = before.some((one) => one.board === board && one.kind === 'hidden');
    if (!change.hidden && !isThere && byAdmin && actor.role !== 'admin') {
      return refused({
        code: 'forbidden',
        path: '/hidden',
        message: 'an admin hid this user: only an admin key takes that back',
      });
    }
    const idOf = new Map(boards.map(({ id, key }) => [key, id]));
    const told = async (): Promise<Visibility['hidden']> =>
      (await hidesOf(tx, account)).map(({ board: key, kind: why, at }) => ({
        board: key === '' ? null : (idOf.get(key) ?? key),
        kind: why,
        at: formatTime(at),
      }));
    if (isThere === change.hidden) return { ok: true, value: { hidden: await told(), position: null } };
    const now = formatTime(clock.now());
    if (change.hidden) await hide(tx, { account, board, kind }, actor.id, now);
    else await unhide(tx, { account, board, kind });
    await appendAudit(tx, actor, {
      action: change.hidden ? 'boards.hide' : 'boards.show',
      target: accountId(account),
      before: { board: change.board, kind, hidden: isThere },
      after: { board: change.board, kind, hidden: change.hidden },
      reason: change.reason,
    });
    const hidden = await told();
    const rows = [{ ...fact('user.updated', {}, now), account }];
    const position = await append(tx, { rows, claims: [], fence: rulebook.version, generation: null, recordedAt: now });
    return { ok: true, value: { hidden, position } };
  }

  return async (user, raw, actor) => {
    const parsed = parseVisibility(raw);
    if (!parsed.ok) return parsed;
    const change = parsed.value;
    if (actor.role === 'client' || (change.kind === 'hidden' && actor.role !== 'admin')) {
      return refused({ code: 'forbidden', path: '/kind', message: `a ${actor.role} key may not do this` });
    }
    return pastRaces(() => database.transaction((tx) => set(tx, user, change, actor)), races);
  };
}

interface VisibilityChange {
  readonly hidden: boolean;
  /** Id of a board; null for all. */
  readonly board: string | null;
  /** Null: what goes with the role of the key. */
  readonly kind: HiddenKind | null;
  readonly reason: string | null;
}

const FIELDS = ['hidden', 'board', 'kind', 'reason'];
/** Characters, as of all reasons. */
const MAX_REASON = 1_000;

function parseVisibility(raw: unknown): Outcome<VisibilityChange> {
  const no = (path: string, message: string): ReturnType<typeof refused> => refused({ code: 'malformed', path, message });
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return no('', 'must be an object');
  const fault = jsonFault(raw);
  if (fault !== undefined) return no(fault.path, fault.message);
  for (const name of Object.keys(raw)) {
    if (!FIELDS.includes(name)) return no(`/${pointerToken(name)}`, `is no field of this (${FIELDS.join(', ')})`);
  }
  const { hidden, board = null, kind = null, reason = null } = raw as Readonly<Record<string, unknown>>;
  if (typeof hidden !== 'boolean') return no('/hidden', 'must be true or false');
  if (board !== null && typeof board !== 'string') return no('/board', 'must be the id of a board, or null for all');
  if (kind !== null && kind !== 'opted_out' && kind !== 'hidden') return no('/kind', 'must be opted_out or hidden');
  if (reason !== null && (typeof reason !== 'string' || reason === '' || reason.length > MAX_REASON)) {
    return no('/reason', `must be text of 1 to ${MAX_REASON} characters, or null`);
  }
  return { ok: true, value: { hidden, board, kind, reason } };
}
