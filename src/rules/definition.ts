import type { Declarations } from '../kernel/conditions/index.ts';
import { anyOf, type DocumentNode, type Faults, integer, list, mapping, report, required } from '../kernel/document.ts';
import { identified, isKnown, NAME_SHAPE } from '../kernel/document-names.ts';
import { computedAt, conditionAt } from '../kernel/expression-node.ts';
import type { Listen } from '../kernel/listening.ts';
import { MAX_POINTS } from '../kernel/points.ts';
import { limitsSchema, parseLimits } from './definition-limits.ts';
import { isNumberInQuotes } from './definition-multipliers.ts';
import { type Placed, reportLoops } from './loops.ts';
import type { Grant, Multiplier, Rule } from './model.ts';

/** What else the catalog declares. */
export interface RuleContext {
  readonly listen: Listen;
  readonly currencies: readonly string[];
  readonly metrics: readonly string[];
  /** All names under `multipliers`, those with faults of their own too. */
  readonly multiplierNames: readonly string[];
  readonly multipliers: readonly Multiplier[];
}

type Entries = ReadonlyMap<string, DocumentNode>;

const KEYS = ['id', 'on', 'when', 'award', 'adjust', 'multipliers', 'limit'];

/** `rules:`, what events earn. */
export function parseRules(faults: Faults, node: DocumentNode | undefined, context: RuleContext): readonly Rule[] {
  const rules: Placed[] = [];
  for (const { id, node: item, entries } of identified(faults, node, KEYS, 'rule')) {
    const rule = parseRule(faults, id, item, entries, context);
    if (rule !== undefined) rules.push({ rule, node: entries.get('on') ?? item });
  }
  reportLoops(faults, rules);
  return rules.map(({ rule }) => rule);
}

function parseRule(faults: Faults, id: string, node: DocumentNode, entries: Entries, context: RuleContext): Rule | undefined {
  const pattern = required(faults, node, entries, 'on');
  const listener = pattern === undefined ? undefined : context.listen(faults, pattern);
  const declarations = { data: listener?.data ?? null, metrics: context.metrics };
  const when = entries.get('when');
  const condition = when === undefined ? undefined : conditionAt(faults, when, declarations);
  if (!entries.has('award') && !entries.has('adjust'))
    report(faults, node, '"award" is missing: a rule gives something, by award or adjust');
  const awards = parseGrants(faults, entries.get('award'), context, declarations, AWARD);
  const adjusts = parseGrants(faults, entries.get('adjust'), context, declarations, ADJUST);
  const limits = parseLimits(faults, entries.get('limit'));
  const named = entries.get('multipliers');
  const multipliers = chosen(faults, named, context);
  if (listener === undefined) return undefined;
  const { on, matches } = listener;
  const boosted = named?.kind !== 'list' || named.items.length > 0;
  return { id, on, matches, when: condition ?? null, awards, adjusts, multipliers, boosted, limits };
}

/** Numbers a grant may be: an award gives, an adjustment may take too. */
interface Range {
  readonly least: number;
  readonly what: string;
}
const AWARD: Range = { least: 1, what: 'a whole number of points from 1 to 2^53 − 1, or an expression in quotes' };
const ADJUST: Range = { least: -MAX_POINTS, what: 'a whole number of points, not 0, or an expression in quotes' };

function parseGrants(
  faults: Faults,
  node: DocumentNode | undefined,
  { currencies }: RuleContext,
  declarations: Declarations,
  range: Range,
): readonly Grant[] {
  if (node === undefined) return [];
  const entries = mapping(faults, node, 'a mapping from currencies to amounts, as in { points: 10 }');
  if (entries?.size === 0) report(faults, node, 'expected at least one currency, as in { points: 10 }');
  const grants: Grant[] = [];
  for (const [currency, given] of entries ?? []) {
    const known = isKnown(faults, given, 'currency', currency, currencies);
    const amount = parseAmount(faults, given, declarations, range);
    if (known && amount !== undefined) grants.push({ currency, amount });
  }
  return grants;
}

function parseAmount(
  faults: Faults,
  node: DocumentNode,
  declarations: Declarations,
  { least, what }: Range,
): Grant['amount'] | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') {
    const amount = integer(faults, node, least, MAX_POINTS, what);
    return amount === 0 ? report(faults, node, `expected ${what}, found 0`) : amount;
  }
  if (isNumberInQuotes(node.value))
    return report(faults, node, `expected ${what}, found the text "${node.value}": write the number without quotes`);
  return computedAt(faults, node, declarations, what);
}

/** `multipliers:` of a rule; all of them where it says nothing. */
function chosen(
  faults: Faults,
  node: DocumentNode | undefined,
  { multiplierNames, multipliers }: RuleContext,
): readonly Multiplier[] {
  if (node === undefined) return multipliers;
  const names = new Set<string>();
  for (const item of list(faults, node, 'a list of multipliers, as in [vip]') ?? []) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string')
      report(faults, item, `expected ${anyOf(multiplierNames) || 'a multiplier'}`);
    else if (names.has(item.value)) report(faults, item, `the multiplier "${item.value}" is there twice`);
    else if (isKnown(faults, item, 'multiplier', item.value, multiplierNames)) names.add(item.value);
  }
  return multipliers.filter(({ id }) => names.has(id));
}

const expression = { description: 'A CEL expression, such as "event.data.files * 2".', type: 'string', minLength: 1 } as const;

/** JSON Schema (draft 2020-12) of `rules:`, for editors; the catalog's own check says more. */
export const rulesSchema = {
  description: 'What events earn.',
  type: ['array', 'null'],
  maxItems: 1_000,
  items: {
    description: 'A rule: for events of a type, where its condition holds, it gives something, by award or adjust.',
    type: 'object',
    properties: {
      id: {
        description: 'Name of the rule, the only one so called.',
        type: 'string',
        ...NAME_SHAPE,
      },
      on: {
        description: 'Events it listens to: a type such as code.commit, or a pattern such as code.*',
        type: 'string',
        minLength: 1,
        maxLength: 1_000,
      },
      when: {
        description: 'Condition in CEL, such as "event.data.files < 1000"; the rule pays where it is true.',
        type: 'string',
        minLength: 1,
      },
      award: {
        description: 'Points given, by currency, before multipliers.',
        type: 'object',
        minProperties: 1,
        additionalProperties: { anyOf: [{ type: 'integer', minimum: AWARD.least, maximum: MAX_POINTS }, expression] },
      },
      adjust: {
        description: 'Points given or taken, by currency, without multipliers; only for events of admin keys.',
        type: 'object',
        minProperties: 1,
        additionalProperties: {
          anyOf: [{ type: 'integer', minimum: ADJUST.least, maximum: MAX_POINTS, not: { const: 0 } }, expression],
        },
      },
      multipliers: {
        description:
          'Names of the multipliers that count; all where this is left out, none where it is empty, and then no boosts.',
        type: 'array',
        items: { type: 'string' },
        uniqueItems: true,
      },
      limit: limitsSchema,
    },
    required: ['id', 'on'],
    anyOf: [{ required: ['award'] }, { required: ['adjust'] }],
    additionalProperties: false,
  },
} as const;
