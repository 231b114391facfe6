import { isClosed, moveScore, type Score, scorePeriod } from '../boards/index.ts';
import type { Submission } from '../events/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import { transferId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import { Overlay } from '../kernel/overlay.ts';
import type { Refusal } from '../kernel/refusals.ts';
import { type LocalTime, localTime } from '../kernel/time.ts';
import { moveByAward, moveByEvent, type MetricMove, type MetricValue } from '../metrics/index.ts';
import { decideRule, type PricedAward, type Usage, usageId } from '../rules/index.ts';
import type { AwardResult, SkippedRule } from './model.ts';
import { type Account, book, type Booked, type Cause } from './post.ts';
import type { Rulebook } from './rulebook.ts';
import { scoreId, type StateChanges, type UserState } from './state.ts';

/** A fact to announce. `cause` is the index of the fact that brought it about; null: the event itself. */
export interface DecidedFact {
  readonly type: string;
  readonly data: JsonObject;
  readonly cause: number | null;
}

export interface Decision {
  readonly changes: StateChanges;
  readonly local: LocalTime;
  readonly transfers: readonly Booked[];
  readonly facts: readonly DecidedFact[];
  readonly awards: readonly AwardResult[];
  readonly adjustments: readonly AwardResult[];
  readonly skipped: readonly SkippedRule[];
}

/** How long a chain of facts that cause facts may grow. */
export const MAX_CAUSES = 8;

/**
 * What an event brings about for its user. In this order: metrics move; rules see the moved values and price
 * their awards; awards are booked and move what is earned; facts that rules or metrics listen to by name are
 * taken in turn; boards follow their metrics. Pure: the same four inputs give the same answer anywhere.
 */
export function decideEvent(before: UserState, event: Submission, book: Rulebook, cause: Cause): Outcome<Decision> {
  const decision = new EventDecision(before, event, book, cause);
  const refusal = decision.run();
  return refusal === undefined ? { ok: true, value: decision.result() } : refused(refusal);
}

/** The working copy of one decision; it ends with the decision. */
class EventDecision {
  private readonly event: Submission;
  private readonly rulebook: Rulebook;
  private readonly cause: Cause;
  private readonly before: UserState;
  private readonly local: LocalTime;
  private readonly account: Account;
  private readonly metrics: Overlay<MetricValue>;
  private readonly usage: Overlay<Usage>;
  private readonly scores: Overlay<Score>;
  private readonly deltas = new Map<string, number>();
  private readonly transfers: Booked[] = [];
  private readonly facts: DecidedFact[] = [];
  private readonly awards: AwardResult[] = [];
  private readonly adjustments: AwardResult[] = [];
  private readonly skipped: SkippedRule[] = [];

  constructor(before: UserState, event: Submission, rulebook: Rulebook, cause: Cause) {
    this.before = before;
    this.event = event;
    this.rulebook = rulebook;
    this.cause = cause;
    this.local = localTime(event.time, before.zone, rulebook.catalog.timezone);
    this.account = { account: before.account, balances: new Overlay(before.balances) };
    this.metrics = new Overlay(before.metrics);
    this.usage = new Overlay(before.usage);
    this.scores = new Overlay(before.scores);
  }

  run(): Refusal | undefined {
    if (this.before.isNew) this.facts.push({ type: 'user.created', data: {}, cause: null });
    const refusal = this.happen(this.event.type, this.event.data, null);
    if (refusal !== undefined) return refusal;
    const depth = this.facts.map(() => 1);
    for (let i = 0; i < this.facts.length; i += 1) {
      const fact = this.facts[i] as DecidedFact;
      if ((depth[i] ?? 1) >= MAX_CAUSES) continue;
      const inChain = this.happen(fact.type, fact.data, i);
      if (inChain !== undefined) return inChain;
      while (depth.length < this.facts.length) depth.push((depth[i] ?? 1) + 1);
    }
    this.moveBoards();
    return undefined;
  }

  result(): Decision {
    return {
      changes: {
        metrics: this.metrics.changes,
        balances: this.account.balances.changes,
        usage: this.usage.changes,
        scores: this.scores.changes,
      },
      local: this.local,
      transfers: this.transfers,
      facts: this.facts,
      awards: this.awards,
      adjustments: this.adjustments,
      skipped: this.skipped,
    };
  }

  /** One event or fact: metrics, then rules, then awards. `at` is the fact's index; null for the event itself. */
  private happen(type: string, data: JsonObject, at: number | null): Refusal | undefined {
    const listeners = this.rulebook.listeners(type);
    if (listeners.metrics.length === 0 && listeners.rules.length === 0) return undefined;
    const scope = this.scope(type, data);
    const moved = moveByEvent(listeners.metrics, scope, this.metrics);
    this.apply(moved.moves);
    if (moved.moves.length > 0) scope.metrics = this.metricView();
    const moment = { time: this.event.time.ms, day: this.local.day };
    const options = { rounding: this.rulebook.catalog.rounding, mayAdjust: this.cause.mayAdjust };
    const firing: { awards: readonly PricedAward[]; adjusts: readonly PricedAward[] }[] = [];
    for (const rule of listeners.rules) {
      const verdict = decideRule(rule, scope, moment, this.usage, options);
      if (verdict.kind === 'failed') this.skipped.push({ rule: rule.id, code: 'condition_failed', message: verdict.message });
      else if (verdict.kind === 'limited') this.skipped.push({ rule: rule.id, code: 'limit_reached', message: verdict.message });
      else if (verdict.kind === 'fires') {
        firing.push(verdict);
        for (const usage of verdict.usage) this.usage.set(usageId(usage), usage);
      }
    }
    for (const { awards, adjusts } of firing) {
      for (const award of awards) {
        const refusal = this.award(award, scope, at);
        if (refusal !== undefined) return refusal;
      }
      for (const adjust of adjusts) {
        const refusal = this.adjust(adjust, at);
        if (refusal !== undefined) return refusal;
      }
    }
    return undefined;
  }

  private award(award: PricedAward, scope: Scope, at: number | null): Refusal | undefined {
    if (award.amount === 0) {
      this.awards.push({ transfer: null, ...award, balance: this.account.balances.get(award.currency)?.available ?? 0 });
      return undefined;
    }
    const booked = this.bookIn('award', award);
    if (!booked.ok) return booked.refusal;
    const { transfer, balance } = booked.value;
    this.awards.push({ transfer, ...award, balance });
    this.apply(moveByAward(this.rulebook.earned, scope, award, this.metrics));
    const { rule, currency, amount } = award;
    this.facts.push({ type: 'points.awarded', data: { transfer, rule, currency, amount, balance }, cause: at });
    return undefined;
  }

  private adjust(adjust: PricedAward, at: number | null): Refusal | undefined {
    if (adjust.amount === 0) return undefined;
    const booked = this.bookIn('adjust', adjust);
    if (!booked.ok) return booked.refusal;
    const { transfer, balance } = booked.value;
    this.adjustments.push({ transfer, ...adjust, balance });
    const { rule, currency, amount } = adjust;
    this.facts.push({ type: 'points.adjusted', data: { transfer, rule, currency, amount, balance }, cause: at });
    return undefined;
  }

  private bookIn(kind: 'award' | 'adjust', award: PricedAward): Outcome<{ transfer: string; balance: number }> {
    const booked = book(
      { kind, currency: award.currency, amount: award.amount, rule: award.rule, reason: null },
      { user: this.account, to: null },
      this.rulebook.catalog.currencies.get(award.currency)?.overdraft ?? 'deny',
      { ...this.cause, occurredAt: this.event.time.ms, ordinal: this.transfers.length },
    );
    if (!booked.ok) return booked;
    this.transfers.push(booked.value);
    return {
      ok: true,
      value: {
        transfer: transferId(booked.value.transfer.id),
        balance: this.account.balances.get(award.currency)?.available ?? 0,
      },
    };
  }

  private apply(moves: readonly MetricMove[]): void {
    for (const move of moves) {
      this.metrics.set(move.metric, move.value);
      this.deltas.set(move.metric, (this.deltas.get(move.metric) ?? 0) + move.delta);
    }
  }

  private moveBoards(): void {
    const moment = { time: this.event.time.ms, day: this.local.day };
    for (const [metric, delta] of this.deltas) {
      const lifetime = this.metrics.get(metric);
      if (lifetime === undefined || delta === 0) continue;
      for (const board of this.rulebook.boardsOf.get(metric) ?? []) {
        const period = scorePeriod(board, moment);
        if (isClosed(board, period, this.rulebook.boardsSince.get(board.id) ?? 0, this.cause.recordedAt)) {
          this.skipped.push({ board: board.id, code: 'period_closed', message: `${period} is closed` });
          continue;
        }
        const id = scoreId(board.id, period);
        this.scores.set(id, moveScore(board, this.scores.get(id), { delta, lifetime, time: moment.time }));
      }
    }
  }

  private scope(type: string, data: JsonObject): Scope {
    const { hour, weekday } = this.local;
    return {
      event: { type, source: this.event.source, data, time: this.event.time.ms, local: { hour, weekday } },
      user: { attributes: this.before.attributes },
      metrics: this.metricView(),
      now: this.cause.recordedAt,
    };
  }

  private metricView(): Record<string, number> {
    const view: Record<string, number> = {};
    for (const { name } of this.rulebook.catalog.metrics) view[name] = this.metrics.get(name)?.value ?? 0;
    return view;
  }
}
