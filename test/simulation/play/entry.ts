import { matches } from '../catalog/entry.ts';
import type { View } from '../catalog/expression.ts';
import type { Plan, PlannedMetric } from './plan.ts';

/** What moved a balance. All of them stay for ever; what was taken back has another one against it. */
export interface Move {
  readonly kind: 'award' | 'spend' | 'adjust' | 'gift' | 'reverse';
  readonly rule: string;
  readonly currency: string;
  /** Signed. */
  readonly amount: number;
  /** Whether it counts against the cap of its currency. */
  readonly isCapped: boolean;
  isTakenBack: boolean;
}

/** One time that a tier was unlocked. */
export interface Unlock {
  readonly achievement: string;
  readonly tier: string;
  /** Of a tier that is unlocked in every period: which one. */
  readonly period: string | null;
  readonly rewards: readonly Move[];
}

/** What something counted in a metric. */
export interface Step {
  readonly metric: string;
  readonly value: number | string;
}

/** Something that was accepted about one user, and all that came of it, in order. */
export interface Entry {
  /** Id of the event; null for what was no event. */
  readonly event: string | null;
  readonly type: string;
  readonly data: Readonly<Record<string, string | number>>;
  readonly ms: number;
  readonly day: string;
  readonly levelBefore: number;
  /** Boards whose period was closed when it came. */
  readonly closed: readonly string[];
  steps: Step[];
  /** What metrics that mirror a state showed after it. */
  shown: Step[];
  /** Streaks that it counts for. */
  streaks: string[];
  /** Rules that gave something. */
  paid: string[];
  moves: Move[];
  unlocks: Unlock[];
  isUndone: boolean;
}

export interface Person {
  readonly user: string;
  zone: string | null;
  entries: Entry[];
  /** A level that was kept when what led to it was undone. */
  levelFloor: number;
  /** The highest milestone that was paid, by streak. */
  milestones: Record<string, number>;
}

/** Metrics of the catalog, and one for each sequence. */
export type Counter = PlannedMetric | { readonly name: string; readonly kind: 'sequence'; readonly steps: readonly string[] };

export function countersOf(plan: Plan): readonly Counter[] {
  const sequences = plan.achievements.flatMap((one) =>
    one.kind === 'sequence' ? [{ name: sequenceName(one.id), kind: one.kind, steps: one.steps }] : [],
  );
  return [...plan.metrics, ...sequences];
}

export function sequenceName(achievement: string): string {
  return `@sequence/${achievement}`;
}

/** What conditions see of an event. */
export function viewOf({ type, data, levelBefore }: Entry, metric: (name: string) => number = () => Number.NaN): View {
  return { type, data, hour: 0, weekday: 0, attributes: {}, level: levelBefore, metric, value: Number.NaN };
}

export function isOf(pattern: string, { event, type }: Entry): boolean {
  return event !== null && matches(pattern, type);
}
