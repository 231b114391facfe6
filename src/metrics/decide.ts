import type { Scope } from '../kernel/conditions/index.ts';
import { ONE } from './kinds/parts.ts';
import type { Contribution, Metric } from './model.ts';

/** What an event does to a metric that listens to it. A condition that fails counts as not matched, with a reason. */
export type Contributed =
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'moves'; readonly contribution: Contribution };

const NONE: Contributed = Object.freeze({ kind: 'none' });
const MOVES_BY_ONE: Contributed = Object.freeze({ kind: 'moves', contribution: ONE });

/** What the event in `scope`, whose type the metric is known to match, brings to it. */
export function contributionOf(metric: Metric, scope: Scope): Contributed {
  if (metric.when !== null) {
    const met = metric.when.evaluate(scope);
    if (!met.ok) return { kind: 'failed', reason: met.reason };
    if (!met.value) return NONE;
  }
  const brought = metric.contribute(scope);
  if (!brought.ok) return { kind: 'failed', reason: brought.reason };
  return brought.value === ONE ? MOVES_BY_ONE : { kind: 'moves', contribution: brought.value };
}

/** Whether a metric of anything but events follows what happens now. A condition that fails counts as not matched. */
export function holds(metric: Metric, scope: Scope): boolean {
  if (metric.when === null) return true;
  const met = metric.when.evaluate(scope);
  return met.ok && met.value;
}

/** A value that `distinct` has counted. */
export interface Seen {
  /** Key of the metric. */
  readonly metric: string;
  /** The whole life, or a period: a value counts once in each. */
  readonly span: string;
  /** Digest of the value. */
  readonly member: string;
}

/** One text for each value of `Seen`: keys of metrics have no blank in them, and digests have one length. */
export function seenId(key: string, span: string, member: string): string {
  return `${key} ${span} ${member}`;
}
