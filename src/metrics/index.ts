export { type Contributed, contributionOf, holds, type Seen, seenId } from './decide.ts';
export { metricsSchema, parseMetrics } from './definition.ts';
export { countsWhere, followsEvents } from './internal.ts';
export type { MetricContext } from './kind.ts';
export type { Contribution, Metric, MetricSource, MetricValue } from './model.ts';
export { type AccountSeen, deleteSeen, eraseSeen, insertSeen, loadAllSeen, loadSeen } from './store.ts';
