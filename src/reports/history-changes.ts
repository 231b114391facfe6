import { isUnlocked } from '../achievements/index.ts';
import { decodeHotRow, levelNow, type Replayed, type Rulebook, type WhatIf, type WhatIfTally } from '../engine/index.ts';
import type { CurrencyChange, History, RuleChange, TierChange, UserChangeOf } from './history-model.ts';
import type { LiveRow, PaidRow } from './history-store.ts';
import { standingOf } from './standing.ts';
import type { TierRow } from './summary-store.ts';

const TOP = 10;

export interface Comparison {
  add(row: LiveRow): void;
  end(): Pick<History, 'currencies' | 'levels'>;
}

/** Holds everybody as they are against everybody as they would be, user by user. */
export function createComparison({
  current,
  draft,
  people,
  whatIf,
}: {
  readonly current: Rulebook;
  readonly draft: Rulebook;
  readonly people: ReadonlyMap<number, Replayed>;
  readonly whatIf: WhatIf;
}): Comparison {
  const codes = new Set([...current.catalog.currencies.keys(), ...draft.catalog.currencies.keys()]);
  const currencies = new Map([...codes].map((code) => [code, createCurrency(code)]));
  const levels = new Map<number, { level: number; before: number; after: number }>();
  const countLevel = (side: 'before' | 'after', level: number): void => {
    const known = levels.get(level) ?? { level, before: 0, after: 0 };
    known[side] += 1;
    levels.set(level, known);
  };

  return {
    add({ account, state, awarded }) {
      const user = people.get(account)?.user;
      if (user === undefined) return;
      const now = decodeHotRow(state);
      const then = whatIf.states.get(account);
      countLevel('before', levelNow(current, standingOf(current, now)));
      countLevel('after', levelNow(draft, standingOf(draft, then ?? NOBODY)));
      const would = whatIf.awarded.get(account);
      for (const [code, currency] of currencies) {
        currency.add({
          user,
          before: awarded?.[code] ?? 0,
          after: would?.get(code) ?? 0,
          balanceBefore: now.balances.get(code)?.available ?? 0,
          balanceAfter: then?.balances.get(code)?.available ?? 0,
        });
      }
    },
    end: () => ({
      currencies: [...currencies.values()].map((currency) => currency.end()),
      levels: [...levels.values()].toSorted((a, b) => a.level - b.level),
    }),
  };
}

const NOBODY = decodeHotRow({ metrics: {} });

function createCurrency(currency: string): { add(change: UserChangeOf): void; end(): CurrencyChange } {
  const differences: number[] = [];
  const gainMost: UserChangeOf[] = [];
  const loseMost: UserChangeOf[] = [];
  const users = { gain: 0, lose: 0, stay: 0 };
  let before = 0;
  let after = 0;
  return {
    add(change) {
      const difference = change.after - change.before;
      before += change.before;
      after += change.after;
      differences.push(difference);
      users[difference > 0 ? 'gain' : difference < 0 ? 'lose' : 'stay'] += 1;
      if (difference > 0) keepTop(gainMost, change, (a, b) => b.after - b.before - (a.after - a.before));
      if (difference < 0) keepTop(loseMost, change, (a, b) => a.after - a.before - (b.after - b.before));
    },
    end() {
      const sorted = Float64Array.from(differences).toSorted();
      const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
      const quantiles = { min: at(0), p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95), max: at(1) };
      const difference = after - before;
      const inflation = before === 0 ? null : Math.round((1_000 * difference) / before) / 10;
      return { currency, before, after, difference, inflation, users, quantiles, gainMost, loseMost };
    },
  };
}

/** Among equals, by name. */
function keepTop(top: UserChangeOf[], one: UserChangeOf, compare: (a: UserChangeOf, b: UserChangeOf) => number): void {
  const order = (a: UserChangeOf, b: UserChangeOf): number => compare(a, b) || (a.user < b.user ? -1 : 1);
  const last = top[TOP - 1];
  if (last !== undefined && order(last, one) < 0) return;
  top.push(one);
  top.sort(order);
  if (top.length > TOP) top.pop();
}

/** In the order of what they pay then, and now; by name among equals. */
export function changesByRule(live: readonly PaidRow[], { paid, limited }: WhatIfTally): readonly RuleChange[] {
  const changes = new Map<string, RuleChange>();
  for (const { rule, currency, times, amount } of live) {
    const change = { rule, currency, timesBefore: times, timesAfter: 0, paidBefore: amount, paidAfter: 0 };
    changes.set(`${rule} ${currency}`, { ...change, limited: limited.get(rule) ?? 0 });
  }
  for (const [key, { rule, currency, times, amount }] of paid) {
    const now = changes.get(key) ?? { rule, currency, timesBefore: 0, paidBefore: 0, limited: limited.get(rule) ?? 0 };
    changes.set(key, { ...now, timesAfter: times, paidAfter: amount });
  }
  return [...changes.values()].toSorted(
    (a, b) => b.paidAfter - a.paidAfter || b.paidBefore - a.paidBefore || (a.rule < b.rule ? -1 : 1),
  );
}

/** Achievements that a run over history cannot unlock: it closes no periods, and nobody grants anything in it. */
export const NOT_RUN: ReadonlySet<string> = new Set(['manual', 'placement']);

export function tierChanges({ achievements }: Rulebook, live: readonly TierRow[], { states }: WhatIf): readonly TierChange[] {
  const now = new Map(live.map(({ achievement, tier, users }) => [`${achievement} ${tier}`, users]));
  const would = new Map<number, number>();
  const tiers = achievements.all.flatMap(({ id, name, strategy, tiers: of }) =>
    of.map((tier) => ({ achievement: id, name, tier, isRun: !NOT_RUN.has(strategy.kind) })),
  );
  for (const { unlocks } of states.values()) {
    if (unlocks.length === 0) continue;
    for (const { tier } of tiers) if (isUnlocked(unlocks, tier.number)) would.set(tier.number, (would.get(tier.number) ?? 0) + 1);
  }
  return tiers.map(({ achievement, name, tier, isRun }) => {
    const before = now.get(`${achievement} ${tier.id}`) ?? 0;
    return { achievement, name, tier: tier.id, before, after: isRun ? (would.get(tier.number) ?? 0) : before };
  });
}
