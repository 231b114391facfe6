import { type Achievement, loadUnlocks, type Requirement, type Strategy, type UnlockRow } from '../achievements/index.ts';
import { progressView } from './achievements.ts';
import type { Asking } from './why-asking.ts';
import type { RequirementWhy } from './why-model.ts';
import { figure, listed } from './words.ts';

export function progressOf(asking: Asking, { strategy }: Achievement): number {
  return strategy.progress(progressView(asking));
}

/** Metrics of the catalog that progress goes by; one that is kept for the achievement alone has no name for people. */
export function metricsOf({ metric, own }: Strategy): readonly string[] {
  return metric === null || metric === own?.name ? [] : [metric];
}

/** What has to reach the figure of a tier. */
export function subjectOf(strategy: Strategy): string {
  const named = metricsOf(strategy);
  const isPlain = strategy.kind === 'metric' || strategy.kind === 'within';
  if (!isPlain || named.length === 0) return 'its progress';
  return `${listed(named)}${strategy.window === null ? '' : ` of the ${strategy.window}`}`;
}

/** What has to be unlocked first, and what is missing of that, one step deep. What is secret is not given away. */
export async function requirementsOf(asking: Asking, requires: readonly Requirement[]): Promise<readonly RequirementWhy[]> {
  if (requires.length === 0) return [];
  const unlocks = await loadUnlocks(asking.tx, asking.person.account);
  const { byId } = asking.rulebook.achievements;
  return requires.map((requirement) => {
    const met = isMet(requirement, unlocks);
    const other = byId.get(requirement.achievement);
    const isHidden = other?.secret === true && !unlocks.some(({ achievement }) => achievement === other.id);
    if (isHidden) return { id: null, met, sentence: 'Something that is secret has to be unlocked first.' };
    const id = requirementText(requirement);
    return { id, met, sentence: met || other === undefined ? null : requirementSentence(asking, requirement, other, unlocks) };
  });
}

function isMet({ achievement, tier }: Requirement, unlocks: readonly UnlockRow[]): boolean {
  return unlocks.some((unlock) => unlock.achievement === achievement && (tier === null || unlock.tier === tier));
}

function requirementText({ achievement, tier }: Requirement): string {
  return tier === null ? achievement : `${achievement}.${tier}`;
}

function requirementSentence(
  asking: Asking,
  requirement: Requirement,
  other: Achievement,
  unlocks: readonly UnlockRow[],
): string {
  const { byId } = asking.rulebook.achievements;
  const tier = requirement.tier === null ? other.tiers[0] : other.tiers.find(({ id }) => id === requirement.tier);
  const at = tier?.at ?? 0;
  const own = other.requires.filter((each) => !isMet(each, unlocks));
  const named = own.map((each) =>
    byId.get(each.achievement)?.secret === true ? 'something that is secret' : requirementText(each),
  );
  const waits = named.length === 0 ? '' : `, and it waits for ${listed(named)}`;
  return `${requirementText(requirement)} is not unlocked: ${subjectOf(other.strategy)} is at ${figure(progressOf(asking, other))} of ${figure(at)}${waits}.`;
}
