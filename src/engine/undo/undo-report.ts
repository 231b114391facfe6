import type { Score } from '../../boards/index.ts';
import type { Undoing } from './decide-undo.ts';
import type { Rulebook } from '../rulebook.ts';
import type { UserState } from '../state.ts';
import type { Change, TakenBack, UndoReport } from './undo-model.ts';

export function undoReport(given: {
  readonly state: UserState;
  readonly undoing: Undoing;
  readonly scores: ReadonlyMap<string, Score>;
  readonly former: ReadonlyMap<string, Score>;
  readonly takenBack: readonly TakenBack[];
  readonly rulebook: Rulebook;
  readonly dryRun: boolean;
}): UndoReport {
  const { state, undoing, scores, former, takenBack, rulebook, dryRun } = given;
  const { derived, revoked, kept, level } = undoing;
  const { catalog } = rulebook;
  const metrics = catalog.metrics.map(({ name, key, source, when }) => {
    // Who has nothing is on a level, too.
    if (source.kind === 'level' && when === null) return [name, level.before, level.after] as const;
    // As the profile tells it: the length of the newest chain, also where it is broken and ranks nobody.
    if (source.kind === 'streak' && when === null) {
      const streak = rulebook.streaksById.get(source.streak)?.key ?? '';
      return [name, state.streaks.get(streak)?.length ?? 0, derived.streaks.get(streak)?.length ?? 0] as const;
    }
    return [name, state.metrics.get(key)?.value ?? 0, derived.metrics.get(key)?.value ?? 0] as const;
  });
  const streaks = catalog.streaks.map(({ id, key }) => {
    const [before, after] = [state.streaks.get(key), derived.streaks.get(key)];
    return [id, before?.length ?? 0, after?.length ?? 0] as const;
  });
  return {
    dryRun,
    reversed: takenBack.map((one) => ({ ...one })),
    achievements: {
      revoked: revoked.map(({ achievement, tier, left }) => ({ id: achievement, tier, left: left.length })),
      kept: kept.map(({ achievement, tier }) => ({ id: achievement, tier })),
    },
    level,
    metrics: changesOf(metrics),
    streaks: changesOf(streaks),
    boards: boardChanges(rulebook, former, scores),
  };
}

function changesOf(values: readonly (readonly [string, number, number])[]): Readonly<Record<string, Change>> {
  return Object.fromEntries(values.filter(([, a, b]) => a !== b).map(([name, before, after]) => [name, { before, after }]));
}

function boardChanges(
  { catalog }: Rulebook,
  before: ReadonlyMap<string, Score>,
  after: ReadonlyMap<string, Score>,
): UndoReport['boards'] {
  return catalog.boards.flatMap(({ id, key }) => {
    const own = [...new Set([...before.keys(), ...after.keys()])].filter((score) => score.startsWith(`${key} `));
    return own.flatMap((score) => {
      const [a, b] = [before.get(score)?.score ?? null, after.get(score)?.score ?? null];
      return a === b ? [] : [{ board: id, period: score.slice(key.length + 1), before: a, after: b }];
    });
  });
}
