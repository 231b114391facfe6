import { loadOccurrences, occurrenceId } from '../achievements/index.ts';
import { loadScores } from '../boards/index.ts';
import { type KnownIdentity, loadIdentities } from '../events/index.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Tx } from '../kernel/ports.ts';
import { loadSeen, seenId } from '../metrics/index.ts';
import { loadUsage, usageId } from '../rules/index.ts';
import { loadPasts, loadRuns, NO_PAST, type Past } from '../streaks/index.ts';
import { type Named, peopleOf } from './job.ts';
import { createMember, type Member, NEVER, NOTHING } from './member.ts';
import type { Rulebook } from './rulebook.ts';
import { type HotAccount, type SideKeys, sideKeys, type Touched } from './side-keys.ts';
import { decodeHotRow, scoreId } from './state.ts';
import { lockUsers } from './store.ts';

export interface Loaded {
  /** By digest of the user's id. */
  readonly members: ReadonlyMap<string, Member>;
  /** By digest of the identity. */
  readonly known: ReadonlyMap<string, KnownIdentity>;
}

/** What a transaction is about. */
export interface Needs extends Touched {
  /** Identity digests beside those of the jobs. */
  readonly identities: readonly string[];
}

/** Locks the users in order of account, and loads all that deciding may need. */
export async function loadMembers(tx: Tx, needs: Needs, rulebook: Rulebook, ids: Ids): Promise<Loaded> {
  const { jobs } = needs;
  const people = new Map<string, Named>();
  for (const job of jobs) for (const named of peopleOf(job)) people.set(named.digest, named);
  for (const named of needs.people) people.set(named.digest, named);
  // Pipelined behind the lock, so that its snapshot sees what the former holders of the lock committed.
  const [locked, knownIdentities] = await Promise.all([
    lockUsers(tx, [...people.keys()]),
    loadIdentities(tx, [...jobs.map(({ digest }) => digest), ...needs.identities]),
  ]);
  const known = new Map(knownIdentities.map((identity) => [identity.digest, identity]));
  const hot = new Map<string, HotAccount>();
  for (const { digest, account, state } of locked) hot.set(digest, { account, ...decodeHotRow(state) });
  const fresh = known.size === 0 ? jobs : jobs.filter((job) => !known.has(job.digest));
  const side = await loadSide(tx, sideKeys({ ...needs, jobs: fresh }, hot, rulebook), hot);
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
        usage: side.usage.get(account) ?? NOTHING,
        seen: side.seen.get(account) ?? NOTHING,
        pasts: side.pasts.get(account) ?? NOTHING,
        occurrences: side.occurrences.get(account) ?? NEVER,
      }),
    );
  }
  return { members, known };
}

const NOBODY = { metrics: {} };

type Of<T> = ReadonlyMap<number, Map<string, T>>;

/** What stands in side tables, by account; older scores are put beside those of the hot rows. */
async function loadSide(
  tx: Tx,
  keys: SideKeys,
  hot: ReadonlyMap<string, HotAccount>,
): Promise<{
  readonly usage: Of<Awaited<ReturnType<typeof loadUsage>>[number]>;
  readonly seen: Of<Awaited<ReturnType<typeof loadSeen>>[number]>;
  readonly pasts: Of<Past>;
  readonly occurrences: ReadonlyMap<number, ReadonlySet<string>>;
}> {
  const [usages, scores, seen, runs, wholes, periods] = await Promise.all([
    keys.usage.length === 0 ? [] : loadUsage(tx, keys.usage),
    keys.scores.length === 0 ? [] : loadScores(tx, keys.scores),
    keys.seen.length === 0 ? [] : loadSeen(tx, keys.seen),
    keys.days.length === 0 ? [] : loadRuns(tx, keys.days),
    keys.pasts.length === 0 ? null : loadPasts(tx, keys.pasts),
    keys.occurrences.length === 0 ? [] : loadOccurrences(tx, keys.occurrences),
  ]);
  const byAccount = scores.length === 0 ? null : new Map([...hot.values()].map((row) => [row.account, row]));
  for (const { account, board, period, score, reachedAt, segment, record } of scores) {
    byAccount?.get(account)?.scores.set(scoreId(board, period), { score, reachedAt, segment, record });
  }
  const pasts = new Map<number, Map<string, Past>>();
  const pastsOf = (account: number): Map<string, Past> => {
    const known = pasts.get(account) ?? new Map<string, Past>();
    pasts.set(account, known);
    return known;
  };
  for (const { account, streak, first, last } of runs) {
    const of = pastsOf(account);
    const past = of.get(streak) ?? NO_PAST;
    of.set(streak, { ...past, older: [...past.older, { first, last }] });
  }
  for (const { account, streak } of keys.pasts) {
    pastsOf(account).set(streak, wholes?.get(`${account} ${streak}`) ?? NO_PAST);
  }
  const occurrences = new Map<number, Set<string>>();
  for (const { account, number, period } of periods) {
    const of = occurrences.get(account) ?? new Set<string>();
    occurrences.set(account, of.add(occurrenceId(number, period)));
  }
  return {
    usage: grouped(usages, usageId),
    seen: grouped(seen, ({ metric, span, member }) => seenId(metric, span, member)),
    pasts,
    occurrences,
  };
}

function grouped<T extends { readonly account: number }>(items: readonly T[], key: (item: T) => string): Of<T> {
  const groups = new Map<number, Map<string, T>>();
  for (const item of items) {
    const group = groups.get(item.account);
    if (group === undefined) groups.set(item.account, new Map([[key(item), item]]));
    else group.set(key(item), item);
  }
  return groups;
}
