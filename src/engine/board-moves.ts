import {
  type Board,
  isClosed,
  isWindow,
  keptScore,
  NO_DETAILS,
  type Score,
  type ScoreDetails,
  scoreDetails,
  scorePeriod,
} from '../boards/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import { Overlay } from '../kernel/overlay.ts';
import type { Place } from '../streaks/index.ts';
import type { Contribution, Metric, MetricValue } from '../metrics/index.ts';
import type { SkippedPart } from './model.ts';
import type { MoveLog, Moves } from './moves.ts';
import type { Rulebook } from './rulebook.ts';
import { scoreId, type UserState } from './state.ts';

/** When something came, as progress counts it. */
export interface Moment {
  /** Time of the event, milliseconds. */
  readonly time: number;
  /** Local day: days since 1970-01-01. */
  readonly day: number;
  /** The moment of acceptance, milliseconds. */
  readonly recordedAt: number;
  /** By whose days the local day is told. */
  readonly place: Place;
}

/** What a metric did in one decision: steps to fold in, or the state that it shows now. */
interface Move {
  readonly metric: Metric;
  readonly steps: Contribution[];
  /** What the event behind each step was seen as; null where something is folded again. */
  readonly scopes: (Scope | null)[];
  state: number | null;
  /** Of the event that moved the whole life last, or showed the state. */
  scope: Scope | null;
}

/** Whether a value of `distinct` is new to a span. */
type IsNew = (metric: Metric, span: string, member: string) => boolean;

/** What was found when something came that is folded again: closed boards, and what others kept with the score, by key. */
interface Found {
  readonly closed: ReadonlySet<string>;
  readonly details: ReadonlyMap<string, ScoreDetails>;
}

/** What metrics did, kept until the end, when the boards over them follow. */
export class BoardMoves {
  private readonly rulebook: Rulebook;
  private readonly moment: Moment;
  private readonly scores: Overlay<Score>;
  private readonly moves = new Map<string, Move>();
  private readonly log: MoveLog;
  /** Null where the clock and the event tell. */
  private found: Found | null = null;
  /** Values of windows by now: many achievements may look at one. */
  private readonly windows = new Map<Board, number>();

  constructor(before: UserState, rulebook: Rulebook, moment: Moment, log: MoveLog) {
    this.log = log;
    this.rulebook = rulebook;
    this.moment = moment;
    this.scores = new Overlay(before.scores);
  }

  /** Something is folded again: it is as it was found then. */
  replay({ c = [], b = [] }: Moves): void {
    this.found = { closed: new Set(c), details: new Map(b.map(([key, segment, record]) => [key, { segment, record }])) };
  }

  get changes(): ReadonlyMap<string, Score> {
    return this.scores.changes;
  }

  /** Also what leaves the whole life as it is may move a period: a lower maximum, a value that is new to a week. */
  step(metric: Metric, step: Contribution, isNew: IsNew, scope: Scope | null, isLifetimeMoved: boolean): void {
    const boards = this.rulebook.boardsOf.get(metric.key);
    if (boards === undefined) return;
    const move = this.moveOf(metric);
    move.steps.push(step);
    move.scopes.push(scope);
    if (isLifetimeMoved) move.scope = scope;
    for (const board of boards) if (isWindow(board)) this.stepWindow(board, metric, step, isNew);
  }

  /** What a metric has counted in the window by now. */
  windowValue(board: Board): number {
    const known = this.windows.get(board);
    if (known !== undefined) return known;
    const value = this.scores.get(this.windowId(board))?.score ?? 0;
    this.windows.set(board, value);
    return value;
  }

  /** Windows are of the user's own calendar, which has no gaps. */
  private windowId(board: Board): string {
    return scoreId(board.key, scorePeriod(board, this.moment) ?? '');
  }

  /** Windows do not wait for the end: achievements look at them as the metric moves. */
  private stepWindow(board: Board, metric: Metric, step: Contribution, isNew: IsNew): void {
    const id = this.windowId(board);
    const { value } = this.folded(id, metric, [step], isNew);
    if (value === undefined) return;
    this.scores.set(id, { score: value.value, reachedAt: value.at, ...NO_DETAILS });
    this.windows.set(board, value.value);
  }

  show(metric: Metric, state: number, scope: Scope | null): void {
    if (!this.rulebook.boardsOf.has(metric.key)) return;
    const move = this.moveOf(metric);
    move.state = state;
    move.scope = scope;
  }

  private moveOf(metric: Metric): Move {
    const known = this.moves.get(metric.key);
    if (known !== undefined) return known;
    const move = { metric, steps: [], scopes: [], state: null, scope: null };
    this.moves.set(metric.key, move);
    return move;
  }

  /**
   * `lifetime`: value of a metric by key where it changed. Boards whose period is closed are told to `skipped`; what boards
   * keep with their scores, to the log.
   */
  follow(lifetime: (key: string) => MetricValue | undefined, isNew: IsNew, skipped: SkippedPart[]): void {
    const { boardsOf } = this.rulebook;
    for (const [key, move] of this.moves) {
      for (const board of boardsOf.get(key) ?? []) {
        if (isWindow(board)) continue;
        const period = scorePeriod(board, this.moment);
        if (period === null) continue;
        const id = scoreId(board.key, period);
        if (period === 'all') this.put(board, id, lifetime(key), move.scope ?? move.scopes.at(-1) ?? null);
        else if (this.isClosed(board, period)) this.refuse(board, period, skipped);
        else this.within(board, id, move, isNew);
      }
    }
  }

  private isClosed(board: Board, period: string): boolean {
    if (this.found !== null) return this.found.closed.has(board.key);
    const { boardsSince, circumstances } = this.rulebook;
    if (circumstances.closed.has(scoreId(board.key, period))) return true;
    return isClosed(board, period, boardsSince.get(board.key) ?? 0, this.moment.recordedAt);
  }

  private refuse({ id, key }: Board, period: string, skipped: SkippedPart[]): void {
    this.log.closed(key);
    skipped.push({ board: id, code: 'period_closed', message: `${period} is closed` });
  }

  /** Moves the score of a period, unless its value stays as it is. */
  private within(board: Board, id: string, { metric, steps, scopes, state, scope }: Move, isNew: IsNew): void {
    if (state === null) {
      const { value, mover } = this.folded(id, metric, steps, isNew);
      this.put(board, id, value, scopes[mover] ?? null);
      return;
    }
    const { time } = this.moment;
    const before = this.scores.get(id);
    // Whoever breaks a streak did not come in this period for it.
    if (before === undefined && state === 0 && metric.source.kind === 'streak') return;
    this.put(board, id, { value: state, at: Math.max(before?.reachedAt ?? time, time) }, scope);
  }

  /** The value within a period, undefined where it stays as it is, and the place of the step that set it; else of the last. */
  private folded(
    id: string,
    metric: Metric,
    steps: readonly Contribution[],
    isNew: IsNew,
  ): { readonly value: MetricValue | undefined; readonly mover: number } {
    const { time } = this.moment;
    const score = this.scores.get(id);
    const before = score === undefined ? undefined : { value: score.score, at: score.reachedAt };
    let value: MetricValue | undefined = before;
    let mover = steps.length - 1;
    for (const [i, { amount, member }] of steps.entries()) {
      if (member !== null && !isNew(metric, id, member)) continue;
      const after = metric.fold(value, amount, time);
      if (after === undefined) continue;
      value = after;
      mover = i;
    }
    return { value: value === before ? undefined : value, mover };
  }

  /** `scope`: of the event that moved it. What moves nothing is logged too: it is the best that is left once another is undone. */
  private put(board: Board, id: string, value: MetricValue | undefined, scope: Scope | null): void {
    const details = this.detailsOf(board, scope);
    if (hasDetails(details)) this.log.keep(board.key, details);
    if (value !== undefined) this.scores.set(id, keptScore(this.scores.get(id), value, this.moment.time, details));
  }

  private detailsOf(board: Board, scope: Scope | null): ScoreDetails {
    if (this.found !== null) return this.found.details.get(board.key) ?? NO_DETAILS;
    return scope === null ? NO_DETAILS : scoreDetails(board, scope);
  }
}

function hasDetails({ segment, record }: ScoreDetails): boolean {
  return segment !== null || record !== null;
}
