import type { Board } from '../../boards/index.ts';
import { type BackfillRow, loadPast } from './backfill-store.ts';
import type { Beginning } from './begun.ts';
import { countPast } from './count-past.ts';
import type { Scene } from '../deeds.ts';
import { loadMoves } from './history-store.ts';
import type { Member } from '../member.ts';
import type { Moves } from '../moves.ts';
import { recordFacts } from '../record.ts';
import { type LoggedMoves, refold, type RulebookOf, streaksBeside, UnknownVersion } from './refold.ts';
import type { Derived } from '../state.ts';
import type { RunRow, StateChanges, Unlocked } from '../state.ts';
import { loadStored, type StoredState } from '../stored-state.ts';
import { Unfolding } from '../unfold.ts';

export interface BackfillOptions {
  readonly row: Pick<BackfillRow, 'version' | 'up_to' | 'silent'>;
  readonly beginning: Beginning;
  readonly rulebooks: (versions: Iterable<number>) => Promise<RulebookOf>;
  /** First position at which moves were recorded; null where all were. */
  readonly recordedFrom: number | null;
}

/** Where the row that tells of it will stand: behind everything. */
const LAST = Number.MAX_SAFE_INTEGER;

/**
 * Computes for one user, who is locked, what a version began, over the events before it, and unlocks what is due by it. Only values of
 * what began are written. Answers false where the ledger refused the rewards, or what was counted then is not understood any more.
 */
export async function backfillUser(scene: Scene, member: Member, options: BackfillOptions): Promise<boolean> {
  const { tx, cause, now } = scene;
  const { row, beginning, recordedFrom } = options;
  const { account } = member.state;
  const [past, moves, stored] = await Promise.all([
    loadPast(tx, account, row.up_to),
    loadMoves(tx, account),
    loadStored(tx, [account]),
  ]);
  const kept = stored.get(account);
  if (kept === undefined) return true;
  const rulebookOf = await options.rulebooks(moves.map(({ catalogVersion }) => catalogVersion));
  const counted = countPast(member.state, { past, moves }, beginning, rulebookOf, cause);
  // What metrics did before moves were recorded cannot be folded into boards.
  const isRecorded = recordedFrom === null || (past[0]?.position ?? recordedFrom) >= recordedFrom;
  const boards = isRecorded ? beginning.lateBoards.map(({ key }) => key) : [];
  const found: Moves = {
    ...(counted.past.length === 0 ? {} : { past: counted.past }),
    ...(boards.length === 0 ? {} : { boards, upTo: row.up_to }),
  };
  const values = valuesOf(member, scene, [...moves, asRow(found, scene, now)], { kept, boards, beginning, rulebookOf });
  if (values === undefined) return false;
  if (values.isEmpty && counted.past.length === 0 && counted.due.length === 0 && beginning.places.length === 0) return true;
  member.take(values.changes);
  return announce(scene, member, options, { found, due: counted.due, isEmpty: values.isEmpty });
}

function asRow(moves: Moves, { rulebook }: Scene, now: number): LoggedMoves {
  return { position: LAST, occurredAt: now, day: 0, catalogVersion: rulebook.version, moves, undoes: null };
}

/** The values of what began, folded from everything; undefined where the past is not understood. */
function valuesOf(
  member: Member,
  scene: Scene,
  rows: readonly LoggedMoves[],
  given: { kept: StoredState; boards: readonly string[]; beginning: Beginning; rulebookOf: RulebookOf },
): { readonly changes: StateChanges; readonly isEmpty: boolean } | undefined {
  const { kept, beginning, rulebookOf } = given;
  const { begun, rulebook } = beginning;
  let derived: Derived;
  try {
    derived = refold(member.state.account, rows, rulebookOf, kept.covers);
  } catch (error) {
    if (error instanceof UnknownVersion) return undefined;
    throw error;
  }
  const late = new Set(given.boards);
  const follows = ({ metric }: Board): boolean => begun.metrics.has(rulebook.metricsByName.get(metric)?.key ?? '');
  const windows = [...rulebook.windows.values()].flatMap((byMetric) => [...byMetric.values()]);
  const following = [...rulebook.catalog.boards.filter(({ key }) => begun.boards.has(key)), ...windows].filter(follows);
  const isOurs = new Set([...late, ...following.map(({ key }) => key)]);
  const boardOf = (id: string): string => id.slice(0, id.indexOf(' '));
  const metrics = only(derived.metrics, (key) => begun.metrics.has(key));
  const streaks = only(streaksBeside(derived.streaks, member.state.streaks), (key) => begun.streaks.has(key));
  const scores = only(derived.scores, (id) => isOurs.has(boardOf(id)));
  const seen = new Map(
    [...derived.seen].filter(([, { metric, span }]) => begun.metrics.has(metric) || isOurs.has(boardOf(span))),
  );
  const pasts = only(derived.pasts, (key) => begun.streaks.has(key));
  const earlyRows = [...pasts].flatMap(([streak, { early }]) => [...early].map(([day, own]) => ({ streak, day, own })));
  const nothing = scene.unfold(member).changes();
  return {
    changes: { ...nothing, metrics, streaks, scores, seen, pasts, runRows: runRows(pasts, kept, begun.streaks), earlyRows },
    isEmpty: metrics.size + streaks.size + scores.size === 0,
  };
}

function only<V>(values: ReadonlyMap<string, V>, isOne: (key: string) => boolean): ReadonlyMap<string, V> {
  return new Map([...values].filter(([key]) => isOne(key)));
}

/** Rows of older runs as they are to be, and those of events since that are part of longer ones now. */
function runRows(pasts: Derived['pasts'], { runs }: StoredState, begun: ReadonlySet<string>): readonly RunRow[] {
  const rows = [...pasts].flatMap(([streak, { older }]) => older.map((run): RunRow => ({ ...run, streak, stays: true })));
  const stay = new Set(rows.map(({ streak, first }) => `${streak} ${first}`));
  const gone = runs.filter(({ streak, first }) => begun.has(streak) && !stay.has(`${streak} ${first}`));
  return [...gone.map(({ streak, first, last }): RunRow => ({ streak, first, last, stays: false })), ...rows];
}

interface Found {
  readonly found: Moves;
  readonly due: readonly Unlocked[];
  /** No value of the user is another one. */
  readonly isEmpty: boolean;
}

/** Unlocks what was reached, then or by now, and records all of it as one fact. */
function announce(scene: Scene, member: Member, { row, beginning }: BackfillOptions, { found, due, isEmpty }: Found): boolean {
  const { silent, version } = row;
  const { places, unpaid } = beginning;
  const occasion = { type: 'metrics.backfilled', data: {}, time: { ms: scene.now, offset: null }, source: 'diana' };
  const unfolding = silent ? new Unfolding(member.state, occasion, unpaid, scene.cause) : scene.unfold(member, occasion);
  const events = found.past?.length ?? 0;
  const told = { type: 'metrics.backfilled', data: { version, events }, cause: null };
  unfolding.facts.push(told);
  const refusal = unfolding.reach(due) ?? unfolding.reconsider(places);
  const { unlocked } = unfolding.changes();
  if (isEmpty && unlocked.length === 0) return true;
  const about = { account: member.state.account, occurredAt: scene.now };
  const { local } = unfolding;
  if (refusal === undefined && silent) {
    const data = { version, events, unlocked: unlocked.map(({ achievement, tier }) => `${achievement} ${tier}`) };
    recordFacts(scene.record, about, { facts: [{ ...told, data }], moves: JSON.stringify(found), local });
    if (unlocked.length > 0) member.take(unfolding.changes());
    return true;
  }
  // Where nothing was unlocked nothing follows: what only shows a state stays as it was shown.
  const following = refusal ?? (unlocked.length === 0 ? undefined : unfolding.follow());
  if (following !== undefined || unlocked.length === 0) {
    recordFacts(scene.record, about, { facts: [told], moves: JSON.stringify(found), local });
    return following === undefined;
  }
  const moves = JSON.stringify({ ...(JSON.parse(unfolding.moves ?? '{}') as Moves), ...found });
  recordFacts(scene.record, about, { facts: unfolding.facts, moves, local });
  scene.record.booked.push(...unfolding.transfers);
  member.take(unfolding.changes());
  return true;
}
