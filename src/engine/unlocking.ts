import {
  type Achievement,
  type AchievementIndex,
  awaken,
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
import type { TakenAway, UnlockChanges, Unlocked, UserState } from './state.ts';

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
  /** How often each place came again. */
  private repeats: Map<number, number> | null = null;

  constructor(
    before: UserState,
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

  /**
   * Unlocks what is due until nothing more is: rewards count as earned, and one achievement may wait for another. `also`: places
   * of achievements to look at though nothing moved.
   */
  unlock(scope: Scope, at: number | null, also: readonly number[] = NONE): Refusal | undefined {
    const { index, pending } = this;
    if (index.all.length === 0) return undefined;
    for (const place of also) pending.add(place);
    this.collect();
    // In the order of the catalog, again and again: what is unlocked further down may be what one further up waits for.
    for (let places = inOrder(pending), i = 0; pending.size > 0; ) {
      const place = places[i++];
      if (place === undefined) {
        places = inOrder(pending);
        i = 0;
        continue;
      }
      if (!pending.delete(place)) continue;
      const { size } = pending;
      const refusal = this.unlockDue(place, scope, at);
      if (refusal !== undefined) return refusal;
      if (pending.size === size) continue;
      places = inOrder(pending).filter((one) => one > place);
      i = 0;
    }
    return undefined;
  }

  /** What somebody grants is unlocked, whatever its progress; what follows from it comes with the next `unlock`. */
  grant(achievement: Achievement, tier: Tier, pays: boolean, scope: Scope): Refusal | undefined {
    const { repeat, strategy } = achievement;
    const { held } = this;
    const times = repeat === null ? 1 : Math.max(1, timesOf(held.timesOf(tier.number), held.unlocks, tier.number));
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
    for (const name of this.progress.takeDirty()) awaken(this.index, name, this.held.unlocks, this, this.pending);
  }

  private unlockDue(place: number, scope: Scope, at: number | null): Refusal | undefined {
    const achievement = this.index.all[place] as Achievement;
    for (;;) {
      const due = nextDue(achievement, this.held, this);
      if (due === undefined) return undefined;
      if (achievement.repeat === 'multiples') {
        const repeats = (this.repeats ??= new Map<number, number>());
        const count = (repeats.get(place) ?? 0) + 1;
        if (count > MAX_REPEATS) return undefined;
        repeats.set(place, count);
      }
      const refusal = this.take(achievement, due, { scope, at, granted: false, pays: true });
      if (refusal !== undefined) return refusal;
      this.collect();
    }
  }

  metric(name: string): number {
    return this.progress.metricNow(name);
  }

  within(name: string, window: Window): number {
    return this.progress.within(name, window);
  }

  period(window: Window): string {
    return this.progress.period(window);
  }

  isUnlocked(part: Requirement): boolean {
    return isPartUnlocked(part, this.index.byId, this.held.unlocks);
  }

  /** Unlocks what was due at some time before, as of that time. `at`: index of the fact that tells of it. */
  reach(due: readonly Unlocked[], scope: Scope, at: number): Refusal | undefined {
    for (const { achievement: id, number, at: time, period } of due) {
      const achievement = this.index.byId.get(id);
      const tier = achievement?.tiers.find((one) => one.number === number);
      if (achievement === undefined || tier === undefined) continue;
      const first = { tier, times: 1, period };
      const refusal = this.take(achievement, first, { scope, at, granted: false, pays: true }, time);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  private take(
    achievement: Achievement,
    { tier, times, period }: Due,
    how: { readonly scope: Scope; readonly at: number | null; readonly granted: boolean; readonly pays: boolean },
    time = this.cause.occurredAt,
  ): Refusal | undefined {
    const { digest } = this.cause;
    const { id, repeat } = achievement;
    const { granted } = how;
    const first = !isUnlocked(this.held.unlocks, tier.number);
    const told = { ...(repeat === null ? {} : { times }), ...(period === null ? {} : { period }) };
    this.held.take(tier.number, repeat === null ? null : { times, period });
    this.unlocked.push({
      achievement: id,
      tier: tier.id,
      number: tier.number,
      at: time,
      cause: digest,
      times: repeat === null ? null : times,
      period,
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

function inOrder(places: ReadonlySet<number>): readonly number[] {
  return places.size < 2 ? [...places] : [...places].toSorted((a, b) => a - b);
}

/** What the user has by now. */
class HeldNow implements Held {
  private readonly before: UserState;
  unlocks: Unlocks;
  revoked: Unlocks;
  changedTimes: ReadonlyMap<number, Times> = NO_TIMES;
  added: ReadonlySet<string> = NO_OCCURRENCES;

  constructor(before: UserState) {
    this.before = before;
    this.unlocks = before.unlocks;
    this.revoked = before.revoked;
  }

  timesOf(number: number): Times | undefined {
    return this.changedTimes.get(number) ?? this.before.times.get(number);
  }

  wasUnlockedIn(number: number, period: string): boolean {
    const id = occurrenceId(number, period);
    return this.added.has(id) || this.before.occurrences.has(id);
  }

  take(number: number, times: Times | null): void {
    if (!isUnlocked(this.unlocks, number)) this.unlocks = withUnlock(this.unlocks, number);
    if (isUnlocked(this.revoked, number)) this.revoked = withoutUnlock(this.revoked, number);
    if (times === null) return;
    const { period } = times;
    const newest = this.timesOf(number)?.period ?? null;
    const isLate = newest !== null && period !== null && period < newest;
    this.changedTimes = new Map(this.changedTimes).set(number, isLate ? { ...times, period: newest } : times);
    if (period === null) return;
    const added = new Set(this.added).add(occurrenceId(number, period));
    // The newest one is known by the hot row alone: another takes its place, and an event of the same batch may ask for it.
    if (newest !== null && newest < period) added.add(occurrenceId(number, newest));
    this.added = added;
  }

  revoke(number: number): void {
    this.unlocks = withoutUnlock(this.unlocks, number);
    this.revoked = withUnlock(this.revoked, number);
  }
}

const NO_TIMES: ReadonlyMap<number, Times> = new Map();
const NO_OCCURRENCES: ReadonlySet<string> = new Set();
const NONE: readonly never[] = [];
