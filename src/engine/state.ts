import type { Held, Times, Unlocks } from '../achievements/index.ts';
import type { Score, ScoreRecord } from '../boards/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Balance } from '../ledger/index.ts';
import type { MetricValue, Seen } from '../metrics/index.ts';
import { type Boost, isKept, NO_BOOSTS, type Usage } from '../rules/index.ts';
import type { Cover, Past, Run, StreakState } from '../streaks/index.ts';
import type { NewTimer } from '../timers/index.ts';
import { decodeStreak, encodeStreak, type StreakRow } from './streaks/streak-row.ts';

/** Everything that decisions about one user need. A decision changes nothing of it: it answers what is to change. */
export interface UserState extends Pick<Held, 'unlocks' | 'revoked'> {
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
  /** Of repeatable tiers, by number. */
  readonly times: ReadonlyMap<number, Times>;
  /** Of tiers that are unlocked once in every period: periods before the newest that an event may touch. */
  readonly occurrences: ReadonlySet<string>;
  /** Of this user alone, also those that ended lately. */
  readonly boosts: readonly Boost[];
  /** The highest level that was announced, and the key of the metric that it followed; null where none was. */
  readonly topLevel: TopLevel | null;
  /** A level that was kept when what led to it was undone, and the key of its metric; null where none was. */
  readonly levelFloor: TopLevel | null;
}

/** What is derived of one user: all of it, not the newest alone. */
export interface Derived {
  readonly metrics: ReadonlyMap<string, MetricValue>;
  readonly scores: ReadonlyMap<string, Score>;
  readonly streaks: ReadonlyMap<string, StreakState>;
  readonly pasts: ReadonlyMap<string, Past>;
  readonly seen: ReadonlyMap<string, Seen>;
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
  /** How often by now; null where it does not repeat. */
  readonly times: number | null;
  /** In which it was unlocked; null for what does not repeat by periods. */
  readonly period: string | null;
  /** Whether it was locked before. */
  readonly first: boolean;
  /** By hand. */
  readonly granted: boolean;
}

/** A tier that was taken away by hand. */
export type TakenAway = Pick<Unlocked, 'achievement' | 'tier' | 'number'>;

/** A row of `streaks.run` that is to be there, or not to be. */
export interface RunRow extends Run {
  readonly streak: string;
  readonly stays: boolean;
}

/** Of `times` and `occurrences` those that are new. */
export interface UnlockChanges extends Pick<UserState, 'unlocks' | 'revoked' | 'times' | 'occurrences'> {
  readonly unlocked: readonly Unlocked[];
  readonly taken: readonly TakenAway[];
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
  extends Pick<UserState, 'metrics' | 'balances' | 'usage' | 'scores' | 'seen' | 'streaks' | 'pasts'>,
    UnlockChanges {
  readonly runRows: readonly RunRow[];
  readonly earlyRows: readonly EarlyRow[];
  readonly coverRows: readonly CoverRow[];
  /** When to look whether a streak is broken. */
  readonly deadlines: readonly NewTimer[];
  /** Null where no higher level was announced. */
  readonly topLevel: TopLevel | null;
}

/** For what is decided about everything else. */
export function unlocksAsTheyAre({ unlocks, revoked }: UserState): UnlockChanges {
  return { unlocks, revoked, times: new Map(), occurrences: new Set(), unlocked: [], taken: [] };
}

export function scoreId(board: string, period: string): string {
  return `${board} ${period}`;
}

type BalanceRow = readonly [available: number, held: number, credited: number, debited: number, entries: number, head: string];

type MetricRow = readonly [value: number, at: number, since?: number];
type TimesRow = readonly [times: number, period?: string];
type ScoreCopy = readonly [
  period: string,
  score: number,
  reachedAt: number,
  segment?: string | null,
  record?: ScoreRecord | null,
];

/**
 * The hot row as JSON: all that most events need, in the one row that every event of the user locks and rewrites.
 * Balances, scores and unlocks are copies of `ledger.account`, `boards.score` and `achievements.unlock`, written in the
 * same transaction, so that nothing else has to be read. Of each board the newest period, of each streak the newest
 * run: what is older is read from its table.
 */
interface HotRow {
  /** Value, time of the event that reached it in milliseconds, and, where the metric needs it, the time at which it began. */
  readonly metrics: Readonly<Record<string, MetricRow>>;
  readonly balances?: Readonly<Record<string, BalanceRow>>;
  /** Times in milliseconds; segment and record where there are any. */
  readonly scores?: Readonly<Record<string, ScoreCopy>>;
  readonly streaks?: Readonly<Record<string, StreakRow>>;
  readonly unlocks?: Unlocks;
  readonly revoked?: Unlocks;
  /** By number of the tier: how often, and the newest period of those that repeat by periods. */
  readonly times?: Readonly<Record<string, TimesRow>>;
  readonly boosts?: readonly Boost[];
  readonly topLevel?: TopLevel;
  readonly levelFloor?: TopLevel;
  readonly zone?: string | null;
  readonly attributes?: JsonObject;
}

type Hot = Pick<
  UserState,
  | 'zone'
  | 'attributes'
  | 'metrics'
  | 'balances'
  | 'scores'
  | 'streaks'
  | 'unlocks'
  | 'revoked'
  | 'times'
  | 'boosts'
  | 'topLevel'
  | 'levelFloor'
>;

/** `now`, milliseconds: boosts that ended too long before it are left out. */
export function encodeHotRow(hot: Hot, now: number): string {
  const { zone, attributes, metrics, balances, scores, streaks, unlocks, revoked, times, boosts, topLevel, levelFloor } = hot;
  const row: {
    metrics: Record<string, MetricRow>;
    balances?: Record<string, BalanceRow>;
    scores?: Record<string, ScoreCopy>;
    streaks?: Record<string, StreakRow>;
    unlocks?: Unlocks;
    revoked?: Unlocks;
    times?: Record<string, TimesRow>;
    boosts?: readonly Boost[];
    topLevel?: TopLevel;
    levelFloor?: TopLevel;
    zone?: string;
    attributes?: JsonObject;
  } = { metrics: {} };
  for (const [key, { value, at, since }] of metrics) row.metrics[key] = since === undefined ? [value, at] : [value, at, since];
  if (balances.size > 0) row.balances = {};
  for (const [currency, { available, held, credited, debited, entries, head }] of balances) {
    (row.balances ??= {})[currency] = [available, held, credited, debited, entries, head];
  }
  for (const [id, { score, reachedAt, segment, record }] of scores) {
    const space = id.indexOf(' ');
    const period = id.slice(space + 1);
    // A score over all time is its metric's value: there is nothing to add to, but there may be a record to keep.
    if (period === 'all' && record === null) continue;
    const board = id.slice(0, space);
    const newest = row.scores?.[board];
    if (newest !== undefined && newest[0] >= period) continue;
    const isPlain = segment === null && record === null;
    (row.scores ??= {})[board] = isPlain ? [period, score, reachedAt] : [period, score, reachedAt, segment, record];
  }
  for (const [key, streak] of streaks) (row.streaks ??= {})[key] = encodeStreak(streak);
  if (unlocks.length > 0) row.unlocks = unlocks;
  if (revoked.length > 0) row.revoked = revoked;
  for (const [number, { times: count, period }] of times) {
    (row.times ??= {})[number] = period === null ? [count] : [count, period];
  }
  if (boosts.length > 0) row.boosts = boosts.filter((boost) => isKept(boost, now));
  if (topLevel !== null) row.topLevel = topLevel;
  if (levelFloor !== null) row.levelFloor = levelFloor;
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
  readonly revoked: Unlocks;
  readonly times: Map<number, Times>;
  readonly boosts: readonly Boost[];
  readonly topLevel: TopLevel | null;
  readonly levelFloor: TopLevel | null;
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
  for (const [key, [value, at, since]] of Object.entries(row.metrics)) {
    metrics.set(key, since === undefined ? { value, at } : { value, at, since });
  }
  for (const [currency, [available, held, credited, debited, entries, head]] of Object.entries(row.balances ?? NONE)) {
    balances.set(currency, { available, held, credited, debited, entries, head });
  }
  for (const [board, copy] of Object.entries(row.scores ?? NONE)) {
    const [period, score, reachedAt, segment = null, record = null] = copy;
    scores.set(scoreId(board, period), { score, reachedAt, segment, record });
    newest.set(board, period);
  }
  for (const [key, streak] of Object.entries(row.streaks ?? NONE)) streaks.set(key, decodeStreak(streak));
  const times = new Map<number, Times>();
  for (const [number, [count, period = null]] of Object.entries(row.times ?? NONE)) {
    times.set(Number(number), { times: count, period });
  }
  return {
    zone: row.zone ?? null,
    attributes: row.attributes ?? {},
    metrics,
    balances,
    scores,
    streaks,
    unlocks: row.unlocks ?? NO_UNLOCKS,
    revoked: row.revoked ?? NO_UNLOCKS,
    times,
    boosts: row.boosts ?? NO_BOOSTS,
    topLevel: row.topLevel ?? null,
    levelFloor: row.levelFloor ?? null,
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
  occurrences: UserState['occurrences'];
} {
  return {
    ...decodeHotRow({ metrics: {} }),
    account,
    isNew: false,
    usage: new Map(),
    seen: new Map(),
    pasts: new Map(),
    occurrences: new Set(),
  };
}
