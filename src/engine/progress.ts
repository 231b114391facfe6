import type { Scope } from '../kernel/conditions/index.ts';
import { Overlay } from '../kernel/overlay.ts';
import { type Contribution, contributionOf, holds, type Metric, type MetricValue, type Seen, seenId } from '../metrics/index.ts';
import { lengthOf, moveStreak, type Run, type Streak, type StreakState } from '../streaks/index.ts';
import { BoardMoves, type Moment } from './board-moves.ts';
import type { SkippedPart } from './model.ts';
import { MoveLog, type Moves } from './moves.ts';
import type { Rulebook } from './rulebook.ts';
import { levelNow, metricValue, type Standing } from './standing.ts';
import type { RunRow, StateChanges, UserState } from './state.ts';

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
  private readonly streaks: Overlay<StreakState>;
  private readonly olderRuns: Overlay<readonly Run[]>;
  private readonly runRows: RunRow[] = [];
  /** Names of metrics that moved since they were last asked for. */
  private dirty = new Set<string>();
  readonly levelBefore: number;
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
    this.streaks = new Overlay(before.streaks);
    this.olderRuns = new Overlay(before.olderRuns);
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

  readonly streakLength = (id: string): number => {
    const streak = this.rulebook.streaksById.get(id);
    const state = streak === undefined ? undefined : this.streaks.get(streak.key);
    return state === undefined ? 0 : lengthOf(state);
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
      if (result.kind === 'moves') this.move(metric, result.contribution);
      const failure =
        result.kind === 'failed' ? result.reason : result.kind === 'moves' ? result.contribution.failure : undefined;
      if (failure !== undefined) this.skipped.push({ metric: metric.name, code: 'condition_failed', message: failure });
    }
  }

  /** The awarded or spent amount moves the metrics of it; both move those of the balance. */
  moveByTransfer(kind: 'earned' | 'spent' | null, currency: string, amount: number, scope: Scope): void {
    for (const metric of this.rulebook.metricsOfCurrency.get(currency) ?? []) {
      const { source } = metric;
      if (source.kind === kind) {
        if (holds(metric, scope)) this.move(metric, { amount, member: null });
      } else if (source.kind === 'balance') {
        this.touch(metric);
      }
    }
  }

  /** Answers the length of each streak that the event counts for, and whether it grew. */
  moveStreaks(
    streaks: readonly Streak[],
    scope: Scope,
  ): readonly { readonly id: string; readonly length: number; readonly grew: boolean }[] {
    const counted = [];
    for (const streak of streaks) {
      const { id, key, when } = streak;
      const result = when === null ? null : when.evaluate(scope);
      if (result?.ok === false) this.skipped.push({ streak: id, code: 'condition_failed', message: result.reason });
      if (result !== null && !(result.ok && result.value)) continue;
      const before = this.streaks.get(key);
      const length = before === undefined ? 0 : lengthOf(before);
      this.moveStreak(key, this.moment.day);
      const after = this.streakLength(id);
      counted.push({ id, length: after, grew: after > length });
      if (after !== length) {
        for (const metric of this.rulebook.metricsOfStreak.get(id) ?? []) this.touch(metric);
      }
    }
    return counted;
  }

  private moveStreak(key: string, day: number): void {
    this.log.day(key, day);
    const older = this.olderRuns.get(key) ?? NO_RUNS;
    const move = moveStreak(this.streaks.get(key), older, day);
    if (move === undefined) return;
    this.streaks.set(key, move.after);
    const { removed, added } = move;
    if (removed.length + added.length === 0) return;
    const stays = older.filter((run) => !removed.some(({ first }) => first === run.first));
    this.olderRuns.set(key, [...stays, ...added]);
    for (const run of removed) this.runRows.push({ ...run, streak: key, stays: false });
    for (const run of added) this.runRows.push({ ...run, streak: key, stays: true });
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
        this.show(metric, state);
        this.touch(metric);
      }
    }
  }

  /** Does again what another decision recorded: nothing is evaluated, and no state is looked at. */
  replay({ m = [], v = [], d = [], c = [] }: Moves): void {
    const { metricsByKey } = this.rulebook;
    for (const [key, amount, member = null] of m) {
      const metric = metricsByKey.get(key);
      if (metric !== undefined) this.move(metric, { amount, member });
    }
    for (const [key, day] of d) this.moveStreak(key, day);
    for (const [key, state] of v) {
      const metric = metricsByKey.get(key);
      if (metric !== undefined) this.show(metric, state);
    }
    this.boards.replay(c);
    this.followBoards();
  }

  /** Once at the very end: what mirrors a state keeps it where it is another one than before, and the boards follow. */
  finish(): void {
    for (const metric of this.rulebook.mirrors) {
      if (metric.when !== null) continue;
      const state = this.stateOf(metric);
      // Also where it was last kept under other rules: a formula that changed, a metric that is new.
      if (state !== this.stateBefore(metric) || state !== this.shown(metric)) this.show(metric, state);
    }
    this.followBoards();
  }

  private followBoards(): void {
    this.boards.follow(
      (key) => this.metrics.changes.get(key),
      (metric, span, member) => this.meets(metric, span, member),
      this.skipped,
    );
  }

  /** What was kept of a state; who has nothing kept is where everybody begins. */
  private shown({ key, source }: Metric): number {
    const value = this.metrics.get(key)?.value;
    if (value !== undefined || source.kind !== 'level') return value ?? 0;
    return this.rulebook.levels?.levelOf(0) ?? 1;
  }

  private show(metric: Metric, state: number): void {
    this.log.show(metric.key, state);
    const value = metric.fold(this.metrics.get(metric.key), state, this.moment.time);
    if (value !== undefined) this.metrics.set(metric.key, value);
    this.boards.show(metric, state);
  }

  private stateOf({ source }: Metric): number {
    if (source.kind === 'balance') return this.available(source.currency);
    return source.kind === 'streak' ? this.streakLength(source.streak) : this.level();
  }

  private stateBefore({ source }: Metric): number {
    if (source.kind === 'balance') return this.before.balances.get(source.currency)?.available ?? 0;
    if (source.kind !== 'streak') return this.levelBefore;
    const state = this.before.streaks.get(this.rulebook.streaksById.get(source.streak)?.key ?? '');
    return state === undefined ? 0 : lengthOf(state);
  }

  private move(metric: Metric, step: Contribution): void {
    const { key } = metric;
    this.log.step(key, step.amount, step.member);
    if (step.member === null || this.meets(metric, '', step.member)) {
      const value = metric.fold(this.metrics.get(key), step.amount, this.moment.time);
      if (value !== undefined) {
        this.metrics.set(key, value);
        this.touch(metric);
      }
    }
    // An achievement may be newer than the value that it waits for.
    this.dirty.add(metric.name);
    this.boards.step(metric, step);
  }

  private touch(metric: Metric): void {
    this.dirty.add(metric.name);
    if (this.rulebook.levelMetric !== metric) return;
    this.levelMoved = true;
    for (const { name } of this.rulebook.metricsOfLevel) this.dirty.add(name);
  }

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
  changes(rest: Pick<StateChanges, 'balances' | 'usage' | 'unlocks' | 'unlocked' | 'topLevel'>): StateChanges {
    return {
      metrics: this.metrics.changes,
      balances: rest.balances,
      usage: rest.usage,
      scores: this.boards.changes,
      seen: this.seen.changes,
      streaks: this.streaks.changes,
      olderRuns: this.olderRuns.changes,
      runRows: this.runRows,
      unlocks: rest.unlocks,
      unlocked: rest.unlocked,
      topLevel: rest.topLevel,
    };
  }
}

const NO_RUNS: readonly Run[] = [];
