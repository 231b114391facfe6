import type { Clock, Database, Log } from '../kernel/ports.ts';
import { createAnswers, type ShownPeriod } from './answers.ts';
import { resolvePeriod } from './decide.ts';
import type { BoardAnswer, Boards } from './face.ts';
import { loadHidden } from './hidden-store.ts';
import { createHides, type HiddenAccount } from './hides.ts';
import { Members } from './members.ts';
import type { Board } from './model.ts';
import { createProgress } from './progress.ts';
import { createRankIndex, type Kept } from './rank-index.ts';
import { readStandings } from './standings.ts';
import { type AccountScore, lastPosition, listPeriods, type ScoreKey, scoresChangedAfter } from './store.ts';

export interface LiveBoards extends Boards {
  /** Takes in what this process has just committed. */
  committed(outcome: {
    readonly from: number;
    readonly to: number;
    readonly scores: readonly (AccountScore & { readonly user: string })[];
    /** Scores that are no more. */
    readonly gone: readonly ScoreKey[];
  }): void;
  /** To be called when a user was erased: nobody is found under that name from now on. */
  forget(user: string): void;
  /** Everything up to here is reflected. */
  position(): number;
  /** Resolves once everything up to `position` is reflected, which this process wrote without telling what. */
  reflect(position: number): Promise<void>;
  /** To be called now and then: learns what other processes committed. */
  follow(): Promise<void>;
}

export interface LiveBoardsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Last position when this process began. */
  readonly start: number;
  readonly boards: () => {
    /** Of the catalog; consecutive. */
    readonly version: number;
    readonly timezone: string;
    readonly boards: readonly Board[];
  };
  readonly accountOf: (user: string) => Promise<number | undefined>;
}

/** Periods kept in memory; the one read longest ago goes first. A period of 1,000,000 users takes about 40 MB. */
const MAX_PERIODS = 64;
/** How long a read with `after` waits for a position before it answers what there is, in milliseconds. */
const MAX_WAIT = 2_000;
/** A commit of this process that was answered is mirrored within this; longer, and it was another's. Milliseconds. */
const OWN_COMMIT = 10;

interface Period extends ShownPeriod {
  /** The board's definition, as text; another one is another index. */
  readonly meaning: string;
  /** Scores that came while the index was being built; null once it is. */
  pending: (FedScore & { readonly position: number })[] | null;
  built: Promise<void>;
}

/** A score with the name to show, and what is kept with it as the index takes it. */
type FedScore = ScoreKey & Pick<AccountScore, 'score' | 'reachedAt'> & Kept & { readonly user: string };

function keyOf(board: string, period: string): string {
  return `${board} ${period}`;
}

/**
 * Boards as people read them: one rank index for each period that was asked for, built from the tables at first
 * sight and fed by position from then on. Nothing is in it that cannot be built again.
 */
export function createLiveBoards(options: LiveBoardsOptions): LiveBoards {
  const { database, clock, log } = options;
  const members = new Members();
  const periods = new Map<string, Period>();
  const progress = createProgress(options.start);
  let opened = 0;
  const anyConnection = { query: database.read.bind(database) };
  const hides = createHides(() =>
    database.snapshot(async (tx) => ({ position: await lastPosition(tx), rows: await loadHidden(tx) })),
  );

  function drop(key: string): void {
    periods.get(key)?.index.close();
    periods.delete(key);
  }

  let seenVersion = options.boards().version;

  /**
   * The boards in force. An index is fed only while its board is in force: one whose board left is dropped, because the
   * board may come back under the same key with other scores; where a version was not seen, any board may have done so.
   */
  function inForce(): ReturnType<LiveBoardsOptions['boards']> {
    const now = options.boards();
    if (now.version === seenVersion) return now;
    const isNext = now.version === seenVersion + 1;
    seenVersion = now.version;
    const meanings = new Set(isNext ? now.boards.map((board) => JSON.stringify(board)) : []);
    for (const [key, { meaning }] of periods) if (!meanings.has(meaning)) drop(key);
    return now;
  }

  function open(board: Board, periodId: string): Period {
    const key = keyOf(board.key, periodId);
    const known = periods.get(key);
    if (known !== undefined) {
      // Insertion order is order of use.
      periods.delete(key);
      periods.set(key, known);
      return known;
    }
    for (const oldest of periods.keys()) {
      if (periods.size < MAX_PERIODS) break;
      drop(oldest);
    }
    const period: Period = {
      board,
      id: periodId,
      meaning: JSON.stringify(board),
      index: createRankIndex({ members, order: board.order, ties: board.ties }),
      pending: [],
      built: Promise.resolve(),
    };
    period.built = build(period, periodId).catch((error: unknown) => {
      drop(key);
      throw error;
    });
    opened += 1;
    periods.set(key, period);
    return period;
  }

  /** From the tables, on one snapshot whose position is known; what was committed meanwhile is put on top. */
  async function build(period: Period, periodId: string): Promise<void> {
    await hides.ready();
    const { position, columns } = await database.snapshot(async (tx) => ({
      position: await lastPosition(tx),
      columns: await readStandings(database, tx, period.board, periodId),
    }));
    period.index.load(columns, position);
    for (const change of period.pending ?? []) take(period, change, change.position);
    period.pending = null;
    log.debug({ board: period.board.id, period: periodId, entries: period.index.size }, 'board built');
  }

  function take(period: Period, score: FedScore, position: number): void {
    if (hides.covers(score.account, score.board)) return;
    period.index.set(score.account, score.user, score.score, score.reachedAt, position, score);
  }

  function feed(period: Period | undefined, score: FedScore, position: number): void {
    if (period === undefined) return;
    if (period.pending === null) take(period, score, position);
    else period.pending.push({ ...score, position });
  }

  /** Takes those who are hidden now off the boards; those who are back come with their scores. */
  function hide(row: HiddenAccount, position: number): void {
    hides.learn(row, position);
    if (row.hidden === null) return;
    for (const { board, index } of periods.values()) {
      if (hides.covers(row.account, board.key)) index.remove(row.account, position);
    }
  }

  /** Whoever has no score in a period, any more: an event was undone, or the person erased. */
  function clear(account: number, scored: ReadonlySet<string>, position: number): void {
    for (const [key, { index, pending }] of periods) {
      if (!scored.has(key) && (pending !== null || index.has(account))) index.remove(account, position);
    }
  }

  let catching: Promise<number> | undefined;

  async function learn(): Promise<number> {
    const from = progress.mark;
    const asked = [...periods.values()];
    const openedBefore = opened;
    const rows = await scoresChangedAfter(
      anyConnection,
      from,
      asked.map(({ board }) => board.key),
      asked.map(({ id }) => id),
    );
    // A period opened meanwhile was not asked about, and may have been built from an earlier moment than these rows.
    if (opened !== openedBefore) return learn();
    let head = from;
    const scored = new Map<number, Set<string>>();
    for (const row of rows) {
      head = row.head;
      const { account, user, hidden, board, period, score, reached_at: reachedAt, segment, record } = row;
      if (account === null) continue;
      hide({ account, hidden }, head);
      const own = scored.get(account) ?? new Set();
      scored.set(account, own);
      if (user === null) members.forget(account);
      else if (board !== null && period !== null && score !== null && reachedAt !== null) {
        const key = keyOf(board, period);
        own.add(key);
        feed(periods.get(key), { account, user, board, period, score, reachedAt, segment, record }, head);
      }
    }
    for (const [account, own] of scored) clear(account, own, head);
    progress.cover(from + 1, head);
    return head;
  }

  async function catchUp(): Promise<number> {
    catching ??= learn().finally(() => {
      catching = undefined;
    });
    return catching;
  }

  let seen = progress.mark;

  /**
   * Reads the log only where the mark stood still since the last look: what this process has just committed is on
   * its way by itself, and reading it again would cost as much as writing it.
   */
  async function follow(): Promise<void> {
    inForce();
    const stood = progress.mark === seen;
    if (stood && (await lastPosition(anyConnection)) > progress.mark) await catchUp();
    seen = progress.mark;
  }

  async function settle(after: number | undefined): Promise<void> {
    if (after === undefined || after <= progress.mark) return;
    if (await within(progress.reached(after), OWN_COMMIT)) return;
    await catchUp();
    await within(progress.reached(after), MAX_WAIT);
  }

  /** The index to answer from, once it is built. */
  async function find(boardId: string, asked: string): Promise<BoardAnswer<Period>> {
    const { boards, timezone } = inForce();
    const board = boards.find(({ id }) => id === boardId);
    if (board === undefined) return { ok: false, fault: 'unknown_board' };
    const key = resolvePeriod(board, asked, timezone, clock.now());
    if (key === undefined) return { ok: false, fault: 'unknown_period' };
    const period = open(board, key);
    if (period.pending !== null) await period.built;
    return { ok: true, value: period };
  }

  return {
    ...createAnswers({
      find,
      settle,
      position: () => progress.mark,
      accountNamed: (user) => members.accountNamed(user),
      accountOf: options.accountOf,
      isHidden: hides.covers,
    }),
    async periods(boardId, { limit }) {
      const board = inForce().boards.find(({ id }) => id === boardId);
      if (board === undefined) return { ok: false, fault: 'unknown_board' };
      return { ok: true, value: { board: boardId, periods: await listPeriods(anyConnection, board.key, limit) } };
    },
    committed({ from, to, scores, gone }) {
      for (const score of scores) {
        const period = periods.get(keyOf(score.board, score.period));
        const record = period === undefined || score.record === null ? null : JSON.stringify(score.record);
        feed(period, { ...score, record }, to);
      }
      for (const { account, board, period } of gone) periods.get(keyOf(board, period))?.index.remove(account, to);
      progress.cover(from, to);
    },
    forget(user) {
      const account = members.accountNamed(user);
      if (account !== undefined) members.forget(account);
    },
    position: () => progress.mark,
    async reflect(position) {
      // The first look may have begun before.
      for (let looks = 0; looks < 2 && progress.mark < position; looks += 1) await catchUp();
    },
    follow,
  };
}

/** Whether it happens in time. */
async function within(happening: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([happening.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
