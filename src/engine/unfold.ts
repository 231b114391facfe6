import type { Achievement, Tier } from '../achievements/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import { Overlay } from '../kernel/overlay.ts';
import type { Refusal } from '../kernel/refusals.ts';
import { type LocalTime, localTime, type WrittenTime } from '../kernel/time.ts';
import type { Currency } from '../ledger/index.ts';
import { type Boost, decideRule, type PricedAward, recordAmount, restOf, sentOf, type Usage, usageId } from '../rules/index.ts';
import { type Past, placeOf, type Streak, type StreakState } from '../streaks/index.ts';
import type { DecidedFact } from './facts.ts';
import type { AwardResult, SkippedPart, UnlockResult } from './model.ts';
import { Payments } from './payments.ts';
import type { Account, Booked, Cause } from './post.ts';
import { Progress } from './progress.ts';
import type { Listeners, Rulebook } from './rulebook.ts';
import type { StateChanges, TopLevel, Unlocked, UserState } from './state.ts';
import { Unlocking } from './unlocking.ts';

/** A milestone that is to be paid, and the index of the fact that announces it. */
interface Reached {
  readonly rule: string;
  readonly awards: Streak['milestones'][number]['awards'];
  readonly fact: number;
}

/** How long a chain of facts that cause facts may grow. */
const MAX_CAUSES = 8;

/** What came, when and where from. */
export interface Occasion {
  readonly type: string;
  readonly data: JsonObject;
  readonly time: WrittenTime;
  readonly source: string;
  /** Where it was fixed before, which is never derived again. */
  readonly local?: LocalTime;
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
  private readonly progress: Progress;
  private readonly payments: Payments;
  private readonly unlocking: Unlocking;
  readonly local: LocalTime;
  readonly facts: DecidedFact[] = [];
  /** Streaks that the event itself counts for, with their length after it. */
  readonly streaks: { readonly id: string; readonly length: number }[] = [];
  level: number;
  private reached: TopLevel | null = null;
  /** What conditions see of the event or command itself. */
  private readonly ownScope: Scope;

  /** `firstOrdinal`: number of the first transfer that this brings about among all of the cause. */
  constructor(before: UserState, occasion: Occasion, rulebook: Rulebook, cause: Cause, firstOrdinal = 0) {
    const { facts } = this;
    this.before = before;
    this.occasion = occasion;
    this.rulebook = rulebook;
    this.cause = cause;
    this.local = occasion.local ?? localTime(occasion.time, before.zone, rulebook.catalog.timezone);
    this.usage = new Overlay(before.usage);
    const balances = new Overlay(before.balances);
    const place = placeOf(before.zone, occasion.time.offset, rulebook.catalog.timezone);
    const moment = { time: occasion.time.ms, day: this.local.day, recordedAt: cause.recordedAt, place };
    const progress = new Progress(before, rulebook, moment, (currency) => balances.get(currency)?.available ?? 0);
    const dated = { ...cause, occurredAt: occasion.time.ms };
    const account = { account: before.account, balances };
    this.progress = progress;
    this.payments = new Payments(account, rulebook, dated, { progress, facts }, firstOrdinal);
    this.unlocking = new Unlocking(before, rulebook.achievements, dated, { progress, payments: this.payments, facts });
    this.level = progress.levelBefore;
    this.ownScope = this.scope(occasion.type, occasion.data);
    if (before.isNew) facts.push({ type: 'user.created', data: {}, cause: null });
  }

  /** Milliseconds. */
  get occurredAt(): number {
    return this.occasion.time.ms;
  }

  get account(): Account {
    return this.payments.account;
  }

  get transfers(): readonly Booked[] {
    return this.payments.transfers;
  }

  get awards(): readonly AwardResult[] {
    return this.payments.awards;
  }

  get adjustments(): readonly AwardResult[] {
    return this.payments.adjustments;
  }

  get skipped(): readonly SkippedPart[] {
    return this.progress.skipped;
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
        if ((depth[i] ?? 1) >= MAX_CAUSES) {
          this.unheard(fact);
          continue;
        }
        const refusal = this.happen(fact.type, fact.data, i);
        if (refusal !== undefined) return refusal;
        this.deepen(depth, rounds);
      }
      const refusal = this.moveLevel() ?? this.look();
      if (refusal !== undefined) return refusal;
      if (i === this.facts.length) break;
      this.deepen(depth, rounds);
    }
    this.progress.finish(this.ownScope);
    return undefined;
  }

  /** The streak is broken and goes on no board any more. */
  breakStreak(streak: Streak): void {
    this.progress.breakStreak(streak);
  }

  /** A fact at the end of the longest chain is announced, and no rule hears it. */
  private unheard({ type }: DecidedFact): void {
    for (const { id } of this.rulebook.listeners(type).rules) {
      const message = `${type} has ${MAX_CAUSES} causes before it: rules hear no longer chains`;
      this.progress.skipped.push({ rule: id, code: 'too_many_causes', message });
    }
  }

  /** What mirrors a state only now and then may be what an achievement waits for, too. */
  private look(): Refusal | undefined {
    this.progress.look(this.ownScope);
    return this.unlocking.unlock(this.ownScope, null);
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
    this.progress.touchLevel();
    const from = this.topLevel();
    if (this.level <= from) return this.unlocking.unlock(scope, null);
    this.reached = [this.rulebook.levelMetric?.key ?? '', this.level];
    const at = this.facts.push({ type: 'level.reached', data: { level: this.level, from }, cause: null }) - 1;
    return this.unlocking.unlock(scope, at);
  }

  /** The highest level that was announced: one that is lost and won again is no news. */
  private topLevel(): number {
    const [metric, level] = this.reached ?? this.before.topLevel ?? ['', 0];
    return metric === this.rulebook.levelMetric?.key ? Math.max(level, this.progress.levelBefore) : this.progress.levelBefore;
  }

  /** What was counted, as the log keeps it. */
  get moves(): string | null {
    return this.progress.log.text();
  }

  changes(): StateChanges {
    return this.progress.changes(
      { balances: this.account.balances.changes, usage: this.usage.changes, topLevel: this.reached },
      this.unlocking.changes(),
    );
  }

  /** Points that were booked outside the rules: `earned` and `spent` metrics move by them, and what may be unlocked is. */
  settle(kind: 'earned' | 'spent' | null, transfer: { readonly currency: string; readonly amount: number }): Refusal | undefined {
    this.progress.moveByTransfer(kind, transfer.currency, transfer.amount, this.ownScope);
    return this.unlocking.unlock(this.ownScope, null);
  }

  /** Counts what the user sends to somebody else; refuses what goes beyond a limit of the currency. */
  send({ code, transfers }: Currency, amount: number): Refusal | undefined {
    if (transfers.length === 0) return undefined;
    const sent = sentOf(code, transfers);
    const rest = restOf(sent, this.local.day, this.usage);
    if (rest !== undefined && rest.left < amount) {
      const { limit, used } = rest;
      return { code: 'limit_reached', path: '/amount', message: `sent ${used} of ${limit.max} ${code} per ${limit.per}` };
    }
    for (const usage of recordAmount(sent, this.local.day, amount, this.usage)) this.usage.set(usageId(usage), usage);
    return undefined;
  }

  /** Unlocks a tier by hand, whatever its progress. `pays`: with its reward. */
  grant(achievement: Achievement, tier: Tier, pays: boolean): Refusal | undefined {
    return this.unlocking.grant(achievement, tier, pays, this.ownScope);
  }

  /** Takes a tier away; what it brought about stays. */
  revoke(achievement: Achievement, tier: Tier, reason: string): void {
    this.unlocking.revoke(achievement, tier, reason);
  }

  /** Unlocks what was due at some time before; the fact that tells of it came first. */
  reach(due: readonly Unlocked[]): Refusal | undefined {
    return this.unlocking.reach(due, this.ownScope, 0);
  }

  /** Looks at achievements by their places, though nothing that they wait for moved. */
  reconsider(places: readonly number[]): Refusal | undefined {
    return this.unlocking.unlock(this.ownScope, this.facts.length === 0 ? null : 0, places);
  }

  /** The event itself, then what follows. */
  unfold(): Refusal | undefined {
    return this.happen(this.occasion.type, this.occasion.data, null) ?? this.follow();
  }

  /** One event or fact: metrics and streaks, then rules, then awards, then achievements. `at` is the fact's index; null for the event. */
  private happen(type: string, data: JsonObject, at: number | null): Refusal | undefined {
    const listeners = this.rulebook.listeners(type);
    const { metrics, streaks, rules } = listeners;
    if (metrics.length + streaks.length + rules.length === 0) return undefined;
    const scope = at === null ? this.ownScope : this.scope(type, data);
    this.progress.moveMetrics(metrics, scope);
    const moved = this.progress.moveStreaks(streaks, scope);
    const reached: Reached[] = [];
    for (const { streak, before, after: length, restored } of moved) {
      const { id } = streak;
      if (at === null) this.streaks.push({ id, length });
      if (length > before) this.facts.push({ type: 'streak.extended', data: { streak: id, length }, cause: at });
      if (restored) this.facts.push({ type: 'streak.restored', data: { streak: id, length, reason: 'late event' }, cause: at });
      reached.push(...this.passMilestones(streak, at));
    }
    return this.give(listeners, scope, at) ?? this.reward(reached, scope) ?? this.unlocking.unlock(scope, at);
  }

  /** Announces the milestones that a streak is due, each once for ever. */
  private passMilestones(streak: Streak, at: number | null): readonly Reached[] {
    return this.progress.takeMilestones(streak).map((milestone) => {
      const fact = this.facts.push({ type: 'streak.milestone', data: { streak: streak.id, at: milestone.at }, cause: at }) - 1;
      return { rule: `streak:${streak.id}:${milestone.at}`, awards: milestone.awards, fact };
    });
  }

  private reward(reached: readonly Reached[], scope: Scope): Refusal | undefined {
    for (const { rule, awards, fact } of reached) {
      for (const { currency, amount } of awards) {
        const refusal = this.payments.award({ rule, currency, base: amount, multipliers: [], amount }, scope, fact);
        if (refusal !== undefined) return refusal;
      }
    }
    return undefined;
  }

  /** A streak of which units were covered, or are no longer: `state` and `past` as they are then. */
  cover(streak: Streak, past: Past, state: StreakState): Refusal | undefined {
    this.progress.coverStreak(streak, past, state);
    return this.reward(this.passMilestones(streak, null), this.ownScope) ?? this.unlocking.unlock(this.ownScope, null);
  }

  /** All rules are decided before the first award is booked: none sees what another one gave. */
  private give({ rules }: Listeners, scope: Scope, at: number | null): Refusal | undefined {
    const moment = { time: this.occasion.time.ms, day: this.local.day };
    const { streakLength } = this.progress;
    const { catalog, caps } = this.rulebook;
    const boosts = this.boosts();
    const options = { rounding: catalog.rounding, mayAdjust: this.cause.mayAdjust, streakLength, boosts, caps };
    const firing: { awards: readonly PricedAward[]; adjusts: readonly PricedAward[] }[] = [];
    for (const rule of rules) {
      const verdict = decideRule(rule, scope, moment, this.usage, options);
      if (verdict.kind === 'failed')
        this.progress.skipped.push({ rule: rule.id, code: 'condition_failed', message: verdict.message });
      else if (verdict.kind === 'limited')
        this.progress.skipped.push({ rule: rule.id, code: 'limit_reached', message: verdict.message });
      else if (verdict.kind === 'fires') {
        firing.push(verdict);
        for (const usage of verdict.usage) this.usage.set(usageId(usage), usage);
        if (verdict.reached !== null)
          this.progress.skipped.push({ rule: rule.id, code: 'limit_reached', message: verdict.reached });
      }
    }
    for (const { awards, adjusts } of firing) {
      for (const award of awards) {
        const refusal = this.payments.award(award, scope, at);
        if (refusal !== undefined) return refusal;
      }
      for (const adjust of adjusts) {
        const refusal = this.payments.adjust(adjust, scope, at);
        if (refusal === undefined) continue;
        if (at === null) return refusal;
        // What is announced has happened: a rule that cannot take what it wants does not keep it from happening, nor a timer waiting.
        this.progress.skipped.push({ rule: adjust.rule, code: 'condition_failed', message: refusal.message });
      }
    }
    return undefined;
  }

  /** Those of the user before those of everyone. */
  private boosts(): readonly Boost[] {
    const { boosts } = this.rulebook.circumstances;
    const own = this.before.boosts;
    return own.length === 0 ? boosts : [...own, ...boosts];
  }

  get achievements(): readonly UnlockResult[] {
    return this.unlocking.unlocked.map(({ achievement: id, tier, times }) =>
      times === null ? { id, tier } : { id, tier, times },
    );
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
