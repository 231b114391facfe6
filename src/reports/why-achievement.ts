import type { Achievement, Requirement, Tier, UnlockRow } from '../achievements/index.ts';
import { loadUnlocks } from '../achievements/index.ts';
import { type Catalog, describeAchievement, loadVersion } from '../catalog/index.ts';
import { formatTime, zoneDay } from '../kernel/time.ts';
import { progressView } from './achievements.ts';
import { type LoggedEvent, readEvent } from './event-store.ts';
import { causingEvent, eventText, loggedEvent } from './logged.ts';
import type { Asking } from './why-asking.ts';
import type { AchievementWhy, RequirementWhy, TierWhy, WhyAnswer } from './why-model.ts';
import { type CausedUnlockRow, readCausedUnlocks } from './why-store.ts';
import { figure, listed, moment } from './words.ts';

/** What unlocked an achievement, or what it still takes. `id`: of one, or with one of its tiers, `committer.gold`. */
export async function explainAchievement(asking: Asking, id: string): Promise<WhyAnswer<AchievementWhy>> {
  const { tx, person, rulebook } = asking;
  const [name = '', tier, ...more] = id.split('.');
  const unlocks = await readCausedUnlocks(tx, person.account, name);
  const current = rulebook.achievements.byId.get(name);
  const former = current === undefined ? await formerly(asking, name, unlocks) : undefined;
  const achievement = current ?? former;
  const isSecret = achievement?.secret === true && unlocks.length === 0;
  if (more.length > 0 || isSecret || (achievement === undefined && unlocks.length === 0)) return UNKNOWN;
  const requires = current === undefined ? [] : await requirementsOf(asking, current);
  const progress = current === undefined ? 0 : progressOf(asking, current);
  const tiers: TierWhy[] = [];
  for (const one of current?.tiers ?? []) {
    const unlock = unlocks.find((row) => row.tier === one.id);
    tiers.push(
      unlock === undefined
        ? lockedTier(one, current as Achievement, progress, requires)
        : await unlockedTier(asking, name, one.id, unlock),
    );
  }
  for (const unlock of unlocks) {
    if (!tiers.some((one) => one.id === unlock.tier)) tiers.push(await unlockedTier(asking, name, unlock.tier, unlock));
  }
  const shown = tier === undefined ? tiers : tiers.filter((one) => one.id === tier);
  if (shown.length === 0) return UNKNOWN;
  const told = {
    achievement: {
      id: name,
      name: achievement?.name ?? name,
      secret: achievement?.secret ?? false,
      retired: current === undefined,
    },
    definition: current === undefined ? null : definitionOf(current, requires),
    progress,
    metrics: current?.strategy.metrics ?? [],
    countsSince: current === undefined ? null : await countsSince(asking, current),
    requires,
    tiers: shown,
  };
  const sentences = sentencesOf(asking, told);
  return { ok: true, value: { about: 'achievement', user: person.id, sentences, arm: null, verdict: null, ...told } };
}

const UNKNOWN = { ok: false, fault: 'unknown_achievement' } as const;

/** As it was when it was unlocked last. */
async function formerly(
  { catalogOf }: Asking,
  id: string,
  unlocks: readonly CausedUnlockRow[],
): Promise<Achievement | undefined> {
  const versions = [...new Set(unlocks.map(({ catalog_version: version }) => version))].toSorted((a, b) => b - a);
  for (const version of versions) {
    const found = (await catalogOf(version))?.achievements.find((candidate) => candidate.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

function progressOf({ rulebook, hot, zone, now }: Asking, { strategy }: Achievement): number {
  return strategy.progress(progressView({ rulebook, hot, today: zoneDay(zone, now) }));
}

/** In words, without what is secret of it; `requires` in the order of the definition. */
function definitionOf(achievement: Achievement, requires: readonly RequirementWhy[]): string {
  return describeAchievement({ ...achievement, requires: achievement.requires.filter((_, i) => requires[i]?.id !== null) });
}

/** The latest beginning of what it goes by. */
async function countsSince({ tx, rulebook }: Asking, { strategy }: Achievement): Promise<string | null> {
  const origins = (await loadVersion(tx, rulebook.version))?.origins.metrics ?? {};
  const since = strategy.metrics.flatMap((name) => origins[name]?.since ?? []);
  return since.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? null;
}

function lockedTier({ id, at }: Tier, { strategy }: Achievement, progress: number, requires: readonly RequirementWhy[]): TierWhy {
  const missing = Math.max(0, at - progress);
  const unmet = requires.filter(({ met }) => !met);
  const by = listed(strategy.metrics);
  const needs =
    unmet.length === 0 ? '' : `${listed(unmet.map((one) => one.id ?? 'something that is secret'))} has to be unlocked first`;
  const why =
    missing > 0
      ? `${by} is at ${figure(progress)} of ${figure(at)}, so ${figure(missing)} ${missing === 1 ? 'is' : 'are'} missing${needs === '' ? '' : `, and ${needs}`}`
      : needs === ''
        ? `${by} has reached ${figure(at)} already, and it is unlocked with the next event that moves ${by}`
        : `${by} has reached ${figure(at)}, but ${needs}`;
  const sentence = `Tier ${id} is not unlocked: ${why}.`;
  return { id, at, unlockedAt: null, catalogVersion: null, event: null, missing, sentence };
}

async function unlockedTier(asking: Asking, achievement: string, tier: string, unlock: CausedUnlockRow): Promise<TierWhy> {
  const { unlocked_at: unlockedAt, catalog_version: version } = unlock;
  const [cause, catalog] = [await readEvent(asking.tx, unlock.cause), await asking.catalogOf(version)];
  const root = cause === undefined ? undefined : loggedEvent(cause);
  const then = definedThen(catalog, achievement, tier);
  return {
    id: tier,
    at: then?.at ?? null,
    unlockedAt: formatTime(unlockedAt),
    catalogVersion: version,
    event: root === undefined ? null : causingEvent(root),
    missing: then === undefined ? null : 0,
    sentence: unlockedText(asking, tier, unlock, root, then),
  };
}

interface Then {
  readonly at: number;
  readonly metrics: readonly string[];
}

function definedThen(catalog: Catalog | undefined, achievement: string, tier: string): Then | undefined {
  const found = catalog?.achievements.find(({ id }) => id === achievement);
  const at = found?.tiers.find(({ id }) => id === tier)?.at;
  return found === undefined || at === undefined ? undefined : { at, metrics: found.strategy.metrics };
}

function unlockedText(
  { zone }: Asking,
  tier: string,
  { unlocked_at: at, catalog_version: version }: CausedUnlockRow,
  root: LoggedEvent | undefined,
  then: Then | undefined,
): string {
  const by = root === undefined ? 'the log does not tell by what' : `by ${eventText(causingEvent(root), zone)}`;
  const asked = then === undefined ? '' : `, when ${listed(then.metrics)} had reached the ${figure(then.at)} that it took`;
  return `Tier ${tier} was unlocked on ${moment(at, zone)}, ${by}${asked}, under version ${version} of the catalog.`;
}

/** What has to be unlocked first, and what is missing of that, one step deep. What is secret is not given away. */
async function requirementsOf(asking: Asking, { requires }: Achievement): Promise<readonly RequirementWhy[]> {
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
  return `${requirementText(requirement)} is not unlocked: ${listed(other.strategy.metrics)} is at ${figure(progressOf(asking, other))} of ${figure(at)}${waits}.`;
}

function sentencesOf(
  { person, zone }: Asking,
  {
    achievement,
    definition,
    requires,
    tiers,
    metrics,
    countsSince: since,
  }: Omit<AchievementWhy, 'about' | 'user' | 'sentences' | 'arm' | 'verdict'>,
): readonly string[] {
  const isLocked = tiers.some(({ unlockedAt }) => unlockedAt === null);
  const what = definition === null ? 'It is no longer in the catalog; what was unlocked stays.' : `It is: ${definition}.`;
  const unlocked = tiers.filter(({ unlockedAt }) => unlockedAt !== null).length;
  const whole = tiers.length === 1 ? '' : `${unlocked} of ${tiers.length} tiers of `;
  const heading =
    tiers.length === 1
      ? `${person.id} ${unlocked === 1 ? 'has' : 'does not have'} "${achievement.name}", tier ${tiers[0]?.id ?? ''}.`
      : `${person.id} has ${whole}"${achievement.name}".`;
  const from =
    isLocked && since !== null
      ? [
          `${listed(metrics)} ${metrics.length === 1 ? 'counts' : 'count'} since ${moment(Date.parse(since), zone)}; what happened before is not in ${metrics.length === 1 ? 'it' : 'them'}.`,
        ]
      : [];
  return [
    heading,
    what,
    ...tiers.map(({ sentence }) => sentence),
    ...(isLocked ? requires.flatMap(({ met, sentence }) => (met || sentence === null ? [] : [sentence])) : []),
    ...from,
  ];
}
