import { type Achievement, type AchievementIndex, indexAchievements, ownMetrics, type Window } from '../achievements/index.ts';
import { type Board, windowBoard } from '../boards/index.ts';
import type { Catalog, Origins } from '../catalog/index.ts';
import { isReserved } from '../events/index.ts';
import type { Levels } from '../levels/index.ts';
import type { Metric } from '../metrics/index.ts';
import type { Expiry } from '../ledger/index.ts';
import { type Boost, type Caps, capsOf, type Counted, NO_BOOSTS, type Rule } from '../rules/index.ts';
import type { Streak } from '../streaks/index.ts';

/** What an event type sets in motion. */
export interface Listeners {
  readonly metrics: readonly Metric[];
  readonly streaks: readonly Streak[];
  readonly rules: readonly Rule[];
}

/** What has to be loaded before an event is decided. */
export interface Reach {
  readonly rules: readonly Rule[];
  readonly boards: readonly Board[];
  readonly streaks: readonly Streak[];
  /** Metrics that remember the values they met. */
  readonly distinct: readonly Metric[];
  /** Those that repeat by periods. */
  readonly periodic: readonly Achievement[];
  /** Amounts that rules of these may award and that have a cap. */
  readonly capped: readonly Counted[];
}

/** What decisions go by beside the catalog. Every process sees the same in the same generation. */
export interface Circumstances {
  readonly generation: number;
  /** Periods that were closed lately, as `scoreId`: what was under way meanwhile comes too late for them. */
  readonly closed: ReadonlySet<string>;
  /** For everyone, also those that ended lately. */
  readonly boosts: readonly Boost[];
}

export const NO_CIRCUMSTANCES: Circumstances = { generation: 0, closed: new Set(), boosts: NO_BOOSTS };

/** A version of the catalog, arranged for deciding. */
export interface Rulebook {
  readonly version: number;
  readonly circumstances: Circumstances;
  readonly catalog: Catalog;
  /** With those that are kept for achievements. */
  readonly metricsByName: ReadonlyMap<string, Metric>;
  readonly metricsByKey: ReadonlyMap<string, Metric>;
  /** Metrics of what is earned, spent, or on the account. */
  readonly metricsOfCurrency: ReadonlyMap<string, readonly Metric[]>;
  /** By id of the streak. */
  readonly metricsOfStreak: ReadonlyMap<string, readonly Metric[]>;
  readonly metricsOfLevel: readonly Metric[];
  /** Metrics that show a state: a balance, the level, the length of a streak. */
  readonly mirrors: readonly Metric[];
  readonly streaksById: ReadonlyMap<string, Streak>;
  readonly levels: Levels | null;
  readonly levelMetric: Metric | null;
  readonly achievements: AchievementIndex;
  /** Null where no currency has a cap. */
  readonly caps: Caps | null;
  /** By currency; null where points of all of them stay for ever. */
  readonly expiries: ReadonlyMap<string, Expiry> | null;
  /** When each board began, by its key, in milliseconds. */
  readonly boardsSince: ReadonlyMap<string, number>;
  /** Boards that keep values for achievements, by window and name of the metric. */
  readonly windows: ReadonlyMap<Window, ReadonlyMap<string, Board>>;
  /** By key of the metric; with windows. */
  readonly boardsOf: ReadonlyMap<string, readonly Board[]>;
  /** Down to which rank of a board somebody waits to hear how users were placed. */
  placesWatched(board: string): number;
  listeners(type: string): Listeners;
  /** All that an event of a type may touch, the facts it causes included. */
  reach(type: string): Reach;
  readonly reachOfTransfers: Reach;
}

/** Announced about everybody whose final rank on a board is rewarded, or waited for. */
const PLACED = 'board.placed';
const MAX_HEARD_PLACES = 1_000;

const MIRRORS: ReadonlySet<string> = new Set(['balance', 'level', 'streak']);

/** Types are the callers' words: the memory of them is bounded. */
const MAX_TYPES = 10_000;

/** `parsed` is the catalog as written; `origins` says where its values stand. */
export function createRulebook(
  version: number,
  parsed: Catalog,
  origins: Origins,
  circumstances: Circumstances = NO_CIRCUMSTANCES,
): Rulebook {
  const catalog = settled(parsed, origins);
  const { streaks, rules, levels, achievements } = catalog;
  const metrics = [...catalog.metrics, ...ownMetrics(achievements)];
  const metricsByName = new Map(metrics.map((metric) => [metric.name, metric]));
  const windows = windowsOf(achievements, metricsByName);
  const boards = [...catalog.boards, ...[...windows.values()].flatMap((byMetric) => [...byMetric.values()])];
  const boardsOf = grouped(boards, (board) => metricsByName.get(board.metric)?.key ?? board.metric);
  const byType = new Map<string, Listeners & { readonly reach: Reach }>();
  // Where anything listens to facts, which is rare, any event may in the end reach any of it.
  // What is kept for achievements touches nothing but them, so that it is nothing to load.
  const sources = catalog.metrics.flatMap(({ source }) => (source.kind === 'events' ? [source] : []));
  const listensToFacts = [...rules, ...streaks, ...sources].some(({ on }) => isReserved(on));
  // Whoever listens to places by name hears of those that people look at.
  const heardPlaces = [...rules, ...streaks, ...sources].some(({ on }) => on === PLACED) ? MAX_HEARD_PLACES : 0;
  const distinct = metrics.filter(({ remembers }) => remembers);
  const periodic = achievements.filter(({ repeat }) => repeat === 'periods');
  const caps = capsOf(catalog.currencies.values());
  const everything: Reach = { rules, boards, streaks, distinct, periodic, capped: cappedBy(rules, caps) };
  // Points, streaks and levels that follow from an event may move any of the others' boards: these always come along.
  const isFollower = (metric: string): boolean => metricsByName.get(metric)?.source.kind !== 'events';
  const followers = boards.filter(({ metric }) => isFollower(metric));
  const following = periodic.filter(({ strategy }) => isFollower(strategy.metric ?? ''));

  function known(type: string): Listeners & { readonly reach: Reach } {
    const found = byType.get(type);
    if (found !== undefined) return found;
    const listening: Listeners = {
      metrics: metrics.filter(({ source }) => source.kind === 'events' && source.matches(type)),
      streaks: streaks.filter((streak) => streak.matches(type)),
      rules: rules.filter((rule) => rule.matches(type)),
    };
    const moved = new Set(listening.metrics.map(({ name }) => name));
    const reach: Reach = {
      rules: listening.rules,
      boards: [...boards.filter(({ metric }) => moved.has(metric)), ...followers],
      streaks: listening.streaks,
      distinct: listening.metrics.filter(({ remembers }) => remembers),
      periodic: periodic.filter(({ strategy }) => moved.has(strategy.metric ?? '') || isFollower(strategy.metric ?? '')),
      capped: cappedBy(listening.rules, caps),
    };
    const entry = { ...listening, reach: listensToFacts ? { ...everything, distinct: reach.distinct } : reach };
    if (byType.size >= MAX_TYPES) byType.clear();
    byType.set(type, entry);
    return entry;
  }

  return {
    version,
    circumstances,
    catalog,
    metricsByName,
    metricsByKey: new Map(metrics.map((metric) => [metric.key, metric])),
    windows,
    metricsOfCurrency: grouped(metrics, ({ source }) => ('currency' in source ? source.currency : undefined)),
    metricsOfStreak: grouped(metrics, ({ source }) => (source.kind === 'streak' ? source.streak : undefined)),
    metricsOfLevel: metrics.filter(({ source }) => source.kind === 'level'),
    mirrors: metrics.filter(({ source }) => MIRRORS.has(source.kind)),
    streaksById: new Map(streaks.map((streak) => [streak.id, streak])),
    levels,
    levelMetric: levels === null ? null : (metricsByName.get(levels.metric) ?? null),
    achievements: indexAchievements(catalog.achievements),
    caps,
    expiries: expiriesOf(catalog),
    boardsSince: new Map(catalog.boards.map(({ id, key }) => [key, Date.parse(origins.boards[id]?.since ?? '') || 0])),
    boardsOf,
    placesWatched: (board) =>
      Math.max(heardPlaces, ...achievements.map(({ strategy: { placed } }) => (placed?.board === board ? placed.rank : 0))),
    listeners: known,
    reach: (type) => known(type).reach,
    reachOfTransfers: listensToFacts
      ? { ...everything, distinct: [] }
      : { rules: [], boards: followers, streaks: [], distinct: [], periodic: following, capped: [] },
  };
}

/** The catalog with the places where its values stand. */
function settled(parsed: Catalog, origins: Origins): Catalog {
  return {
    ...parsed,
    metrics: parsed.metrics.map((metric) => ({ ...metric, key: origins.metrics[metric.name]?.key ?? metric.name })),
    streaks: parsed.streaks.map((streak) => ({ ...streak, key: origins.streaks[streak.id]?.key ?? streak.id })),
    achievements: parsed.achievements.map((achievement) => ({
      ...achievement,
      strategy: { ...achievement.strategy, own: keyed(achievement.strategy.own, origins) },
      tiers: achievement.tiers.map((tier) => ({ ...tier, number: origins.tiers[`${achievement.id} ${tier.id}`] ?? -1 })),
    })),
    boards: parsed.boards.map((board) => ({ ...board, key: origins.boards[board.id]?.key ?? board.id })),
  };
}

function keyed(own: Metric | null, { metrics }: Origins): Metric | null {
  return own === null ? null : { ...own, key: metrics[own.name]?.key ?? own.name };
}

/** What achievements look at within periods. */
function windowsOf(
  achievements: readonly Achievement[],
  metricsByName: ReadonlyMap<string, Metric>,
): ReadonlyMap<Window, ReadonlyMap<string, Board>> {
  const windows = new Map<Window, Map<string, Board>>();
  for (const { strategy } of achievements) {
    const { window, metric: name } = strategy;
    const metric = name === null ? undefined : metricsByName.get(name);
    if (window === null || metric === undefined) continue;
    const byMetric = windows.get(window) ?? new Map<string, Board>();
    if (!byMetric.has(metric.name)) byMetric.set(metric.name, windowBoard(metric, window));
    windows.set(window, byMetric);
  }
  return windows;
}

function cappedBy(rules: readonly Rule[], caps: Caps | null): readonly Counted[] {
  if (caps === null) return [];
  const awarded = new Set(rules.flatMap(({ awards }) => awards.map(({ currency }) => currency)));
  return [...caps].flatMap(([currency, counted]) => (awarded.has(currency) ? [counted] : []));
}

function expiriesOf({ currencies }: Catalog): ReadonlyMap<string, Expiry> | null {
  const expiries = new Map<string, Expiry>();
  for (const [code, { expires }] of currencies) if (expires !== null) expiries.set(code, expires);
  return expiries.size === 0 ? null : expiries;
}

function grouped<T>(items: readonly T[], key: (item: T) => string | undefined): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
