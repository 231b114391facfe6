import {
  type Achievement,
  type Held,
  type ProgressView,
  type Requirement,
  type Tier,
  type Times,
  type Unlocks,
  type Window,
} from './model.ts';

export function isUnlocked(unlocks: Unlocks, number: number): boolean {
  return number >= 0 && (((unlocks[number >>> 5] ?? 0) >>> (number & 31)) & 1) === 1;
}

/** The unlocks with one more. */
export function withUnlock(unlocks: Unlocks, number: number): Unlocks {
  const words = [...unlocks];
  while (words.length <= number >>> 5) words.push(0);
  words[number >>> 5] = ((words[number >>> 5] ?? 0) | (1 << (number & 31))) >>> 0;
  return words;
}

/** The unlocks with one less. */
export function withoutUnlock(unlocks: Unlocks, number: number): Unlocks {
  const words = [...unlocks];
  if (number >>> 5 < words.length) words[number >>> 5] = ((words[number >>> 5] ?? 0) & ~(1 << (number & 31))) >>> 0;
  while (words.at(-1) === 0) words.pop();
  return words;
}

/** A tier as one looks for what a value has reached. */
interface Watched {
  readonly at: number;
  readonly number: number;
  /** Of the achievement in `all`. */
  readonly place: number;
  readonly repeats: boolean;
}

/** What waits for a metric, in one kind of period: the lowest tiers first, so that looking ends at the first one out of reach. */
interface Watch {
  readonly window: Window | null;
  readonly tiers: readonly Watched[];
}

/** The achievements of a catalog, arranged for deciding. */
export interface AchievementIndex {
  /** In catalog order. */
  readonly all: readonly Achievement[];
  readonly byMetric: ReadonlyMap<string, readonly Watch[]>;
  /** Places in `all` of those that require this achievement, or are made of it. */
  readonly byPart: ReadonlyMap<string, readonly number[]>;
  readonly byId: ReadonlyMap<string, Achievement>;
}

export function indexAchievements(all: readonly Achievement[]): AchievementIndex {
  const byMetric = new Map<string, Map<Window | null, Watched[]>>();
  const byPart = new Map<string, number[]>();
  for (const [place, { strategy, repeat, requires, tiers }] of all.entries()) {
    const { metric, window } = strategy;
    if (metric !== null) {
      const watches = byMetric.get(metric) ?? new Map<Window | null, Watched[]>();
      const watch = watches.get(window) ?? [];
      for (const { at, number } of tiers) watch.push({ at, number, place, repeats: repeat !== null });
      byMetric.set(metric, watches.set(window, watch));
    }
    for (const { achievement } of [...requires, ...strategy.parts]) {
      byPart.set(achievement, [...(byPart.get(achievement) ?? []), place]);
    }
  }
  const arranged = [...byMetric].map(([metric, watches]) => {
    const sorted = [...watches].map(([window, tiers]) => ({ window, tiers: tiers.toSorted((a, b) => a.at - b.at) }));
    return [metric, sorted] as const;
  });
  return { all, byMetric: new Map(arranged), byPart, byId: new Map(all.map((achievement) => [achievement.id, achievement])) };
}

/** Adds the places of what a move of this metric may unlock. */
export function awaken(
  { byMetric }: AchievementIndex,
  metric: string,
  unlocks: Unlocks,
  view: Pick<ProgressView, 'metric' | 'within'>,
  places: Set<number>,
): void {
  for (const { window, tiers } of byMetric.get(metric) ?? NOTHING) {
    const progress = window === null ? view.metric(metric) : view.within(metric, window);
    for (const { at, number, place, repeats } of tiers) {
      if (progress < at) break;
      if (repeats || !isUnlocked(unlocks, number)) places.add(place);
    }
  }
}

const NOTHING: readonly never[] = [];

/** A tier that is to be unlocked. */
export interface Due {
  readonly tier: Tier;
  /** How often it will have been unlocked then. */
  readonly times: number;
  /** For tiers that are unlocked once in every period: the period. */
  readonly period: string | null;
}

/** What deciding sees of a user. */
export interface DueView extends ProgressView {
  /** The key of the period that the event falls in. */
  period(window: Window): string;
}

/**
 * The next tier that is due: its progress is reached, what it requires is unlocked, and it is not yet, or may be again.
 * A tier that was revoked is not.
 */
export function nextDue(achievement: Achievement, held: Held, view: DueView): Due | undefined {
  const { tiers, requires, strategy } = achievement;
  if (!requires.every((part) => view.isUnlocked(part))) return undefined;
  let progress: number | undefined;
  for (const tier of tiers) {
    const due = isUnlocked(held.revoked, tier.number) ? undefined : occurrence(achievement, tier, held, view);
    if (due === undefined) continue;
    progress ??= strategy.progress(view);
    // Tiers ascend: where this one is not reached, none behind it is.
    if (progress < due.at) return undefined;
    return { tier, times: due.times, period: due.period };
  }
  return undefined;
}

type Occurrence = Omit<Due, 'tier'> & { readonly at: number };

/** The next time that a tier may be unlocked, and the progress that it takes; undefined where there is none. */
function occurrence({ repeat, strategy }: Achievement, tier: Tier, held: Held, view: DueView): Occurrence | undefined {
  const { number, at } = tier;
  if (repeat === null) return isUnlocked(held.unlocks, number) ? undefined : { at, times: 1, period: null };
  const before = held.timesOf(number);
  const times = timesOf(before, held.unlocks, number) + 1;
  if (repeat === 'multiples' || strategy.window === null) return { at: at * times, times, period: null };
  const period = view.period(strategy.window);
  return wasUnlockedIn(held, before, number, period) ? undefined : { at, times, period };
}

/** How often a tier was unlocked; one that has become repeatable since was unlocked once. */
export function timesOf(times: Times | undefined, unlocks: Unlocks, number: number): number {
  return times?.times ?? (isUnlocked(unlocks, number) ? 1 : 0);
}

function wasUnlockedIn(held: Held, times: Times | undefined, number: number, period: string): boolean {
  const newest = times?.period ?? null;
  if (newest === null || newest < period) return false;
  return newest === period || held.wasUnlockedIn(number, period);
}

/** Whether an achievement is unlocked, by any of its tiers, or by the one that is named. */
export function isPartUnlocked({ achievement, tier }: Requirement, byId: AchievementIndex['byId'], unlocks: Unlocks): boolean {
  const tiers = byId.get(achievement)?.tiers ?? [];
  return tiers.some(({ id, number }) => (tier === null || tier === id) && isUnlocked(unlocks, number));
}
