import type { JsonObject } from '../../kernel/json.ts';

/** What the log says about a user's unlocks. */
export interface UnlockFact {
  readonly account: number;
  readonly type: string;
  readonly data: JsonObject;
}

/** `achievement tier` of everything that is unlocked, by facts in order of position. */
export function unlocksIn(facts: readonly UnlockFact[]): ReadonlySet<string> {
  const unlocked = new Set<string>();
  for (const { type, data } of facts) {
    const { achievement, tier, left } = data as { readonly achievement?: string; readonly tier?: string; readonly left?: number };
    const id = `${achievement} ${tier}`;
    if (type === 'achievement.unlocked') unlocked.add(id);
    else if (type === 'achievement.revoked') {
      // Of one that was unlocked several times, some may be left.
      if (left === undefined) unlocked.delete(id);
    } else for (const silent of silentIn(data)) unlocked.add(silent);
  }
  return unlocked;
}

/** A backfill that was to be silent told what it unlocked in its own fact. */
export function silentIn({ unlocked }: JsonObject): readonly string[] {
  return Array.isArray(unlocked) ? unlocked.map(String) : [];
}
