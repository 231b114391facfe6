import { diffCatalogs } from './diff.ts';
import type { Catalog, CatalogChange } from './model.ts';
import type { Fate, Fates, Settled, ValuedNoun } from './origins.ts';

/** What applying `after` would change, and what becomes of the values that it has. `before` is null where there was none. */
export function planChanges(before: Settled | null, after: Catalog, fates: Fates): readonly CatalogChange[] {
  const allTime = new Set(after.boards.filter(({ period }) => period === 'all').map(({ id }) => id));
  // What is counted for one achievement alone begins anew with its steps.
  const counted = new Map(after.achievements.map(({ id, strategy }) => [id, fates.metrics.get(strategy.own?.name ?? '')]));
  const beginsAnew = ({ noun, change, id }: CatalogChange): boolean =>
    noun === 'achievements' && change === 'changed' && counted.get(id)?.kind === 'begins';
  const changes = diffCatalogs(before?.catalog ?? null, after).map((change) => {
    const fate = isValued(change.noun) ? fates[change.noun].get(change.id) : undefined;
    if (fate?.kind === 'kept' && change.noun === 'boards' && isKeptOtherwise(before?.catalog, after, change.id)) {
      return { ...change, note: KEPT_OTHERWISE };
    }
    if (fate?.kind === 'kept' && change.noun !== 'boards') return { ...change, note: SAME };
    if (beginsAnew(change)) return { ...change, note: ANEW };
    if (fate?.kind !== 'resumes') return change;
    return { ...change, note: change.noun === 'boards' && allTime.has(change.id) ? OF_ITS_METRIC : resumed(fate) };
  });
  const told = new Set(changes.map(({ noun, id }) => `${noun} ${id}`));
  return [...changes, ...silent(after, fates).filter(({ noun, id }) => !told.has(`${noun} ${id}`))];
}

const ANEW = 'What was unlocked stays unlocked; its progress starts anew for every user.';
const SAME = 'Written otherwise, it means the same: values are kept.';
const OF_ITS_METRIC = 'Its scores are those of its metric again.';

const KEPT_OTHERWISE = 'Its ranks are computed anew. Segments and records are told when a score moves: older scores keep theirs.';

/** Whether the board keeps other segments or records with its scores than before. */
function isKeptOtherwise(before: Catalog | null | undefined, after: Catalog, id: string): boolean {
  const of = (catalog: Catalog | null | undefined): string => {
    const board = catalog?.boards.find((one) => one.id === id);
    return JSON.stringify([board?.by, board?.record]);
  };
  return of(before) !== of(after);
}

function isValued(noun: string): noun is ValuedNoun {
  return noun === 'streaks' || noun === 'metrics' || noun === 'boards';
}

function resumed({ version }: Extract<Fate, { kind: 'resumes' }>): string {
  return `It takes up the values that it had in version ${version}; what happened since is not in them.`;
}

/** Definitions that read as before, and yet do not keep their values, because what they build on does not. */
function silent(after: Catalog, fates: Fates): readonly CatalogChange[] {
  const tell = (noun: ValuedNoun, id: string, base: string): readonly CatalogChange[] => {
    const fate = fates[noun].get(id);
    if (fate === undefined || fate.kind === 'kept') return [];
    const note = fate.kind === 'resumes' ? resumed(fate) : `It starts anew, because the ${base} does.`;
    return [{ change: 'changed', noun, id, before: null, after: null, note }];
  };
  return [
    ...after.metrics.flatMap(({ name, source }) =>
      source.kind === 'streak' ? tell('metrics', name, `streak "${source.streak}"`) : [],
    ),
    ...after.boards.flatMap(({ id, metric }) => tell('boards', id, `metric "${metric}"`)),
    ...ofLevels(after, fates),
  ];
}

/** Levels follow one metric: where that begins anew, so do they. */
function ofLevels({ levels }: Catalog, fates: Fates): readonly CatalogChange[] {
  const fate = levels === null ? undefined : fates.metrics.get(levels.metric);
  if (levels === null || fate === undefined || fate.kind === 'kept') return [];
  const note = `Everybody is on the level of what the metric "${levels.metric}" shows now.`;
  return [{ change: 'changed', noun: 'levels', id: 'levels', before: null, after: null, note }];
}
