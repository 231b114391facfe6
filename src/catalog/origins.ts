import type { Catalog } from './model.ts';

/** Where the values of one metric or board stand, and since when they are kept. */
export interface Origin {
  /** The name, or `name@version` where an earlier meaning has the name. */
  readonly key: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface Origins {
  readonly metrics: Readonly<Record<string, Origin>>;
  readonly boards: Readonly<Record<string, Origin>>;
}

export const NO_ORIGINS: Origins = { metrics: {}, boards: {} };

/** A catalog with the origins of what it declares. */
export interface Settled {
  readonly catalog: Catalog;
  readonly origins: Origins;
}

/**
 * Origins of a catalog that follows another. What kept its meaning keeps its values; what is new, changed its
 * meaning, or comes back after it was taken away, begins anew. `used`: every key that was ever given.
 */
export function settleOrigins(
  before: Settled | null,
  after: Catalog,
  version: { readonly number: number; readonly now: string; readonly used: ReadonlySet<string> },
): Origins {
  const fresh = (noun: string, name: string): Origin => ({
    key: version.used.has(`${noun} ${name}`) ? `${name}@${version.number}` : name,
    since: version.now,
  });
  const metrics: Record<string, Origin> = {};
  for (const { name, meaning } of after.metrics) {
    const old = before?.catalog.metrics.find((metric) => metric.name === name);
    const kept = old?.meaning === meaning ? before?.origins.metrics[name] : undefined;
    metrics[name] = kept ?? fresh('metric', name);
  }
  const boards: Record<string, Origin> = {};
  for (const board of after.boards) {
    const old = before?.catalog.boards.find(({ id }) => id === board.id);
    const same =
      old !== undefined &&
      [old.metric, old.period, old.zone].join() === [board.metric, board.period, board.zone].join() &&
      before?.origins.metrics[board.metric]?.key === metrics[board.metric]?.key;
    boards[board.id] = (same ? before?.origins.boards[board.id] : undefined) ?? fresh('board', board.id);
  }
  return { metrics, boards };
}
