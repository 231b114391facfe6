import { nextDue, type Achievement, type Tier, type Unlocks, withUnlock } from '../achievements/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import { transferId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Outcome } from '../kernel/outcome.ts';
import { Overlay } from '../kernel/overlay.ts';
import type { Refusal } from '../kernel/refusals.ts';
import { type LocalTime, localTime, type WrittenTime } from '../kernel/time.ts';
import { decideRule, type PricedAward, type Usage, usageId } from '../rules/index.ts';
import type { AwardResult, SkippedPart } from './model.ts';
import { type Account, book, type Booked, type Cause } from './post.ts';
import { Progress } from './progress.ts';
import type { Listeners, Rulebook } from './rulebook.ts';
import type { StateChanges, Unlocked, UserState } from './state.ts';

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
 * What unfolds for one user from an event or a command: metrics and streaks move, rules see the moved values and price
 * their awards, awards are booked and move what is earned, achievements are unlocked, facts that rules or metrics listen
 * to by name are taken in turn, the level and the boards follow at the end. The working copy of one decision; it ends
 * with the decision.
 */
export class Unfolding {
  private readonly occasion: Occasion;
  private readonly rulebook: Rulebook;
  private readonly cause: Cause;
  private readonly before: UserState;
  private readonly usage: Overlay<Usage>;
  private readonly firstOrdinal: number;
  private readonly progress: Progress;
  private unlocks: Unlocks;
  private readonly unlocked: Unlocked[] = [];
  readonly local: LocalTime;
  readonly account: Account;
  readonly transfers: Booked[] = [];
  readonly facts: DecidedFact[] = [];
  readonly awards: AwardResult[] = [];
  readonly adjustments: AwardResult[] = [];
  readonly skipped: SkippedPart[];
  /** Streaks that the event itself counts for, with their length after it. */
  streaks: { readonly id: string; readonly length: number }[] = [];
  level: number;

  /** `firstOrdinal`: number of the first transfer that this brings about among all of the cause. */
  constructor(before: UserState, occasion: Occasion, rulebook: Rulebook, cause: Cause, firstOrdinal = 0) {
    this.before = before;
    this.occasion = occasion;
    this.rulebook = rulebook;
    this.cause = cause;
    this.firstOrdinal = firstOrdinal;
    this.local = localTime(occasion.time, before.zone, rulebook.catalog.timezone);
    const balances = new Overlay(before.balances);
    this.account = { account: before.account, balances };
    this.usage = new Overlay(before.usage);
    const moment = { time: occasion.time.ms, day: this.local.day, recordedAt: cause.recordedAt };
    this.progress = new Progress(before, rulebook, moment, (currency) => balances.get(currency)?.available ?? 0);
    this.level = this.progress.levelBefore;
    this.skipped = this.progress.skipped;
    this.unlocks = before.unlocks;
    if (before.isNew) this.facts.push({ type: 'user.created', data: {}, cause: null });
  }

  /**
   * Takes the facts in turn, those included that others bring about; then the level follows, which is a fact again;
   * boards at the very end.
   */
  follow(): Refusal | undefined {
    const depth: number[] = [];
    this.deepen(depth, 1);
    for (let rounds = 1, i = 0; ; rounds += 1) {
      for (; i < this.facts.length; i += 1) {
        const fact = this.facts[i] as DecidedFact;
        if ((depth[i] ?? 1) >= MAX_CAUSES) continue;
        const refusal = this.happen(fact.type, fact.data, i);
        if (refusal !== undefined) return refusal;
        this.deepen(depth, rounds);
      }
      const refusal = this.moveLevel();
      if (refusal !== undefined) return refusal;
      if (i === this.facts.length) break;
      this.deepen(depth, rounds);
    }
    this.progress.moveBoards();
    return undefined;
  }

  /** How many causes stand before each fact, itself included; a new level follows from all that came before it. */
  private deepen(depth: number[], rounds: number): void {
    while (depth.length < this.facts.length) {
      const { cause } = this.facts[depth.length] as DecidedFact;
      depth.push(cause === null ? rounds : (depth[cause] ?? 1) + 1);
    }
  }

  /** The level follows its metric; a higher one is announced, and may be what an achievement waits for. */
  private moveLevel(): Refusal | undefined {
    if (!this.progress.takeLevelMoved()) return undefined;
    const { level } = this;
    this.level = this.progress.level();
    if (this.level === level) return undefined;
    const scope = this.scope('level.reached', {});
    this.progress.mirrorLevel(this.level, scope);
    if (this.level < level) return this.unlock(scope, null);
    const at = this.facts.push({ type: 'level.reached', data: { level: this.level, from: level }, cause: null }) - 1;
    return this.unlock(scope, at);
  }

  changes(): StateChanges {
    return this.progress.changes({
      balances: this.account.balances.changes,
      usage: this.usage.changes,
      unlocks: this.unlocks,
      unlocked: this.unlocked,
    });
  }

  /** Points that were booked outside the rules: `earned` and `spent` metrics move by them, and what may be unlocked is. */
  settle(kind: 'earned' | 'spent' | null, transfer: { readonly currency: string; readonly amount: number }): Refusal | undefined {
    const scope = this.scope('points', {});
    this.progress.moveByTransfer(kind, transfer.currency, transfer.amount, scope);
    return this.unlock(scope, null);
  }

  /** One event or fact: metrics and streaks, then rules, then awards, then achievements. `at` is the fact's index; null for the event. */
  happen(type: string, data: JsonObject, at: number | null): Refusal | undefined {
    const listeners = this.rulebook.listeners(type);
    const { metrics, streaks, rules } = listeners;
    if (metrics.length + streaks.length + rules.length === 0) return undefined;
    const scope = this.scope(type, data);
    this.progress.moveMetrics(metrics, scope);
    for (const { id, length, grew } of this.progress.moveStreaks(streaks, scope)) {
      if (at === null) this.streaks.push({ id, length });
      if (grew) this.facts.push({ type: 'streak.extended', data: { streak: id, length }, cause: at });
    }
    return this.give(listeners, scope, at) ?? this.unlock(scope, at);
  }

  /** All rules are decided before the first award is booked: none sees what another one gave. */
  private give({ rules }: Listeners, scope: Scope, at: number | null): Refusal | undefined {
    const moment = { time: this.occasion.time.ms, day: this.local.day };
    const { streakLength } = this.progress;
    const options = { rounding: this.rulebook.catalog.rounding, mayAdjust: this.cause.mayAdjust, streakLength };
    const firing: { awards: readonly PricedAward[]; adjusts: readonly PricedAward[] }[] = [];
    for (const rule of rules) {
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
        const refusal = this.adjust(adjust, scope, at);
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
    const { rule, currency, amount } = award;
    this.progress.moveByTransfer('earned', currency, amount, scope);
    this.facts.push({ type: 'points.awarded', data: { transfer, rule, currency, amount, balance }, cause: at });
    return undefined;
  }

  private adjust(adjust: PricedAward, scope: Scope, at: number | null): Refusal | undefined {
    if (adjust.amount === 0) return undefined;
    const booked = this.bookIn('adjust', adjust);
    if (!booked.ok) return booked.refusal;
    const { transfer, balance } = booked.value;
    this.adjustments.push({ transfer, ...adjust, balance });
    const { rule, currency, amount } = adjust;
    this.progress.moveByTransfer(null, currency, amount, scope);
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

  /** Unlocks what is due until nothing more is: rewards count as earned, and one achievement may wait for another. */
  private unlock(scope: Scope, at: number | null): Refusal | undefined {
    const { achievements } = this.rulebook;
    if (achievements.all.length === 0) return undefined;
    const view = { metric: this.progress.metricNow };
    const pending = new Set<number>();
    const collect = (): void => {
      for (const name of this.progress.takeDirty()) {
        const waiting = achievements.byMetric.get(name);
        if (waiting !== undefined) for (const n of waiting) pending.add(n);
      }
    };
    collect();
    while (pending.size > 0) {
      for (let n = 0; n < achievements.all.length; n += 1) {
        if (!pending.delete(n)) continue;
        const achievement = achievements.all[n] as Achievement;
        for (;;) {
          const tier = nextDue(achievement, achievements, this.unlocks, view);
          if (tier === undefined) break;
          const refusal = this.reward(achievement, tier, scope, at);
          if (refusal !== undefined) return refusal;
          for (const waiting of achievements.byRequirement.get(achievement.id) ?? []) pending.add(waiting);
          collect();
        }
      }
    }
    return undefined;
  }

  private reward(achievement: Achievement, tier: Tier, scope: Scope, at: number | null): Refusal | undefined {
    this.unlocks = withUnlock(this.unlocks, tier.number);
    this.unlocked.push({
      achievement: achievement.id,
      tier: tier.id,
      number: tier.number,
      at: this.occasion.time.ms,
      cause: this.cause.digest,
    });
    const fact = this.facts.length;
    this.facts.push({ type: 'achievement.unlocked', data: { achievement: achievement.id, tier: tier.id }, cause: at });
    for (const { currency, amount } of tier.rewards) {
      const rule = `achievement:${achievement.id}:${tier.id}`;
      const refusal = this.award({ rule, currency, base: amount, multipliers: [], amount }, scope, fact);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  get achievements(): readonly { readonly id: string; readonly tier: string }[] {
    return this.unlocked.map(({ achievement, tier }) => ({ id: achievement, tier }));
  }

  private scope(type: string, data: JsonObject): Scope {
    const { hour, weekday } = this.local;
    return {
      event: { type, source: this.occasion.source, data, time: this.occasion.time.ms, local: { hour, weekday } },
      user: { attributes: this.before.attributes, level: this.progress.levelBefore },
      metric: this.progress.metric,
      now: this.cause.recordedAt,
    };
  }
}
