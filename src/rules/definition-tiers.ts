import { type DocumentNode, expected, type Faults, fields, integer, list, report, required } from '../kernel/document.ts';
import { reference, withinBounds } from '../kernel/document-names.ts';
import type { StreakTier } from './model.ts';

type Entries = ReadonlyMap<string, DocumentNode>;

/** Above this a factor is taken for a slip of the pen. */
export const MAX_FACTOR = 1_000;
/** Never an expression: people are told what awaits them at each tier. */
const TIER_FACTOR = `a number from 0 to ${MAX_FACTOR}`;
/** Days: more than a lifetime, as a bound on slips of the pen. */
const MAX_LENGTH = 100_000;

/** `{ streak: daily, tiers: [{ from: 3, factor: 1.1 }] }` */
export function parseTiered(
  faults: Faults,
  node: DocumentNode,
  entries: Entries,
  streaks: readonly string[],
): { readonly streak: string; readonly tiers: readonly StreakTier[] } | undefined {
  const factor = entries.get('factor');
  if (factor !== undefined) report(faults, factor, 'a multiplier by a streak has its factors in "tiers", and no "factor"');
  const named = required(faults, node, entries, 'streak');
  const streak = named === undefined ? undefined : reference(faults, named, 'streak', streaks);
  const given = required(faults, node, entries, 'tiers');
  const tiers = given === undefined ? [] : parseTiers(faults, given);
  return streak === undefined || tiers.length === 0 ? undefined : { streak, tiers };
}

function parseTiers(faults: Faults, node: DocumentNode): readonly StreakTier[] {
  const items = list(faults, node, 'a list of tiers, as in [{ from: 3, factor: 1.1 }]') ?? [];
  if (node.kind === 'list' && items.length === 0)
    report(faults, node, 'expected at least one tier, as in { from: 3, factor: 1.1 }');
  if (!withinBounds(faults, node, items.length)) return [];
  const tiers: StreakTier[] = [];
  for (const item of items) {
    const tier = parseTier(faults, item);
    if (tier === undefined) continue;
    const before = tiers.at(-1);
    if (before !== undefined && tier.from <= before.from)
      report(faults, item, `tiers ascend: this one begins at ${tier.from}, the one before it at ${before.from}`);
    tiers.push(tier);
  }
  return tiers;
}

function parseTier(faults: Faults, node: DocumentNode): StreakTier | undefined {
  const entries = fields(faults, node, ['from', 'factor'], 'a tier, as in { from: 3, factor: 1.1 }');
  if (entries === undefined) return undefined;
  const begin = required(faults, node, entries, 'from');
  const from =
    begin === undefined ? undefined : integer(faults, begin, 1, MAX_LENGTH, `a whole number of days from 1 to ${MAX_LENGTH}`);
  const given = required(faults, node, entries, 'factor');
  const factor = given === undefined ? undefined : parseTierFactor(faults, given);
  return from === undefined || factor === undefined ? undefined : { from, factor };
}

function parseTierFactor(faults: Faults, node: DocumentNode): number | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'number') return expected(faults, node, TIER_FACTOR);
  return node.value >= 0 && node.value <= MAX_FACTOR ? node.value : expected(faults, node, TIER_FACTOR);
}

/** Keys of a multiplier by a streak. */
export const tieredSchema = {
  streak: { description: 'Name of the streak whose length chooses the tier.', type: 'string' },
  tiers: {
    description: 'Ascending; the last tier that the streak has reached applies, and none below the first.',
    type: 'array',
    minItems: 1,
    maxItems: 1_000,
    items: {
      description: 'From a length of the streak on: its factor.',
      type: 'object',
      properties: {
        from: { description: 'Length of the streak in days.', type: 'integer', minimum: 1, maximum: MAX_LENGTH },
        factor: { description: 'A number such as 1.1.', type: 'number', minimum: 0, maximum: MAX_FACTOR },
      },
      required: ['from', 'factor'],
      additionalProperties: false,
    },
  },
} as const;
