import { isClosed, moveScore, type Score, scorePeriod } from '../boards/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import { transferId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Outcome } from '../kernel/outcome.ts';
import { Overlay } from '../kernel/overlay.ts';
import type { Refusal } from '../kernel/refusals.ts';
import { type LocalTime, localTime, type WrittenTime } from '../kernel/time.ts';
import { type MetricMove, type MetricValue, moveByAward, moveByEvent } from '../metrics/index.ts';
import { decideRule, type PricedAward, type Usage, usageId } from '../rules/index.ts';
import type { AwardResult, SkippedRule } from './model.ts';
import { type Account, book, type Booked, type Cause } from './post.ts';
import type { Rulebook } from './rulebook.ts';
import { scoreId, type StateChanges, type UserState } from './state.ts';

/** A fact to announce. `cause` is the index of the fact that brought it about; null: what came from outside. */
export interface DecidedFact {
  readonly type: string;
  readonly data: JsonObject;
  readonly cause: number | null;
}

/** How long a chain of facts that cause facts may grow. */
const MAX_CAUSES = 8;

/** When and where from something came. */
export interface Occasion {
  readonly time: WrittenTime;
  readonly source: string;
}

/**
 * What unfolds for one user from an event or a command: metrics move, rules see the moved values and price their
 * awards, awards are booked and move what is earned, facts that rules or metrics listen to by name are taken in turn,
 * boards follow their metrics at the end. The working copy of one decision; it ends with the decision.
 */
export class Unfolding {
  private readonly occasion: Occasion;
  private readonly rulebook: Rulebook;
  private readonly cause: Cause;
  private readonly before: UserState;
  readonly local: LocalTime;
  readonly account: Account;
  private readonly metrics: Overlay<MetricValue>;
  private readonly usage: Overlay<Usage>;
  private readonly scores: Overlay<Score>;
  private readonly firstOrdinal: number;
  private readonly deltas = new Map<string, number>();
  readonly transfers: Booked[] = [];
  readonly facts: DecidedFact[] = [];
  readonly awards: AwardResult[] = [];
  readonly adjustments: AwardResult[] = [];
  readonly skipped: SkippedRule[] = [];

  /** `firstOrdinal`: number of the first transfer that this brings about among all of the cause. */
  constructor(before: UserState, occasion: Occasion, rulebook: Rulebook, cause: Cause, firstOrdinal = 0) {
    this.before = before;
    this.occasion = occasion;
    this.rulebook = rulebook;
    this.cause = cause;
    this.firstOrdinal = firstOrdinal;
    this.local = localTime(occasion.time, before.zone, rulebook.catalog.timezone);
    this.account = { account: before.account, balances: new Overlay(before.balances) };
    this.metrics = new Overlay(before.metrics);
    this.usage = new Overlay(before.usage);
    this.scores = new Overlay(before.scores);
    if (before.isNew) this.facts.push({ type: 'user.created', data: {}, cause: null });
  }

  /** Takes the facts in turn, those included that others bring about, and lets the boards follow at the end. */
  follow(): Refusal | undefined {
    const depth = this.facts.map(() => 1);
    for (let i = 0; i < this.facts.length; i += 1) {
      const fact = this.facts[i] as DecidedFact;
      if ((depth[i] ?? 1) >= MAX_CAUSES) continue;
      const refusal = this.happen(fact.type, fact.data, i);
      if (refusal !== undefined) return refusal;
      while (depth.length < this.facts.length) depth.push((depth[i] ?? 1) + 1);
    }
    this.moveBoards();
    return undefined;
  }

  changes(): StateChanges {
    return {
      metrics: this.metrics.changes,
      balances: this.account.balances.changes,
      usage: this.usage.changes,
      scores: this.scores.changes,
    };
  }

  /** An award that was booked: metrics of what is earned move. */
  earn(award: { readonly currency: string; readonly amount: number }, scope: Scope = this.scope('points.awarded', {})): void {
    this.apply(moveByAward(this.rulebook.earned, scope, award, this.metrics));
  }

  /** One event or fact: metrics, then rules, then awards. `at` is the fact's index; null for the event itself. */
  happen(type: string, data: JsonObject, at: number | null): Refusal | undefined {
    const listeners = this.rulebook.listeners(type);
    if (listeners.metrics.length === 0 && listeners.rules.length === 0) return undefined;
    const scope = this.scope(type, data);
    const moved = moveByEvent(listeners.metrics, scope, this.metrics);
    this.apply(moved.moves);
    if (moved.moves.length > 0) scope.metrics = this.metricView();
    const moment = { time: this.occasion.time.ms, day: this.local.day };
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
    this.earn(award, scope);
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
      { ...this.cause, occurredAt: this.occasion.time.ms, ordinal: this.firstOrdinal + this.transfers.length },
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
    const moment = { time: this.occasion.time.ms, day: this.local.day };
    for (const [metric, delta] of this.deltas) {
      const lifetime = this.metrics.get(metric);
      if (lifetime === undefined || delta === 0) continue;
      for (const board of this.rulebook.boardsOf.get(metric) ?? []) {
        const period = scorePeriod(board, moment);
        if (isClosed(board, period, this.rulebook.boardsSince.get(board.key) ?? 0, this.cause.recordedAt)) {
          this.skipped.push({ board: board.id, code: 'period_closed', message: `${period} is closed` });
          continue;
        }
        const id = scoreId(board.key, period);
        this.scores.set(id, moveScore(board, this.scores.get(id), { delta, lifetime, time: moment.time }));
      }
    }
  }

  private scope(type: string, data: JsonObject): Scope {
    const { hour, weekday } = this.local;
    return {
      event: { type, source: this.occasion.source, data, time: this.occasion.time.ms, local: { hour, weekday } },
      user: { attributes: this.before.attributes },
      metrics: this.metricView(),
      now: this.cause.recordedAt,
    };
  }

  private metricView(): Record<string, number> {
    const view: Record<string, number> = {};
    for (const { name, key } of this.rulebook.catalog.metrics) view[name] = this.metrics.get(key)?.value ?? 0;
    return view;
  }
}
