import { type Catalog, loadVersion, parseCatalog } from '../catalog/index.ts';
import type { Rulebook } from '../engine/index.ts';
import type { Tx } from '../kernel/ports.ts';

/** Parsed catalogs are large, and questions about the past mostly concern the last few. */
const MAX_KEPT = 8;

/** Answers the catalog of a version; undefined where its source is no longer understood. */
export type FindVersion = (tx: Pick<Tx, 'query'>, version: number) => Promise<Catalog | undefined>;

export function createVersions(rulebook: () => Rulebook): FindVersion {
  const kept = new Map<number, Catalog | undefined>();

  async function find(tx: Pick<Tx, 'query'>, version: number): Promise<Catalog | undefined> {
    const row = await loadVersion(tx, version);
    const parsed = row === undefined ? undefined : parseCatalog(row.source);
    return parsed?.ok === true ? parsed.catalog : undefined;
  }

  return async (tx, version) => {
    const current = rulebook();
    if (version === current.version) return current.catalog;
    const catalog = kept.has(version) ? kept.get(version) : await find(tx, version);
    // Insertion order is order of use.
    kept.delete(version);
    kept.set(version, catalog);
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_KEPT) break;
      kept.delete(oldest);
    }
    return catalog;
  };
}
