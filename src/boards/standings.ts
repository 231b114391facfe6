import type { Database, Tx } from '../kernel/ports.ts';
import type { ScoreColumns } from './cold-build.ts';
import { withRoomFor } from './columns.ts';
import type { Board } from './model.ts';
import { SCORES_OF_PERIOD, type StandingRow } from './store.ts';

const CHUNK = 10_000;

/** All scores of a period, as columns that are filled chunk by chunk: a million rows never stand in memory as objects. */
export async function readStandings(
  database: Database,
  tx: Tx,
  { key, by, record }: Board,
  period: string,
): Promise<ScoreColumns> {
  let accounts = new Float64Array(CHUNK);
  let scores = new Float64Array(CHUNK);
  let reachedAt = new Float64Array(CHUNK);
  const users: string[] = [];
  const isKept = by !== null || record.length > 0;
  const segments: (string | null)[] = [];
  const records: (string | null)[] = [];
  // Every row brings a text of its own; those of one segment share one.
  const names = new Map<string | null, string | null>();
  for await (const rows of database.stream<StandingRow>(tx, SCORES_OF_PERIOD, [key, period], CHUNK)) {
    const last = users.length + rows.length - 1;
    accounts = withRoomFor(accounts, last);
    scores = withRoomFor(scores, last);
    reachedAt = withRoomFor(reachedAt, last);
    for (const row of rows) {
      const at = users.push(row.user) - 1;
      accounts[at] = row.account;
      scores[at] = row.score;
      reachedAt[at] = row.reached_at;
      if (!isKept) continue;
      if (!names.has(row.segment)) names.set(row.segment, row.segment);
      segments.push(names.get(row.segment) ?? null);
      records.push(row.record);
    }
  }
  const size = users.length;
  return {
    accounts: accounts.subarray(0, size),
    users,
    scores: scores.subarray(0, size),
    reachedAt: reachedAt.subarray(0, size),
    ...(isKept ? { kept: { segments, records } } : {}),
  };
}
