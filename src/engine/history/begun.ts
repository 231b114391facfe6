import type { Achievement } from '../../achievements/index.ts';
import type { Board } from '../../boards/index.ts';
import { type Catalog, diffCatalogs, parseCatalog, type ValuedNoun, type VersionRow } from '../../catalog/index.ts';
import type { Metric } from '../../metrics/index.ts';
import type { Listeners, Rulebook } from '../rulebook.ts';

/** What a version of the catalog began: keys of definitions, and ids of achievements that it added or changed. */
export interface Begun {
  readonly metrics: ReadonlySet<string>;
  readonly streaks: ReadonlySet<string>;
  readonly boards: ReadonlySet<string>;
  readonly achievements: ReadonlySet<string>;
}

/** `keys`: those that were first kept by the version. `before`: the version before, where there was one. */
export function begunWith(
  version: Pick<VersionRow, 'source'>,
  before: Pick<VersionRow, 'source'> | undefined,
  keys: readonly { readonly noun: ValuedNoun; readonly key: string }[],
): Begun {
  const begun = (of: ValuedNoun): ReadonlySet<string> => new Set(keys.flatMap(({ noun, key }) => (noun === of ? [key] : [])));
  const after = catalogOf(version);
  const changes = after === null ? [] : diffCatalogs(before === undefined ? null : catalogOf(before), after);
  return {
    metrics: begun('metrics'),
    streaks: begun('streaks'),
    boards: begun('boards'),
    achievements: new Set(changes.filter(({ noun }) => noun === 'achievements').map(({ id }) => id)),
  };
}

function catalogOf({ source }: Pick<VersionRow, 'source'>): Catalog | null {
  const parsed = parseCatalog(source);
  return parsed.ok ? parsed.catalog : null;
}

/** What was begun, as far as the catalog in force still has it. */
export interface Beginning {
  readonly begun: Begun;
  readonly rulebook: Rulebook;
  /** Nothing moves by it but what was begun; no rule hears anything, and no board follows. */
  readonly counting: Rulebook;
  /** Its achievements pay nothing. */
  readonly unpaid: Rulebook;
  /** Places of the achievements that may have become due. */
  readonly places: readonly number[];
  /** Boards with periods over metrics that go on: what those did before is folded into them. */
  readonly lateBoards: readonly Board[];
}

export function beginningOf(begun: Begun, rulebook: Rulebook): Beginning {
  const { catalog, metricsByName, achievements } = rulebook;
  const isBegun = ({ key }: Metric): boolean => begun.metrics.has(key);
  const follows = (name: string): boolean => begun.metrics.has(metricsByName.get(name)?.key ?? '');
  return {
    begun,
    rulebook,
    counting: countingOf(begun, rulebook, isBegun),
    unpaid: { ...rulebook, achievements: { ...achievements, ...unpaidOf(achievements.all) } },
    places: achievements.all.flatMap(({ id, strategy }, place) =>
      begun.achievements.has(id) || (strategy.metric !== null && follows(strategy.metric)) ? [place] : [],
    ),
    lateBoards: [
      ...catalog.boards.filter(({ key, metric, period }) => begun.boards.has(key) && period !== 'all' && !follows(metric)),
      ...windowsOf(begun, rulebook).filter(({ metric }) => !follows(metric)),
    ],
  };
}

/** Windows that achievements which were added or changed look at. */
function windowsOf({ achievements }: Begun, { catalog, windows }: Rulebook): readonly Board[] {
  const asked = catalog.achievements.flatMap(({ id, strategy: { window, metric } }) =>
    achievements.has(id) && window !== null && metric !== null ? (windows.get(window)?.get(metric) ?? []) : [],
  );
  return [...new Set(asked)];
}

function countingOf(begun: Begun, rulebook: Rulebook, isBegun: (metric: Metric) => boolean): Rulebook {
  const byType = new Map<string, Listeners>();
  const listeners = (type: string): Listeners => {
    const known = byType.get(type);
    if (known !== undefined) return known;
    const { metrics, streaks } = rulebook.listeners(type);
    const only = { metrics: metrics.filter(isBegun), streaks: streaks.filter(({ key }) => begun.streaks.has(key)), rules: [] };
    byType.set(type, only);
    return only;
  };
  return {
    ...rulebook,
    listeners,
    mirrors: rulebook.mirrors.filter(isBegun),
    metricsOfCurrency: new Map([...rulebook.metricsOfCurrency].map(([code, metrics]) => [code, metrics.filter(isBegun)])),
    boardsOf: new Map(),
  };
}

function unpaidOf(all: readonly Achievement[]): Pick<Rulebook['achievements'], 'all' | 'byId'> {
  const unpaid = all.map((one) => ({ ...one, tiers: one.tiers.map((tier) => ({ ...tier, rewards: [] })) }));
  return { all: unpaid, byId: new Map(unpaid.map((one) => [one.id, one])) };
}
