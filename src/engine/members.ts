import { loadScores, type ScoreKey, scorePeriod } from '../boards/index.ts';
import { type KnownIdentity, loadIdentities } from '../events/index.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Tx } from '../kernel/ports.ts';
import { localTime, zoneDay } from '../kernel/time.ts';
import { loadUsage, type OfAccount, type UsageKey, usageId, usageKeys } from '../rules/index.ts';
import { type Job, type Named, peopleOf } from './job.ts';
import type { Rulebook } from './rulebook.ts';
import { type DecodedHotRow, decodeHotRow, scoreId, type StateChanges, type UserState } from './state.ts';
import { lockUsers } from './store.ts';

/** A user in a batch: the state as it is after the jobs decided so far, and what of it is to be written. */
export interface Member {
  readonly named: Named;
  /** Whether the user was there before the batch. */
  readonly existed: boolean;
  readonly state: UserState;
  /** Null until something is decided about the user. */
  readonly changes: StateChanges | null;
  take(changes: StateChanges): void;
}

type Mutable<M> = M extends ReadonlyMap<infer K, infer V> ? Map<K, V> : never;
type MutableChanges = { [Name in keyof StateChanges]: Mutable<StateChanges[Name]> };

function createMember(named: Named, loaded: UserState & MutableChanges): Member {
  let state: UserState = loaded;
  let changes: MutableChanges | null = null;
  return {
    named,
    existed: !loaded.isNew,
    get state() {
      return state;
    },
    get changes() {
      return changes;
    },
    take(taken) {
      if (state.isNew) state = { ...state, isNew: false };
      changes ??= { metrics: new Map(), balances: new Map(), usage: new Map(), scores: new Map() };
      put(taken.metrics, loaded.metrics, changes.metrics);
      put(taken.balances, loaded.balances, changes.balances);
      put(taken.usage, loaded.usage, changes.usage);
      put(taken.scores, loaded.scores, changes.scores);
    },
  };
}

function put<V>(from: ReadonlyMap<string, V>, state: Map<string, V>, changes: Map<string, V>): void {
  for (const [key, value] of from) {
    state.set(key, value);
    changes.set(key, value);
  }
}

export interface Loaded {
  /** By digest of the user's id. */
  readonly members: ReadonlyMap<string, Member>;
  /** By digest of the identity. */
  readonly known: ReadonlyMap<string, KnownIdentity>;
}

/** Locks the users of the jobs in order of account, and loads all that deciding the jobs may need. */
export async function loadMembers(tx: Tx, jobs: readonly Job[], rulebook: Rulebook, ids: Ids): Promise<Loaded> {
  const people = new Map<string, Named>();
  for (const job of jobs) for (const named of peopleOf(job)) people.set(named.digest, named);
  const digests = [...people.keys()];
  // Pipelined behind the lock, so that its snapshot sees what the former holders of the lock committed.
  const [locked, knownIdentities] = await Promise.all([
    lockUsers(tx, digests),
    loadIdentities(
      tx,
      jobs.map(({ digest }) => digest),
    ),
  ]);
  const known = new Map(knownIdentities.map((identity) => [identity.digest, identity]));
  const hot = new Map<string, Hot>();
  for (const { digest, account, state } of locked) hot.set(digest, { account, ...decodeHotRow(state) });
  const fresh = known.size === 0 ? jobs : jobs.filter((job) => !known.has(job.digest));
  const keys = sideKeys(fresh, hot, rulebook);
  const [usages, scores] = await Promise.all([
    keys.usage.length === 0 ? [] : loadUsage(tx, keys.usage),
    keys.scores.length === 0 ? [] : loadScores(tx, keys.scores),
  ]);
  const usageOf = grouped(usages, usageId);
  const members = new Map<string, Member>();
  for (const [digest, named] of people) {
    const row = hot.get(digest);
    const account = row?.account ?? ids.account();
    members.set(
      digest,
      createMember(named, {
        ...(row ?? decodeHotRow(NOBODY)),
        account,
        isNew: row === undefined,
        usage: usageOf.get(account) ?? new Map(),
      }),
    );
  }
  const byAccount = scores.length === 0 ? null : new Map([...hot.values()].map((row) => [row.account, row]));
  for (const { account, board, period, score, reachedAt } of scores) {
    byAccount?.get(account)?.scores.set(scoreId(board, period), { score, reachedAt });
  }
  return { members, known };
}

type Hot = DecodedHotRow & { readonly account: number };
const NOBODY = { metrics: {} };

/** The rows of side tables that these jobs may need beside the hot rows. */
function sideKeys(
  jobs: readonly Job[],
  hot: ReadonlyMap<string, Hot>,
  rulebook: Rulebook,
): { readonly usage: readonly OfAccount<UsageKey>[]; readonly scores: readonly ScoreKey[] } {
  const usage = new Map<string, OfAccount<UsageKey>>();
  const scores = new Map<string, ScoreKey>();
  const { catalog } = rulebook;
  for (const job of jobs) {
    const isEvent = job.kind === 'event';
    const { rules, boards } = isEvent ? rulebook.reach(job.event.type) : rulebook.reachOfTransfers;
    for (const { digest } of peopleOf(job)) {
      const row = hot.get(digest);
      if (row === undefined) continue;
      const { account, zone } = row;
      const time = isEvent ? job.event.time.ms : job.receivedAt;
      const day = isEvent ? localTime(job.event.time, zone, catalog.timezone).day : zoneDay(zone ?? catalog.timezone, time);
      for (const rule of rules) {
        for (const key of usageKeys(rule, { time, day })) usage.set(`${account} ${usageId(key)}`, { ...key, account });
      }
      for (const board of boards) {
        if (board.period === 'all') continue;
        const period = scorePeriod(board, { time, day });
        // The newest one is in the hot row, and beyond it there is none.
        if (period >= (row.newest.get(board.key) ?? '')) continue;
        scores.set(`${account} ${scoreId(board.key, period)}`, { account, board: board.key, period });
      }
    }
  }
  return { usage: [...usage.values()], scores: [...scores.values()] };
}

function grouped<T extends { readonly account: number }>(
  items: readonly T[],
  key: (item: T) => string,
): Map<number, Map<string, T>> {
  const groups = new Map<number, Map<string, T>>();
  for (const item of items) {
    const group = groups.get(item.account);
    if (group === undefined) groups.set(item.account, new Map([[key(item), item]]));
    else group.set(key(item), item);
  }
  return groups;
}
