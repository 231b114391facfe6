import type { Scope } from '../../kernel/conditions/index.ts';
import { Overlay } from '../../kernel/overlay.ts';
import { type Balance, EMPTY_BALANCE } from '../../ledger/index.ts';
import type { PastRow } from './backfill-store.ts';
import type { Beginning } from './begun.ts';
import { createMember, type Member } from '../member.ts';
import type { Moves, PastMoves } from '../moves.ts';
import { pastLocal, writtenTime } from './past-time.ts';
import type { Cause } from '../post.ts';
import { Progress } from '../progress.ts';
import { inOrder, type LoggedMoves, type RulebookOf } from './refold.ts';
import { placeOf } from '../../streaks/index.ts';
import { emptyState, type Unlocked, unlocksAsTheyAre, type UserState } from '../state.ts';
import { Unfolding } from '../unfold.ts';

/** All that the log has about one user. */
export interface UserLog {
  /** What happened before the definitions that begin, in order of position. */
  readonly past: readonly PastRow[];
  /** What was counted, then and since. */
  readonly moves: readonly LoggedMoves[];
}

export interface CountedPast {
  /** What each event would have brought to the definitions that begin. */
  readonly past: readonly PastMoves[];
  /** Tiers that were reached at some time, in order of time. */
  readonly due: readonly Unlocked[];
}

/** What was announced about points moves metrics of what is earned and spent. */
const COUNTS: Readonly<Record<string, 'earned' | 'spent'>> = {
  'points.awarded': 'earned',
  'points.spent': 'spent',
  'points.captured': 'spent',
};

/**
 * Goes through what happened to one user once more, in order of position: what was counted then is folded as it was, and what begins
 * now counts as it would have counted. Pure; `state` is the user as they are.
 */
export function countPast(
  state: UserState,
  log: UserLog,
  beginning: Beginning,
  rulebookOf: RulebookOf,
  cause: Cause,
): CountedPast {
  const empty = emptyState(state.account);
  const member = createMember(NOBODY, { ...empty, isNew: false, zone: state.zone, attributes: state.attributes });
  const undone = new Map(log.moves.flatMap(({ undoes, position }) => (undoes === null ? [] : [[undoes, position] as const])));
  const groups = groupsOf(log.past);
  const past: PastMoves[] = [];
  const due = new DueOverTime(state, member, beginning, cause);

  function count(position: number): void {
    const group = groups.get(position);
    if (group === undefined) return;
    groups.delete(position);
    if (undone.has(position)) return;
    const counted = countGroup(group, member, beginning);
    if (counted !== undefined) past.push(counted);
    due.look(group[0]?.occurredAt ?? 0);
  }

  const waiting = [...groups.keys()];
  let next = 0;
  for (const row of inOrder(log.moves)) {
    for (; (waiting[next] ?? Number.POSITIVE_INFINITY) < row.position; next += 1) count(waiting[next] as number);
    const undoneBy = undone.get(row.position);
    const isGone = undoneBy !== undefined && (row.toldBy ?? row.position) < undoneBy;
    if (!isGone) replay(row, member, rulebookOf);
    count(row.position);
    if (!isGone) due.look(row.occurredAt);
  }
  for (; next < waiting.length; next += 1) count(waiting[next] as number);
  return { past, due: due.found };
}

const NOBODY = { id: '', digest: '' };

function groupsOf(rows: readonly PastRow[]): Map<number, PastRow[]> {
  const groups = new Map<number, PastRow[]>();
  for (const row of rows) {
    const group = groups.get(row.root);
    if (group === undefined) groups.set(row.root, [row]);
    else group.push(row);
  }
  return groups;
}

function take(member: Member, progress: Progress): void {
  member.take(progress.changes({ balances: NONE, usage: NONE, topLevel: null }, unlocksAsTheyAre(member.state)));
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** Of a version that is no longer understood, nothing is known. */
function replay({ occurredAt, day, catalogVersion, moves }: LoggedMoves, member: Member, rulebookOf: RulebookOf): void {
  const rulebook = rulebookOf(catalogVersion);
  if (rulebook === undefined) return;
  const progress = new Progress(member.state, rulebook, { time: occurredAt, day, recordedAt: 0, place: 0 }, () => 0);
  progress.replay(moves);
  take(member, progress);
}

/** One event with all that it brought about, or a group of facts. */
function countGroup(group: readonly PastRow[], member: Member, { counting }: Beginning): PastMoves | undefined {
  const [root] = group;
  if (root === undefined) return undefined;
  const { state } = member;
  const local = pastLocal(root, state.zone, counting.catalog.timezone);
  const balances = new Overlay<Balance>(state.balances);
  const available = (currency: string): number => balances.get(currency)?.available ?? 0;
  const moment = {
    time: root.occurredAt,
    day: local.day,
    recordedAt: root.recordedAt,
    place: placeOf(state.zone, writtenTime(root).offset, counting.catalog.timezone),
  };
  const progress = new Progress(state, counting, moment, available);
  const scope = ({ type, data }: Pick<PastRow, 'type' | 'data'>): Scope => ({
    event: {
      type,
      source: root.source ?? 'diana',
      data: data ?? {},
      time: writtenTime(root).ms,
      local: { hour: local.hour, weekday: local.weekday },
    },
    user: { attributes: state.attributes, level: progress.levelBefore },
    metric: progress.metric,
    now: root.recordedAt,
  });
  const ownScope = scope(root);
  for (const row of group) {
    const { type, data } = row;
    if (data === null) continue;
    const { currency, amount, balance } = data as PointsFact;
    if (type.startsWith('points.') && currency !== undefined && balance !== undefined)
      balances.set(currency, { ...EMPTY_BALANCE, available: balance });
    const counts = COUNTS[type];
    if (counts !== undefined && currency !== undefined) progress.moveByTransfer(counts, currency, amount ?? 0, ownScope);
    const { metrics, streaks } = counting.listeners(type);
    if (metrics.length + streaks.length === 0) continue;
    const ofRow = scope(row);
    progress.moveMetrics(metrics, ofRow);
    progress.moveStreaks(streaks, ofRow);
  }
  progress.look(ownScope);
  progress.finish(ownScope);
  member.take(progress.changes({ balances: balances.changes, usage: NONE, topLevel: null }, unlocksAsTheyAre(state)));
  const text = progress.log.text();
  return text === null ? undefined : [root.position, root.occurredAt, local.day, JSON.parse(text) as Moves];
}

/** What is announced about points, whoever moved them. */
interface PointsFact {
  readonly currency?: string;
  readonly amount?: number;
  /** After it. */
  readonly balance?: number;
}

/** Tiers that were due at some moment, though they may not be any more: a streak that broke, a row that ended. */
class DueOverTime {
  private readonly member: Member;
  private readonly beginning: Beginning;
  private readonly cause: Cause;
  private unlocks: UserState['unlocks'];
  readonly found: Unlocked[] = [];

  constructor(now: UserState, member: Member, beginning: Beginning, cause: Cause) {
    this.unlocks = now.unlocks;
    this.member = member;
    this.beginning = beginning;
    this.cause = cause;
  }

  /** `time`: of the event, milliseconds. */
  look(time: number): void {
    const { places, unpaid } = this.beginning;
    if (places.length === 0) return;
    const { unlocks } = this;
    const occasion = { type: 'metrics.backfilled', data: {}, time: { ms: time, offset: null }, source: 'diana' };
    const unfolding = new Unfolding({ ...this.member.state, unlocks }, occasion, unpaid, this.cause);
    unfolding.reconsider(places);
    const changes = unfolding.changes();
    this.unlocks = changes.unlocks;
    // What was unlocked before, and comes again, is nothing that the version began.
    this.found.push(...changes.unlocked.filter(({ first }) => first));
  }
}
