import { type DocumentNode, type Faults, report } from '../kernel/document.ts';
import type { Rule } from './model.ts';

/** What a rule announces: its awards, its adjustments. */
const FACTS = ['points.awarded', 'points.adjusted'] as const;
type Announced = (typeof FACTS)[number];

/** A rule and where its `on` stands. */
export interface Placed {
  readonly rule: Rule;
  readonly node: DocumentNode;
}

/**
 * Rules that set each other off without end: a rule may listen by name to what it, or another one, announces.
 * The chain of causes is bounded when it runs; an economy that relies on the bound is at fault. With two facts
 * a way back is one rule long or two.
 */
export function reportLoops(faults: Faults, rules: readonly Placed[]): void {
  const listening = rules.flatMap(({ rule, node }) => FACTS.filter(rule.matches).map((heard) => ({ rule, node, heard })));
  for (const { rule, node, heard } of listening) {
    const said = announces(rule);
    if (said.includes(heard)) {
      report(faults, node, `the rule listens to what it causes: it announces "${heard}" itself`);
      continue;
    }
    const other = listening.find((entry) => said.includes(entry.heard) && announces(entry.rule).includes(heard));
    if (other !== undefined)
      report(faults, node, `the rule listens to what it causes: "${heard}" comes back through the rule "${other.rule.id}"`);
  }
}

function announces(rule: Rule): readonly Announced[] {
  const said: Announced[] = [];
  if (rule.awards.length > 0) said.push('points.awarded');
  if (rule.adjusts.length > 0) said.push('points.adjusted');
  return said;
}
