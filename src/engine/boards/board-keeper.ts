import {
  type Board,
  closesAt,
  giveSeats,
  isClosed,
  lastPosition,
  type Leagues,
  openPeriods,
  tryLeagueTurn,
  unclosedPeriods,
} from '../../boards/index.ts';
import type { Clock, Database } from '../../kernel/ports.ts';
import { HOUR } from '../../kernel/time.ts';
import { armTimers, type NewTimer, setTimers } from '../../timers/index.ts';
import type { Catalogs } from '../catalogs.ts';
import { closingTimer } from './closing.ts';
import { scoreId } from '../state.ts';

/** Sees to it that every period will be closed, and that who plays in a league has a seat. */
export interface BoardKeeper {
  /** To be called every second or so; does nothing but compare where nothing is new. */
  tend(): Promise<void>;
}

/** How often periods that ended while nobody looked are looked for. */
const SEARCH = HOUR;

export function createBoardKeeper(options: {
  readonly database: Database;
  readonly catalogs: Catalogs;
  readonly clock: Clock;
}): BoardKeeper {
  const { database, catalogs, clock } = options;
  const read = { query: database.read.bind(database) };
  /** When each period that has a timer ends, by the timer's key. */
  const armed = new Map<string, number>();
  /** Up to which position of the log everybody has a seat, by period. */
  const seated = new Map<string, number>();
  let searched = { version: -1, at: Number.NEGATIVE_INFINITY };

  async function arm(boards: readonly Board[], now: number): Promise<void> {
    for (const [key, at] of armed) if (at <= now) armed.delete(key);
    const timers: NewTimer[] = [];
    for (const board of boards) {
      for (const period of openPeriods(board, now)) {
        if (armed.get(scoreId(board.key, period)) !== closesAt(board, period)) timers.push(closingTimer(board, period));
      }
    }
    if (timers.length === 0) return;
    await database.transaction((tx) => setTimers(tx, timers));
    for (const { key, dueAt } of timers) armed.set(key, dueAt);
  }

  /** Periods that ended while no process ran, or while their board was not in force. */
  async function search(boards: readonly Board[], now: number): Promise<void> {
    const { version, boardsSince } = catalogs.current();
    if (version === searched.version && now - searched.at < SEARCH) return;
    const byKey = new Map(boards.map((board) => [board.key, board]));
    const found = boards.length === 0 ? [] : await unclosedPeriods(read, [...byKey.keys()]);
    const timers = found.flatMap(({ board: key, period }) => {
      const board = byKey.get(key);
      return board !== undefined && isClosed(board, period, boardsSince.get(key) ?? 0, now) ? [closingTimer(board, period)] : [];
    });
    if (timers.length > 0) await database.transaction((tx) => armTimers(tx, timers));
    searched = { version, at: now };
  }

  async function seat(board: Board, leagues: Leagues, period: string, position: number): Promise<void> {
    const id = scoreId(board.key, period);
    const after = seated.get(id) ?? null;
    if (after === position) return;
    const done = await database.transaction(async (tx) => {
      if (!(await tryLeagueTurn(tx, board.key))) return false;
      await giveSeats(tx, board.key, period, leagues, after);
      return true;
    });
    if (done) seated.set(id, position);
  }

  async function seatAll(boards: readonly Board[], now: number): Promise<void> {
    const competing = boards.flatMap((board) =>
      board.leagues === null
        ? []
        : openPeriods(board, now).map((period) => ({ board, leagues: board.leagues as Leagues, period })),
    );
    if (competing.length === 0) return;
    const position = await lastPosition(read);
    const open = new Set(competing.map(({ board, period }) => scoreId(board.key, period)));
    for (const id of seated.keys()) if (!open.has(id)) seated.delete(id);
    for (const { board, leagues, period } of competing) await seat(board, leagues, period, position);
  }

  return {
    async tend() {
      const now = clock.now();
      const boards = catalogs.current().catalog.boards.filter(({ period }) => period !== 'all');
      await arm(boards, now);
      await search(boards, now);
      await seatAll(boards, now);
    },
  };
}
