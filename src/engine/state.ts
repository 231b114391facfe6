import type { Unlocks } from '../achievements/index.ts';
import type { Score } from '../boards/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Balance } from '../ledger/index.ts';
import type { MetricValue, Seen } from '../metrics/index.ts';
import type { Usage } from '../rules/index.ts';
import type { Cover, Past, Run, StreakState } from '../streaks/index.ts';
import type { NewTimer } from '../timers/index.ts';
import { decodeStreak, encodeStreak, type StreakRow } from './streak-row.ts';

/** Everything that decisions about one user need. A decision changes nothing of it: it answers what is to change. */
export interface UserState {
  readonly account: number;
  /** True until the transaction that creates the user commits. */
  readonly isNew: boolean;
  readonly zone: string | null;
  readonly attributes: JsonObject;
  readonly metrics: ReadonlyMap<string, MetricValue>;
  /** By currency. */
  readonly balances: ReadonlyMap<string, Balance>;
  readonly usage: ReadonlyMap<string, Usage>;
  /** By `scoreId`. */
  readonly scores: ReadonlyMap<string, Score>;
  /** Values of `distinct` that were met before, by `seenId`. */
  readonly seen: ReadonlyMap<string, Seen>;
  /** By key of the streak. */
  readonly streaks: ReadonlyMap<string, StreakState>;
  /** By key of the streak: what of its past an event may touch. */
  readonly pasts: ReadonlyMap<string, Past>;
  readonly unlocks: Unlocks;
  /** The highest level that was announced, and the key of the metric that it followed; null where none was. */
  readonly topLevel: TopLevel | null;
}

export type TopLevel = readonly [metric: string, level: number];

/** A tier that an event unlocked. */
export interface Unlocked {
  readonly achievement: string;
  readonly tier: string;
  readonly number: number;
  /** Time of the event, milliseconds. */
  readonly at: number;
  /** Identity digest of what brought it about. */
  readonly cause: string;
}

/** A row of `streaks.run` that is to be there, or not to be. */
export interface RunRow extends Run {
  readonly streak: string;
  readonly stays: boolean;
}

/** Rows of the other tables of streaks that are to be there. */
export interface EarlyRow {
  readonly streak: string;
  readonly day: number;
  readonly own: boolean;
}

export interface CoverRow extends Cover {
  readonly streak: string;
}

/** What a decision changes of a user's state: the new values by key, and the unlocks as they are then. */
export interface StateChanges
  extends Pick<UserState, 'metrics' | 'balances' | 'usage' | 'scores' | 'seen' | 'streaks' | 'pasts' | 'unlocks'> {
  readonly runRows: readonly RunRow[];
  readonly earlyRows: readonly EarlyRow[];
  readonly coverRows: readonly CoverRow[];
  /** When to look whether a streak is broken. */
  readonly deadlines: readonly NewTimer[];
  readonly unlocked: readonly Unlocked[];
  /** Null where no higher level was announced. */
  readonly topLevel: TopLevel | null;
}

export function scoreId(board: string, period: string): string {
  return `${board} ${period}`;
}

type BalanceRow = readonly [available: number, held: number, credited: number, debited: number, entries: number, head: string];

/**
 * The hot row as JSON: all that most events need, in the one row that every event of the user locks and rewrites.
 * Balances, scores and unlocks are copies of `ledger.account`, `boards.score` and `achievements.unlock`, written in the
 * same transaction, so that nothing else has to be read. Of each board the newest period, of each streak the newest
 * run: what is older is read from its table.
 */
interface HotRow {
  /** Value, and time of the event that reached it in milliseconds. */
  readonly metrics: Readonly<Record<string, readonly [number, number]>>;
  readonly balances?: Readonly<Record<string, BalanceRow>>;
  /** Period, score, and time of the event that reached it in milliseconds. */
  readonly scores?: Readonly<Record<string, readonly [string, number, number]>>;
  readonly streaks?: Readonly<Record<string, StreakRow>>;
  readonly unlocks?: Unlocks;
  readonly topLevel?: TopLevel;
  readonly zone?: string | null;
  readonly attributes?: JsonObject;
}

type Hot = Pick<UserState, 'zone' | 'attributes' | 'metrics' | 'balances' | 'scores' | 'streaks' | 'unlocks' | 'topLevel'>;

export function encodeHotRow({ zone, attributes, metrics, balances, scores, streaks, unlocks, topLevel }: Hot): string {
  const row: {
    metrics: Record<string, readonly [number, number]>;
    balances?: Record<string, BalanceRow>;
    scores?: Record<string, readonly [string, number, number]>;
    streaks?: Record<string, StreakRow>;
    unlocks?: Unlocks;
    topLevel?: TopLevel;
    zone?: string;
    attributes?: JsonObject;
  } = { metrics: {} };
  for (const [key, { value, at }] of metrics) row.metrics[key] = [value, at];
  if (balances.size > 0) row.balances = {};
  for (const [currency, { available, held, credited, debited, entries, head }] of balances) {
    (row.balances ??= {})[currency] = [available, held, credited, debited, entries, head];
  }
  for (const [id, { score, reachedAt }] of scores) {
    const space = id.indexOf(' ');
    const period = id.slice(space + 1);
    // A score over all time is its metric's value: there is nothing to add to.
    if (period === 'all') continue;
    const board = id.slice(0, space);
    const newest = row.scores?.[board];
    if (newest === undefined || newest[0] < period) (row.scores ??= {})[board] = [period, score, reachedAt];
  }
  for (const [key, streak] of streaks) (row.streaks ??= {})[key] = encodeStreak(streak);
  if (unlocks.length > 0) row.unlocks = unlocks;
  if (topLevel !== null) row.topLevel = topLevel;
  if (zone !== null) row.zone = zone;
  if (!isEmpty(attributes)) row.attributes = attributes;
  return JSON.stringify(row);
}

export interface DecodedHotRow {
  readonly zone: string | null;
  readonly attributes: JsonObject;
  readonly metrics: Map<string, MetricValue>;
  readonly balances: Map<string, Balance>;
  readonly scores: Map<string, Score>;
  readonly streaks: Map<string, StreakState>;
  readonly unlocks: Unlocks;
  readonly topLevel: TopLevel | null;
  /** The newest period that the user has a score in, by key of the board. */
  readonly newest: ReadonlyMap<string, string>;
}

export function decodeHotRow(state: unknown): DecodedHotRow {
  const row = state as HotRow;
  const metrics = new Map<string, MetricValue>();
  const balances = new Map<string, Balance>();
  const scores = new Map<string, Score>();
  const streaks = new Map<string, StreakState>();
  const newest = new Map<string, string>();
  for (const [key, [value, at]] of Object.entries(row.metrics)) metrics.set(key, { value, at });
  for (const [currency, [available, held, credited, debited, entries, head]] of Object.entries(row.balances ?? NONE)) {
    balances.set(currency, { available, held, credited, debited, entries, head });
  }
  for (const [board, [period, score, reachedAt]] of Object.entries(row.scores ?? NONE)) {
    scores.set(scoreId(board, period), { score, reachedAt });
    newest.set(board, period);
  }
  for (const [key, streak] of Object.entries(row.streaks ?? NONE)) streaks.set(key, decodeStreak(streak));
  return {
    zone: row.zone ?? null,
    attributes: row.attributes ?? {},
    metrics,
    balances,
    scores,
    streaks,
    unlocks: row.unlocks ?? NO_UNLOCKS,
    topLevel: row.topLevel ?? null,
    newest,
  };
}

const NONE: Readonly<Record<string, never>> = {};
const NO_UNLOCKS: Unlocks = [];

function isEmpty(attributes: JsonObject): boolean {
  for (const _ in attributes) return false;
  return true;
}

/** A user about whom nothing is known. */
export function emptyState(account: number): DecodedHotRow & {
  readonly account: number;
  isNew: boolean;
  usage: UserState['usage'];
  seen: UserState['seen'];
  pasts: UserState['pasts'];
} {
  return { ...decodeHotRow({ metrics: {} }), account, isNew: false, usage: new Map(), seen: new Map(), pasts: new Map() };
}
