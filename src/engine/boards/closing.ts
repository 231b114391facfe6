import {
  type Award,
  awaitLeagueTurn,
  beginClosing,
  type Board,
  closesAt,
  type FinalStanding,
  finishClosing,
  giveSeats,
  insertStandings,
  lockClosing,
  placePeriod,
  saveLeaguePlaces,
} from '../../boards/index.ts';
import { bumpGeneration } from '../../events/index.ts';
import { keyedDigest } from '../../kernel/digest.ts';
import { transferId } from '../../kernel/ids.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { accepted } from '../../kernel/outcome.ts';
import type { Database, Tx } from '../../kernel/ports.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import { formatTime } from '../../kernel/time.ts';
import { armTimers, type NewTimer, setTimers, type Timer } from '../../timers/index.ts';
import { fact } from '../catalogs.ts';
import type { Deed, Scene } from '../deeds.ts';
import type { Member } from '../member.ts';
import { book, type Booked, type Cause } from '../post.ts';
import type { Rulebook } from '../rulebook.ts';
import { scoreId } from '../state.ts';
import { timerDeed, type TimerHandler } from '../timing.ts';
import { Unfolding } from '../unfold.ts';

/**
 * How a period ends, in steps that each are one transaction with its timer, so that a crash between two of them costs time alone.
 * `board.close` shuts it: what is decided from then on finds it closed. `board.freeze` writes the standings, once nothing can
 * change them. `board.place` tells users, some at a time, and pays.
 */
export function closingHandlers(database: Database): Readonly<Record<string, TimerHandler>> {
  return {
    'board.close': closeDeed,
    'board.freeze': (timer) => freezeDeed(timer, database),
    'board.place': placeDeed,
  };
}

export function closingTimer(board: Board, period: string): NewTimer {
  return {
    kind: 'board.close',
    key: scoreId(board.key, period),
    dueAt: closesAt(board, period),
    account: null,
    data: { board: board.key, period },
  };
}

const NOTHING: JsonObject = {};

function closeDeed(timer: Timer): Deed<JsonObject> {
  const { board: key, period } = timer.data as { readonly board: string; readonly period: string };
  return timerDeed(timer, async ({ tx, rulebook, now }) => {
    const board = rulebook.catalog.boards.find((one) => one.key === key);
    // A board that left the catalog is not closed. When it comes back, the period is found to have ended.
    if (board === undefined) return accepted(NOTHING);
    const closes = closesAt(board, period);
    if (!Number.isFinite(closes)) return accepted(NOTHING);
    // A season may have been prolonged.
    if (closes > now) {
      await setTimers(tx, [closingTimer(board, period)]);
      return accepted(NOTHING);
    }
    if (!(await beginClosing(tx, { board: key, period, closesAt: formatTime(closes) }))) return accepted(NOTHING);
    // As the board is now: whatever the catalog says by the time it is frozen.
    const data = { board: board as unknown as JsonObject, period };
    await setTimers(tx, [{ kind: 'board.freeze', key: scoreId(key, period), dueAt: now, account: null, data }]);
    await bumpGeneration(tx);
    return accepted(NOTHING);
  });
}

function freezeDeed(timer: Timer, database: Database): Deed<JsonObject> {
  const { board, period } = timer.data as unknown as { readonly board: Board; readonly period: string };
  return timerDeed(timer, async ({ tx, rulebook, now, record }) => {
    const { id, key, leagues } = board;
    if (!(await lockClosing(tx, key, period))) return accepted(NOTHING);
    if (leagues !== null) {
      await awaitLeagueTurn(tx, key);
      await giveSeats(tx, key, period, leagues, null);
    }
    const { total, rewarded } = await freeze(tx, database, board, period, { watched: rulebook.placesWatched(id), now });
    await finishClosing(tx, { board: key, period, total, rewarded, closedAt: formatTime(now) });
    if (total > 0) record.rows.push(fact('board.closed', { board: id, period, total, rewarded }, formatTime(now)));
    return accepted({ total, rewarded });
  });
}

/** Rows of one statement: each takes a moment, so that none meets the time-out of statements, however many users there are. */
const CHUNK = 5_000;

/** Writes the final standings, and puts off what is to be told and paid because of them. */
async function freeze(
  tx: Tx,
  database: Database,
  board: Board,
  period: string,
  { watched, now }: { readonly watched: number; readonly now: number },
): Promise<{ readonly total: number; readonly rewarded: number }> {
  const { columns, total, placings } = await placePeriod(database, tx, board, period);
  const groups = new Groups(board, period, now);
  let chunk: FinalStanding[] = [];
  let rewarded = 0;
  const write = async (): Promise<void> => {
    const players = chunk.flatMap(({ account, league }) => (league === null ? [] : [{ account, tier: league.next }]));
    await insertStandings(tx, board.key, period, chunk);
    if (players.length > 0) await saveLeaguePlaces(tx, board.key, players);
    await armTimers(tx, groups.take());
    chunk = [];
  };
  for (const { row, ...placing } of placings) {
    const account = columns.accounts[row] ?? 0;
    const standing = { ...placing, account, score: columns.scores[row] ?? 0, reachedAt: columns.reachedAt[row] ?? 0 };
    if (placing.award !== null) rewarded += 1;
    groups.add(placedOf(standing, watched));
    chunk.push(standing);
    if (chunk.length === CHUNK) await write();
  }
  groups.end();
  await write();
  return { total, rewarded };
}

/** Users of one transaction: a commit for each of thousands would take a minute, and one for all would hold them all. */
const TOGETHER = 25;

/** Timers for those about whom there is something to tell, some of them in each. */
class Groups {
  private readonly board: Board;
  private readonly period: string;
  private readonly dueAt: number;
  private placed: Placed[] = [];
  private timers: NewTimer[] = [];
  private count = 0;

  constructor(board: Board, period: string, dueAt: number) {
    this.board = board;
    this.period = period;
    this.dueAt = dueAt;
  }

  add(one: Placed | undefined): void {
    if (one === undefined) return;
    this.placed.push(one);
    if (this.placed.length === TOGETHER) this.end();
  }

  /** Nobody more joins the last group. */
  end(): void {
    const { board, period, placed, dueAt } = this;
    if (placed.length === 0) return;
    const key = `${scoreId(board.key, period)} ${(this.count += 1)}`;
    this.timers.push({ kind: 'board.place', key, dueAt, account: null, data: { board: board.id, period, placed } });
    this.placed = [];
  }

  take(): readonly NewTimer[] {
    const { timers } = this;
    this.timers = [];
    return timers;
  }
}

/** What one user is told, and paid. */
interface Placed {
  readonly [key: string]: Json;
  readonly account: number;
  readonly rank: number;
  readonly score: number;
  /** Whether the rank is announced. */
  readonly told: boolean;
  readonly award: Award | null;
  readonly moved: { readonly from: string; readonly to: string; readonly rank: number } | null;
}

interface Places {
  readonly board: string;
  readonly period: string;
  readonly placed: readonly Placed[];
}

/** Undefined where there is nothing to tell. */
function placedOf({ account, rank, score, award, league }: FinalStanding, watched: number): Placed | undefined {
  const told = award !== null || rank <= watched;
  const moved = league === null || league.next === league.tier ? null : { from: league.tier, to: league.next, rank: league.rank };
  return told || moved !== null ? { account, rank, score, told, award, moved } : undefined;
}

function placeDeed(timer: Timer): Deed<JsonObject> {
  const places = timer.data as unknown as Places;
  const { placed } = places;
  // Whoever makes all of them fail is left alone with it.
  if (timer.attempts > 0 && placed.length > 1) {
    return timerDeed(timer, async ({ tx, now }) => {
      const each = placed.map((one) => ({
        ...timer,
        key: `${timer.key} ${one.account}`,
        dueAt: now,
        data: { ...places, placed: [one] },
      }));
      await armTimers(tx, each);
      return accepted(NOTHING);
    });
  }
  const users = placed.map(({ account }) => ({ account }));
  return {
    ...timerDeed(
      timer,
      async (scene) => {
        const byAccount = new Map(placed.map((one) => [one.account, one]));
        for (const member of scene.members) {
          const own = byAccount.get(member.state.account);
          const refusal = own === undefined ? undefined : tell(scene, member, places, own);
          // Nothing of it may stand: tried again as a whole, timer included.
          if (refusal !== undefined) throw new Error(`${refusal.code}: ${refusal.message}`);
        }
        return accepted(NOTHING);
      },
      users,
    ),
    passesOver: true,
  };
}

function tell(scene: Scene, member: Member, { board, period }: Places, placed: Placed): Refusal | undefined {
  const { rank, score, told, award, moved } = placed;
  // Of its own, so that transfers of one user are not numbered with those of others.
  const digest = keyedDigest(scene.cause.nonce ?? '', [scene.cause.digest, placed.account]);
  const cause = { ...scene.cause, digest, actor: null };
  const data = { board, period, rank, score };
  const occasion = { type: 'board.placed', data, time: { ms: scene.now, offset: null }, source: 'diana' };
  const unfolding = new Unfolding(member.state, occasion, scene.rulebook, cause, OWN_TRANSFERS);
  if (told) unfolding.facts.push({ type: 'board.placed', data, cause: null });
  const booked: Booked[] = [];
  const refusal = payReward(scene.rulebook, cause, unfolding, `board:${board}:${period}:${rank}`, award ?? {}, booked);
  if (refusal !== undefined) return refusal;
  if (moved !== null) unfolding.facts.push({ type: 'league.moved', data: { board, period, ...moved }, cause: null });
  return scene.settle(member, unfolding, booked);
}

/** Numbers kept for rewards; what rules give in turn comes behind them. A reward has one transfer for each currency. */
const OWN_TRANSFERS = 1_000;

/** An award like one of a rule: it counts as earned, and is announced. */
function payReward(
  { catalog }: Rulebook,
  cause: Cause,
  unfolding: Unfolding,
  rule: string,
  award: Award,
  booked: Booked[],
): Refusal | undefined {
  const at = unfolding.facts.length - 1;
  for (const [currency, amount] of Object.entries(award)) {
    const overdraft = catalog.currencies.get(currency)?.overdraft ?? 'deny';
    const outcome = book(
      { kind: 'award', currency, amount, rule, reason: null },
      { user: unfolding.account, to: null },
      overdraft,
      { ...cause, occurredAt: cause.recordedAt, ordinal: booked.length },
    );
    if (!outcome.ok) return outcome.refusal;
    booked.push(outcome.value);
    const transfer = transferId(outcome.value.transfer.id);
    const balance = unfolding.account.balances.get(currency)?.available ?? 0;
    unfolding.facts.push({ type: 'points.awarded', data: { transfer, rule, currency, amount, balance }, cause: at });
    const refusal = unfolding.settle('earned', { currency, amount });
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
