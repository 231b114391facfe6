import {
  type Achievement,
  type AchievementIndex,
  type Due,
  type Held,
  isPartUnlocked,
  isUnlocked,
  nextDue,
  type Requirement,
  type Tier,
  timesOf,
  type Times,
  type Unlocks,
  occurrenceId,
  type Window,
  withoutUnlock,
  withUnlock,
} from '../achievements/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import type { Refusal } from '../kernel/refusals.ts';
import type { DecidedFact } from './facts.ts';
import type { Payments } from './payments.ts';
import type { Progress } from './progress.ts';
import type { TakenAway, UnlockChanges, Unlocked } from './state.ts';

/** How often one decision unlocks an achievement that repeats: what is left comes with the next event that moves it. */
const MAX_REPEATS = 100;

/** What one decision unlocks for its user. */
export class Unlocking {
  private readonly index: AchievementIndex;
  private readonly progress: Progress;
  private readonly payments: Payments;
  private readonly facts: DecidedFact[];
  private readonly cause: { readonly digest: string; readonly occurredAt: number };
  private readonly held: HeldNow;
  readonly unlocked: Unlocked[] = [];
  private readonly taken: TakenAway[] = [];
  /** Places of achievements to be looked at. */
  private readonly pending = new Set<number>();
  private readonly repeats = new Map<number, number>();

  constructor(
    before: Held,
    index: AchievementIndex,
    cause: { readonly digest: string; readonly occurredAt: number },
    effects: { readonly progress: Progress; readonly payments: Payments; readonly facts: DecidedFact[] },
  ) {
    this.held = new HeldNow(before);
    this.index = index;
    this.cause = cause;
    this.progress = effects.progress;
    this.payments = effects.payments;
    this.facts = effects.facts;
  }

  /** Unlocks what is due until nothing more is: rewards count as earned, and one achievement may wait for another. */
  unlock(scope: Scope, at: number | null): Refusal | undefined {
    const { index, pending } = this;
    if (index.all.length === 0) return undefined;
    this.collect();
    while (pending.size > 0) {
      for (let place = 0; place < index.all.length; place += 1) {
        if (!pending.delete(place)) continue;
        const refusal = this.unlockDue(place, scope, at);
        if (refusal !== undefined) return refusal;
      }
    }
    return undefined;
  }

  /** What somebody grants is unlocked, whatever its progress; what follows from it comes with the next `unlock`. */
  grant(achievement: Achievement, tier: Tier, pays: boolean, scope: Scope): Refusal | undefined {
    const { repeat, strategy } = achievement;
    const times = repeat === null ? 1 : Math.max(1, timesOf(this.held, tier.number));
    const period = repeat === 'periods' && strategy.window !== null ? this.progress.period(strategy.window) : null;
    return this.take(achievement, { tier, times, period }, { scope, at: null, granted: true, pays });
  }

  revoke(achievement: Achievement, tier: Tier, reason: string): void {
    const { id } = achievement;
    this.held.revoke(tier.number);
    this.taken.push({ achievement: id, tier: tier.id, number: tier.number });
    this.facts.push({ type: 'achievement.revoked', data: { achievement: id, tier: tier.id, reason }, cause: null });
  }

  changes(): UnlockChanges {
    const { unlocked, taken } = this;
    const { unlocks, revoked, changedTimes: times, added: occurrences } = this.held;
    return { unlocks, revoked, times, occurrences, unlocked, taken };
  }

  private collect(): void {
    for (const name of this.progress.takeDirty()) {
      const waiting = this.index.byMetric.get(name);
      if (waiting !== undefined) for (const place of waiting) this.pending.add(place);
    }
  }

  private unlockDue(place: number, scope: Scope, at: number | null): Refusal | undefined {
    const achievement = this.index.all[place] as Achievement;
    for (;;) {
      const due = nextDue(achievement, this.held, this);
      if (due === undefined) return undefined;
      if (achievement.repeat === 'multiples') {
        const count = (this.repeats.get(place) ?? 0) + 1;
        if (count > MAX_REPEATS) return undefined;
        this.repeats.set(place, count);
      }
      const refusal = this.take(achievement, due, { scope, at, granted: false, pays: true });
      if (refusal !== undefined) return refusal;
      this.collect();
    }
  }

  readonly metric = (name: string): number => this.progress.metricNow(name);

  readonly within = (name: string, window: Window): number => this.progress.within(name, window);

  readonly period = (window: Window): string => this.progress.period(window);

  readonly isUnlocked = (part: Requirement): boolean => isPartUnlocked(part, this.index.byId, this.held.unlocks);

  private take(
    achievement: Achievement,
    { tier, times, period }: Due,
    how: { readonly scope: Scope; readonly at: number | null; readonly granted: boolean; readonly pays: boolean },
  ): Refusal | undefined {
    const { digest, occurredAt } = this.cause;
    const { id, repeat } = achievement;
    const { granted } = how;
    const first = !isUnlocked(this.held.unlocks, tier.number);
    const told = { ...(repeat === null ? {} : { times }), ...(period === null ? {} : { period }) };
    this.held.take(tier.number, repeat === null ? null : { times, period });
    this.unlocked.push({
      achievement: id,
      tier: tier.id,
      number: tier.number,
      at: occurredAt,
      cause: digest,
      times: repeat === null ? null : times,
      first,
      granted,
    });
    const fact = this.facts.length;
    const data = { achievement: id, tier: tier.id, ...told, ...(granted ? { granted } : {}) };
    this.facts.push({ type: 'achievement.unlocked', data, cause: how.at });
    if (first) for (const waiting of this.index.byPart.get(id) ?? []) this.pending.add(waiting);
    if (!how.pays) return undefined;
    for (const { currency, amount } of tier.rewards) {
      const rule = `achievement:${id}:${tier.id}`;
      const refusal = this.payments.award({ rule, currency, base: amount, multipliers: [], amount }, how.scope, fact);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }
}

/** What the user has by now. */
class HeldNow implements Held {
  private readonly before: Held;
  unlocks: Unlocks;
  revoked: Unlocks;
  changedTimes: ReadonlyMap<number, Times> = NO_TIMES;
  added: ReadonlySet<string> = NO_OCCURRENCES;

  constructor(before: Held) {
    this.before = before;
    this.unlocks = before.unlocks;
    this.revoked = before.revoked;
  }

  readonly times = {
    get: (number: number): Times | undefined => this.changedTimes.get(number) ?? this.before.times.get(number),
  };

  readonly occurrences = { has: (id: string): boolean => this.added.has(id) || this.before.occurrences.has(id) };

  take(number: number, times: Times | null): void {
    if (!isUnlocked(this.unlocks, number)) this.unlocks = withUnlock(this.unlocks, number);
    if (isUnlocked(this.revoked, number)) this.revoked = withoutUnlock(this.revoked, number);
    if (times === null) return;
    const { period } = times;
    const newest = this.times.get(number)?.period ?? null;
    const isLate = newest !== null && period !== null && period < newest;
    this.changedTimes = new Map(this.changedTimes).set(number, isLate ? { ...times, period: newest } : times);
    if (period !== null) this.added = new Set(this.added).add(occurrenceId(number, period));
  }

  revoke(number: number): void {
    this.unlocks = withoutUnlock(this.unlocks, number);
    this.revoked = withUnlock(this.revoked, number);
  }
}

const NO_TIMES: ReadonlyMap<number, Times> = new Map();
const NO_OCCURRENCES: ReadonlySet<string> = new Set();
