import type { Score } from '../boards/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Balance } from '../ledger/index.ts';
import type { MetricValue } from '../metrics/index.ts';
import type { Usage } from '../rules/index.ts';

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
}

/** What a decision changes of a user's state: the new values by key. */
export interface StateChanges {
  readonly metrics: ReadonlyMap<string, MetricValue>;
  readonly balances: ReadonlyMap<string, Balance>;
  readonly usage: ReadonlyMap<string, Usage>;
  readonly scores: ReadonlyMap<string, Score>;
}

export function scoreId(board: string, period: string): string {
  return `${board} ${period}`;
}

/**
 * The hot row as JSON: all that most events need, in the one row that every event of the user locks and rewrites.
 * Balances and scores are copies of `ledger.account` and `boards.score`, written in the same transaction, so that
 * nothing else has to be read. Of each board the newest period; what is older is read from its table.
 */
interface HotRow {
  /** Value, and time of the event that reached it in milliseconds. */
  readonly metrics: Readonly<Record<string, readonly [number, number]>>;
  /** Available, held, credited, debited, entries, head. */
  readonly balances?: Readonly<Record<string, readonly [number, number, number, number, number, string]>>;
  /** Period, score, and time of the event that reached it in milliseconds. */
  readonly scores?: Readonly<Record<string, readonly [string, number, number]>>;
  readonly zone?: string | null;
  readonly attributes?: JsonObject;
}

/** A new user's. */
export const EMPTY_HOT_ROW = '{"metrics":{}}';

type Hot = Pick<UserState, 'zone' | 'attributes' | 'metrics' | 'balances' | 'scores'>;

export function encodeHotRow({ zone, attributes, metrics, balances, scores }: Hot): string {
  const row: {
    metrics: Record<string, readonly [number, number]>;
    balances: Record<string, readonly [number, number, number, number, number, string]>;
    scores: Record<string, readonly [string, number, number]>;
  } = { metrics: {}, balances: {}, scores: {} };
  for (const [key, { value, at }] of metrics) row.metrics[key] = [value, at];
  for (const [currency, { available, held, credited, debited, entries, head }] of balances) {
    row.balances[currency] = [available, held, credited, debited, entries, head];
  }
  for (const [id, { score, reachedAt }] of scores) {
    const space = id.indexOf(' ');
    const period = id.slice(space + 1);
    // A score over all time is its metric's value: there is nothing to add to.
    if (period === 'all') continue;
    const board = id.slice(0, space);
    const newest = row.scores[board];
    if (newest === undefined || newest[0] < period) row.scores[board] = [period, score, reachedAt];
  }
  return JSON.stringify({ ...row, ...(zone === null ? {} : { zone }), ...(isEmpty(attributes) ? {} : { attributes }) });
}

export interface DecodedHotRow {
  readonly zone: string | null;
  readonly attributes: JsonObject;
  readonly metrics: Map<string, MetricValue>;
  readonly balances: Map<string, Balance>;
  readonly scores: Map<string, Score>;
  /** The newest period that the user has a score in, by key of the board. */
  readonly newest: ReadonlyMap<string, string>;
}

export function decodeHotRow(state: unknown): DecodedHotRow {
  const row = state as HotRow;
  const metrics = new Map<string, MetricValue>();
  const balances = new Map<string, Balance>();
  const scores = new Map<string, Score>();
  const newest = new Map<string, string>();
  for (const [key, [value, at]] of Object.entries(row.metrics)) metrics.set(key, { value, at });
  for (const [currency, [available, held, credited, debited, entries, head]] of Object.entries(row.balances ?? {})) {
    balances.set(currency, { available, held, credited, debited, entries, head });
  }
  for (const [board, [period, score, reachedAt]] of Object.entries(row.scores ?? {})) {
    scores.set(scoreId(board, period), { score, reachedAt });
    newest.set(board, period);
  }
  return { zone: row.zone ?? null, attributes: row.attributes ?? {}, metrics, balances, scores, newest };
}

/** The hot row of someone about whom something else is known now. */
export function withTraits(state: unknown, traits: Pick<UserState, 'zone' | 'attributes'>): string {
  return encodeHotRow({ ...decodeHotRow(state), ...traits });
}

function isEmpty(attributes: JsonObject): boolean {
  for (const _ in attributes) return false;
  return true;
}
