import type { Board } from '../boards/index.ts';
import type { Catalog, Origins } from '../catalog/index.ts';
import { isReserved } from '../events/index.ts';
import type { Metric } from '../metrics/index.ts';
import type { Rule } from '../rules/index.ts';

/** What an event type sets in motion. */
export interface Listeners {
  readonly metrics: readonly Metric[];
  readonly rules: readonly Rule[];
}

export interface Reach {
  readonly rules: readonly Rule[];
  readonly boards: readonly Board[];
}

/** A version of the catalog, arranged for deciding. */
export interface Rulebook {
  readonly version: number;
  readonly catalog: Catalog;
  readonly earned: readonly Metric[];
  /** When each board began, by its key, in milliseconds. */
  readonly boardsSince: ReadonlyMap<string, number>;
  /** By key of the metric. */
  readonly boardsOf: ReadonlyMap<string, readonly Board[]>;
  listeners(type: string): Listeners;
  /** All that an event of a type may touch, the facts it causes included: what is loaded before it is decided. */
  reach(type: string): Reach;
  readonly reachOfTransfers: Reach;
}

/** Types are the callers' words: the memory of them is bounded. */
const MAX_TYPES = 10_000;

/** `parsed` is the catalog as written; `origins` says where its values stand. */
export function createRulebook(version: number, parsed: Catalog, origins: Origins): Rulebook {
  const catalog: Catalog = {
    ...parsed,
    metrics: parsed.metrics.map((metric) => ({ ...metric, key: origins.metrics[metric.name]?.key ?? metric.name })),
    boards: parsed.boards.map((board) => ({ ...board, key: origins.boards[board.id]?.key ?? board.id })),
  };
  const boardsSince = new Map(catalog.boards.map(({ id, key }) => [key, Date.parse(origins.boards[id]?.since ?? '') || 0]));
  const keyOf = new Map(catalog.metrics.map(({ name, key }) => [name, key]));
  const byType = new Map<string, Listeners & { readonly reach: Reach }>();
  const earned = catalog.metrics.filter((metric) => metric.kind === 'earned');
  const earnedNames = new Set(earned.map(({ name }) => name));
  const boardsOf = new Map<string, Board[]>();
  for (const board of catalog.boards) {
    const metric = keyOf.get(board.metric) ?? board.metric;
    boardsOf.set(metric, [...(boardsOf.get(metric) ?? []), board]);
  }
  // Where rules or metrics listen to facts, which is rare, any event may in the end reach any of them.
  const listensToFacts = [...catalog.rules, ...catalog.metrics].some((listener) => 'on' in listener && isReserved(listener.on));
  const everything: Reach = { rules: catalog.rules, boards: catalog.boards };

  function known(type: string): Listeners & { readonly reach: Reach } {
    const found = byType.get(type);
    if (found !== undefined) return found;
    const metrics = catalog.metrics.filter((metric) => metric.kind !== 'earned' && metric.matches(type));
    const rules = catalog.rules.filter((rule) => rule.matches(type));
    const moved = new Set(metrics.map(({ name }) => name));
    const awards = rules.some((rule) => rule.awards.length > 0);
    const boards = catalog.boards.filter(({ metric }) => moved.has(metric) || (awards && earnedNames.has(metric)));
    const entry = { metrics, rules, reach: listensToFacts ? everything : { rules, boards } };
    if (byType.size >= MAX_TYPES) byType.clear();
    byType.set(type, entry);
    return entry;
  }

  return {
    version,
    catalog,
    earned,
    boardsSince,
    boardsOf,
    listeners: known,
    reach: (type) => known(type).reach,
    reachOfTransfers: listensToFacts
      ? everything
      : { rules: [], boards: catalog.boards.filter(({ metric }) => earnedNames.has(metric)) },
  };
}
