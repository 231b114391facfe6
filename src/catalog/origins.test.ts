import { describe, expect, it } from 'vitest';
import {
  type Catalog,
  type CatalogChange,
  type Former,
  NOTHING_FORMER,
  type Origin,
  type Origins,
  parseCatalog,
  planChanges,
  type Settled,
  settleOrigins,
  type Settlement,
} from './index.ts';

function catalogOf(source: string): Catalog {
  const parsed = parseCatalog(`diana: 1\n${source}`);
  return parsed.ok ? parsed.catalog : expect.fail(JSON.stringify(parsed.faults));
}

/** Catalogs applied one after the other, with what the database would hold of them. */
class History {
  private before: Settled | null = null;
  private former: Former = NOTHING_FORMER;
  private version = 0;

  apply(source: string): Settlement & { readonly changes: readonly CatalogChange[] } {
    this.version += 1;
    const catalog = catalogOf(source);
    const now = `2026-01-0${this.version}T00:00:00.000Z`;
    const settlement = settleOrigins(this.before, catalog, { number: this.version, now, former: this.former });
    const changes = planChanges(this.before, catalog, settlement.fates);
    this.remember(catalog, settlement.origins);
    return { ...settlement, changes };
  }

  /** As a version of an older installation would have it. */
  remember(catalog: Catalog | null, origins: Origins): void {
    this.before = { catalog, origins };
    const found = (['streaks', 'metrics', 'boards'] as const).flatMap((noun) =>
      Object.entries(origins[noun]).map(([name, origin]) => ({ ...origin, noun, name, version: this.version })),
    );
    this.former = { origins: [...this.former.origins, ...found], tiers: origins.tiers };
  }
}

const keys = (origins: Readonly<Record<string, Origin>>): Record<string, string> =>
  Object.fromEntries(Object.entries(origins).map(([name, { key }]) => [name, key]));

const STEPS = 'metrics: { steps: { count: walk.step } }\n';
const LAPS = 'metrics: { steps: { count: swim.lap } }\n';
const BOARD = 'boards: [{ id: top, metric: steps, period: week }]\n';

describe('where the values of a name stand', () => {
  it('stays while it means the same, however it is written', () => {
    const history = new History();
    history.apply(STEPS);
    const { origins, fates } = history.apply("name: other\nmetrics:\n  steps:\n    count: 'walk.step'\n");
    expect(origins.metrics['steps']).toMatchObject({ key: 'steps', since: '2026-01-01T00:00:00.000Z' });
    expect(fates.metrics.get('steps')).toEqual({ kind: 'kept' });
  });

  it('is another one where it means something else, and the first one again where it means that again', () => {
    const history = new History();
    const { meaning } = history.apply(STEPS + BOARD).origins.metrics['steps'] ?? {};
    expect(keys(history.apply(LAPS + BOARD).origins.metrics)).toEqual({ steps: 'steps@2' });
    const back = history.apply(STEPS + BOARD);
    expect(back.origins.metrics['steps']).toEqual({ key: 'steps', since: '2026-01-01T00:00:00.000Z', meaning });
    expect(back.fates.metrics.get('steps')).toEqual({ kind: 'resumes', version: 1 });
    expect(back.origins.boards['top']?.key).toBe('top');
    expect(keys(history.apply(LAPS + BOARD).origins.metrics)).toEqual({ steps: 'steps@2' });
    const rides = history.apply('metrics: { steps: { count: bike.ride } }');
    expect([keys(rides.origins.metrics), rides.fates.metrics.get('steps')]).toEqual([{ steps: 'steps@5' }, { kind: 'begins' }]);
  });

  it('is taken up again after an absence', () => {
    const history = new History();
    history.apply(STEPS + BOARD);
    expect(history.apply('name: nothing').origins).toMatchObject({ metrics: {}, boards: {} });
    const back = history.apply(STEPS + BOARD);
    expect([keys(back.origins.metrics), keys(back.origins.boards)]).toEqual([{ steps: 'steps' }, { top: 'top' }]);
    expect(back.fates.boards.get('top')).toEqual({ kind: 'resumes', version: 1 });
  });

  it('of a board is that of its metric, period and zone; order and ties only show it otherwise', () => {
    const history = new History();
    history.apply(STEPS + BOARD);
    const shown = history.apply(`${STEPS}boards: [{ id: top, metric: steps, period: week, order: asc, ties: dense }]`);
    expect(shown.fates.boards.get('top')).toEqual({ kind: 'kept' });
    expect(keys(history.apply(STEPS + BOARD.replace('week', 'month')).origins.boards)).toEqual({ top: 'top@3' });
    expect(keys(history.apply(LAPS + BOARD).origins.boards)).toEqual({ top: 'top@4' });
    const zoned = history.apply(`${LAPS}boards: [{ id: top, metric: steps, period: week, zone: Asia/Tokyo }]`);
    expect(keys(zoned.origins.boards)).toEqual({ top: 'top@5' });
    expect(history.apply(STEPS + BOARD).fates.boards.get('top')).toEqual({ kind: 'resumes', version: 2 });
  });

  it('of a streak follows the same rules, and a metric that mirrors it goes with it', () => {
    const streak = (on: string): string => `streaks: { daily: { on: ${on}, every: day } }\nmetrics: { run: { streak: daily } }\n`;
    const history = new History();
    history.apply(streak('walk.step'));
    const other = history.apply(streak('swim.lap'));
    expect([keys(other.origins.streaks), keys(other.origins.metrics)]).toEqual([{ daily: 'daily@2' }, { run: 'run@2' }]);
    expect(other.changes.map(({ noun, id, note }) => [noun, id, note])).toEqual([
      ['streaks', 'daily', expect.stringContaining('starts anew')],
      ['metrics', 'run', 'It starts anew, because the streak "daily" does.'],
    ]);
    const back = history.apply(streak('walk.step'));
    expect([keys(back.origins.streaks), keys(back.origins.metrics)]).toEqual([{ daily: 'daily' }, { run: 'run' }]);
    expect(back.changes).toMatchObject([
      { noun: 'streaks', id: 'daily', note: expect.stringContaining('had in version 1') },
      { noun: 'metrics', id: 'run', note: expect.stringContaining('had in version 1') },
    ]);
  });

  it('is not found again by a name that every object has', () => {
    const history = new History();
    history.apply('name: nothing');
    const { origins } = history.apply('metrics: { constructor: { count: a }, valueof: { count: b } }');
    expect(keys(origins.metrics)).toEqual({ constructor: 'constructor', valueof: 'valueof' });
  });
});

describe('versions of older installations, which have no digests', () => {
  const since = '2025-01-01T00:00:00.000Z';
  const old: Origins = {
    streaks: {},
    metrics: { steps: { key: 'steps@7', since } },
    boards: { top: { key: 'top', since } },
    tiers: {},
  };

  it('go on where the version in force is understood, and have digests from then on', () => {
    const history = new History();
    history.remember(catalogOf(STEPS + BOARD), old);
    const { origins, fates } = history.apply(STEPS + BOARD);
    expect(origins.metrics['steps']).toEqual({ key: 'steps@7', since, meaning: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect([fates.metrics.get('steps'), fates.boards.get('top')]).toEqual([{ kind: 'kept' }, { kind: 'kept' }]);
  });

  it('are not taken up again, and no key is given twice', () => {
    const history = new History();
    history.remember(null, old);
    expect(keys(history.apply(STEPS + BOARD).origins.metrics)).toEqual({ steps: 'steps@1' });
  });
});

it('a version in force that is no longer understood is known by its digests', () => {
  const history = new History();
  const { origins } = history.apply(STEPS + BOARD);
  history.remember(null, origins);
  const after = history.apply(STEPS + BOARD.replace('top', 'other'));
  expect(after.fates.metrics.get('steps')).toEqual({ kind: 'kept' });
  expect(keys(after.origins.boards)).toEqual({ other: 'other' });
});

describe('numbers of achievement tiers', () => {
  const unlocking = (...achievements: string[]): string => `${STEPS}achievements: [${achievements.join(', ')}]`;
  const walker = (...tiers: string[]): string =>
    `{ id: walker, metric: steps, tiers: [${tiers.map((id, i) => `{ id: ${id}, at: ${i + 1} }`).join(', ')}] }`;
  const runner = '{ id: runner, metric: steps, tiers: [{ id: bronze, at: 1 }] }';

  it('are given at first sight, and kept for ever', () => {
    const history = new History();
    expect(history.apply(unlocking(walker('bronze', 'silver'))).origins.tiers).toEqual({
      'walker bronze': 0,
      'walker silver': 1,
    });
    const all = { 'walker bronze': 0, 'walker silver': 1, 'runner bronze': 2, 'walker gold': 3 };
    expect(history.apply(unlocking(runner, walker('gold', 'bronze'))).origins.tiers).toEqual(all);
    expect(history.apply('name: none').origins.tiers).toEqual(all);
    expect(history.apply(unlocking(walker('iron', 'silver'))).origins.tiers).toEqual({ ...all, 'walker iron': 4 });
  });

  it('outlive a version that is no longer understood', () => {
    const history = new History();
    history.remember(null, history.apply(unlocking(walker('bronze'))).origins);
    expect(history.apply(unlocking(runner)).origins.tiers).toEqual({ 'walker bronze': 0, 'runner bronze': 1 });
  });
});

describe('what a plan says of values', () => {
  const ALL = 'boards: [{ id: top, metric: steps }]\n';

  it('tells that a board starts anew with its metric, though its own lines stay', () => {
    const history = new History();
    history.apply(STEPS + BOARD);
    expect(history.apply(LAPS + BOARD).changes).toMatchObject([
      { noun: 'metrics', id: 'steps', note: expect.stringContaining('starts anew') },
      { change: 'changed', noun: 'boards', id: 'top', note: 'It starts anew, because the metric "steps" does.' },
    ]);
  });

  it('tells from which version values are taken up', () => {
    const history = new History();
    history.apply(STEPS + BOARD);
    history.apply('name: nothing');
    expect(history.apply(STEPS + BOARD).changes.filter(({ noun }) => noun !== 'settings')).toMatchObject([
      { change: 'added', noun: 'metrics', id: 'steps', note: expect.stringContaining('had in version 1') },
      { change: 'added', noun: 'boards', id: 'top', note: expect.stringContaining('had in version 1') },
    ]);
  });

  it('tells that a board over all time that comes back follows its metric', () => {
    const history = new History();
    history.apply(STEPS + ALL);
    history.apply(STEPS);
    expect(history.apply(STEPS + ALL).changes).toMatchObject([
      { noun: 'boards', id: 'top', note: 'Its scores are those of its metric again.' },
    ]);
  });
});
