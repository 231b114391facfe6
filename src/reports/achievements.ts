import type { Achievement, Tier, UnlockRow } from '../achievements/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { metricValue, type Rulebook, type Standing } from '../engine/index.ts';
import { percentOnTheWay } from '../kernel/percent.ts';
import { formatTime } from '../kernel/time.ts';
import type { AchievementStatus, TierStatus } from './model.ts';

/** Catalogs by version, as far as they are understood. */
export type Versions = ReadonlyMap<number, Catalog>;

/** Unlocks of tiers that the catalog in force does not have. */
export function retiredUnlocks({ achievements: { byId } }: Rulebook, unlocks: readonly UnlockRow[]): readonly UnlockRow[] {
  return unlocks.filter(({ achievement, tier }) => byId.get(achievement)?.tiers.some(({ id }) => id === tier) !== true);
}

/** `versions` are those under which retired tiers were unlocked. */
export function achievementStatuses(
  rulebook: Rulebook,
  standing: Standing,
  unlocks: readonly UnlockRow[],
  versions: Versions,
): readonly AchievementStatus[] {
  const view = {
    metric(name: string): number {
      const metric = rulebook.metricsByName.get(name);
      return metric === undefined ? 0 : metricValue(rulebook, metric, standing);
    },
  };
  const { all, byId } = rulebook.achievements;
  const unlocksOf = (id: string): readonly UnlockRow[] => unlocks.filter(({ achievement }) => achievement === id);
  const isShown = ({ id, secret }: Achievement): boolean => !secret || unlocksOf(id).length > 0;
  const present = all.filter(isShown).map((achievement) => {
    const { id, name, secret, strategy, tiers, requires } = achievement;
    const own = unlocksOf(id);
    const progress = strategy.progress(view);
    // What is secret is not given away by what asks for it.
    const named = requires.filter((requirement) => isShown(byId.get(requirement.achievement) ?? achievement));
    return {
      id,
      name,
      secret,
      progress,
      percent: percentOf(progress, tiers, own),
      requires: named.map((requirement) =>
        requirement.tier === null ? requirement.achievement : `${requirement.achievement}.${requirement.tier}`,
      ),
      tiers: [
        ...tiers.map((tier) => tierStatus(tier, own.find((unlock) => unlock.tier === tier.id) ?? null)),
        ...retiredUnlocks(rulebook, own).map((unlock) => retiredTier(unlock, versions)),
      ],
    };
  });
  const gone = new Set(unlocks.map(({ achievement }) => achievement).filter((id) => !byId.has(id)));
  return [...present, ...[...gone].map((id) => retiredAchievement(id, unlocksOf(id), versions))];
}

function percentOf(progress: number, tiers: readonly Tier[], unlocks: readonly UnlockRow[]): number {
  const next = tiers.find(({ id }) => !unlocks.some(({ tier }) => tier === id));
  if (next === undefined) return 100;
  return percentOnTheWay(progress, 0, next.at);
}

function tierStatus({ id, at, rewards }: Tier, unlock: UnlockRow | null): TierStatus {
  const status = { id, at, unlockedAt: unlock === null ? null : formatTime(unlock.unlocked_at) };
  if (rewards.length === 0) return status;
  return { ...status, award: Object.fromEntries(rewards.map(({ currency, amount }) => [currency, amount])) };
}

function formerly({ achievement, catalog_version: version }: UnlockRow, versions: Versions): Achievement | undefined {
  return versions.get(version)?.achievements.find(({ id }) => id === achievement);
}

function retiredTier(unlock: UnlockRow, versions: Versions): TierStatus {
  const tier = formerly(unlock, versions)?.tiers.find(({ id }) => id === unlock.tier);
  if (tier === undefined) return { id: unlock.tier, at: null, unlockedAt: formatTime(unlock.unlocked_at), retired: true };
  return { ...tierStatus(tier, unlock), retired: true };
}

/** As it was when its last tier was unlocked. */
function retiredAchievement(id: string, unlocks: readonly UnlockRow[], versions: Versions): AchievementStatus {
  const former = unlocks
    .toSorted((a, b) => b.catalog_version - a.catalog_version)
    .map((unlock) => formerly(unlock, versions))
    .find((achievement) => achievement !== undefined);
  const tiers = unlocks.map((unlock) => retiredTier(unlock, versions)).toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
  return {
    id,
    name: former?.name ?? id,
    secret: former?.secret ?? false,
    progress: tiers.at(-1)?.at ?? 0,
    percent: 100,
    requires: [],
    tiers,
    retired: true,
  };
}
