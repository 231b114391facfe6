import { loadUnlocksOf, type UnlockKey } from '../achievements/index.ts';
import { type AccountScore, loadAllScores } from '../boards/index.ts';
import { type AccountSeen, loadAllSeen, seenId } from '../metrics/index.ts';
import type { Tx } from '../kernel/ports.ts';
import { type AccountCover, type AccountRun, loadAllCovers, loadAllRuns } from '../streaks/index.ts';
import { type DecodedHotRow, decodeHotRow, scoreId } from './state.ts';
import { readHotRows } from './store.ts';

/** All that is kept of a user beside the ledger. */
export interface StoredState {
  readonly hot: DecodedHotRow;
  /** Of every period, by `scoreId`. */
  readonly scores: ReadonlyMap<string, AccountScore>;
  readonly runs: readonly AccountRun[];
  readonly covers: readonly AccountCover[];
  readonly seen: ReadonlySet<string>;
  readonly unlocks: readonly UnlockKey[];
}

/** By account, of those who exist. */
export async function loadStored(tx: Pick<Tx, 'query'>, accounts: readonly number[]): Promise<ReadonlyMap<number, StoredState>> {
  const [hot, scores, runs, covers, seen, unlocks] = await Promise.all([
    readHotRows(tx, accounts),
    loadAllScores(tx, accounts),
    loadAllRuns(tx, accounts),
    loadAllCovers(tx, accounts),
    loadAllSeen(tx, accounts),
    loadUnlocksOf(tx, accounts),
  ]);
  const scoresOf = grouped(scores);
  const runsOf = grouped(runs);
  const coversOf = grouped(covers);
  const seenOf = grouped<AccountSeen>(seen);
  const unlocksOf = grouped(unlocks);
  return new Map(
    hot.map(({ account, state }) => [
      account,
      {
        hot: decodeHotRow(state),
        scores: new Map((scoresOf.get(account) ?? []).map((score) => [scoreId(score.board, score.period), score])),
        runs: runsOf.get(account) ?? [],
        covers: coversOf.get(account) ?? [],
        seen: new Set((seenOf.get(account) ?? []).map(({ metric, span, member }) => seenId(metric, span, member))),
        unlocks: unlocksOf.get(account) ?? [],
      },
    ]),
  );
}

function grouped<T extends { readonly account: number }>(rows: readonly T[]): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.account);
    if (group === undefined) groups.set(row.account, [row]);
    else group.push(row);
  }
  return groups;
}
