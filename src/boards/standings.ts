import type { Database, Tx } from '../kernel/ports.ts';
import { SEATS_OF_PERIOD, type SeatRow } from './closing-store.ts';
import type { ScoreColumns } from './cold-build.ts';
import { withRoomFor } from './columns.ts';
import type { Board } from './model.ts';
import { type Placing, placings, type Seat } from './placing.ts';
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

/** Who plays where in a period, by account. */
async function readSeats(database: Database, tx: Tx, board: string, period: string): Promise<ReadonlyMap<number, Seat>> {
  const seats = new Map<number, Seat>();
  for await (const rows of database.stream<SeatRow>(tx, SEATS_OF_PERIOD, [board, period], CHUNK)) {
    for (const { account, tier, cohort } of rows) seats.set(account, { tier, cohort });
  }
  return seats;
}

/** A period as it ends, or would: one row after the other, in order, and how many there are. */
export async function placePeriod(
  database: Database,
  tx: Tx,
  board: Board,
  period: string,
): Promise<{ readonly columns: ScoreColumns; readonly total: number; readonly placings: Iterable<Placing> }> {
  const columns = await readStandings(database, tx, board, period);
  const seats = board.leagues === null ? NO_SEATS : await readSeats(database, tx, board.key, period);
  return { columns, total: columns.users.length, placings: placings(board, columns, seats) };
}

const NO_SEATS: ReadonlyMap<number, Seat> = new Map();
