import type { View } from './expression.ts';

/** What an award, a spending, an adjustment or a gift did to a balance. */
export interface Move {
  readonly kind: 'award' | 'spend' | 'adjust' | 'gift';
  readonly currency: string;
  /** Signed. */
  readonly amount: number;
}

/** Something that was accepted about one user, and what came of it. All of the model follows from lists of these. */
export interface Entry {
  /** Type of the event; null for a transfer. */
  readonly type: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** Of the user, as they were then. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly ms: number;
  readonly day: string;
  readonly hour: number;
  readonly weekday: number;
  readonly acceptedAt: number;
  readonly levelBefore: number;
  readonly moves: Move[];
  /** Rules that gave something. */
  readonly paid: string[];
  /** `achievement.tier` */
  readonly unlocked: string[];
}

export type Entries = readonly Entry[];

/** What the conditions of metrics and streaks see; those of rules see metrics, too. */
export function viewOf(entry: Entry, metric: (name: string) => number = () => Number.NaN): View {
  const { type, data, hour, weekday, attributes, levelBefore } = entry;
  return { type: type ?? '', data, hour, weekday, attributes, level: levelBefore, metric, value: Number.NaN };
}

export function matches(pattern: string, type: string | null): boolean {
  if (type === null) return false;
  if (pattern === '*') return true;
  return matchesSegments(pattern.split('.'), type.split('.'));
}

function matchesSegments([wanted, ...more]: readonly string[], [given, ...rest]: readonly string[]): boolean {
  if (wanted === undefined || given === undefined) return wanted === given;
  if (wanted === '*' && more.length === 0) return true;
  return (wanted === '*' || wanted === given) && matchesSegments(more, rest);
}
