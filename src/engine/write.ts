import {
  deleteUnlocks,
  insertOccurrences,
  insertUnlocks,
  type Occurrence,
  occurrenceOf,
  type Revocation,
  type Unlock,
  updateTimes,
} from '../achievements/index.ts';
import { appendAudit } from '../access/index.ts';
import { type AccountScore, deleteScores, saveScores, type ScoreKey } from '../boards/index.ts';
import { append, keepAside } from '../events/index.ts';
import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import {
  type AccountBalance,
  addToLots,
  type Expiry,
  insertNotes,
  insertTransfers,
  saveBalances,
  type Transfer,
} from '../ledger/index.ts';
import { type AccountSeen, insertSeen } from '../metrics/index.ts';
import { type OfAccount, saveUsage, type Usage } from '../rules/index.ts';
import {
  type AccountCover,
  type AccountEarly,
  type AccountRun,
  deleteRuns,
  saveCovers,
  saveEarly,
  saveRuns,
} from '../streaks/index.ts';
import { hastenTimers, type NewTimer, setTimers } from '../timers/index.ts';
import { insertPeople } from '../users/index.ts';
import type { Changed, Member } from './member.ts';
import { creditedLots } from './points/credited-lots.ts';
import type { BatchRecord } from './record.ts';
import type { Rulebook } from './rulebook.ts';
import { encodeHotRow } from './state.ts';
import { insertHotRows, saveHotRows } from './store.ts';

/** A score that moved, with the name to show it under. */
export interface NamedScore extends AccountScore {
  readonly user: string;
}

export interface WrittenBatch {
  readonly fence: number;
  readonly generation: number | null;
  /** In force, as the rulebook has them. */
  readonly expiries: Rulebook['expiries'];
  readonly timezone: string;
  /** Milliseconds. */
  readonly recordedAt: number;
  readonly last?: boolean;
}

/** Writes a batch, one statement a table, and takes positions last. Answers the position of the first row, and the scores. */
export async function writeBatch(
  tx: Tx,
  members: Iterable<Member>,
  record: BatchRecord,
  batch: WrittenBatch,
): Promise<{ readonly base: number; readonly scores: readonly NamedScore[]; readonly gone: readonly ScoreKey[] }> {
  const changes = changesOf(members, batch);
  const { created, moved, balances, usage, scores, gone } = changes;
  const recordedAt = formatTime(batch.recordedAt);
  const writes: Promise<unknown>[] = [];
  if (created.length > 0) {
    const people = created.map(({ named, state }) => ({ ...named, account: state.account, createdAt: recordedAt }));
    writes.push(insertPeople(tx, people), insertHotRows(tx, hotRows(created, batch.recordedAt)));
  }
  if (moved.length > 0) writes.push(saveHotRows(tx, hotRows(moved, batch.recordedAt)));
  if (record.booked.length > 0) {
    const transfers = record.booked.map(({ transfer }) => transfer);
    const notes = record.booked.flatMap(({ note }) => (note === null ? [] : [note]));
    writes.push(insertTransfers(tx, transfers), saveBalances(tx, balances));
    if (notes.length > 0) writes.push(insertNotes(tx, notes));
    if (batch.expiries !== null) writes.push(...writeLots(tx, transfers, batch.expiries, batch.timezone));
  }
  if (usage.length > 0) writes.push(saveUsage(tx, usage));
  if (scores.length > 0) writes.push(saveScores(tx, scores));
  if (gone.length > 0) writes.push(deleteScores(tx, gone));
  writes.push(...writeGrowth(tx, changes, recordedAt));
  if (record.aside.length > 0) writes.push(keepAside(tx, record.aside, recordedAt));
  for (const { actor, entry } of record.audits) writes.push(appendAudit(tx, actor, entry));
  const { fence, generation } = batch;
  const appending = append(tx, { rows: record.rows, claims: record.claims, fence, generation, recordedAt });
  if (batch.last ?? true) tx.seal([appending, ...writes]);
  // All are under way on one connection, in this order; the first that fails fails the transaction.
  const [base] = await Promise.all([appending, ...writes]);
  return { base, scores, gone };
}

/** What the batch credits in currencies that expire. */
function writeLots(
  tx: Tx,
  transfers: readonly Transfer[],
  expiries: ReadonlyMap<string, Expiry>,
  timezone: string,
): readonly Promise<unknown>[] {
  const { lots, timers } = creditedLots(transfers, expiries, timezone);
  return lots.length === 0 ? [] : [addToLots(tx, lots), hastenTimers(tx, timers)];
}

/** What most batches have little of. */
function writeGrowth(tx: Tx, changes: Changes, recordedAt: string): readonly Promise<unknown>[] {
  const { seen, goneRuns, runs, early, covers, deadlines, unlocks, repeats, occurrences, taken } = changes;
  const writes: Promise<unknown>[] = [];
  if (seen.length > 0) writes.push(insertSeen(tx, seen));
  if (goneRuns.length > 0) writes.push(deleteRuns(tx, goneRuns));
  if (runs.length > 0) writes.push(saveRuns(tx, runs));
  if (early.length > 0) writes.push(saveEarly(tx, early));
  if (covers.length > 0) writes.push(saveCovers(tx, covers, recordedAt));
  if (deadlines.length > 0) writes.push(setTimers(tx, deadlines));
  if (taken.length > 0) writes.push(deleteUnlocks(tx, taken));
  if (unlocks.length > 0) writes.push(insertUnlocks(tx, unlocks));
  if (repeats.length > 0) writes.push(updateTimes(tx, repeats));
  if (occurrences.length > 0) writes.push(insertOccurrences(tx, occurrences));
  return writes;
}

function hotRows(members: readonly Member[], now: number): readonly { readonly account: number; readonly state: string }[] {
  return members.map(({ state }) => ({ account: state.account, state: encodeHotRow(state, now) }));
}

interface Changes {
  readonly created: Member[];
  /** Their hot row is another one. */
  readonly moved: Member[];
  readonly balances: AccountBalance[];
  readonly usage: OfAccount<Usage>[];
  readonly scores: NamedScore[];
  readonly gone: ScoreKey[];
  readonly seen: AccountSeen[];
  readonly goneRuns: AccountRun[];
  readonly runs: AccountRun[];
  readonly early: AccountEarly[];
  readonly covers: AccountCover[];
  readonly deadlines: NewTimer[];
  readonly unlocks: Unlock[];
  /** Rows that are there already, with how often by now. */
  readonly repeats: Unlock[];
  readonly occurrences: Occurrence[];
  readonly taken: Revocation[];
}

/** What the batch decided, by table. */
function changesOf(members: Iterable<Member>, batch: { readonly fence: number; readonly recordedAt: number }): Changes {
  const all: Changes = {
    created: [],
    moved: [],
    balances: [],
    usage: [],
    scores: [],
    gone: [],
    seen: [],
    goneRuns: [],
    runs: [],
    early: [],
    covers: [],
    deadlines: [],
    unlocks: [],
    repeats: [],
    occurrences: [],
    taken: [],
  };
  for (const member of members) {
    const { changed, named, state } = member;
    if (changed === null) continue;
    const { account } = state;
    if (!member.existed) all.created.push(member);
    else if (changed.hot) all.moved.push(member);
    for (const currency of changed.currencies ?? NONE) {
      const balance = state.balances.get(currency);
      if (balance !== undefined) all.balances.push({ ...balance, account, currency });
    }
    for (const used of changed.usage?.values() ?? NONE) all.usage.push({ ...used, account });
    for (const [id, { score, reachedAt, segment, record }] of changed.scores ?? NONE) {
      const space = id.indexOf(' ');
      const [board, period] = [id.slice(0, space), id.slice(space + 1)];
      all.scores.push({ score, reachedAt, segment, record, account, board, period, user: named.id });
    }
    for (const id of changed.gone ?? NONE) {
      const space = id.indexOf(' ');
      all.gone.push({ account, board: id.slice(0, space), period: id.slice(space + 1) });
    }
    for (const seen of changed.seen?.values() ?? NONE) all.seen.push({ ...seen, account });
    for (const { streak, first, last, stays } of changed.runRows?.values() ?? NONE) {
      (stays ? all.runs : all.goneRuns).push({ account, streak, first, last });
    }
    for (const row of changed.earlyRows?.values() ?? NONE) all.early.push({ ...row, account });
    for (const row of changed.coverRows?.values() ?? NONE) all.covers.push({ ...row, account, reason: null });
    for (const timer of changed.deadlines?.values() ?? NONE) all.deadlines.push(timer);
    addUnlocks(all, changed, account, batch);
  }
  return all;
}

/** A tier that was unlocked several times in the batch is one row. */
function addUnlocks(
  all: Changes,
  { unlocked, occurrences, taken }: Changed,
  account: number,
  batch: { readonly fence: number; readonly recordedAt: number },
): void {
  const rows = new Map<number, Unlock & { readonly first: boolean }>();
  for (const { achievement, tier, number, at, cause, times, first, granted } of unlocked ?? NONE) {
    const before = rows.get(number);
    const unlockedAt = formatTime(at);
    const row = { account, achievement, tier, number, unlockedAt, cause, catalogVersion: batch.fence, granted, first };
    rows.set(number, { ...(before ?? row), times: times ?? 1, lastAt: unlockedAt });
  }
  for (const row of rows.values()) (row.first ? all.unlocks : all.repeats).push(row);
  for (const id of occurrences ?? NONE) all.occurrences.push(occurrenceOf(account, id));
  const revokedAt = formatTime(batch.recordedAt);
  for (const { achievement, tier, number } of taken ?? NONE) all.taken.push({ account, achievement, tier, number, revokedAt });
}

const NONE: readonly never[] = [];
