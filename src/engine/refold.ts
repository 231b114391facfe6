import type { Score } from '../boards/index.ts';
import type { MetricValue, Seen } from '../metrics/index.ts';
import type { Run, StreakState } from '../streaks/index.ts';
import { createMember } from './member.ts';
import type { Moves, PastMoves } from './moves.ts';
import { Progress } from './progress.ts';
import type { Rulebook } from './rulebook.ts';
import { emptyState, type UserState } from './state.ts';

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
  /** Position of the event whose transfer this row reverses: where the event is undone as a whole, the row counts for nothing. */
  readonly reversesPartOf: number | null;
}

/** What is derived of one user: all of it, not the newest alone. */
export interface Derived {
  readonly metrics: ReadonlyMap<string, MetricValue>;
  readonly scores: ReadonlyMap<string, Score>;
  readonly streaks: ReadonlyMap<string, StreakState>;
  readonly olderRuns: ReadonlyMap<string, readonly Run[]>;
  readonly seen: ReadonlyMap<string, Seen>;
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
 * evaluated or decided. Events that were undone count for nothing. `rows` in any order. Throws UnknownVersion.
 */
export function refold(account: number, rows: readonly LoggedMoves[], rulebookOf: RulebookOf): Derived {
  const undone = new Set(rows.flatMap(({ undoes }) => (undoes === null ? [] : [undoes])));
  const boards = new LateBoards(rows, rulebookOf);
  const member = createMember({ id: '', digest: '' }, { ...emptyState(account), isNew: false });
  for (const row of inOrder(rows)) {
    if (undone.has(row.position) || (row.reversesPartOf !== null && undone.has(row.reversesPartOf))) continue;
    const moment = { time: row.occurredAt, day: row.day, recordedAt: 0 };
    const progress = new Progress(member.state, boards.rulebook(row), moment, () => 0);
    progress.replay(row.moves);
    member.take(progress.changes({ balances: NONE, usage: NONE, unlocks: member.state.unlocks, unlocked: [], topLevel: null }));
  }
  const { metrics, scores, streaks, olderRuns, seen }: UserState = member.state;
  return { metrics, scores, streaks, olderRuns, seen };
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** What a backfill found stands where it would have stood. */
function inOrder(rows: readonly LoggedMoves[]): readonly LoggedMoves[] {
  const all = rows.flatMap((row) => [row, ...(row.moves.past ?? []).map((past) => pastRow(past, row))]);
  return all.toSorted((a, b) => a.position - b.position);
}

function pastRow([position, occurredAt, day, moves]: PastMoves, { catalogVersion }: LoggedMoves): LoggedMoves {
  return { position, occurredAt, day, catalogVersion, moves, undoes: null, reversesPartOf: null };
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
      const { catalog, metricsByName } = this.of(version);
      const board = catalog.boards.find((one) => one.key === key);
      const metric = board === undefined ? undefined : metricsByName.get(board.metric)?.key;
      if (board === undefined || metric === undefined) continue;
      const others = boardsOf.get(metric) ?? [];
      if (!others.some((one) => one.key === key)) boardsOf.set(metric, [...others, board]);
    }
    return { ...rulebook, boardsOf };
  }
}
