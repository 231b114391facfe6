import type { Metric } from '../metrics/index.ts';
import type { Rulebook } from './rulebook.ts';

/** What values of metrics are read from, of one user. */
export interface Standing {
  /** What a metric has counted over the whole life, by its key; 0 where nothing moved it. */
  counter(key: string): number;
  /** Balance in a currency. */
  available(currency: string): number;
  /** Days of the newest run, by id of the streak. */
  streakLength(id: string): number;
  /** A level that is kept though its metric fell, with the key of that metric; null where none is. */
  readonly levelFloor: readonly [metric: string, level: number] | null;
}

/** What mirrors a state shows it as it is, unless a condition of its own says when it looks. */
export function metricValue(rulebook: Rulebook, metric: Metric, standing: Standing): number {
  const { source } = metric;
  if (metric.when === null) {
    if (source.kind === 'balance') return standing.available(source.currency);
    if (source.kind === 'level') return levelNow(rulebook, standing);
    if (source.kind === 'streak') return standing.streakLength(source.streak);
  }
  return standing.counter(metric.key);
}

/** Everybody is on level 1 where the catalog has no levels. */
export function levelNow(rulebook: Rulebook, standing: Standing): number {
  const { levels, levelMetric } = rulebook;
  if (levels === null) return 1;
  const level = levels.levelOf(levelMetric === null ? 0 : metricValue(rulebook, levelMetric, standing));
  const { levelFloor } = standing;
  return levelFloor !== null && levelFloor[0] === levelMetric?.key ? Math.max(level, levelFloor[1]) : level;
}
