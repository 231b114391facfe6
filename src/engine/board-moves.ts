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
}

/** What a metric did in one decision: steps to fold in, or the state that it shows now. */
interface Move {
  readonly metric: Metric;
  readonly steps: Contribution[];
  /** What the event behind each step was seen as. */
  readonly scopes: (Scope | undefined)[];
  state: number | null;
  /** Of the event that moved the whole life last, or showed the state. */
  scope: Scope | undefined;
}

/** What was found when it came, where something is folded again. */
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
  /** By keys of boards; null where the clock and the event tell. */
  private found: Found | null = null;

  constructor(before: UserState, rulebook: Rulebook, moment: Moment, log: MoveLog) {
    this.log = log;
    this.rulebook = rulebook;
    this.moment = moment;
    this.scores = new Overlay(before.scores);
  }

  /** Something is folded again: boards were closed to it as it says, and kept with their scores what it says. */
  replay({ b = [], c = [] }: Pick<Moves, 'b' | 'c'>): void {
    this.found = {
      closed: new Set(c),
      details: new Map(b.map(([key, segment, record]) => [key, { segment, record }])),
    };
  }

  get changes(): ReadonlyMap<string, Score> {
    return this.scores.changes;
  }

  /** `scope` is left out where something is folded again. Also what leaves the whole life as it is may move a period: a lower maximum, a value that is new to a week. */
  step(metric: Metric, step: Contribution, scope: Scope | undefined, isLifetimeMoved: boolean): void {
    if (!this.rulebook.boardsOf.has(metric.key)) return;
    const move = this.moveOf(metric);
    move.steps.push(step);
    move.scopes.push(scope);
    if (isLifetimeMoved) move.scope = scope;
  }

  show(metric: Metric, state: number, scope: Scope | undefined): void {
    if (!this.rulebook.boardsOf.has(metric.key)) return;
    const move = this.moveOf(metric);
    move.state = state;
    move.scope = scope;
  }

  private moveOf(metric: Metric): Move {
    const known = this.moves.get(metric.key);
    if (known !== undefined) return known;
    const move = { metric, steps: [], scopes: [], state: null, scope: undefined };
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
        const id = scoreId(board.key, period);
        if (period === 'all') this.put(board, id, lifetime(key), move.scope ?? move.scopes.at(-1));
        else if (this.isClosed(board, period)) this.refuse(board, period, skipped);
        else this.within(board, id, move, isNew);
      }
    }
  }

  /** As it was found then, where something is folded again; else as it is now. */
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
  private within(
    board: Board,
    id: string,
    { metric, steps, scopes, state, scope }: Move,
    isNew: (metric: Metric, span: string, member: string) => boolean,
  ): void {
    const { time } = this.moment;
    const score = this.scores.get(id);
    if (state !== null) {
      this.put(board, id, { value: state, at: Math.max(score?.reachedAt ?? time, time) }, scope);
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
    this.put(board, id, value === before ? undefined : value, mover);
  }

  /** `scope`: of the event that moved it. What moves nothing is logged too: it is the best that is left once another is undone. */
  private put(board: Board, id: string, value: MetricValue | undefined, scope: Scope | undefined): void {
    const details = this.found === null ? this.detailsOf(board, scope) : (this.found.details.get(board.key) ?? NO_DETAILS);
    if (value !== undefined) this.scores.set(id, keptScore(this.scores.get(id), value, this.moment.time, details));
  }

  private detailsOf(board: Board, scope: Scope | undefined): ScoreDetails {
    const details = scope === undefined ? NO_DETAILS : scoreDetails(board, scope);
    if (details.segment !== null || details.record !== null) this.log.keep(board.key, details);
    return details;
  }
}
