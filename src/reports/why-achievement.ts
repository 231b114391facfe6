import { type Achievement, isUnlocked, type Strategy, type Tier } from '../achievements/index.ts';
import { type Catalog, describeAchievement, loadVersion } from '../catalog/index.ts';
import { formatTime } from '../kernel/time.ts';
import { type LoggedEvent, readEvent } from './event-store.ts';
import { causingEvent, eventText, loggedEvent } from './logged.ts';
import type { Asking } from './why-asking.ts';
import type { AchievementWhy, RequirementWhy, TierWhy, WhyAnswer } from './why-model.ts';
import { metricsOf, progressOf, requirementsOf, subjectOf } from './why-requirements.ts';
import { type CausedUnlockRow, isBackfilled, readCausedUnlocks } from './why-store.ts';
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
  const requires = current === undefined ? [] : await requirementsOf(asking, current.requires);
  const parts = current === undefined ? [] : await requirementsOf(asking, current.strategy.parts);
  const progress = current === undefined ? 0 : progressOf(asking, current);
  const tiers: TierWhy[] = [];
  for (const one of current?.tiers ?? []) {
    const unlock = unlocks.find((row) => row.tier === one.id);
    tiers.push(
      unlock === undefined
        ? lockedTier(asking, one, current as Achievement, progress, requires)
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
    metrics: current === undefined ? [] : metricsOf(current.strategy),
    countsSince: current === undefined ? null : await countsSince(asking, current),
    requires,
    parts,
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

/** In words, without what is secret of it; `requires` in the order of the definition. */
function definitionOf(achievement: Achievement, requires: readonly RequirementWhy[]): string {
  return describeAchievement({ ...achievement, requires: achievement.requires.filter((_, i) => requires[i]?.id !== null) });
}

/** Since when what it goes by is counted. */
async function countsSince({ tx, rulebook }: Asking, { strategy }: Achievement): Promise<string | null> {
  const origins = (await loadVersion(tx, rulebook.version))?.origins.metrics ?? {};
  return origins[strategy.metric ?? '']?.since ?? null;
}

function lockedTier(
  { hot }: Asking,
  { id, at, number }: Tier,
  { strategy }: Achievement,
  progress: number,
  needs: readonly RequirementWhy[],
): TierWhy {
  const missing = Math.max(0, at - progress);
  const told = { id, at, unlockedAt: null, catalogVersion: null, event: null, missing };
  if (isUnlocked(hot.revoked, number)) {
    return { ...told, sentence: `Tier ${id} was taken away by hand, and stays locked until it is granted again.` };
  }
  if (strategy.kind === 'manual') return { ...told, sentence: `Tier ${id} is not unlocked: it is granted by hand.` };
  const unmet = needs.filter(({ met }) => !met);
  const first =
    unmet.length === 0 ? '' : `${listed(unmet.map((one) => one.id ?? 'something that is secret'))} has to be unlocked first`;
  const by = subjectOf(strategy);
  const amount = `${figure(missing)} ${missing === 1 ? 'is' : 'are'} missing`;
  const why =
    missing > 0
      ? `${by} is at ${figure(progress)} of ${figure(at)}, so ${amount}${first === '' ? '' : `, and ${first}`}`
      : first === ''
        ? `${by} has reached ${figure(at)} already, and it is unlocked with the next event that moves it`
        : `${by} has reached ${figure(at)}, but ${first}`;
  return { ...told, sentence: `Tier ${id} is not unlocked: ${why}.` };
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
    sentence: unlockedText(asking, tier, unlock, await byText(asking, unlock, root, then), then),
  };
}

/** What unlocked it. Periods are closed and backfills run without an event. */
async function byText(
  { tx, zone }: Asking,
  { granted, catalog_version: version }: CausedUnlockRow,
  root: LoggedEvent | undefined,
  then: Then | undefined,
): Promise<string> {
  if (granted) return 'by hand';
  if (root !== undefined) return `by ${eventText(causingEvent(root), zone)}`;
  if (then?.kind === 'placement') return 'by the final ranks of a period';
  return (await isBackfilled(tx, version)) ? `by the backfill of version ${version}` : 'the log does not tell by what';
}

interface Then {
  readonly kind: Strategy['kind'];
  readonly at: number;
  readonly subject: string;
}

function definedThen(catalog: Catalog | undefined, achievement: string, tier: string): Then | undefined {
  const found = catalog?.achievements.find(({ id }) => id === achievement);
  const at = found?.tiers.find(({ id }) => id === tier)?.at;
  return found === undefined || at === undefined
    ? undefined
    : { kind: found.strategy.kind, at, subject: subjectOf(found.strategy) };
}

function unlockedText(
  { zone }: Asking,
  tier: string,
  { unlocked_at: at, catalog_version: version, granted, times }: CausedUnlockRow,
  by: string,
  then: Then | undefined,
): string {
  const asked = then === undefined || granted ? '' : `, when ${then.subject} had reached the ${figure(then.at)} that it took`;
  const again = times === 1 ? '' : ` first, and ${figure(times)} times in all`;
  return `Tier ${tier} was unlocked on ${moment(at, zone)}${again}, ${by}${asked}, under version ${version} of the catalog.`;
}

function sentencesOf(
  { person, zone }: Asking,
  {
    achievement,
    definition,
    requires,
    parts,
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
    isLocked && since !== null && metrics.length > 0
      ? [
          `${listed(metrics)} ${metrics.length === 1 ? 'counts' : 'count'} since ${moment(Date.parse(since), zone)}; what happened before is not in ${metrics.length === 1 ? 'it' : 'them'}.`,
        ]
      : [];
  return [
    heading,
    what,
    ...tiers.map(({ sentence }) => sentence),
    ...(isLocked ? [...requires, ...parts].flatMap(({ met, sentence }) => (met || sentence === null ? [] : [sentence])) : []),
    ...from,
  ];
}
