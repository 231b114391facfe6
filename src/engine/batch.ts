import type { ScoreKey } from '../boards/index.ts';
import { checkFence, keepAside, type LoggedRows, type LogRow } from '../events/index.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { decideJobs } from './decide-job.ts';
import type { Job } from './job.ts';
import { loadMembers } from './members.ts';
import { createRecord } from './record.ts';
import type { Rulebook } from './rulebook.ts';
import { type NamedScore, writeBatch } from './write.ts';

/** What a committed batch leaves to do. */
export interface BatchOutcome {
  /** To be called after the commit. */
  readonly answers: readonly (() => void)[];
  /** Positions taken; none when `to < from`. */
  readonly from: number;
  readonly to: number;
  readonly scores: readonly NamedScore[];
  /** Scores that are no more. */
  readonly gone: readonly ScoreKey[];
  /** Null where nothing was written. */
  readonly logged: LoggedRows<LogRow> | null;
}

/**
 * Load, decide, store: the work of one transaction, for all jobs at once. The caller commits, then gives the answers.
 * `last`: nothing else is written in this transaction, so that its commit may travel with the last statement.
 */
export async function runBatch(tx: Tx, jobs: readonly Job[], rulebook: Rulebook, ids: Ids, last = true): Promise<BatchOutcome> {
  const loaded = await loadMembers(tx, { jobs, people: [], identities: [], now: 0, sends: null }, rulebook, ids);
  const record = createRecord();
  const answers = decideJobs(jobs, loaded, rulebook, record);
  const recordedAt = jobs.reduce((latest, { receivedAt }) => Math.max(latest, receivedAt), 0);
  if (record.claims.length === 0) {
    // What takes no position meets no fence on its way: a refusal by a catalog that is no longer in force would stand.
    if (record.refusedFreely) await checkFence(tx, rulebook.version);
    if (record.aside.length > 0) await keepAside(tx, record.aside, formatTime(recordedAt));
    return { answers: answers.map((answer) => answer(0)), from: 1, to: 0, scores: [], gone: [], logged: null };
  }
  const { base, scores, gone } = await writeBatch(tx, loaded.members.values(), record, {
    fence: rulebook.version,
    generation: rulebook.circumstances.generation,
    expiries: rulebook.expiries,
    timezone: rulebook.catalog.timezone,
    recordedAt,
    last,
  });
  const names = new Map<number, string>();
  for (const { state, named } of loaded.members.values()) names.set(state.account, named.id);
  return {
    answers: answers.map((answer) => answer(base)),
    from: base,
    to: base + record.rows.length - 1,
    scores,
    gone,
    logged: { from: base, rows: record.rows, names, recordedAt },
  };
}
