import { isClosed, type Score, scorePeriod } from '../boards/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import { Overlay } from '../kernel/overlay.ts';
import { type Contribution, contributionOf, holds, type Metric, type MetricValue, type Seen, seenId } from '../metrics/index.ts';
import { lengthOf, moveStreak, type Run, type Streak, type StreakState } from '../streaks/index.ts';
import type { SkippedPart } from './model.ts';
import type { Rulebook } from './rulebook.ts';
import { levelNow, metricValue, type Standing } from './standing.ts';
import { type RunRow, scoreId, type StateChanges, type UserState } from './state.ts';

/** When something came, as progress counts it. */
export interface Moment {
  /** Time of the event, milliseconds. */
  readonly time: number;
  /** Local day: days since 1970-01-01. */
  readonly day: number;
  /** The moment of acceptance, milliseconds. */
  readonly recordedAt: number;
}

interface Moved {
  readonly metric: Metric;
  readonly steps: Contribution[];
}

/**
 * What one decision counts about its user: metrics, streaks, level, boards. Balances are the ledger's; they are looked
 * up where a metric mirrors them. The working copy of one decision; it ends with the decision.
 */
export class Progress implements Standing {
  private readonly rulebook: Rulebook;
  private readonly moment: Moment;
  readonly available: (currency: string) => number;
  private readonly metrics: Overlay<MetricValue>;
  private readonly scores: Overlay<Score>;
  private readonly seen: Overlay<Seen>;
  private readonly streaks: Overlay<StreakState>;
  private readonly olderRuns: Overlay<readonly Run[]>;
  private readonly runRows: RunRow[] = [];
  private readonly moved = new Map<string, Moved>();
  /** Names of metrics that moved since they were last asked for. */
  private dirty = new Set<string>();
  readonly levelBefore: number;
  private levelMoved = false;
  readonly skipped: SkippedPart[] = [];

  constructor(before: UserState, rulebook: Rulebook, moment: Moment, available: (currency: string) => number) {
    this.rulebook = rulebook;
    this.moment = moment;
    this.available = available;
    this.metrics = new Overlay(before.metrics);
    this.scores = new Overlay(before.scores);
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
      else if (result.kind === 'failed')
        this.skipped.push({ metric: metric.name, code: 'condition_failed', message: result.reason });
    }
  }

  /** The awarded or spent amount moves the metrics of it; both move those of the balance. */
  moveByTransfer(kind: 'earned' | 'spent' | null, currency: string, amount: number, scope: Scope): void {
    for (const metric of this.rulebook.metricsOfCurrency.get(currency) ?? []) {
      const { source } = metric;
      if (source.kind === kind) {
        if (holds(metric, scope)) this.move(metric, { amount, member: null });
      } else if (source.kind === 'balance') {
        this.mirror(metric, this.available(currency), scope);
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
      this.moveStreak(key, before);
      const after = this.streakLength(id);
      counted.push({ id, length: after, grew: after > length });
      if (after !== length) {
        for (const metric of this.rulebook.metricsOfStreak.get(id) ?? []) this.mirror(metric, after, scope);
      }
    }
    return counted;
  }

  private moveStreak(key: string, before: StreakState | undefined): void {
    const older = this.olderRuns.get(key) ?? NO_RUNS;
    const move = moveStreak(before, older, this.moment.day);
    if (move === undefined) return;
    this.streaks.set(key, move.after);
    const { removed, added } = move;
    if (removed.length + added.length === 0) return;
    const stays = older.filter((run) => !removed.some(({ first }) => first === run.first));
    this.olderRuns.set(key, [...stays, ...added]);
    for (const run of removed) this.runRows.push({ ...run, streak: key, stays: false });
    for (const run of added) this.runRows.push({ ...run, streak: key, stays: true });
  }

  /** Once at the end: what mirrors the level follows it. */
  mirrorLevel(level: number, scope: Scope): void {
    for (const metric of this.rulebook.metricsOfLevel) this.mirror(metric, level, scope);
  }

  private mirror(metric: Metric, state: number, scope: Scope): void {
    this.touch(metric);
    if (holds(metric, scope)) this.move(metric, { amount: state, member: null });
  }

  private move(metric: Metric, step: Contribution): void {
    const { key } = metric;
    if (step.member === null || this.meets(metric, '', step.member)) {
      const value = metric.fold(this.metrics.get(key), step.amount, this.moment.time);
      if (value !== undefined) {
        this.metrics.set(key, value);
        this.touch(metric);
      }
    }
    // Also what leaves the whole life as it is may move a period: a maximum, a value that is new to a week.
    if (!this.rulebook.boardsOf.has(key)) return;
    const moved = this.moved.get(key);
    if (moved === undefined) this.moved.set(key, { metric, steps: [step] });
    else moved.steps.push(step);
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

  /** Once at the very end: boards follow their metrics. */
  moveBoards(): void {
    const { rulebook, moment } = this;
    for (const [key, { metric, steps }] of this.moved) {
      for (const board of rulebook.boardsOf.get(key) ?? []) {
        const period = scorePeriod(board, moment);
        const id = scoreId(board.key, period);
        if (period === 'all') {
          const lifetime = this.metrics.changes.get(key);
          if (lifetime !== undefined) this.scores.set(id, { score: lifetime.value, reachedAt: lifetime.at });
        } else if (isClosed(board, period, rulebook.boardsSince.get(board.key) ?? 0, moment.recordedAt)) {
          this.skipped.push({ board: board.id, code: 'period_closed', message: `${period} is closed` });
        } else {
          this.moveScore(metric, steps, id);
        }
      }
    }
  }

  private moveScore(metric: Metric, steps: readonly Contribution[], id: string): void {
    const before = this.scores.get(id);
    const first = before === undefined ? undefined : { value: before.score, at: before.reachedAt };
    let value: MetricValue | undefined = first;
    for (const { amount, member } of steps) {
      if (member === null || this.meets(metric, id, member)) value = metric.fold(value, amount, this.moment.time) ?? value;
    }
    if (value !== first && value !== undefined) this.scores.set(id, { score: value.value, reachedAt: value.at });
  }

  /** With what else was decided about the user. */
  changes({
    balances,
    usage,
    unlocks,
    unlocked,
  }: Pick<StateChanges, 'balances' | 'usage' | 'unlocks' | 'unlocked'>): StateChanges {
    return {
      metrics: this.metrics.changes,
      balances,
      usage,
      scores: this.scores.changes,
      seen: this.seen.changes,
      streaks: this.streaks.changes,
      olderRuns: this.olderRuns.changes,
      runRows: this.runRows,
      unlocks,
      unlocked,
    };
  }
}

const NO_RUNS: readonly Run[] = [];
