export { type MetricFailure, type MetricMove, type MetricValues, moveByAward, moveByEvent } from './decide.ts';
export { parseMetrics } from './definition.ts';
export type { Metric, MetricValue } from './model.ts';
