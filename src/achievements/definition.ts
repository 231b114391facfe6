import {
  type DocumentNode,
  expected,
  type Faults,
  fields,
  flag,
  integer,
  list,
  mapping,
  report,
  required,
  text,
} from '../kernel/document.ts';
import { identified, isKnown, name, NAME_SHAPE } from '../kernel/document-names.ts';
import { MAX_POINTS } from '../kernel/points.ts';
import type { Achievement, Requirement, Tier } from './model.ts';
import { type Placed, reportRequirements } from './requirements.ts';
import { parseThreshold } from './strategies/threshold.ts';

/** What else the catalog declares. */
export interface AchievementContext {
  readonly metrics: readonly string[];
  readonly currencies: readonly string[];
  /** The highest value that a metric can ever have, null where there is no bound. */
  readonly highest: (metric: string) => number | null;
}

type Entries = ReadonlyMap<string, DocumentNode>;

const KEYS = ['id', 'name', 'metric', 'requires', 'secret', 'tiers'];
const TIER_KEYS = ['id', 'at', 'award'];

/** `achievements:`, what is unlocked once for ever. */
export function parseAchievements(
  faults: Faults,
  node: DocumentNode | undefined,
  context: AchievementContext,
): readonly Achievement[] {
  const placed: Placed[] = [];
  for (const { id, node: item, entries } of identified(faults, node, KEYS, 'achievement')) {
    const achievement = parseAchievement(faults, id, item, entries, context);
    placed.push({ id, requires: parseRequires(faults, entries.get('requires')), achievement });
  }
  reportRequirements(faults, placed);
  return placed.flatMap(({ achievement, requires }) =>
    achievement === undefined ? [] : [{ ...achievement, requires: requires.map(({ requirement }) => requirement) }],
  );
}

function parseAchievement(
  faults: Faults,
  id: string,
  node: DocumentNode,
  entries: Entries,
  context: AchievementContext,
): Achievement | undefined {
  const strategy = parseThreshold(faults, node, entries, context.metrics);
  const shown = entries.get('name');
  const called = (shown === undefined ? undefined : text(faults, shown, 'a name for people')) ?? id;
  const secret = entries.get('secret');
  const isSecret = (secret === undefined ? undefined : flag(faults, secret)) ?? false;
  const given = required(faults, node, entries, 'tiers');
  const tiers = given === undefined ? [] : parseTiers(faults, given, strategy?.metrics[0], context);
  if (strategy === undefined) return undefined;
  return { id, name: called, requires: [], secret: isSecret, strategy, tiers };
}

function parseTiers(
  faults: Faults,
  node: DocumentNode,
  metric: string | undefined,
  context: AchievementContext,
): readonly Tier[] {
  const items = list(faults, node, 'a list of tiers, as in [{ id: bronze, at: 1 }]') ?? [];
  if (node.kind === 'list' && items.length === 0) report(faults, node, 'expected at least one tier, as in { id: bronze, at: 1 }');
  const highest = metric === undefined ? null : context.highest(metric);
  const tiers: Tier[] = [];
  for (const item of items) {
    const tier = parseTier(faults, item, tiers, context);
    if (tier === undefined) continue;
    const before = tiers.at(-1);
    if (before !== undefined && tier.at <= before.at) {
      const why = `the tier "${before.id}" before it begins at ${before.at} already`;
      report(faults, item, `the tier "${tier.id}" can never be reached on its own: ${why}; tiers ascend`);
    } else if (highest !== null && tier.at > highest) {
      report(faults, item, `the tier "${tier.id}" can never be reached: "${metric}" ends at ${highest}`);
    }
    tiers.push(tier);
  }
  return tiers;
}

function parseTier(
  faults: Faults,
  node: DocumentNode,
  before: readonly Tier[],
  { currencies }: AchievementContext,
): Tier | undefined {
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

/** `requires: [committer, reviewer.gold]`. */
function parseRequires(
  faults: Faults,
  node: DocumentNode | undefined,
): readonly { readonly requirement: Requirement; readonly node: DocumentNode }[] {
  if (node === undefined) return [];
  const expected = 'the id of an achievement, as in committer, or one of its tiers, as in committer.gold';
  return (list(faults, node, 'a list of achievements, as in [committer]') ?? []).flatMap((item) => {
    const given = text(faults, item, expected);
    if (given === undefined) return [];
    const [achievement = '', tier = null, ...more] = given.split('.');
    if (more.length > 0 || achievement === '' || tier === '') return report(faults, item, `expected ${expected}`) ?? [];
    return [{ requirement: { achievement, tier }, node: item }];
  });
}

export const achievementsSchema = {
  description: 'What is unlocked once for ever.',
  type: ['array', 'null'],
  maxItems: 1_000,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'metric', 'tiers'],
    properties: {
      id: { description: 'Its name in the API and in requires.', type: 'string', ...NAME_SHAPE },
      name: { description: 'Its name for people; the id where there is none.', type: 'string', minLength: 1, maxLength: 200 },
      metric: { description: 'Name of the metric whose value is the progress.', type: 'string' },
      requires: {
        description: 'Achievements that have to be unlocked first: by id, or up to a tier, as in committer.gold.',
        type: 'array',
        items: { type: 'string', minLength: 1 },
      },
      secret: { description: 'Not shown to the user before it is unlocked.', type: 'boolean' },
      tiers: {
        description: 'Steps in ascending order, each unlocked once.',
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
      },
    },
  },
} as const;
