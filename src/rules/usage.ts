import type { Lookup } from '../kernel/overlay.ts';
import { periodKey } from '../kernel/period.ts';
import type { Limit, Rule } from './model.ts';

/**
 * How often rules paid one user, as far as limits need it. Calendar spans count; sliding spans of w ms keep the
 * event times in buckets floor(t / w), so that the window (t − w, t] of any t, however late, lies in two buckets.
 */
export interface UsageKey {
  readonly rule: string;
  /** `day`, `week`, `month`, or the window in milliseconds. */
  readonly span: string;
  readonly bucket: string;
}

export interface Usage extends UsageKey {
  readonly used: number;
  /** Event times in milliseconds, sliding spans only. */
  readonly times: readonly number[] | null;
}

export type UsageBook = Lookup<Usage>;

export function usageId(key: UsageKey): string {
  return `${key.rule} ${key.span} ${key.bucket}`;
}

/** When something happened, as limits see it. */
export interface Moment {
  /** Milliseconds. */
  readonly time: number;
  /** Local day: days since 1970-01-01. */
  readonly day: number;
}

/** Everything that must be at hand to decide the limits of `rule` for one event. */
export function usageKeys(rule: Rule, moment: Moment): readonly UsageKey[] {
  return rule.limits.flatMap((limit) => keysOf(rule.id, limit, moment));
}

function keysOf(rule: string, limit: Limit, moment: Moment): readonly UsageKey[] {
  if (limit.kind === 'calendar') return [{ rule, span: limit.per, bucket: periodKey(limit.per, moment.day) }];
  const bucket = Math.floor(moment.time / limit.window);
  const span = String(limit.window);
  return [
    { rule, span, bucket: String(bucket) },
    { rule, span, bucket: String(bucket - 1) },
  ];
}

export interface LimitCount {
  readonly limit: Limit;
  /** Awards counted before this one. */
  readonly used: number;
}

/** The counts of every limit of a rule at a moment. */
export function countUses(rule: Rule, moment: Moment, book: UsageBook): readonly LimitCount[] {
  return rule.limits.map((limit) => {
    const known = keysOf(rule.id, limit, moment).map((key) => book.get(usageId(key)));
    if (limit.kind === 'calendar') return { limit, used: known[0]?.used ?? 0 };
    const after = moment.time - limit.window;
    const used = known.reduce((sum, usage) => sum + (usage?.times ?? []).filter((t) => t > after && t <= moment.time).length, 0);
    return { limit, used };
  });
}

/** What one more award of the rule leaves in the book. */
export function recordUse(rule: Rule, moment: Moment, book: UsageBook): readonly Usage[] {
  const written = new Map<string, Usage>();
  for (const limit of rule.limits) {
    const key = keysOf(rule.id, limit, moment)[0];
    if (key === undefined) continue;
    const before = book.get(usageId(key));
    // Two limits of one rule over the same span share a bucket: it is counted once.
    written.set(usageId(key), {
      ...key,
      used: (before?.used ?? 0) + 1,
      times: limit.kind === 'calendar' ? null : [...(before?.times ?? []), moment.time],
    });
  }
  return [...written.values()];
}

/** What the book is without one award of the rule at that moment; limits that did not count it are left as they are. */
export function returnUse(rule: Rule, moment: Moment, book: UsageBook): readonly Usage[] {
  const written = new Map<string, Usage>();
  for (const limit of rule.limits) {
    const key = keysOf(rule.id, limit, moment)[0];
    const before = key === undefined ? undefined : book.get(usageId(key));
    if (before === undefined || before.used === 0) continue;
    const at = before.times?.indexOf(moment.time) ?? 0;
    if (at < 0) continue;
    written.set(usageId(before), { ...before, used: before.used - 1, times: before.times?.toSpliced(at, 1) ?? null });
  }
  return [...written.values()];
}
