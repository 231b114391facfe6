import { type DocumentNode, type Faults, fields, integer, list, report, required } from '../kernel/document.ts';
import { name, NAME_SHAPE } from '../kernel/document-names.ts';
import type { BoardPeriod, Leagues } from './model.ts';

const KEYS = ['tiers', 'size', 'promote', 'relegate'];
const MAX_TIERS = 20;
/** Users of one cohort: it is read as a whole. */
const MAX_SIZE = 1_000;

/** `leagues:` of a board. */
export function parseLeagues(faults: Faults, node: DocumentNode | undefined, period: BoardPeriod): Leagues | null {
  if (node === undefined) return null;
  if (period === 'all') report(faults, node, 'leagues move when a period closes: the board needs a "period"');
  const entries = fields(faults, node, KEYS, 'leagues, as in { tiers: [bronze, silver], size: 30, promote: 7, relegate: 5 }');
  if (entries === undefined) return null;
  const number = (key: string, least: number, what: string): number | undefined => {
    const given = required(faults, node, entries, key);
    return given === undefined ? undefined : integer(faults, given, least, MAX_SIZE, `${what}, from ${least} to ${MAX_SIZE}`);
  };
  const given = required(faults, node, entries, 'tiers');
  const tiers = given === undefined ? undefined : parseTiers(faults, given);
  const size = number('size', 2, 'how many users a cohort has at most');
  const promote = number('promote', 0, 'how many of a cohort rise');
  const relegate = number('relegate', 0, 'how many of a cohort fall');
  if (tiers === undefined || size === undefined || promote === undefined || relegate === undefined) return null;
  if (promote + relegate > size)
    report(faults, node, `more rise and fall (${promote} + ${relegate}) than a cohort has users (${size})`);
  else if (promote + relegate === 0) report(faults, node, 'nobody ever rises or falls: expected "promote" or "relegate" above 0');
  return { tiers, size, promote, relegate };
}

function parseTiers(faults: Faults, node: DocumentNode): readonly string[] | undefined {
  const items = list(faults, node, 'a list of tiers from the lowest on, as in [bronze, silver, gold]');
  if (items === undefined) return undefined;
  if (items.length < 2 || items.length > MAX_TIERS)
    return report(faults, node, `expected 2 to ${MAX_TIERS} tiers, from the lowest on; this has ${items.length}`);
  const tiers: string[] = [];
  for (const item of items) {
    const tier = name(faults, item, 'the name of a tier');
    if (tier === undefined) continue;
    if (tiers.includes(tier)) report(faults, item, `the tier "${tier}" is there twice`);
    tiers.push(tier);
  }
  return tiers;
}

export const leaguesSchema = {
  description: 'Tiers in which users compete in cohorts; those ahead rise at the end of a period, those behind fall.',
  type: 'object',
  additionalProperties: false,
  required: KEYS,
  properties: {
    tiers: {
      description: 'From the lowest on, where everybody begins.',
      type: 'array',
      minItems: 2,
      maxItems: MAX_TIERS,
      uniqueItems: true,
      items: { type: 'string', ...NAME_SHAPE },
    },
    size: { description: 'How many users a cohort has at most.', type: 'integer', minimum: 2, maximum: MAX_SIZE },
    promote: { description: 'How many of a cohort rise.', type: 'integer', minimum: 0, maximum: MAX_SIZE },
    relegate: { description: 'How many of a cohort fall.', type: 'integer', minimum: 0, maximum: MAX_SIZE },
  },
} as const;
