import type { Achievement, ProgressView, Tier, Unlocks } from './model.ts';

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

/** The achievements of a catalog, arranged for deciding. */
export interface AchievementIndex {
  /** In catalog order. */
  readonly all: readonly Achievement[];
  /** Places in `all` of the achievements that a move of this metric may unlock. */
  readonly byMetric: ReadonlyMap<string, readonly number[]>;
  /** Places in `all` of those that require this achievement. */
  readonly byRequirement: ReadonlyMap<string, readonly number[]>;
  readonly byId: ReadonlyMap<string, Achievement>;
}

export function indexAchievements(all: readonly Achievement[]): AchievementIndex {
  const byMetric = new Map<string, number[]>();
  const byRequirement = new Map<string, number[]>();
  for (const [place, { strategy, requires }] of all.entries()) {
    for (const metric of strategy.metrics) byMetric.set(metric, [...(byMetric.get(metric) ?? []), place]);
    for (const { achievement } of requires) byRequirement.set(achievement, [...(byRequirement.get(achievement) ?? []), place]);
  }
  return { all, byMetric, byRequirement, byId: new Map(all.map((achievement) => [achievement.id, achievement])) };
}

/** The next tier that is due: its progress is reached, what it requires is unlocked, and it is not yet. */
export function nextDue(
  achievement: Achievement,
  index: AchievementIndex,
  unlocks: Unlocks,
  view: ProgressView,
): Tier | undefined {
  let progress: number | undefined;
  for (const tier of achievement.tiers) {
    if (isUnlocked(unlocks, tier.number)) continue;
    progress ??= achievement.strategy.progress(view);
    if (progress < tier.at) return undefined;
    return meetsRequirements(achievement, index, unlocks) ? tier : undefined;
  }
  return undefined;
}

export function meetsRequirements({ requires }: Achievement, { byId }: AchievementIndex, unlocks: Unlocks): boolean {
  return requires.every(({ achievement, tier }) => {
    const tiers = byId.get(achievement)?.tiers ?? [];
    return tiers.some(({ id, number }) => (tier === null || tier === id) && isUnlocked(unlocks, number));
  });
}
