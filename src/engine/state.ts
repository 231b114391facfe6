import type { Score } from '../boards/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Balance } from '../ledger/index.ts';
import type { MetricValue } from '../metrics/index.ts';
import type { UsageBook } from '../rules/index.ts';

/** Everything that decisions about one user need. Immutable: a decision answers the state after it. */
export interface UserState {
  readonly account: number;
  /** True until the transaction that creates the user commits. */
  readonly isNew: boolean;
  readonly zone: string | null;
  readonly attributes: JsonObject;
  readonly metrics: ReadonlyMap<string, MetricValue>;
  /** By currency. */
  readonly balances: ReadonlyMap<string, Balance>;
  readonly usage: UsageBook;
  /** By `scoreId`. */
  readonly scores: ReadonlyMap<string, Score>;
}

export function scoreId(board: string, period: string): string {
  return `${board} ${period}`;
}

/** The hot row as JSON: `{"metrics":{"name":[value, time of the event that reached it in ms]}}`. */
export function encodeHotRow(state: UserState): string {
  const metrics: Record<string, readonly [number, number]> = {};
  for (const [name, { value, at }] of state.metrics) metrics[name] = [value, at];
  return JSON.stringify({ metrics });
}

export function decodeHotRow(state: unknown): ReadonlyMap<string, MetricValue> {
  const { metrics } = state as { metrics: Readonly<Record<string, readonly [number, number]>> };
  return new Map(Object.entries(metrics).map(([name, [value, at]]) => [name, { value, at }]));
}
