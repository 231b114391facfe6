import {
  type Award,
  awaitLeagueTurn,
  beginClosing,
  type Board,
  closesAt,
  finishClosing,
  freezeStandings,
  giveSeats,
  lockClosing,
  moveLeagues,
  placedAfter,
  type PlacedRow,
} from '../boards/index.ts';
import { bumpGeneration } from '../events/index.ts';
import { transferId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import { accepted, refused } from '../kernel/outcome.ts';
import type { Tx } from '../kernel/ports.ts';
import type { Refusal } from '../kernel/refusals.ts';
import { formatTime } from '../kernel/time.ts';
import { armTimers, type NewTimer, setTimers, type Timer } from '../timers/index.ts';
import { fact } from './catalogs.ts';
import type { Deed, Scene } from './deeds.ts';
import { book, type Booked } from './post.ts';
import { scoreId } from './state.ts';
import { SYSTEM, type TimerHandler } from './timing.ts';
import type { Unfolding } from './unfold.ts';

/**
 * How a period ends, in steps that each are one transaction with its timer, so that a crash between two of them costs time alone.
 * `board.close` shuts it: what is decided from then on finds it closed. `board.freeze` writes the standings, once nothing can
 * change them. `board.place` tells one user, and pays.
 */
export const CLOSING_HANDLERS: Readonly<Record<string, TimerHandler>> = {
  'board.close': closeDeed,
  'board.freeze': freezeDeed,
  'board.place': placeDeed,
};

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

/** A deed that nobody asked for: its timer is what makes it happen once. */
function deedOf(timer: Timer, users: Deed<JsonObject>['users'], decide: Deed<JsonObject>['decide']): Deed<JsonObject> {
  return { kind: timer.kind, id: null, body: NOTHING, users, actor: SYSTEM, timer, decide };
}

function closeDeed(timer: Timer): Deed<JsonObject> {
  const { board: key, period } = timer.data as { readonly board: string; readonly period: string };
  return deedOf(timer, [], async ({ tx, rulebook, now }) => {
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

function freezeDeed(timer: Timer): Deed<JsonObject> {
  const { board, period } = timer.data as unknown as { readonly board: Board; readonly period: string };
  return deedOf(timer, [], async ({ tx, rulebook, now, record }) => {
    const { id, key, leagues } = board;
    if (!(await lockClosing(tx, key, period))) return accepted(NOTHING);
    if (leagues !== null) {
      await awaitLeagueTurn(tx, key);
      await giveSeats(tx, key, period, leagues, null);
    }
    const { total, rewarded } = await freezeStandings(tx, board, period);
    if (leagues !== null) await moveLeagues(tx, key, period);
    await armPlaces(tx, board, period, { watched: rulebook.placesWatched(id), now });
    await finishClosing(tx, { board: key, period, total, rewarded, closedAt: formatTime(now) });
    if (total > 0) record.rows.push(fact('board.closed', { board: id, period, total, rewarded }, formatTime(now)));
    return accepted({ total, rewarded });
  });
}

/** Timers of one statement. */
const CHUNK = 5_000;

async function armPlaces(
  tx: Tx,
  board: Board,
  period: string,
  { watched, now }: { readonly watched: number; readonly now: number },
): Promise<void> {
  for (let place = 0; ; ) {
    const rows = await placedAfter(tx, board.key, period, { watched, place, limit: CHUNK });
    const timers = rows.map((row) => placeTimer(board, period, row, row.award !== null || row.rank <= watched, now));
    await armTimers(tx, timers);
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK) return;
    place = last.place;
  }
}

interface Placed {
  readonly board: string;
  readonly period: string;
  readonly rank: number;
  readonly score: number;
  /** Whether the rank is announced. */
  readonly told: boolean;
  readonly award: Award | null;
  readonly moved: { readonly from: string; readonly to: string; readonly rank: number } | null;
}

function placeTimer(board: Board, period: string, row: PlacedRow, told: boolean, now: number): NewTimer {
  const { account, rank, score, award, tier, next_tier: next, league_rank: inLeague } = row;
  const moved =
    tier === null || next === null || inLeague === null || next === tier ? null : { from: tier, to: next, rank: inLeague };
  const data = { board: board.id, period, rank, score, told, award, moved } satisfies Placed;
  return { kind: 'board.place', key: `${board.key} ${period} ${account}`, dueAt: now, account, data };
}

function placeDeed(timer: Timer): Deed<JsonObject> {
  const placed = timer.data as unknown as Placed;
  return deedOf(timer, [{ account: timer.account ?? 0 }], async (scene) => {
    const [member] = scene.members;
    if (member === undefined || member.state.isNew) return accepted(NOTHING);
    const { board, period, rank, score, told, award, moved } = placed;
    const unfolding = scene.unfold(member, { type: 'board.placed', data: { board, period, rank, score } });
    if (told) unfolding.facts.push({ type: 'board.placed', data: { board, period, rank, score }, cause: null });
    const booked: Booked[] = [];
    const refusal = payReward(scene, unfolding, `board:${board}:${period}:${rank}`, award ?? {}, booked);
    if (refusal !== undefined) return refused(refusal);
    if (moved !== null) unfolding.facts.push({ type: 'league.moved', data: { board, period, ...moved }, cause: null });
    const failed = scene.settle(member, unfolding, booked);
    return failed === undefined ? accepted(NOTHING) : refused(failed);
  });
}

/** An award like one of a rule: it counts as earned, and is announced. */
function payReward(
  { rulebook, cause, now }: Scene,
  unfolding: Unfolding,
  rule: string,
  award: Award,
  booked: Booked[],
): Refusal | undefined {
  const at = unfolding.facts.length - 1;
  for (const [currency, amount] of Object.entries(award)) {
    const overdraft = rulebook.catalog.currencies.get(currency)?.overdraft ?? 'deny';
    const outcome = book(
      { kind: 'award', currency, amount, rule, reason: null },
      { user: unfolding.account, to: null },
      overdraft,
      { ...cause, actor: null, occurredAt: now, ordinal: booked.length },
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
