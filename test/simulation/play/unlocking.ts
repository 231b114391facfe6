import { periodOf } from '../catalog/calendar.ts';
import { counterNamed, fold, metricOf } from './counting.ts';
import { type Entry, type Person, sequenceName, type Unlock } from './entry.ts';
import type { Plan, PlannedAchievement, PlannedTier } from './plan.ts';

export interface Due {
  readonly achievement: PlannedAchievement;
  readonly tier: PlannedTier;
  readonly times: number;
  readonly period: string | null;
}

/** Every time that a tier was unlocked, in order. */
export function unlocksOf({ entries }: Pick<Person, 'entries'>, achievement: string, tier?: string): readonly Unlock[] {
  return entries
    .flatMap(({ unlocks }) => unlocks)
    .filter((one) => one.achievement === achievement && (tier === undefined || one.tier === tier));
}

export function hasPart(person: Person, part: string): boolean {
  const [achievement = '', tier] = part.split('.');
  return unlocksOf(person, achievement, tier).length > 0;
}

/** Where the progress of an achievement stands. `day`: in which period, for those that look at one. */
export function progressOf(plan: Plan, person: Person, achievement: PlannedAchievement, day: string): number {
  switch (achievement.kind) {
    case 'metric':
      return metricOf(plan, person, achievement.metric);
    case 'within': {
      const { within, metric } = achievement;
      const own = person.entries.filter((entry) => periodOf(within, entry.day) === periodOf(within, day));
      return fold(counterNamed(plan, metric), own)?.value ?? 0;
    }
    case 'sequence':
      return metricOf(plan, person, sequenceName(achievement.id));
    default:
      return achievement.parts.filter((part) => hasPart(person, part)).length;
  }
}

/** The metric that an achievement waits for. */
export function watched(achievement: PlannedAchievement): string | null {
  if (achievement.kind === 'sequence') return sequenceName(achievement.id);
  return 'metric' in achievement ? achievement.metric : null;
}

/** Achievements by id that one requires or is made of. */
export function partsOf(achievement: PlannedAchievement): readonly string[] {
  const parts = 'parts' in achievement ? achievement.parts : [];
  return [...achievement.requires, ...parts].map((part) => part.split('.')[0] as string);
}

/** The next tier of an achievement that is to be unlocked for the last entry. */
export function nextDue(plan: Plan, person: Person, achievement: PlannedAchievement): Due | undefined {
  if (!achievement.requires.every((part) => hasPart(person, part))) return undefined;
  const { day } = person.entries.at(-1) as Entry;
  const progress = progressOf(plan, person, achievement, day);
  for (const tier of achievement.tiers) {
    const known = unlocksOf(person, achievement.id, tier.id);
    const repeats = 'repeatable' in achievement && achievement.repeatable;
    const period = achievement.kind === 'within' && repeats ? periodOf(achievement.within, day) : null;
    if (known.length > 0 && !repeats) continue;
    if (known.some((one) => period !== null && one.period === period)) continue;
    const times = known.length + 1;
    if (progress < tier.at * (repeats && period === null ? times : 1)) return undefined;
    return { achievement, tier, times, period };
  }
  return undefined;
}
