import { decodeHotRow, metricValue, type Rulebook } from '../engine/index.ts';
import { formatTime } from '../kernel/time.ts';
import { progressOf } from '../levels/index.ts';
import type { Profile } from './model.ts';
import { standingOf } from './standing.ts';
import type { ProfileRow } from './store.ts';
import { profileStreak } from './streaks.ts';

/** What a user is and has by the catalog in force; `now` in milliseconds. */
export function profileOf(row: ProfileRow, rulebook: Rulebook, now: number): Profile {
  const { catalog, levels, levelMetric } = rulebook;
  const hot = decodeHotRow(row.state);
  const standing = standingOf(rulebook, hot);
  const here = { now, place: row.zone ?? catalog.timezone };
  const levelProgress =
    levels === null || levelMetric === null ? null : progressOf(levels, metricValue(rulebook, levelMetric, standing));
  return {
    id: row.id,
    zone: row.zone,
    locale: row.locale,
    name: row.name,
    attributes: row.attributes,
    createdAt: formatTime(row.created_at),
    balances: row.balances ?? {},
    held: row.held ?? {},
    level: levelProgress?.level ?? 1,
    levelProgress,
    streaks: catalog.streaks.map((streak) => profileStreak(streak, hot.streaks.get(streak.key), row.covers ?? [], here)),
    metrics: Object.fromEntries(catalog.metrics.map((metric) => [metric.name, metricValue(rulebook, metric, standing)])),
  };
}
