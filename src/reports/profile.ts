import { decodeHotRow, levelNow, metricValue, type Rulebook } from '../engine/index.ts';
import { formatTime, zoneDay } from '../kernel/time.ts';
import { progressOf } from '../levels/index.ts';
import { periodKey } from '../kernel/period.ts';
import { type Balance, leftOf, type Lot } from '../ledger/index.ts';
import type { ExpiringPoints, Profile } from './model.ts';
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
    expiring: row.lots === null ? {} : expiring(row.lots, hot.balances, zoneDay(catalog.timezone, now)),
    level: levelNow(rulebook, standing),
    levelProgress,
    streaks: catalog.streaks.map((streak) => profileStreak(streak, hot.streaks.get(streak.key), row.covers ?? [], here)),
    metrics: Object.fromEntries(catalog.metrics.map((metric) => [metric.name, metricValue(rulebook, metric, standing)])),
  };
}

/** Days that are told of each currency. */
const MAX_DAYS = 12;

/** What is left of each lot whose day has not come. */
function expiring(
  rows: NonNullable<ProfileRow['lots']>,
  balances: ReadonlyMap<string, Balance>,
  today: number,
): Readonly<Record<string, readonly ExpiringPoints[]>> {
  const lots = new Map<string, Lot[]>();
  for (const [currency, on, amount] of rows) {
    const of = lots.get(currency);
    if (of === undefined) lots.set(currency, [{ on, amount, warned: false }]);
    else of.push({ on, amount, warned: false });
  }
  const told: Record<string, readonly ExpiringPoints[]> = {};
  for (const [currency, of] of lots) {
    const balance = balances.get(currency);
    const left = balance === undefined ? [] : leftOf(of, balance);
    const days = of.flatMap(({ on }, i) => {
      const amount = left[i] ?? 0;
      return on > today && amount > 0 ? [{ on: periodKey('day', on), amount }] : [];
    });
    if (days.length > 0) told[currency] = days.slice(0, MAX_DAYS);
  }
  return told;
}
