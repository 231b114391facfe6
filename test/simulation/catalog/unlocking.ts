import { metricOf } from './counting.ts';
import type { Entries, Entry } from './entry.ts';
import type { Plan, PlannedAchievement, PlannedTier } from './plan.ts';

export interface Unlocked {
  readonly id: string;
  readonly tier: string;
  readonly award: PlannedTier['award'];
}

/** Unlocks for the last of the entries whatever is due, and what its rewards make due, until nothing more is. */
export function unlock(plan: Plan, entries: Entries, entry: Entry, reward: (unlocked: Unlocked) => void): readonly Unlocked[] {
  const all: Unlocked[] = [];
  for (let before = -1; before < all.length; ) {
    before = all.length;
    for (const achievement of plan.achievements) {
      for (const tier of achievement.tiers) {
        if (!isDue(plan, entries, achievement, tier)) continue;
        const unlocked = { id: achievement.id, tier: tier.id, award: tier.award };
        entry.unlocked.push(`${achievement.id}.${tier.id}`);
        reward(unlocked);
        all.push(unlocked);
      }
    }
  }
  return all;
}

function isDue(plan: Plan, entries: Entries, { id, metric, requires }: PlannedAchievement, tier: PlannedTier): boolean {
  const known = unlockedBy(entries);
  if (known.includes(`${id}.${tier.id}`)) return false;
  if (!requires.every((required) => known.some((one) => one === required || one.startsWith(`${required}.`)))) return false;
  return metricOf(plan, entries, metric) >= tier.at;
}

/** `achievement.tier`, in order. */
export function unlockedBy(entries: Entries): readonly string[] {
  return entries.flatMap(({ unlocked }) => unlocked);
}
