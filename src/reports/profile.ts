import { decodeHotRow, levelNow, metricValue, type Rulebook } from '../engine/index.ts';
import { formatTime, zoneDay } from '../kernel/time.ts';
import { progressOf } from '../levels/index.ts';
import { currentLength, lengthOf } from '../streaks/index.ts';
import type { Profile } from './model.ts';
import { standingOf } from './standing.ts';
import type { ProfileRow } from './store.ts';

/** What a user is and has by the catalog in force; `now` in milliseconds. */
export function profileOf(row: ProfileRow, rulebook: Rulebook, now: number): Profile {
  const { catalog, levels, levelMetric } = rulebook;
  const hot = decodeHotRow(row.state);
  const standing = standingOf(rulebook, hot);
  const today = zoneDay(row.zone ?? catalog.timezone, now);
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
    level: levelNow(rulebook, standing),
    levelProgress,
    streaks: catalog.streaks.map(({ id, key }) => {
      const state = hot.streaks.get(key);
      return state === undefined
        ? { id, current: 0, length: 0, longest: 0 }
        : { id, current: currentLength(state, today), length: lengthOf(state), longest: state.longest };
    }),
    metrics: Object.fromEntries(catalog.metrics.map((metric) => [metric.name, metricValue(rulebook, metric, standing)])),
  };
}
