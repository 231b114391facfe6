import { type DocumentNode, type Faults, report } from '../kernel/document.ts';
import type { MetricSource } from '../metrics/index.ts';
import type { Tier } from './model.ts';

/** What comes again at every multiple has one tier, at a whole number: multiples of a fraction are not exact. */
export function reportMultiples(faults: Faults, node: DocumentNode, tiers: readonly Tier[]): void {
  const [tier] = tiers;
  if (tiers.length > 1) report(faults, node, 'what is repeatable has one tier, which comes again at every multiple of it');
  else if (tier !== undefined && !Number.isSafeInteger(tier.at)) {
    report(faults, node, `what is repeatable comes again at every multiple: expected a whole number, found ${tier.at}`);
  }
}

/** A reward that is itself the progress to the next time would go on for ever. */
export function reportFeeding(
  faults: Faults,
  node: DocumentNode,
  [tier]: readonly Tier[],
  source: MetricSource | undefined,
): void {
  if (tier === undefined || (source?.kind !== 'earned' && source?.kind !== 'balance')) return;
  const reward = tier.rewards.find(({ currency }) => currency === source.currency);
  if (reward === undefined || reward.amount < tier.at) return;
  const why = `its award of ${reward.amount} ${reward.currency} is the progress to the next time, at ${tier.at}`;
  report(faults, node, `the achievement would unlock itself again and again: ${why}`);
}
