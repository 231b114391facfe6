import type { JsonObject } from '../../kernel/json.ts';
import { silentIn } from './unlock-facts.ts';

/** One time that a tier was unlocked. */
export interface Occurrence {
  /** Of the event or command in the log; null where the log does not tell. */
  readonly position: number | null;
  /** Milliseconds; null where the log does not tell. */
  readonly at: number | null;
  /** Of the fact that announced it; null where none did. */
  readonly fact: number | null;
  /** Of a tier that is unlocked in every period: which one. */
  readonly period: string | null;
}

/** What the log tells of a user's unlocks and points, and what it belongs to. */
export interface EffectFact {
  readonly position: number;
  readonly type: string;
  readonly data: JsonObject;
  /** Position of the fact that brought it about; null: it came from outside. */
  readonly cause: number | null;
  readonly root: number;
  /** Milliseconds. */
  readonly occurredAt: number;
}

/** What unlocks were left, by `achievement tier`, in the order in which they came. */
export function occurrencesIn(facts: readonly EffectFact[]): ReadonlyMap<string, readonly Occurrence[]> {
  const known = new Map<string, readonly Occurrence[]>();
  const undone = new Map<number, number>();
  for (const { position: fact, type, data, root, occurredAt: at } of facts) {
    const {
      achievement,
      tier,
      left,
      period = null,
    } = data as Readonly<Record<'achievement' | 'tier', string>> & {
      readonly left?: number;
      readonly period?: string;
    };
    const id = `${achievement} ${tier}`;
    const before = known.get(id) ?? [];
    if (type === 'event.undone') undone.set(root, Number(data['position']));
    else if (type === 'achievement.unlocked') known.set(id, [...before, { position: root, at, fact, period }]);
    else if (type === 'achievement.revoked') {
      const gone = left === undefined ? before : lastOf(before, before.length - left, undone.get(root) ?? null, period);
      known.set(
        id,
        before.filter((one) => !gone.includes(one)),
      );
    } else if (type === 'metrics.backfilled') {
      for (const silent of silentIn(data)) {
        known.set(silent, [...(known.get(silent) ?? []), { position: root, at, fact: null, period: null }]);
      }
    }
  }
  return known;
}

/** Which of a tier's unlocks are lost by undoing something: those of the event itself before all others, then the newest. */
export function lastOf<T extends Pick<Occurrence, 'position' | 'period'>>(
  all: readonly T[],
  count: number,
  event: number | null,
  period: string | null,
): readonly T[] {
  const newest = all.filter((one) => period === null || one.period === period).toReversed();
  const isOwn = (one: T): boolean => event !== null && one.position === event;
  return [...newest.filter(isOwn), ...newest.filter((one) => !isOwn(one))].slice(0, Math.max(0, count));
}

/** Where transfers (`tr_…`) were announced, and what for. */
export function transfersIn(facts: readonly EffectFact[]): ReadonlyMap<string, Pick<EffectFact, 'root' | 'cause'>> {
  return new Map(
    facts.flatMap(({ type, data: { transfer }, root, cause }) =>
      type.startsWith('points.') && typeof transfer === 'string' ? [[transfer, { root, cause }] as const] : [],
    ),
  );
}

/** Transfers (`tr_…`) that were taken back when nothing of them was left: there is no entry of it. */
export function takenWithoutEntry(facts: readonly EffectFact[]): ReadonlySet<string> {
  return new Set(facts.flatMap(({ data: { spent } }) => (Array.isArray(spent) ? spent.map(String) : [])));
}
