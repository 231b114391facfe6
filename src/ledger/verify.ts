import { accountId, factId, transferId } from '../kernel/ids.ts';
import type { Database, Tx } from '../kernel/ports.ts';
import { commitReason } from './chain.ts';
import { ChainProof } from './verify-chain.ts';
import { describeFault, FaultList, type Verification, type VerificationReport } from './verify-model.ts';
import { announcedWithin, lastPosition, streamSilent } from './verify-log-store.ts';
import {
  countEntries,
  countNotes,
  insertVerification,
  newestVerification,
  reasonsAfter,
  strayHolds,
  strayNotes,
  streamChains,
} from './verify-store.ts';

export interface VerifyOptions {
  /** Milliseconds. */
  now(): number;
  /** Entries proven so far, and how many there should be. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Rows fetched at once. */
  readonly chunk?: number;
}

/** Proving so many entries holds the process for some 10 ms; the server beside it goes on answering. */
const CHUNK = 1_000;
/** Transfers or positions that one statement looks at: some 50 ms, far from any timeout. */
const PAGE = 10_000;
const NO_ID = '00000000-0000-0000-0000-000000000000';
/** What was forged in bulk need not be told in full. */
const MAX_NAMED = 20;

/**
 * Proves every account on one snapshot, in flat memory: entries are dense from 1, each hash covers every field and
 * the entry before, balances and what is held add up, each account's row says what its entries say, open holds are what is
 * held, reasons are the ones committed to, what was issued less what was destroyed is what users have, and the log announces exactly these entries.
 * Never throws for what it finds; rejects with `DatabaseUnavailable` as any read does.
 */
export async function verifyLedger(database: Database, options: VerifyOptions): Promise<VerificationReport> {
  const startedAt = options.now();
  const faults = new FaultList();
  const proof = new ChainProof(faults);
  const { heads, currencies } = await database.snapshot(async (tx) => {
    const total = await countEntries(tx);
    options.onProgress?.(0, total);
    for await (const rows of readAhead(streamChains(database, tx, options.chunk ?? CHUNK))) {
      for (const row of rows) proof.take(row);
      options.onProgress?.(proof.entries, Math.max(total, proof.entries));
    }
    const finished = proof.finish();
    await verifyReasons(tx, faults);
    await verifyHolds(tx, faults);
    await verifyAnnounced(database, tx, proof.ofKnown, faults);
    return finished;
  });
  return {
    ok: faults.total === 0,
    accounts: proof.accounts,
    entries: proof.entries,
    currencies,
    heads,
    faults: faults.first,
    totalFaults: faults.total,
    startedAt,
    finishedAt: options.now(),
  };
}

/** Lets the database fetch the next chunk while this one is proven. */
async function* readAhead<T>(source: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  let coming = iterator.next();
  for (;;) {
    const { done, value } = await coming;
    if (done === true) return;
    coming = iterator.next();
    // Its failure is told by the next turn; until then somebody must have heard of it.
    coming.catch(() => undefined);
    // The driver writes to its socket between two turns of the event loop.
    await new Promise(setImmediate);
    yield value;
  }
}

/** Every reason is the one its transfer committed to; it may be gone only together with one of its people. */
async function verifyReasons(tx: Tx, faults: FaultList): Promise<void> {
  let found = 0;
  for (let after = NO_ID; ; ) {
    const rows = await reasonsAfter(tx, after, PAGE);
    for (const row of rows) {
      after = row.id;
      const where = {
        account: accountId(Number(row.account)),
        currency: row.currency,
        entry: Number(row.entry),
        transfer: transferId(row.id),
      };
      if (row.nonce !== null && row.reason !== null) {
        found += 1;
        if (row.commitment === null) faults.add('it has a reason that its chain does not know of', where);
        else if (commitReason(row.nonce, row.reason) !== row.commitment)
          faults.add('its reason is not the one its chain commits to', where);
      } else if (row.commitment !== null && !row.erased) faults.add('its reason is missing, and nobody in it is erased', where);
    }
    if (rows.length === 0) break;
  }
  if ((await countNotes(tx)) === found) return;
  for (const { transfer } of await strayNotes(tx, MAX_NAMED)) {
    faults.add('there is a reason for it, and no such transfer', { transfer: transferId(transfer) });
  }
}

/** What the holds of each person have left to be captured or released is what their account holds. */
async function verifyHolds(tx: Tx, faults: FaultList): Promise<void> {
  for (const { account, currency, held, open } of await strayHolds(tx, MAX_NAMED)) {
    faults.add(`the account holds ${held}, its open holds come to ${open}`, { account: accountId(Number(account)), currency });
  }
}

/**
 * The log and the ledger say the same: each announced movement is an entry, and there are as many announcements
 * as entries, so that neither has what the other has not. What is erased is left out on both sides.
 */
async function verifyAnnounced(database: Database, tx: Tx, entries: number, faults: FaultList): Promise<void> {
  const last = await lastPosition(tx);
  let announced = 0;
  for (let from = 0; from < last; from += PAGE) {
    const page = await announcedWithin(tx, from, from + PAGE);
    announced += page.borne;
    if (page.position === null || page.account === null) continue;
    const what = page.differs === true ? 'tells it otherwise than the ledger' : 'announces it, and the ledger does not have it';
    const more = page.strays === 1 ? '' : ` (and ${page.strays - 1} more near it)`;
    const { currency, transfer } = page;
    faults.add(`${factId(page.position)} ${what}${more}`, { account: accountId(page.account), currency, transfer });
  }
  if (announced === entries) return;
  let named = 0;
  for await (const rows of streamSilent(database, tx, MAX_NAMED)) {
    for (const row of rows) {
      named += 1;
      faults.add('the log does not announce it', {
        account: accountId(Number(row.account)),
        currency: row.currency,
        entry: Number(row.entry),
        transfer: transferId(row.id),
      });
    }
  }
  if (named === 0) faults.add(`the log announces ${announced} entries, the ledger has ${entries}`);
}

/** Puts the result on record, so that health checks and the next person can see it. */
export async function saveVerification(tx: Tx, report: VerificationReport): Promise<void> {
  const { startedAt, finishedAt, accounts, entries, totalFaults } = report;
  const [first] = report.faults;
  const more = totalFaults > 1 ? ` (and ${totalFaults - 1} more)` : '';
  await insertVerification(tx, {
    startedAt,
    finishedAt,
    accounts,
    entries,
    fault: first === undefined ? null : describeFault(first) + more,
  });
}

export async function lastVerification(database: Pick<Database, 'read'>): Promise<Verification | undefined> {
  const row = await newestVerification({ query: database.read.bind(database) });
  if (row === undefined) return undefined;
  const { started_at: startedAt, finished_at: finishedAt, accounts, entries, fault } = row;
  return { startedAt, finishedAt, accounts, entries, fault };
}
