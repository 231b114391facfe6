import { type Board, isClosed, type Score, scorePeriod } from '../boards/index.ts';
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

/** What metrics did, kept until the end, when the boards over them follow. */
export class BoardMoves {
  private readonly rulebook: Rulebook;
  private readonly moment: Moment;
  private readonly scores: Overlay<Score>;
  private readonly moves = new Map<string, Move>();
  private readonly log: MoveLog;
  /** Keys of boards; null where the clock tells. */
  private foundClosed: ReadonlySet<string> | null = null;

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
  step(metric: Metric, step: Contribution): void {
    if (this.rulebook.boardsOf.has(metric.key)) this.moveOf(metric).steps.push(step);
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
  follow(
    lifetime: (key: string) => MetricValue | undefined,
    isNew: (metric: Metric, span: string, member: string) => boolean,
    skipped: SkippedPart[],
  ): void {
    const { boardsOf } = this.rulebook;
    for (const [key, move] of this.moves) {
      for (const board of boardsOf.get(key) ?? []) {
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
  private within(
    id: string,
    { metric, steps, state }: Move,
    isNew: (metric: Metric, span: string, member: string) => boolean,
  ): MetricValue | undefined {
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
