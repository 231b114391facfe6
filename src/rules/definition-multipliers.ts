import type { Declarations } from '../kernel/conditions/index.ts';
import { type DocumentNode, type Faults, fields, report, required, text } from '../kernel/document.ts';
import { named } from '../kernel/document-names.ts';
import { computedAt, conditionAt } from '../kernel/expression-node.ts';
import { parseTime } from '../kernel/time.ts';
import type { Multiplier } from './model.ts';

/** Above this a factor is taken for a slip of the pen. */
const MAX_FACTOR = 1_000;
const FACTOR = `a number above 0 and at most ${MAX_FACTOR}, or an expression in quotes`;

/** `multipliers:`, factors on awards. They apply to any rule, so their expressions may name any field of the event. */
export function parseMultipliers(
  faults: Faults,
  node: DocumentNode | undefined,
  metrics: readonly string[],
): readonly Multiplier[] {
  const declarations = { data: null, metrics };
  return named(faults, node, 'a mapping from multipliers to their definition').flatMap(([id, definition]) => {
    const multiplier = parseMultiplier(faults, id, definition, declarations);
    return multiplier === undefined ? [] : [multiplier];
  });
}

function parseMultiplier(faults: Faults, id: string, node: DocumentNode, declarations: Declarations): Multiplier | undefined {
  const entries = fields(faults, node, ['when', 'from', 'to', 'factor'], 'a multiplier, as in { factor: 2 }');
  if (entries === undefined) return undefined;
  const given = required(faults, node, entries, 'factor');
  const factor = given === undefined ? undefined : parseFactor(faults, given, declarations);
  const when = entries.get('when');
  const condition = when === undefined ? undefined : conditionAt(faults, when, declarations);
  const from = parseInstant(faults, entries.get('from'));
  const to = parseInstant(faults, entries.get('to'));
  if (from !== null && to !== null && from >= to)
    report(faults, entries.get('to') ?? node, '"to" must be later than "from": it applies to from ≤ t < to');
  return factor === undefined ? undefined : { id, when: condition ?? null, from, to, factor };
}

function parseFactor(faults: Faults, node: DocumentNode, declarations: Declarations): Multiplier['factor'] | undefined {
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
