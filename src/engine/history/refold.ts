import type { Score } from '../../boards/index.ts';
import type { MetricValue } from '../../metrics/index.ts';
import { type AccountCover, NO_PAST, type Past, withUntold } from '../../streaks/index.ts';
import { createMember } from '../member.ts';
import type { Moves, PastMoves } from '../moves.ts';
import { Progress } from '../progress.ts';
import type { Rulebook } from '../rulebook.ts';
import { type Derived, emptyState, scoreId, unlocksAsTheyAre, type UserState } from '../state.ts';

/** What the log says of one user: an event that was posted, or the first of a group of facts. */
export interface LoggedMoves {
  readonly position: number;
  /** Milliseconds. */
  readonly occurredAt: number;
  /** Local day, since 1970-01-01. */
  readonly day: number;
  readonly catalogVersion: number;
  readonly moves: Moves;
  /** Position of the event that this row undoes; null for most. */
  readonly undoes: number | null;
}

/** The rulebook of a version of the catalog; undefined where this code no longer understands it. */
export type RulebookOf = (version: number) => Rulebook | undefined;

/** A version of the catalog is not understood any more, so that what was decided by it cannot be folded again. */
export class UnknownVersion extends Error {
  override readonly name = 'UnknownVersion';
  readonly version: number;
  constructor(version: number) {
    super(`version ${version} of the catalog is not understood any more`);
    this.version = version;
  }
}

/**
 * Folds what a user's events counted, in order of their positions, by the code that moved it when they came: nothing is
 * evaluated or decided. Events that were undone count for nothing but what stays of them. `rows` in any order; `covers`: of
 * all streaks of the user. Throws UnknownVersion.
 */
export function refold(
  account: number,
  rows: readonly LoggedMoves[],
  rulebookOf: RulebookOf,
  covers: readonly AccountCover[],
): Derived {
  const undone = new Map(rows.flatMap(({ undoes, position }) => (undoes === null ? [] : [[undoes, position] as const])));
  const boards = new LateBoards(rows, rulebookOf);
  const member = createMember({ id: '', digest: '' }, { ...emptyState(account), pasts: coveredPasts(covers), isNew: false });
  for (const row of inOrder(rows)) {
    const undoneBy = undone.get(row.position);
    // What was told of it since is told of what stays.
    if (undoneBy !== undefined && (row.toldBy ?? row.position) < undoneBy) continue;
    const moment = { time: row.occurredAt, day: row.day, recordedAt: 0, place: 0 };
    const progress = new Progress(member.state, boards.rulebook(row), moment, () => 0);
    progress.replay(row.moves);
    member.take(progress.changes({ balances: NONE, usage: NONE, topLevel: null }, unlocksAsTheyAre(member.state)));
  }
  const { metrics, scores, streaks, pasts, seen }: UserState = member.state;
  return { metrics, scores, streaks, pasts, seen };
}

/** Streaks as they were folded, with what is covered and which milestones were paid, which no event tells. */
export function streaksBeside(folded: Derived['streaks'], live: UserState['streaks']): Derived['streaks'] {
  const untold = [...live].filter(([key, { covered, paid }]) => folded.has(key) || covered !== null || paid > 0);
  return new Map([...folded, ...untold.map(([key, state]) => [key, withUntold(folded.get(key), state)] as const)]);
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** What a streak is follows from all that is covered, whenever that came to be. */
function coveredPasts(covers: readonly AccountCover[]): ReadonlyMap<string, Past> {
  const pasts = new Map<string, Past>();
  for (const cover of covers) {
    const past = pasts.get(cover.streak) ?? NO_PAST;
    pasts.set(cover.streak, { ...past, covers: [...past.covers, cover] });
  }
  return pasts;
}

/** What was kept with a score stays with it: another one came about while nobody looked at it for this board. */
function shownScore(followed: Score | undefined, { value, at }: MetricValue): Score {
  const isFollowed = followed?.score === value && followed.reachedAt === at;
  return { score: value, reachedAt: at, segment: followed?.segment ?? null, record: isFollowed ? followed.record : null };
}

/** `toldBy`: position of the later row that tells what this one counts. What undoes an event tells what stays of it. */
type Placed = LoggedMoves & { readonly toldBy: number | null };

/** Scores as they are by a catalog: a board over all time shows its metric, also from before the board. */
export function scoresNow({ scores, metrics }: Derived, { catalog, metricsByName }: Rulebook): ReadonlyMap<string, Score> {
  const all = new Map(scores);
  for (const { key, metric, period } of catalog.boards) {
    const value = period === 'all' ? metrics.get(metricsByName.get(metric)?.key ?? '') : undefined;
    if (value === undefined) continue;
    const id = scoreId(key, 'all');
    all.set(id, shownScore(scores.get(id), value));
  }
  return all;
}

/** What a later row tells of an earlier one stands where it would have stood. */
export function inOrder(rows: readonly LoggedMoves[]): readonly Placed[] {
  const all = rows.flatMap((row) => [{ ...row, toldBy: null }, ...(row.moves.past ?? []).map((past) => pastRow(past, row))]);
  return all.toSorted((a, b) => a.position - b.position);
}

function pastRow([position, occurredAt, day, moves]: PastMoves, { catalogVersion, position: toldBy }: LoggedMoves): Placed {
  return { position, occurredAt, day, catalogVersion, moves, undoes: null, toldBy };
}

/** Rulebooks by version, with the boards that a backfill made follow what was before them. */
class LateBoards {
  private readonly rulebookOf: RulebookOf;
  private readonly late: readonly { readonly key: string; readonly upTo: number; readonly version: number }[];
  private readonly known = new Map<string, Rulebook>();

  constructor(rows: readonly LoggedMoves[], rulebookOf: RulebookOf) {
    this.rulebookOf = rulebookOf;
    this.late = rows.flatMap(({ moves: { boards = [], upTo = 0 }, catalogVersion: version }) =>
      boards.map((key) => ({ key, upTo, version })),
    );
  }

  rulebook({ position, catalogVersion }: LoggedMoves): Rulebook {
    const late = this.late.filter(({ upTo }) => position <= upTo);
    const id = `${catalogVersion} ${late.map(({ key }) => key).join(' ')}`;
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const rulebook = this.withBoards(this.of(catalogVersion), late);
    this.known.set(id, rulebook);
    return rulebook;
  }

  private of(version: number): Rulebook {
    const rulebook = this.rulebookOf(version);
    if (rulebook === undefined) throw new UnknownVersion(version);
    return rulebook;
  }

  private withBoards(rulebook: Rulebook, late: typeof this.late): Rulebook {
    if (late.length === 0) return rulebook;
    const boardsOf = new Map(rulebook.boardsOf);
    for (const { key, version } of late) {
      const rules = this.of(version);
      const board = [...rules.boardsOf.values()].flat().find((one) => one.key === key);
      const metric = board === undefined ? undefined : rules.metricsByName.get(board.metric)?.key;
      if (board === undefined || metric === undefined) continue;
      const others = boardsOf.get(metric) ?? [];
      if (!others.some((one) => one.key === key)) boardsOf.set(metric, [...others, board]);
    }
    return { ...rulebook, boardsOf };
  }
}
