import {
  type Achievement,
  type Held,
  occurrenceId,
  type ProgressView,
  type Requirement,
  type Tier,
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

/** The achievements of a catalog, arranged for deciding. */
export interface AchievementIndex {
  /** In catalog order. */
  readonly all: readonly Achievement[];
  /** Places in `all` of the achievements that a move of this metric may unlock. */
  readonly byMetric: ReadonlyMap<string, readonly number[]>;
  /** Places in `all` of those that require this achievement, or are made of it. */
  readonly byPart: ReadonlyMap<string, readonly number[]>;
  readonly byId: ReadonlyMap<string, Achievement>;
}

export function indexAchievements(all: readonly Achievement[]): AchievementIndex {
  const byMetric = new Map<string, number[]>();
  const byPart = new Map<string, number[]>();
  const add = (to: Map<string, number[]>, key: string, place: number): void => {
    const places = to.get(key);
    if (places === undefined) to.set(key, [place]);
    else if (places.at(-1) !== place) places.push(place);
  };
  for (const [place, { strategy, requires }] of all.entries()) {
    for (const metric of strategy.metrics) add(byMetric, metric, place);
    for (const { achievement } of [...requires, ...strategy.parts]) add(byPart, achievement, place);
  }
  return { all, byMetric, byPart, byId: new Map(all.map((achievement) => [achievement.id, achievement])) };
}

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
  let progress: number | undefined;
  for (const tier of achievement.tiers) {
    const due = isUnlocked(held.revoked, tier.number) ? undefined : occurrence(achievement, tier, held, view);
    if (due === undefined) continue;
    progress ??= achievement.strategy.progress(view);
    // Tiers ascend: where this one is not reached, none behind it is.
    if (progress < due.at) return undefined;
    return achievement.requires.every(view.isUnlocked) ? { tier, times: due.times, period: due.period } : undefined;
  }
  return undefined;
}

type Occurrence = Omit<Due, 'tier'> & { readonly at: number };

/** The next time that a tier may be unlocked, and the progress that it takes; undefined where there is none. */
function occurrence({ repeat, strategy }: Achievement, tier: Tier, held: Held, view: DueView): Occurrence | undefined {
  const { number, at } = tier;
  if (repeat === null) return isUnlocked(held.unlocks, number) ? undefined : { at, times: 1, period: null };
  const times = timesOf(held, number) + 1;
  if (repeat === 'multiples' || strategy.window === null) return { at: at * times, times, period: null };
  const period = view.period(strategy.window);
  return wasUnlockedIn(held, number, period) ? undefined : { at, times, period };
}

/** How often a tier was unlocked; one that has become repeatable since was unlocked once. */
export function timesOf({ times, unlocks }: Pick<Held, 'times' | 'unlocks'>, number: number): number {
  return times.get(number)?.times ?? (isUnlocked(unlocks, number) ? 1 : 0);
}

function wasUnlockedIn({ times, occurrences }: Held, number: number, period: string): boolean {
  const newest = times.get(number)?.period ?? null;
  if (newest === null || newest < period) return false;
  return newest === period || occurrences.has(occurrenceId(number, period));
}

/** Whether an achievement is unlocked, by any of its tiers, or by the one that is named. */
export function isPartUnlocked({ achievement, tier }: Requirement, byId: AchievementIndex['byId'], unlocks: Unlocks): boolean {
  const tiers = byId.get(achievement)?.tiers ?? [];
  return tiers.some(({ id, number }) => (tier === null || tier === id) && isUnlocked(unlocks, number));
}
