import { ownMetrics } from '../achievements/index.ts';
import { sha256 } from '../kernel/digest.ts';
import type { Catalog } from './model.ts';

/** Nouns whose definitions have values of their own. */
export type ValuedNoun = 'streaks' | 'metrics' | 'boards';

/** Where the values of one metric, streak or board stand, and since when they are kept. */
export interface Origin {
  /** The name, or `name@version` where another meaning had the name first. */
  readonly key: string;
  /** When values were first kept under this key; ISO 8601. */
  readonly since: string;
  /** Digest of what the name means. Versions of older installations lack it: what they meant is never taken up again. */
  readonly meaning?: string;
}

/** By name. */
export type OriginsOf = Readonly<Record<string, Origin>>;

export interface Origins extends Readonly<Record<ValuedNoun, OriginsOf>> {
  /** The number of every achievement tier there ever was, by `achievement tier`: a bit of each user's unlocks. */
  readonly tiers: Readonly<Record<string, number>>;
}

export const NO_ORIGINS: Origins = { streaks: {}, metrics: {}, boards: {}, tiers: {} };

/** A catalog with the origins of what it declares; null where this code no longer understands its source. */
export interface Settled {
  readonly catalog: Catalog | null;
  readonly origins: Origins;
}

/** What a name meant in some version. */
export interface FormerOrigin extends Origin {
  readonly noun: ValuedNoun;
  readonly name: string;
  /** The last version in which it meant so. */
  readonly version: number;
}

/** All that any version ever settled. */
export interface Former {
  readonly origins: readonly FormerOrigin[];
  readonly tiers: Origins['tiers'];
}

export const NOTHING_FORMER: Former = { origins: [], tiers: {} };

/** What becomes of the values of a definition: they go on, begin with nothing, or are those that a former version left. */
export type Fate =
  | { readonly kind: 'kept' }
  | { readonly kind: 'begins' }
  /** `version`: the last one in which the values moved. */
  | { readonly kind: 'resumes'; readonly version: number };

export type Fates = Readonly<Record<ValuedNoun, ReadonlyMap<string, Fate>>>;

export interface Settlement {
  readonly origins: Origins;
  readonly fates: Fates;
}

/**
 * Origins of a catalog that follows another. What keeps its meaning keeps its values. A name that means what it meant
 * in a former version takes the values of then up again, so that going back to a version brings them back; what
 * happened in between is not in them. Everything else begins anew, under a key that nothing had before.
 */
export function settleOrigins(
  before: Settled | null,
  after: Catalog,
  version: { readonly number: number; readonly now: string; readonly former: Former },
): Settlement {
  const { former } = version;
  const used = new Set(former.origins.map(({ noun, name }) => `${noun} ${name}`));
  const fates = { streaks: new Map<string, Fate>(), metrics: new Map<string, Fate>(), boards: new Map<string, Fate>() };

  function settle(noun: ValuedNoun, meanings: Meanings, old: Meanings): OriginsOf {
    const origins: Record<string, Origin> = {};
    for (const [name, meaning] of meanings) {
      const known = before === null ? undefined : own(before.origins[noun], name);
      if (known !== undefined && (old.get(name) ?? known.meaning) === meaning) {
        origins[name] = { key: known.key, since: known.since, meaning };
        fates[noun].set(name, { kind: 'kept' });
        continue;
      }
      const earlier = latest(former.origins.filter((one) => one.noun === noun && one.name === name && one.meaning === meaning));
      if (earlier !== undefined) {
        origins[name] = { key: earlier.key, since: earlier.since, meaning };
        fates[noun].set(name, { kind: 'resumes', version: earlier.version });
        continue;
      }
      const key = used.has(`${noun} ${name}`) ? `${name}@${version.number}` : name;
      origins[name] = { key, since: version.now, meaning };
      fates[noun].set(name, { kind: 'begins' });
    }
    return origins;
  }

  const streaks = settle('streaks', streakMeanings(after), streakMeanings(before?.catalog));
  const metrics = settle('metrics', metricMeanings(after, streaks), metricMeanings(before?.catalog, before?.origins.streaks));
  const boards = settle('boards', boardMeanings(after, metrics), boardMeanings(before?.catalog, before?.origins.metrics));
  return { origins: { streaks, metrics, boards, tiers: settleTiers(after, former.tiers) }, fates };
}

/** Digests by name. */
type Meanings = ReadonlyMap<string, string>;

/** Two meanings in one database do not meet by chance within 128 bits. */
function digestOf(...parts: readonly (string | null)[]): string {
  return sha256(JSON.stringify(parts)).slice(0, 32);
}

function streakMeanings(catalog: Catalog | null | undefined): Meanings {
  return new Map(catalog?.streaks.map(({ id, meaning }) => [id, digestOf(meaning)]));
}

/** With those that are kept for achievements. A metric that mirrors a streak begins anew when the streak does. */
function metricMeanings(catalog: Catalog | null | undefined, streaks: OriginsOf = {}): Meanings {
  const all = [...(catalog?.metrics ?? []), ...ownMetrics(catalog?.achievements ?? [])];
  return new Map(
    all.map(({ name, meaning, source }) => [
      name,
      source.kind === 'streak' ? digestOf(meaning, streaks[source.streak]?.key ?? null) : digestOf(meaning),
    ]),
  );
}

/** Order and ties are ways to show the same scores; rewards and leagues follow from them. */
function boardMeanings(catalog: Catalog | null | undefined, metrics: OriginsOf = {}): Meanings {
  return new Map(
    catalog?.boards.map(({ id, metric, period, zone }) => [
      id,
      digestOf(metrics[metric]?.key ?? null, periodMeaning(period), zone),
    ]),
  );
}

/** Seasons have names: one that is added to them, or that ends later, leaves the scores of all as they are. */
function periodMeaning(period: Catalog['boards'][number]['period']): string {
  if (typeof period === 'string') return period;
  return period.kind === 'cron' ? `cron ${period.cron}` : 'seasons';
}

/** Names may be those of what every object inherits. */
function own(origins: OriginsOf, name: string): Origin | undefined {
  return Object.hasOwn(origins, name) ? origins[name] : undefined;
}

function latest(origins: readonly FormerOrigin[]): FormerOrigin | undefined {
  return origins.reduce<FormerOrigin | undefined>(
    (best, one) => (best === undefined || one.version > best.version ? one : best),
    undefined,
  );
}

/** A tier has its number for ever, also while no catalog has the tier: a bit that was set is never read as another. */
function settleTiers(catalog: Catalog, former: Origins['tiers']): Origins['tiers'] {
  const tiers: Record<string, number> = { ...former };
  let next = Object.values(tiers).reduce((most, number) => Math.max(most, number + 1), 0);
  for (const achievement of catalog.achievements) {
    for (const { id } of achievement.tiers) {
      const key = tierKey(achievement.id, id);
      if (Object.hasOwn(tiers, key)) continue;
      tiers[key] = next;
      next += 1;
    }
  }
  return tiers;
}

/** Names have no blanks. */
function tierKey(achievement: string, tier: string): string {
  return `${achievement} ${tier}`;
}
