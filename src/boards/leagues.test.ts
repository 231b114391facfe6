import { describe, expect, it } from 'vitest';
import { zoneOf } from './leagues.ts';

const leagues = { tiers: ['bronze', 'silver', 'gold'], size: 5, promote: 2, relegate: 2 };
const zones = (tier: string, size: number): readonly (string | null)[] =>
  Array.from({ length: size }, (_, at) => zoneOf(leagues, tier, at + 1, size)?.slice(0, 1) ?? null);

describe('who rises and who falls', () => {
  it.each([
    ['silver', 5, ['p', 'p', null, 'r', 'r']],
    ['bronze', 5, ['p', 'p', null, null, null]],
    ['gold', 5, [null, null, null, 'r', 'r']],
    ['silver', 3, ['p', 'p', 'r']],
    ['silver', 2, ['p', 'p']],
    ['silver', 1, ['p']],
    ['gold', 1, [null]],
    ['gold', 3, [null, null, 'r']],
  ] as const)('in a cohort of %s with %i members', (tier, size, expected) => expect(zones(tier, size)).toEqual(expected));
});
