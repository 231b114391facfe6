import type { Tx } from '../kernel/ports.ts';
import {
  amountKeys,
  awardedOf,
  loadUsage,
  type Moment,
  recordAmount,
  returnUse,
  type Usage,
  usageId,
  usageKeys,
} from '../rules/index.ts';
import type { EventPayload } from './answers.ts';
import type { Rulebook } from './rulebook.ts';

/** Rewards of achievements and milestones do not count against caps. */
function isReward(rule: string): boolean {
  return rule.startsWith('achievement:') || rule.startsWith('streak:');
}

/** Uses of limits and caps without those of an event that is undone: only what was awarded and stays counts. */
export async function usageWithout(
  tx: Tx,
  account: number,
  { awards, adjustments = [] }: EventPayload,
  moment: Moment,
  { catalog }: Rulebook,
): Promise<ReadonlyMap<string, Usage>> {
  const given = [...awards, ...adjustments].filter(({ amount }) => amount !== 0);
  const fired = new Set(given.map(({ rule }) => rule));
  const rules = catalog.rules.filter(({ id, limits }) => limits.length > 0 && fired.has(id));
  const capped = awards.flatMap(({ rule, currency, amount }) => {
    const cap = catalog.currencies.get(currency)?.cap ?? [];
    return cap.length === 0 || isReward(rule) ? [] : [{ counted: awardedOf(currency, cap), amount }];
  });
  const keys = [
    ...rules.flatMap((rule) => usageKeys(rule, moment)),
    ...capped.flatMap(({ counted }) => amountKeys(counted, moment.day)),
  ].map((key) => ({ ...key, account }));
  if (keys.length === 0) return new Map();
  const book = new Map<string, Usage>((await loadUsage(tx, keys)).map((usage) => [usageId(usage), usage]));
  const changed = new Map<string, Usage>();
  const take = (usages: readonly Usage[]): void => {
    for (const usage of usages) {
      book.set(usageId(usage), usage);
      changed.set(usageId(usage), usage);
    }
  };
  for (const rule of rules) take(returnUse(rule, moment, book));
  for (const { counted, amount } of capped)
    take(recordAmount(counted, moment.day, -amount, book).filter(({ used }) => used >= 0));
  return changed;
}
