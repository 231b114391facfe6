import {
  type Achievement,
  isPartUnlocked,
  isUnlocked,
  type ProgressView,
  referenceText,
  type Tier,
  type UnlockRow,
} from '../achievements/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { type DecodedHotRow, metricValue, type Rulebook, scoreId } from '../engine/index.ts';
import { percentOnTheWay } from '../kernel/percent.ts';
import { periodKey } from '../kernel/period.ts';
import { formatTime } from '../kernel/time.ts';
import type { AchievementStatus, TierStatus } from './model.ts';
import type { Rarity } from './rarity.ts';
import { standingOf } from './standing.ts';

/** Catalogs by version, as far as they are understood. */
export type Versions = ReadonlyMap<number, Catalog>;

/** Unlocks of tiers that the catalog in force does not have. */
export function retiredUnlocks({ achievements: { byId } }: Rulebook, unlocks: readonly UnlockRow[]): readonly UnlockRow[] {
  return unlocks.filter(({ achievement, tier }) => byId.get(achievement)?.tiers.some(({ id }) => id === tier) !== true);
}

interface Asked {
  readonly rulebook: Rulebook;
  readonly hot: DecodedHotRow;
  /** The day that it is for the user: days since 1970-01-01. */
  readonly today: number;
  readonly unlocks: readonly UnlockRow[];
  /** Those under which retired tiers were unlocked. */
  readonly versions: Versions;
  readonly rarity: Rarity;
}

export function achievementStatuses(asked: Asked): readonly AchievementStatus[] {
  const { rulebook, unlocks } = asked;
  const { all, byId } = rulebook.achievements;
  const view = progressView(asked);
  const unlocksOf = (id: string): readonly UnlockRow[] => unlocks.filter(({ achievement }) => achievement === id);
  const isShown = ({ id, secret }: Achievement): boolean => !secret || unlocksOf(id).length > 0;
  const present = all.filter(isShown).map((achievement): AchievementStatus => {
    const { id, name, secret, strategy, repeat, tiers, requires } = achievement;
    const own = unlocksOf(id);
    const progress = strategy.progress(view);
    // What is secret is not given away by what asks for it.
    const named = requires.filter((requirement) => isShown(byId.get(requirement.achievement) ?? achievement));
    return {
      id,
      name,
      secret,
      progress,
      percent: percentOf(achievement, progress, own),
      requires: named.map(referenceText),
      ...(strategy.kind === 'manual' ? { manual: true } : {}),
      ...(repeat === null ? {} : { repeatable: true }),
      tiers: [
        ...tiers.map((tier) => tierStatus(achievement, tier, own, asked)),
        ...retiredUnlocks(rulebook, own).map((unlock) => retiredTier(unlock, asked)),
      ],
    };
  });
  const gone = new Set(unlocks.map(({ achievement }) => achievement).filter((id) => !byId.has(id)));
  return [...present, ...[...gone].map((id) => retiredAchievement(id, unlocksOf(id), asked))];
}

/** What strategies see of a user as of a local day. */
export function progressView({ rulebook, hot, today }: Pick<Asked, 'rulebook' | 'hot' | 'today'>): ProgressView {
  const standing = standingOf(rulebook, hot);
  return {
    metric(name) {
      const metric = rulebook.metricsByName.get(name);
      return metric === undefined ? 0 : metricValue(rulebook, metric, standing);
    },
    within(name, window) {
      const board = rulebook.windows.get(window)?.get(name);
      return board === undefined ? 0 : (hot.scores.get(scoreId(board.key, periodKey(window, today)))?.score ?? 0);
    },
    isUnlocked: (part) => isPartUnlocked(part, rulebook.achievements.byId, hot.unlocks),
  };
}

function percentOf({ tiers, repeat }: Achievement, progress: number, unlocks: readonly UnlockRow[]): number {
  const [only] = tiers;
  if (repeat === 'multiples' && only !== undefined) {
    const times = unlocks.find(({ tier }) => tier === only.id)?.times ?? 0;
    return percentOnTheWay(progress, only.at * times, only.at * (times + 1));
  }
  // In a new period nothing is unlocked yet.
  const next = tiers.find(({ id, at }) => (repeat === null ? !unlocks.some(({ tier }) => tier === id) : progress < at));
  return next === undefined ? 100 : percentOnTheWay(progress, 0, next.at);
}

function tierStatus({ id, repeat }: Achievement, tier: Tier, unlocks: readonly UnlockRow[], { hot, rarity }: Asked): TierStatus {
  const unlock = unlocks.find((one) => one.tier === tier.id);
  return {
    ...unlockStatus(tier, unlock),
    ...(repeat === null || unlock === undefined ? {} : { times: unlock.times }),
    ...(isUnlocked(hot.revoked, tier.number) ? { revoked: true } : {}),
    rarity: rarity.share(id, tier.id),
  };
}

function unlockStatus({ id, at, rewards }: Tier, unlock: UnlockRow | undefined): Omit<TierStatus, 'rarity'> {
  return {
    id,
    at,
    unlockedAt: unlock === undefined ? null : formatTime(unlock.unlocked_at),
    ...(unlock?.granted === true ? { granted: true } : {}),
    ...(rewards.length === 0 ? {} : { award: Object.fromEntries(rewards.map(({ currency, amount }) => [currency, amount])) }),
  };
}

function formerly({ achievement, catalog_version: version }: UnlockRow, versions: Versions): Achievement | undefined {
  return versions.get(version)?.achievements.find(({ id }) => id === achievement);
}

function retiredTier(unlock: UnlockRow, { versions, rarity }: Asked): TierStatus {
  const tier = formerly(unlock, versions)?.tiers.find(({ id }) => id === unlock.tier);
  const share = rarity.share(unlock.achievement, unlock.tier);
  if (tier !== undefined) return { ...unlockStatus(tier, unlock), rarity: share, retired: true };
  return { id: unlock.tier, at: null, unlockedAt: formatTime(unlock.unlocked_at), rarity: share, retired: true };
}

/** As it was when its last tier was unlocked. */
function retiredAchievement(id: string, unlocks: readonly UnlockRow[], asked: Asked): AchievementStatus {
  const former = unlocks
    .toSorted((a, b) => b.catalog_version - a.catalog_version)
    .map((unlock) => formerly(unlock, asked.versions))
    .find((achievement) => achievement !== undefined);
  const tiers = unlocks.map((unlock) => retiredTier(unlock, asked)).toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
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
