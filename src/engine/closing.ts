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
import { keyedDigest } from '../kernel/digest.ts';
import { transferId } from '../kernel/ids.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { accepted } from '../kernel/outcome.ts';
import type { Tx } from '../kernel/ports.ts';
import type { Refusal } from '../kernel/refusals.ts';
import { formatTime } from '../kernel/time.ts';
import { armTimers, type NewTimer, setTimers, type Timer } from '../timers/index.ts';
import { fact } from './catalogs.ts';
import type { Deed, Scene } from './deeds.ts';
import type { Member } from './member.ts';
import { book, type Booked, type Cause } from './post.ts';
import type { Rulebook } from './rulebook.ts';
import { scoreId } from './state.ts';
import { SYSTEM, type TimerHandler } from './timing.ts';
import { Unfolding } from './unfold.ts';

/**
 * How a period ends, in steps that each are one transaction with its timer, so that a crash between two of them costs time alone.
 * `board.close` shuts it: what is decided from then on finds it closed. `board.freeze` writes the standings, once nothing can
 * change them. `board.place` tells users, some at a time, and pays.
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

/** Users of one transaction: a commit for each of thousands would take a minute, and one for all would hold them all. */
const TOGETHER = 25;
/** Rows read at a time, and so timers of one statement. */
const CHUNK = 200 * TOGETHER;

async function armPlaces(
  tx: Tx,
  board: Board,
  period: string,
  { watched, now }: { readonly watched: number; readonly now: number },
): Promise<void> {
  for (let place = 0; ; ) {
    const rows = await placedAfter(tx, board.key, period, { watched, place, limit: CHUNK });
    const placed = rows.map((row) => placedOf(row, watched));
    const timers: NewTimer[] = [];
    for (let at = 0; at < rows.length; at += TOGETHER) {
      const data = { board: board.id, period, placed: placed.slice(at, at + TOGETHER) };
      timers.push({
        kind: 'board.place',
        key: `${scoreId(board.key, period)} ${rows[at]?.place}`,
        dueAt: now,
        account: null,
        data,
      });
    }
    await armTimers(tx, timers);
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK) return;
    place = last.place;
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

function placedOf(
  { account, rank, score, award, tier, next_tier: next, league_rank: inLeague }: PlacedRow,
  watched: number,
): Placed {
  const stays = tier === null || next === null || inLeague === null || next === tier;
  const moved = stays ? null : { from: tier, to: next, rank: inLeague };
  return { account, rank, score, told: award !== null || rank <= watched, award, moved };
}

function placeDeed(timer: Timer): Deed<JsonObject> {
  const places = timer.data as unknown as Places;
  const { placed } = places;
  // Whoever makes all of them fail is left alone with it.
  if (timer.attempts > 0 && placed.length > 1) {
    return deedOf(timer, [], async ({ tx, now }) => {
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
    ...deedOf(timer, users, async (scene) => {
      const byAccount = new Map(placed.map((one) => [one.account, one]));
      for (const member of scene.members) {
        const own = byAccount.get(member.state.account);
        const refusal = own === undefined ? undefined : tell(scene, member, places, own);
        // Nothing of it may stand: tried again as a whole, timer included.
        if (refusal !== undefined) throw new Error(`${refusal.code}: ${refusal.message}`);
      }
      return accepted(NOTHING);
    }),
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
