import type { Catalog } from '../catalog/index.ts';
import { type DecodedHotRow, decodeHotRow, metricValue, type Rulebook, type Standing } from '../engine/index.ts';
import type { Tx } from '../kernel/ports.ts';
import { zoneDay } from '../kernel/time.ts';
import { standingOf } from './standing.ts';
import type { ProfileRow } from './store.ts';
import type { FindVersion } from './versions.ts';

/** A question about a user under way: all of it on one snapshot. */
export interface Asking {
  readonly tx: Tx;
  readonly person: ProfileRow;
  readonly hot: DecodedHotRow;
  readonly standing: Standing;
  /** The catalog in force. */
  readonly rulebook: Rulebook;
  /** Milliseconds. */
  readonly now: number;
  /** Whose clocks the sentences go by: the user's, else the catalog's. */
  readonly zone: string;
  /** The day that it is for the user: days since 1970-01-01. */
  readonly today: number;
  digestOf(fields: readonly string[]): string;
  /** Undefined for a version that is no longer understood. */
  catalogOf(version: number): Promise<Catalog | undefined>;
}

export function askingOf(
  tx: Tx,
  person: ProfileRow,
  around: Pick<Asking, 'rulebook' | 'now' | 'digestOf'> & { readonly findVersion: FindVersion },
): Asking {
  const { rulebook, now, digestOf, findVersion } = around;
  const hot = decodeHotRow(person.state);
  const zone = person.zone ?? rulebook.catalog.timezone;
  return {
    tx,
    person,
    hot,
    standing: standingOf(rulebook, hot),
    rulebook,
    now,
    zone,
    today: zoneDay(zone, now),
    digestOf,
    catalogOf: (version) => findVersion(tx, version),
  };
}

/** Value of a metric as it is now, 0 for one that the catalog in force does not have. */
export function metricNow({ rulebook, standing }: Pick<Asking, 'rulebook' | 'standing'>, name: string): number {
  const metric = rulebook.metricsByName.get(name);
  return metric === undefined ? 0 : metricValue(rulebook, metric, standing);
}
