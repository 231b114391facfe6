import type { Tx } from '../../kernel/ports.ts';
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
} from '../../rules/index.ts';
import type { EventPayload } from '../answers.ts';
import type { Rulebook } from '../rulebook.ts';

/** Uses of limits and caps without those of an event that is undone: only what was awarded and stays counts. */
export async function usageWithout(
  tx: Tx,
  account: number,
  { awards, adjustments = [] }: EventPayload,
  moment: Moment,
  { catalog }: Rulebook,
): Promise<ReadonlyMap<string, Usage>> {
  const given = [...awards, ...adjustments].filter(({ amount }) => amount !== 0);
  const rules = catalog.rules.flatMap((rule) => {
    const times = rule.limits.length === 0 ? 0 : firings(given.filter((one) => one.rule === rule.id));
    return times === 0 ? [] : [{ rule, times }];
  });
  // Rewards of achievements and milestones were not counted.
  const ofRules = new Set(catalog.rules.map(({ id }) => id));
  const capped = awards.flatMap(({ rule, currency, amount }) => {
    const cap = catalog.currencies.get(currency)?.cap ?? [];
    return cap.length === 0 || !ofRules.has(rule) ? [] : [{ counted: awardedOf(currency, cap), amount }];
  });
  const keys = [
    ...rules.flatMap(({ rule }) => usageKeys(rule, moment)),
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
  for (const { rule, times } of rules) for (let n = 0; n < times; n += 1) take(returnUse(rule, moment, book));
  for (const { counted, amount } of capped)
    take(recordAmount(counted, moment.day, -amount, book).filter(({ used }) => used >= 0));
  return changed;
}

/** How often a rule fired, by what it gave: each currency once, every time. */
function firings(given: readonly { readonly currency: string }[]): number {
  const counts = new Map<string, number>();
  for (const { currency } of given) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
