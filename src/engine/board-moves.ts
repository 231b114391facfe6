import {
  type Board,
  isClosed,
  keptScore,
  NO_DETAILS,
  type Score,
  type ScoreDetails,
  scoreDetails,
  scorePeriod,
} from '../boards/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
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
  /** What the event behind each step was seen as. */
  readonly scopes: Scope[];
  state: number | null;
  /** Of the event that moved the whole life last, or showed the state. */
  scope: Scope | null;
}

/** What metrics did, kept until the end, when the boards over them follow. */
export class BoardMoves {
  private readonly rulebook: Rulebook;
  private readonly moment: Moment;
  private readonly scores: Overlay<Score>;
  private readonly moves = new Map<string, Move>();

  constructor(before: UserState, rulebook: Rulebook, moment: Moment) {
    this.rulebook = rulebook;
    this.moment = moment;
    this.scores = new Overlay(before.scores);
  }

  get changes(): ReadonlyMap<string, Score> {
    return this.scores.changes;
  }

  /** Also what leaves the whole life as it is may move a period: a lower maximum, a value that is new to a week. */
  step(metric: Metric, step: Contribution, scope: Scope, isLifetimeMoved: boolean): void {
    if (!this.rulebook.boardsOf.has(metric.key)) return;
    const move = this.moveOf(metric);
    move.steps.push(step);
    move.scopes.push(scope);
    if (isLifetimeMoved) move.scope = scope;
  }

  show(metric: Metric, state: number, scope: Scope): void {
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
   * `lifetime`: value of a metric by key where it changed. `isNew`: whether a value of `distinct` is new to a span.
   * Boards whose period is closed are told to `skipped`; what boards keep with their scores, to `log`.
   */
  follow(
    lifetime: (key: string) => MetricValue | undefined,
    isNew: (metric: Metric, span: string, member: string) => boolean,
    skipped: SkippedPart[],
    log: MoveLog,
  ): void {
    const { boardsOf, boardsSince } = this.rulebook;
    for (const [key, move] of this.moves) {
      for (const board of boardsOf.get(key) ?? []) {
        const period = scorePeriod(board, this.moment);
        const id = scoreId(board.key, period);
        if (period === 'all') this.put(board, id, lifetime(key), move.scope ?? move.scopes.at(-1), log);
        else if (isClosed(board, period, boardsSince.get(board.key) ?? 0, this.moment.recordedAt))
          skipped.push({ board: board.id, code: 'period_closed', message: `${period} is closed` });
        else this.within(board, id, move, isNew, log);
      }
    }
  }

  /** Moves the score of a period, unless its value stays as it is. */
  private within(
    board: Board,
    id: string,
    { metric, steps, scopes, state, scope }: Move,
    isNew: (metric: Metric, span: string, member: string) => boolean,
    log: MoveLog,
  ): void {
    const { time } = this.moment;
    const score = this.scores.get(id);
    if (state !== null) {
      this.put(board, id, { value: state, at: Math.max(score?.reachedAt ?? time, time) }, scope ?? undefined, log);
      return;
    }
    const before = score === undefined ? undefined : { value: score.score, at: score.reachedAt };
    let value: MetricValue | undefined = before;
    let mover = scopes.at(-1);
    for (const [i, { amount, member }] of steps.entries()) {
      if (member !== null && !isNew(metric, id, member)) continue;
      const after = metric.fold(value, amount, time);
      if (after === undefined) continue;
      value = after;
      mover = scopes[i];
    }
    this.put(board, id, value === before ? undefined : value, mover, log);
  }

  /** `scope`: of the event that moved it. What moves nothing is logged too: it is the best that is left once another is undone. */
  private put(board: Board, id: string, value: MetricValue | undefined, scope: Scope | undefined, log: MoveLog): void {
    const details = scope === undefined ? NO_DETAILS : scoreDetails(board, scope);
    if (hasDetails(details)) log.keep(board.key, details);
    if (value !== undefined) this.scores.set(id, keptScore(this.scores.get(id), value, this.moment.time, details));
  }
}

function hasDetails({ segment, record }: ScoreDetails): boolean {
  return segment !== null || record !== null;
}
