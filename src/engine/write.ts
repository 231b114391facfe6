import { appendAudit } from '../access/index.ts';
import { type AccountScore, saveScores } from '../boards/index.ts';
import { append } from '../events/index.ts';
import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { type AccountBalance, insertNotes, insertTransfers, saveBalances } from '../ledger/index.ts';
import { type OfAccount, saveUsage, type Usage } from '../rules/index.ts';
import { insertPeople } from '../users/index.ts';
import type { Member } from './members.ts';
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
  batch: { readonly fence: number; readonly recordedAt: number },
): Promise<{ readonly base: number; readonly scores: readonly NamedScore[] }> {
  const { created, moved, balances, usage, scores } = changesOf(members);
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
  for (const { actor, entry } of record.audits) writes.push(appendAudit(tx, actor, entry));
  const appending = append(tx, { rows: record.rows, claims: record.claims, fence: batch.fence, recordedAt });
  // All are under way on one connection, in this order; the first that fails fails the transaction.
  const [base] = await Promise.all([appending, ...writes]);
  return { base, scores };
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
}

/** What differs from what was loaded. */
function changesOf(members: Iterable<Member>): Changes {
  const changes: Changes = { created: [], moved: [], balances: [], usage: [], scores: [] };
  for (const member of members) {
    const { loaded, state, named } = member;
    if (state === loaded) continue;
    const { account } = state;
    if (loaded.isNew) changes.created.push(member);
    else if (changed(state.metrics, loaded.metrics).length > 0) changes.moved.push(member);
    for (const [currency, balance] of changed(state.balances, loaded.balances)) {
      changes.balances.push({ ...balance, account, currency });
    }
    for (const [, used] of changed(state.usage, loaded.usage)) changes.usage.push({ ...used, account });
    for (const [id, score] of changed(state.scores, loaded.scores)) {
      const [board = '', period = ''] = id.split(' ');
      changes.scores.push({ ...score, account, board, period, user: named.id });
    }
  }
  return changes;
}

/** Values are replaced, never changed, so another value is another object. */
function changed<V>(after: ReadonlyMap<string, V>, before: ReadonlyMap<string, V>): readonly (readonly [string, V])[] {
  return after === before ? [] : [...after].filter(([key, value]) => before.get(key) !== value);
}
