import { insertUnlocks, type Unlock } from '../achievements/index.ts';
import { appendAudit } from '../access/index.ts';
import { type AccountScore, saveScores } from '../boards/index.ts';
import { append, keepAside } from '../events/index.ts';
import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { type AccountBalance, insertNotes, insertTransfers, saveBalances } from '../ledger/index.ts';
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
import { type NewTimer, setTimers } from '../timers/index.ts';
import { insertPeople } from '../users/index.ts';
import type { Member } from './member.ts';
import type { BatchRecord } from './record.ts';
import { encodeHotRow } from './state.ts';
import { insertHotRows, saveHotRows } from './store.ts';

/** A score that moved, with the name to show it under. */
export interface NamedScore extends AccountScore {
  readonly user: string;
}

/** Writes a batch, one statement a table, and takes positions last. Answers the position of the first row, and the scores. */
export async function writeBatch(
  tx: Tx,
  members: Iterable<Member>,
  record: BatchRecord,
  batch: { readonly fence: number; readonly generation: number | null; readonly recordedAt: number; readonly last?: boolean },
): Promise<{ readonly base: number; readonly scores: readonly NamedScore[] }> {
  const changes = changesOf(members, batch.fence);
  const { created, moved, balances, usage, scores } = changes;
  const recordedAt = formatTime(batch.recordedAt);
  const writes: Promise<unknown>[] = [];
  if (created.length > 0) {
    const people = created.map(({ named, state }) => ({ ...named, account: state.account, createdAt: recordedAt }));
    writes.push(insertPeople(tx, people), insertHotRows(tx, created.map(hotRow)));
  }
  if (moved.length > 0) writes.push(saveHotRows(tx, moved.map(hotRow)));
  if (record.booked.length > 0) {
    const transfers = record.booked.map(({ transfer }) => transfer);
    const notes = record.booked.flatMap(({ note }) => (note === null ? [] : [note]));
    writes.push(insertTransfers(tx, transfers), saveBalances(tx, balances));
    if (notes.length > 0) writes.push(insertNotes(tx, notes));
  }
  if (usage.length > 0) writes.push(saveUsage(tx, usage));
  if (scores.length > 0) writes.push(saveScores(tx, scores));
  writes.push(...writeGrowth(tx, changes, recordedAt));
  if (record.aside.length > 0) writes.push(keepAside(tx, record.aside, recordedAt));
  for (const { actor, entry } of record.audits) writes.push(appendAudit(tx, actor, entry));
  const { fence, generation } = batch;
  const appending = append(tx, { rows: record.rows, claims: record.claims, fence, generation, recordedAt });
  if (batch.last ?? true) tx.seal([appending, ...writes]);
  // All are under way on one connection, in this order; the first that fails fails the transaction.
  const [base] = await Promise.all([appending, ...writes]);
  return { base, scores };
}

/** What most batches have little of. */
function writeGrowth(tx: Tx, changes: Changes, recordedAt: string): readonly Promise<unknown>[] {
  const { seen, goneRuns, runs, early, covers, deadlines, unlocks } = changes;
  const writes: Promise<unknown>[] = [];
  if (seen.length > 0) writes.push(insertSeen(tx, seen));
  if (goneRuns.length > 0) writes.push(deleteRuns(tx, goneRuns));
  if (runs.length > 0) writes.push(saveRuns(tx, runs));
  if (early.length > 0) writes.push(saveEarly(tx, early));
  if (covers.length > 0) writes.push(saveCovers(tx, covers, recordedAt));
  if (deadlines.length > 0) writes.push(setTimers(tx, deadlines));
  if (unlocks.length > 0) writes.push(insertUnlocks(tx, unlocks));
  return writes;
}

function hotRow({ state }: Member): { readonly account: number; readonly state: string } {
  return { account: state.account, state: encodeHotRow(state) };
}

interface Changes {
  readonly created: Member[];
  /** Their hot row is another one. */
  readonly moved: Member[];
  readonly balances: AccountBalance[];
  readonly usage: OfAccount<Usage>[];
  readonly scores: NamedScore[];
  readonly seen: AccountSeen[];
  readonly goneRuns: AccountRun[];
  readonly runs: AccountRun[];
  readonly early: AccountEarly[];
  readonly covers: AccountCover[];
  readonly deadlines: NewTimer[];
  readonly unlocks: Unlock[];
}

/** What the batch decided, by table. */
function changesOf(members: Iterable<Member>, catalogVersion: number): Changes {
  const all: Changes = {
    created: [],
    moved: [],
    balances: [],
    usage: [],
    scores: [],
    seen: [],
    goneRuns: [],
    runs: [],
    early: [],
    covers: [],
    deadlines: [],
    unlocks: [],
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
    for (const [id, { score, reachedAt }] of changed.scores ?? NONE) {
      const space = id.indexOf(' ');
      all.scores.push({ score, reachedAt, account, board: id.slice(0, space), period: id.slice(space + 1), user: named.id });
    }
    for (const seen of changed.seen?.values() ?? NONE) all.seen.push({ ...seen, account });
    for (const { streak, first, last, stays } of changed.runRows?.values() ?? NONE) {
      (stays ? all.runs : all.goneRuns).push({ account, streak, first, last });
    }
    for (const row of changed.earlyRows?.values() ?? NONE) all.early.push({ ...row, account });
    for (const row of changed.coverRows?.values() ?? NONE) all.covers.push({ ...row, account, reason: null });
    for (const timer of changed.deadlines?.values() ?? NONE) all.deadlines.push(timer);
    for (const { achievement, tier, number, at, cause } of changed.unlocked ?? NONE) {
      all.unlocks.push({ account, achievement, tier, number, unlockedAt: formatTime(at), cause, catalogVersion });
    }
  }
  return all;
}

const NONE: readonly never[] = [];
