import {
  type DocumentNode,
  expected,
  type Faults,
  fields,
  integer,
  list,
  mapping,
  report,
  required,
} from '../kernel/document.ts';
import { isKnown, name, NAME_SHAPE } from '../kernel/document-names.ts';
import { MAX_POINTS } from '../kernel/points.ts';
import type { Tier } from './model.ts';
import type { ParsedStrategy } from './strategies/strategy.ts';

/** What tiers depend on. */
interface TierContext {
  readonly highest: ParsedStrategy['highest'];
  readonly currencies: readonly string[];
}

const TIER_KEYS = ['id', 'at', 'award'];

/** `tiers:`, in ascending order. */
export function parseTiers(faults: Faults, node: DocumentNode, context: TierContext): readonly Tier[] {
  const items = list(faults, node, 'a list of tiers, as in [{ id: bronze, at: 1 }]') ?? [];
  if (node.kind === 'list' && items.length === 0) report(faults, node, 'expected at least one tier, as in { id: bronze, at: 1 }');
  const { highest } = context;
  const tiers: Tier[] = [];
  for (const item of items) {
    const tier = parseTier(faults, item, tiers, context.currencies);
    if (tier === undefined) continue;
    const before = tiers.at(-1);
    if (before !== undefined && tier.at <= before.at) {
      const why = `the tier "${before.id}" before it begins at ${before.at} already`;
      report(faults, item, `the tier "${tier.id}" can never be reached on its own: ${why}; tiers ascend`);
    } else if (highest !== null && tier.at > highest.value) {
      report(faults, item, `the tier "${tier.id}" can never be reached: ${highest.why}`);
    }
    tiers.push(tier);
  }
  return tiers;
}

function parseTier(faults: Faults, node: DocumentNode, before: readonly Tier[], currencies: readonly string[]): Tier | undefined {
  const entries = fields(faults, node, TIER_KEYS, 'a tier, as in { id: bronze, at: 1 }');
  if (entries === undefined) return undefined;
  const givenId = required(faults, node, entries, 'id');
  const id = givenId === undefined ? undefined : name(faults, givenId, 'the id of the tier');
  if (id !== undefined && givenId !== undefined && before.some((tier) => tier.id === id)) {
    report(faults, givenId, `the tier "${id}" is there twice`);
  }
  const givenAt = required(faults, node, entries, 'at');
  const at = givenAt === undefined ? undefined : threshold(faults, givenAt);
  const rewards = parseRewards(faults, entries.get('award'), currencies);
  return id === undefined || at === undefined ? undefined : { id, number: -1, at, rewards };
}

function threshold(faults: Faults, node: DocumentNode): number | undefined {
  const what = 'a number above 0 and at most 2^53 − 1, the progress that unlocks the tier';
  if (node.kind === 'scalar' && typeof node.value === 'number' && node.value > 0 && node.value <= MAX_POINTS) return node.value;
  if (node.kind === 'scalar' && node.value === 0) return report(faults, node, `expected ${what}, found 0: everybody has that`);
  return expected(faults, node, what);
}

function parseRewards(faults: Faults, node: DocumentNode | undefined, currencies: readonly string[]): Tier['rewards'] {
  if (node === undefined) return [];
  const entries = mapping(faults, node, 'a mapping from currencies to amounts, as in { points: 50 }');
  return [...(entries ?? [])].flatMap(([currency, given]) => {
    const known = isKnown(faults, given, 'currency', currency, currencies);
    const amount = integer(faults, given, 1, MAX_POINTS, 'a whole number of points from 1 to 2^53 − 1');
    return known && amount !== undefined ? [{ currency, amount }] : [];
  });
}

export const tiersSchema = {
  description: 'Steps in ascending order; where there are none, an achievement that is not by a metric has one, "done".',
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'at'],
    properties: {
      id: { description: 'Its name within the achievement.', type: 'string', ...NAME_SHAPE },
      at: { description: 'The progress that unlocks it.', type: 'number', exclusiveMinimum: 0, maximum: MAX_POINTS },
      award: {
        description: 'Points for unlocking it, by currency.',
        type: 'object',
        additionalProperties: { type: 'integer', minimum: 1, maximum: MAX_POINTS },
      },
    },
  },
} as const;
