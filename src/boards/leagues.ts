import type { Leagues } from './model.ts';

/** Where a cohort's member stands: among those who rise, or who fall, if the period ended now. */
export type Zone = 'promotion' | 'relegation';

/**
 * `place`: order in the cohort, from 1; `size`: members that scored. Those ahead come first: in a cohort too small for both,
 * who would rise does not fall. From the highest tier nobody rises, from the lowest nobody falls.
 */
export function zoneOf(leagues: Leagues, tier: string, place: number, size: number): Zone | null {
  const { tiers, promote, relegate } = leagues;
  const at = tiers.indexOf(tier);
  if (place <= promote) return at < tiers.length - 1 ? 'promotion' : null;
  return place > size - relegate && at > 0 ? 'relegation' : null;
}
