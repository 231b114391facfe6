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

/** The hot row as JSON: `{"metrics":{"name":[value, time of the event that reached it in ms]}}`. */
export function encodeHotRow({ metrics: values }: Pick<UserState, 'metrics'>): string {
  const metrics: Record<string, readonly [number, number]> = {};
  for (const [name, { value, at }] of values) metrics[name] = [value, at];
  return JSON.stringify({ metrics });
}

export function decodeHotRow(state: unknown): Map<string, MetricValue> {
  const { metrics } = state as { metrics: Readonly<Record<string, readonly [number, number]>> };
  return new Map(Object.entries(metrics).map(([name, [value, at]]) => [name, { value, at }]));
}
