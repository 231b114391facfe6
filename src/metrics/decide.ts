import type { Scope } from '../kernel/conditions/index.ts';
import type { Lookup } from '../kernel/overlay.ts';
import type { Metric, MetricValue } from './model.ts';

export interface MetricMove {
  /** Key of the metric. */
  readonly metric: string;
  readonly delta: number;
  /** Lifetime value after it. */
  readonly value: MetricValue;
}

export interface MetricFailure {
  readonly metric: string;
  readonly reason: string;
}

export type MetricValues = Lookup<MetricValue>;

/** How the metrics that listen to events move by one event. A condition that fails counts as not matched. */
export function moveByEvent(
  metrics: readonly Metric[],
  scope: Scope,
  before: MetricValues,
): { readonly moves: readonly MetricMove[]; readonly failures: readonly MetricFailure[] } {
  const moves: MetricMove[] = [];
  const failures: MetricFailure[] = [];
  for (const metric of metrics) {
    if (metric.kind === 'earned' || !metric.matches(scope.event.type)) continue;
    const holds = metric.when === null ? PASSES : metric.when.evaluate(scope);
    if (!holds.ok) {
      failures.push({ metric: metric.name, reason: holds.reason });
      continue;
    }
    if (!holds.value) continue;
    const step = metric.kind === 'count' ? ONE : metric.value.evaluate(scope);
    if (step.ok) pushMove(moves, metric.key, step.value, scope.event.time, before);
    else failures.push({ metric: metric.name, reason: step.reason });
  }
  return { moves, failures };
}

/** How the metrics of what is earned move by one award. */
export function moveByAward(
  metrics: readonly Metric[],
  scope: Scope,
  award: { readonly currency: string; readonly amount: number },
  before: MetricValues,
): readonly MetricMove[] {
  const moves: MetricMove[] = [];
  for (const metric of metrics) {
    if (metric.kind !== 'earned' || metric.currency !== award.currency) continue;
    const holds = metric.when === null ? PASSES : metric.when.evaluate(scope);
    if (holds.ok && holds.value) pushMove(moves, metric.key, award.amount, scope.event.time, before);
  }
  return moves;
}

function pushMove(moves: MetricMove[], metric: string, delta: number, at: number, before: MetricValues): void {
  if (delta === 0) return;
  const old = before.get(metric);
  const value = (old?.value ?? 0) + delta;
  // A sum that is no longer a finite number is left where it was.
  if (!Number.isFinite(value)) return;
  moves.push({ metric, delta, value: { value, at: Math.max(old?.at ?? 0, at) } });
}

const PASSES = { ok: true, value: true } as const;
const ONE = { ok: true, value: 1 } as const;
