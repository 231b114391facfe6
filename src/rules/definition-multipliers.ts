import type { Declarations } from '../kernel/conditions/index.ts';
import { type DocumentNode, type Faults, fields, report, text } from '../kernel/document.ts';
import { named, NAME_SHAPE } from '../kernel/document-names.ts';
import { computedAt, conditionAt } from '../kernel/expression-node.ts';
import { parseTime } from '../kernel/time.ts';
import { MAX_FACTOR, parseTiered, tieredSchema } from './definition-tiers.ts';
import type { FactorMultiplier, Multiplier } from './model.ts';

/** What else the catalog declares. */
export interface MultiplierContext {
  readonly metrics: readonly string[];
  readonly streaks: readonly string[];
}

const KEYS = ['when', 'from', 'to', 'factor', 'streak', 'tiers'];
const FACTOR = `a number above 0 and at most ${MAX_FACTOR}, or an expression in quotes`;

/** `multipliers:`, factors on awards. They apply to any rule, so their expressions may name any field of the event. */
export function parseMultipliers(
  faults: Faults,
  node: DocumentNode | undefined,
  { metrics, streaks }: MultiplierContext,
): readonly Multiplier[] {
  const declarations = { data: null, metrics };
  return named(faults, node, 'a mapping from multipliers to their definition').flatMap(([id, definition]) => {
    const multiplier = parseMultiplier(faults, id, definition, declarations, streaks);
    return multiplier === undefined ? [] : [multiplier];
  });
}

function parseMultiplier(
  faults: Faults,
  id: string,
  node: DocumentNode,
  declarations: Declarations,
  streaks: readonly string[],
): Multiplier | undefined {
  const entries = fields(faults, node, KEYS, 'a multiplier, as in { factor: 2 }');
  if (entries === undefined) return undefined;
  const when = entries.get('when');
  const condition = (when === undefined ? undefined : conditionAt(faults, when, declarations)) ?? null;
  const from = parseInstant(faults, entries.get('from'));
  const to = parseInstant(faults, entries.get('to'));
  if (from !== null && to !== null && from >= to)
    report(faults, entries.get('to') ?? node, '"to" must be later than "from": it applies to from ≤ t < to');
  if (entries.has('streak') || entries.has('tiers')) {
    const tiered = parseTiered(faults, node, entries, streaks);
    return tiered === undefined ? undefined : { id, when: condition, from, to, kind: 'streak', ...tiered };
  }
  const given = entries.get('factor');
  if (given === undefined) return report(faults, node, '"factor" is missing, or "streak" and "tiers" in its place');
  const factor = parseFactor(faults, given, declarations);
  return factor === undefined ? undefined : { id, when: condition, from, to, kind: 'factor', factor };
}

function parseFactor(faults: Faults, node: DocumentNode, declarations: Declarations): FactorMultiplier['factor'] | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'number') {
    if (node.value > 0 && node.value <= MAX_FACTOR) return node.value;
    return report(faults, node, `expected ${FACTOR}, found ${node.value}`);
  }
  if (node.kind === 'scalar' && typeof node.value === 'string' && isNumberInQuotes(node.value)) {
    return report(faults, node, `expected ${FACTOR}, found the text "${node.value}": write the number without quotes`);
  }
  return computedAt(faults, node, declarations, FACTOR);
}

/** A number that somebody put in quotes: taken for an expression it would escape the check of its range. */
export function isNumberInQuotes(source: string): boolean {
  return source.trim() !== '' && !Number.isNaN(Number(source));
}

function parseInstant(faults: Faults, node: DocumentNode | undefined): number | null {
  if (node === undefined) return null;
  const expected = 'a time of RFC 3339, such as 2026-12-05T00:00:00Z';
  const given = text(faults, node, expected);
  if (given === undefined) return null;
  const time = parseTime(given);
  if (time === undefined) report(faults, node, `expected ${expected}, found "${given}"`);
  return time?.ms ?? null;
}

/** JSON Schema (draft 2020-12) of `multipliers:`, for editors; the catalog's own check says more. */
export const multipliersSchema = {
  description: 'Factors on the awards of rules. By name; all that apply are multiplied, and the product is rounded once.',
  type: ['object', 'null'],
  propertyNames: { ...NAME_SHAPE },
  maxProperties: 1_000,
  additionalProperties: {
    description: 'A factor of its own, or one by the length of a streak; where and when it applies may be narrowed.',
    type: 'object',
    properties: {
      factor: {
        description: 'A number above 0, or a CEL expression, such as "1 + 0.05 * (user.level - 1)".',
        anyOf: [
          { type: 'number', exclusiveMinimum: 0, maximum: MAX_FACTOR },
          { type: 'string', minLength: 1 },
        ],
      },
      ...tieredSchema,
      when: {
        description: 'Condition in CEL, such as "user.attributes.vip == true"; it applies where that is true.',
        type: 'string',
        minLength: 1,
      },
      from: { description: 'It applies to events from this time on: RFC 3339, such as 2026-12-05T00:00:00Z.', type: 'string' },
      to: { description: 'It applies to events before this time: RFC 3339, such as 2026-12-07T00:00:00Z.', type: 'string' },
    },
    oneOf: [{ required: ['factor'] }, { required: ['streak', 'tiers'] }],
    dependentRequired: { streak: ['tiers'], tiers: ['streak'] },
    additionalProperties: false,
  },
} as const;
