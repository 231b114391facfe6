import type { Clock, Tx } from '../kernel/ports.ts';
import { countUnlocks, countUsers } from './summary-store.ts';

/** How many of all users have each tier, as it was lately. */
export interface Rarity {
  /** In percent, to three digits; 0 where nobody has it. */
  share(achievement: string, tier: string): number;
}

/** Counts are not taken again before they are this old. Milliseconds. */
const FRESH = 30_000;
/** Nor before this many times as long has passed as taking them took: it reads an index from end to end. */
const PAUSE = 100;

/** Counts that all requests of a process share. Whoever asks while they are taken again gets those of before, if any. */
export function createRarity(read: Pick<Tx, 'query'>, clock: Clock): () => Promise<Rarity> {
  let known: Rarity | undefined;
  let until = 0;
  let counting: Promise<Rarity> | undefined;

  async function count(): Promise<Rarity> {
    const started = clock.now();
    const [tiers, users] = await Promise.all([countUnlocks(read), countUsers(read)]);
    const byTier = new Map(tiers.map((row) => [`${row.achievement} ${row.tier}`, row.users]));
    const now = clock.now();
    until = now + Math.max(FRESH, PAUSE * (now - started));
    known = { share: (achievement, tier) => percent(byTier.get(`${achievement} ${tier}`) ?? 0, users) };
    return known;
  }

  return async () => {
    if (known !== undefined && clock.now() < until) return known;
    counting ??= count().finally(() => {
      counting = undefined;
    });
    if (known === undefined) return counting;
    // The next one who asks after a failure tries again.
    counting.catch(() => undefined);
    return known;
  };
}

function percent(part: number, all: number): number {
  return Number(((100 * Math.min(part, all)) / Math.max(all, 1)).toPrecision(3));
}
