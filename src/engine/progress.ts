import type { Window } from '../achievements/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import { Overlay } from '../kernel/overlay.ts';
import { periodKey } from '../kernel/period.ts';
import { type Contribution, contributionOf, holds, type Metric, type MetricValue, type Seen, seenId } from '../metrics/index.ts';
import type { Past, Streak, StreakState } from '../streaks/index.ts';
import { BoardMoves, type Moment } from './board-moves.ts';
import type { SkippedPart } from './model.ts';
import { MoveLog, type Moves } from './moves.ts';
import type { Rulebook } from './rulebook.ts';
import { levelNow, metricValue, type Standing } from './standing.ts';
import type { StateChanges, UnlockChanges, UserState } from './state.ts';
import { type StreakChange, StreakMoves } from './streaks/streak-moves.ts';

/**
 * What one decision counts about its user: metrics, streaks, level, boards. Balances are the ledger's; they are looked
 * up where a metric mirrors them. The working copy of one decision; it ends with the decision.
 */
export class Progress implements Standing {
  private readonly rulebook: Rulebook;
  private readonly moment: Moment;
  readonly available: (currency: string) => number;
  private readonly metrics: Overlay<MetricValue>;
  private readonly before: UserState;
  private readonly boards: BoardMoves;
  private readonly seen: Overlay<Seen>;
  private readonly streaks: StreakMoves;
  /** Names of metrics that moved since they were last asked for. */
  private dirty = new Set<string>();
  readonly levelBefore: number;
  readonly levelFloor: UserState['levelFloor'];
  private levelMoved = false;
  readonly skipped: SkippedPart[] = [];
  readonly log = new MoveLog();

  constructor(before: UserState, rulebook: Rulebook, moment: Moment, available: (currency: string) => number) {
    this.rulebook = rulebook;
    this.moment = moment;
    this.available = available;
    this.metrics = new Overlay(before.metrics);
    this.before = before;
    this.boards = new BoardMoves(before, rulebook, moment, this.log);
    this.seen = new Overlay(before.seen);
    this.streaks = new StreakMoves(before, moment, this.log);
    this.levelFloor = before.levelFloor;
    this.levelBefore = this.level();
  }

  /** As it would be now. */
  level(): number {
    return levelNow(this.rulebook, this);
  }

  /** Whether the level may be another one since the last call. */
  takeLevelMoved(): boolean {
    const { levelMoved } = this;
    this.levelMoved = false;
    return levelMoved;
  }

  /** Value of a metric as conditions see it: the level as it was before. */
  readonly metric = (name: string): number => {
    const metric = this.rulebook.metricsByName.get(name);
    if (metric === undefined) return 0;
    return metric.source.kind === 'level' && metric.when === null ? this.levelBefore : this.valueOf(metric);
  };

  /** Value of a metric as it is now. */
  readonly metricNow = (name: string): number => {
    const metric = this.rulebook.metricsByName.get(name);
    return metric === undefined ? 0 : this.valueOf(metric);
  };

  /** Value of a metric within the period that the event falls in. */
  within(name: string, window: Window): number {
    const board = this.rulebook.windows.get(window)?.get(name);
    return board === undefined ? 0 : this.boards.windowValue(board);
  }

  /** Key of the period that the event falls in. */
  period(window: Window): string {
    return periodKey(window, this.moment.day);
  }

  readonly streakLength = (id: string): number => {
    const streak = this.rulebook.streaksById.get(id);
    return streak === undefined ? 0 : this.streaks.length(streak.key);
  };

  counter(key: string): number {
    return this.metrics.get(key)?.value ?? 0;
  }

  private valueOf(metric: Metric): number {
    return metricValue(this.rulebook, metric, this);
  }

  moveMetrics(metrics: readonly Metric[], scope: Scope): void {
    for (const metric of metrics) {
      const result = contributionOf(metric, scope);
      if (result.kind === 'moves') this.move(metric, result.contribution, scope);
      const failure =
        result.kind === 'failed' ? result.reason : result.kind === 'moves' ? result.contribution.failure : undefined;
      if (failure === undefined) continue;
      const what = metric.owner === null ? { metric: metric.name } : { achievement: metric.owner };
      this.skipped.push({ ...what, code: 'condition_failed', message: failure });
    }
  }

  /** The awarded or spent amount moves the metrics of it; both move those of the balance. */
  moveByTransfer(kind: 'earned' | 'spent' | null, currency: string, amount: number, scope: Scope): void {
    for (const metric of this.rulebook.metricsOfCurrency.get(currency) ?? []) {
      const { source } = metric;
      if (source.kind === kind) {
        if (holds(metric, scope)) this.move(metric, { amount, member: null }, scope);
      } else if (source.kind === 'balance') {
        this.touch(metric);
      }
    }
  }

  /** Answers what became of each streak that the event counts for. */
  moveStreaks(streaks: readonly Streak[], scope: Scope): readonly (StreakChange & { readonly streak: Streak })[] {
    const counted = [];
    for (const streak of streaks) {
      const { id, when } = streak;
      const result = when === null ? null : when.evaluate(scope);
      if (result?.ok === false) this.skipped.push({ streak: id, code: 'condition_failed', message: result.reason });
      if (result !== null && !(result.ok && result.value)) continue;
      const change = this.streaks.count(streak);
      counted.push({ streak, ...change });
      this.touchStreak(streak, change);
    }
    return counted;
  }

  /** `state`: as it was, but for what is known to be covered. */
  coverStreak(streak: Streak, past: Past, state: StreakState): StreakChange {
    const change = this.streaks.cover(streak, past, state);
    this.touchStreak(streak, change);
    return change;
  }

  private touchStreak({ id }: Streak, { before, after }: StreakChange): void {
    if (before === after) return;
    for (const metric of this.rulebook.metricsOfStreak.get(id) ?? []) this.touch(metric);
  }

  takeMilestones(streak: Streak): Streak['milestones'] {
    return this.streaks.takeMilestones(streak);
  }

  /** What shows the level is another one now. */
  touchLevel(): void {
    for (const metric of this.rulebook.metricsOfLevel) this.touch(metric);
  }

  /** At the end of an event, what mirrors a state by a condition of its own takes a look, where the event meets it. */
  look(scope: Scope): void {
    for (const metric of this.rulebook.mirrors) {
      if (metric.when === null) continue;
      const state = this.stateOf(metric);
      if (state !== this.counter(metric.key) && holds(metric, scope)) {
        this.show(metric, state, scope);
        this.touch(metric);
      }
    }
  }

  /** Does again what another decision recorded: nothing is evaluated, and no state is looked at. */
  replay(moves: Moves): void {
    const { m = [], v = [], d = [] } = moves;
    const { metricsByKey } = this.rulebook;
    this.boards.replay(moves);
    for (const [key, amount, member = null] of m) {
      const metric = metricsByKey.get(key);
      if (metric !== undefined) this.move(metric, { amount, member }, null);
    }
    for (const [key, day, early] of d) {
      this.streaks.replay(
        key,
        this.rulebook.catalog.streaks.find((streak) => streak.key === key),
        day,
        early === 1,
      );
    }
    for (const [key, state] of v) {
      const metric = metricsByKey.get(key);
      if (metric !== undefined) this.show(metric, state, null);
    }
    this.followBoards();
  }

  /** Once at the very end: what mirrors a state keeps it where it is another one than before, and the boards follow. */
  finish(scope: Scope): void {
    for (const metric of this.rulebook.mirrors) {
      if (metric.when !== null) continue;
      const state = this.stateOf(metric);
      // Also where it was last kept under other rules: a formula that changed, a metric that is new.
      const isStale = state !== this.shown(metric) && !this.hasFallen(metric);
      if (isStale || state !== this.stateBefore(metric)) this.show(metric, state, scope);
    }
    this.followBoards();
  }

  /** A broken streak ranks nobody: what shows its length falls to 0, and stays there until the streak begins again. */
  breakStreak(streak: Streak): void {
    this.streaks.break(streak);
    for (const metric of this.rulebook.metricsOfStreak.get(streak.id) ?? [])
      if (metric.when === null && this.shown(metric) !== 0) this.show(metric, 0, null);
  }

  private hasFallen(metric: Metric): boolean {
    if (metric.source.kind !== 'streak' || this.shown(metric) !== 0) return false;
    const streak = this.rulebook.streaksById.get(metric.source.streak);
    // What comes late brings nothing back that fell since.
    const isLate = this.moment.time < (this.metrics.get(metric.key)?.at ?? Number.NEGATIVE_INFINITY);
    return streak === undefined || isLate || this.streaks.isBroken(streak);
  }

  private followBoards(): void {
    this.boards.follow((key) => this.metrics.changes.get(key), this.isNewTo, this.skipped);
  }

  /** What was kept of a state; who has nothing kept is where everybody begins. */
  private shown({ key, source }: Metric): number {
    const value = this.metrics.get(key)?.value;
    if (value !== undefined || source.kind !== 'level') return value ?? 0;
    return this.rulebook.levels?.levelOf(0) ?? 1;
  }

  private show(metric: Metric, state: number, scope: Scope | null): void {
    this.log.show(metric.key, state);
    const value = metric.fold(this.metrics.get(metric.key), state, this.moment.time);
    if (value !== undefined) this.metrics.set(metric.key, value);
    this.boards.show(metric, state, scope);
  }

  private stateOf({ source }: Metric): number {
    if (source.kind === 'balance') return this.available(source.currency);
    return source.kind === 'streak' ? this.streakLength(source.streak) : this.level();
  }

  private stateBefore({ source }: Metric): number {
    if (source.kind === 'balance') return this.before.balances.get(source.currency)?.available ?? 0;
    if (source.kind !== 'streak') return this.levelBefore;
    return this.before.streaks.get(this.rulebook.streaksById.get(source.streak)?.key ?? '')?.length ?? 0;
  }

  private move(metric: Metric, step: Contribution, scope: Scope | null): void {
    const { key } = metric;
    // What is kept for one achievement looks at many events that are nothing to it.
    if (step.amount === 0 && metric.owner !== null) return;
    this.log.step(key, step.amount, step.member);
    let isMoved = false;
    if (step.member === null || this.meets(metric, '', step.member)) {
      const value = metric.fold(this.metrics.get(key), step.amount, this.moment.time);
      if (value !== undefined) {
        this.metrics.set(key, value);
        this.touch(metric);
        isMoved = true;
      }
    }
    // An achievement may be newer than the value that it waits for; not where the value is kept for it alone.
    if (metric.owner === null) this.dirty.add(metric.name);
    this.boards.step(metric, step, this.isNewTo, scope, isMoved);
  }

  private touch(metric: Metric): void {
    this.dirty.add(metric.name);
    if (this.rulebook.levelMetric !== metric) return;
    this.levelMoved = true;
    for (const { name } of this.rulebook.metricsOfLevel) this.dirty.add(name);
  }

  private readonly isNewTo = (metric: Metric, span: string, member: string): boolean => this.meets(metric, span, member);

  /** Whether a value of `distinct` is new to a span; from now on it is not. */
  private meets({ key }: Metric, span: string, member: string): boolean {
    const id = seenId(key, span, member);
    if (this.seen.get(id) !== undefined) return false;
    this.seen.set(id, { metric: key, span, member });
    return true;
  }

  /** Names of the metrics that moved since the last call. */
  takeDirty(): Iterable<string> {
    const { dirty } = this;
    if (dirty.size > 0) this.dirty = new Set();
    return dirty;
  }

  /** With what else was decided about the user. */
  changes(rest: Pick<StateChanges, 'balances' | 'usage' | 'topLevel'>, unlocking: UnlockChanges): StateChanges {
    return {
      metrics: this.metrics.changes,
      balances: rest.balances,
      usage: rest.usage,
      scores: this.boards.changes,
      seen: this.seen.changes,
      streaks: this.streaks.changes,
      pasts: this.streaks.pasts,
      runRows: this.streaks.runRows,
      earlyRows: this.streaks.earlyRows,
      coverRows: this.streaks.coverRows,
      deadlines: this.streaks.deadlines,
      unlocks: unlocking.unlocks,
      revoked: unlocking.revoked,
      times: unlocking.times,
      occurrences: unlocking.occurrences,
      unlocked: unlocking.unlocked,
      taken: unlocking.taken,
      topLevel: rest.topLevel,
    };
  }
}
