import { type Board, isClosed, isWindow, type Score, scorePeriod } from '../boards/index.ts';
import { Overlay } from '../kernel/overlay.ts';
import type { Contribution, Metric, MetricValue } from '../metrics/index.ts';
import type { SkippedPart } from './model.ts';
import type { MoveLog } from './moves.ts';
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
}

/** What a metric did in one decision: steps to fold in, or the state that it shows now. */
interface Move {
  readonly metric: Metric;
  readonly steps: Contribution[];
  state: number | null;
}

type IsNew = (metric: Metric, span: string, member: string) => boolean;

/** What metrics did, kept until the end, when the boards over them follow. */
export class BoardMoves {
  private readonly rulebook: Rulebook;
  private readonly moment: Moment;
  private readonly scores: Overlay<Score>;
  private readonly moves = new Map<string, Move>();
  private readonly log: MoveLog;
  /** Keys of boards; null where the clock tells. */
  private foundClosed: ReadonlySet<string> | null = null;
  /** Values of windows by now: many achievements may look at one. */
  private readonly windows = new Map<Board, number>();

  constructor(before: UserState, rulebook: Rulebook, moment: Moment, log: MoveLog) {
    this.log = log;
    this.rulebook = rulebook;
    this.moment = moment;
    this.scores = new Overlay(before.scores);
  }

  /** Something is folded again: boards were closed to it as it says. */
  replay(closed: readonly string[]): void {
    this.foundClosed = new Set(closed);
  }

  get changes(): ReadonlyMap<string, Score> {
    return this.scores.changes;
  }

  /** Also what leaves the whole life as it is may move a period: a lower maximum, a value that is new to a week. */
  step(metric: Metric, step: Contribution, isNew: IsNew): void {
    const boards = this.rulebook.boardsOf.get(metric.key);
    if (boards === undefined) return;
    this.moveOf(metric).steps.push(step);
    for (const board of boards) if (isWindow(board)) this.stepWindow(board, { metric, steps: [step], state: null }, isNew);
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
  private stepWindow(board: Board, move: Move, isNew: IsNew): void {
    const id = this.windowId(board);
    const value = this.within(id, move, isNew);
    if (value === undefined) return;
    this.put(id, value);
    this.windows.set(board, value.value);
  }

  show(metric: Metric, state: number): void {
    if (this.rulebook.boardsOf.has(metric.key)) this.moveOf(metric).state = state;
  }

  private moveOf(metric: Metric): Move {
    const known = this.moves.get(metric.key);
    if (known !== undefined) return known;
    const move = { metric, steps: [], state: null };
    this.moves.set(metric.key, move);
    return move;
  }

  /**
   * `lifetime`: value of a metric by key where it changed. `isNew`: whether a value of `distinct` is new to a span.
   * Boards whose period is closed are told to `skipped`.
   */
  follow(lifetime: (key: string) => MetricValue | undefined, isNew: IsNew, skipped: SkippedPart[]): void {
    const { boardsOf } = this.rulebook;
    for (const [key, move] of this.moves) {
      for (const board of boardsOf.get(key) ?? []) {
        if (isWindow(board)) continue;
        const period = scorePeriod(board, this.moment);
        if (period === null) continue;
        const id = scoreId(board.key, period);
        if (period === 'all') this.put(id, lifetime(key));
        else if (this.isClosed(board, period)) this.refuse(board, period, skipped);
        else this.put(id, this.within(id, move, isNew));
      }
    }
  }

  /** As it was found then, where something is folded again; else as it is now. */
  private isClosed(board: Board, period: string): boolean {
    if (this.foundClosed !== null) return this.foundClosed.has(board.key);
    const { boardsSince, circumstances } = this.rulebook;
    if (circumstances.closed.has(scoreId(board.key, period))) return true;
    return isClosed(board, period, boardsSince.get(board.key) ?? 0, this.moment.recordedAt);
  }

  private refuse({ id, key }: Board, period: string, skipped: SkippedPart[]): void {
    this.log.closed(key);
    skipped.push({ board: id, code: 'period_closed', message: `${period} is closed` });
  }

  /** The value within a period; undefined where it stays as it is. */
  private within(id: string, { metric, steps, state }: Move, isNew: IsNew): MetricValue | undefined {
    const { time } = this.moment;
    const score = this.scores.get(id);
    if (state !== null) return { value: state, at: Math.max(score?.reachedAt ?? time, time) };
    const before = score === undefined ? undefined : { value: score.score, at: score.reachedAt };
    let value: MetricValue | undefined = before;
    for (const { amount, member } of steps) {
      if (member === null || isNew(metric, id, member)) value = metric.fold(value, amount, time) ?? value;
    }
    return value === before ? undefined : value;
  }

  private put(id: string, value: MetricValue | undefined): void {
    if (value !== undefined) this.scores.set(id, { score: value.value, reachedAt: value.at });
  }
}
