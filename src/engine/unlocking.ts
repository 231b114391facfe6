import { type Achievement, type AchievementIndex, nextDue, type Tier, type Unlocks, withUnlock } from '../achievements/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import type { Refusal } from '../kernel/refusals.ts';
import type { Payments } from './payments.ts';
import type { Progress } from './progress.ts';
import type { Unlocked } from './state.ts';
import type { DecidedFact } from './facts.ts';

/** What one decision unlocks for its user. */
export class Unlocking {
  private readonly index: AchievementIndex;
  private readonly progress: Progress;
  private readonly payments: Payments;
  private readonly facts: DecidedFact[];
  private readonly cause: { readonly digest: string; readonly occurredAt: number };
  unlocks: Unlocks;
  readonly unlocked: Unlocked[] = [];

  constructor(
    before: Unlocks,
    index: AchievementIndex,
    cause: { readonly digest: string; readonly occurredAt: number },
    effects: { readonly progress: Progress; readonly payments: Payments; readonly facts: DecidedFact[] },
  ) {
    this.unlocks = before;
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
    const { index, progress } = this;
    if (index.all.length === 0) return undefined;
    const pending = new Set<number>(also);
    const collect = (): void => {
      for (const name of progress.takeDirty()) {
        const waiting = index.byMetric.get(name);
        if (waiting !== undefined) for (const n of waiting) pending.add(n);
      }
    };
    collect();
    while (pending.size > 0) {
      for (let n = 0; n < index.all.length; n += 1) {
        if (!pending.delete(n)) continue;
        const achievement = index.all[n] as Achievement;
        for (;;) {
          const tier = nextDue(achievement, index, this.unlocks, { metric: progress.metricNow });
          if (tier === undefined) break;
          const refusal = this.reward(achievement, tier, scope, at);
          if (refusal !== undefined) return refusal;
          for (const waiting of index.byRequirement.get(achievement.id) ?? []) pending.add(waiting);
          collect();
        }
      }
    }
    return undefined;
  }

  /** Unlocks what was due at some time before, as of that time. `at`: index of the fact that tells of it. */
  reach(due: readonly Unlocked[], scope: Scope, at: number): Refusal | undefined {
    for (const { achievement: id, number, at: time } of due) {
      const achievement = this.index.byId.get(id);
      const tier = achievement?.tiers.find((one) => one.number === number);
      if (achievement === undefined || tier === undefined) continue;
      const refusal = this.reward(achievement, tier, scope, at, time);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  private reward(
    achievement: Achievement,
    tier: Tier,
    scope: Scope,
    at: number | null,
    time = this.cause.occurredAt,
  ): Refusal | undefined {
    const { digest } = this.cause;
    this.unlocks = withUnlock(this.unlocks, tier.number);
    this.unlocked.push({ achievement: achievement.id, tier: tier.id, number: tier.number, at: time, cause: digest });
    const fact = this.facts.length;
    this.facts.push({ type: 'achievement.unlocked', data: { achievement: achievement.id, tier: tier.id }, cause: at });
    for (const { currency, amount } of tier.rewards) {
      const rule = `achievement:${achievement.id}:${tier.id}`;
      const refusal = this.payments.award({ rule, currency, base: amount, multipliers: [], amount }, scope, fact);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }
}

const NONE: readonly never[] = [];
