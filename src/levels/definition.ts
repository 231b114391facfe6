import type { Formula } from '../kernel/conditions/index.ts';
import { type DocumentNode, expected, type Faults, fields, isEmpty, list, report, required } from '../kernel/document.ts';
import { reference } from '../kernel/document-names.ts';
import { formulaAt } from '../kernel/expression-node.ts';
import { countReached, levelOfFormula } from './decide.ts';
import type { Levels } from './model.ts';

const MAX_THRESHOLDS = 1_000;
const FORMULA = "an expression in quotes over value, such as 'floor(sqrt(value / 1000.0)) + 1'";
/** Where a formula is tried at load: nothing can prove that it never falls, but these find slips of the pen. */
const PROBES = [
  ...Array.from({ length: 101 }, (_, value) => value),
  ...Array.from({ length: 100 }, (_, step) => Math.floor(100 * 10 ** ((step + 1) / 10))),
];

/**
 * `levels:`, by one metric. Null where there is none, or one at fault. `levelMetrics` are metrics that are the level
 * itself.
 */
export function parseLevels(
  faults: Faults,
  node: DocumentNode | undefined,
  metrics: readonly string[],
  levelMetrics: readonly string[] = [],
): Levels | null {
  if (node === undefined || isEmpty(node)) return null;
  const what = "levels, as in { metric: earned, formula: 'floor(sqrt(value / 1000.0)) + 1' }";
  const entries = fields(faults, node, ['metric', 'formula', 'thresholds'], what);
  if (entries === undefined) return null;
  const named = required(faults, node, entries, 'metric');
  const metric = named === undefined ? undefined : reference(faults, named, 'metric', metrics);
  if (named !== undefined && metric !== undefined && levelMetrics.includes(metric))
    report(faults, named, `the metric "${metric}" is the level itself, which cannot follow from itself`);
  const formula = entries.get('formula');
  const thresholds = entries.get('thresholds');
  if (formula !== undefined && thresholds !== undefined) report(faults, node, 'levels have "formula" or "thresholds", not both');
  if (formula === undefined && thresholds === undefined)
    report(faults, node, '"formula" or "thresholds" is missing: how the level follows from the metric');
  const byFormula = formula === undefined ? undefined : parseFormula(faults, formula);
  const byThresholds = thresholds === undefined ? undefined : parseThresholds(faults, thresholds);
  if (metric === undefined) return null;
  if (byFormula !== undefined) return formulaLevels(metric, byFormula);
  return byThresholds === undefined ? null : thresholdLevels(metric, byThresholds);
}

function formulaLevels(metric: string, formula: Formula): Levels {
  return {
    metric,
    description: `by ${metric}, ${formula.source}`,
    highest: levelOfFormula(formula, Number.MAX_SAFE_INTEGER),
    thresholds: null,
    levelOf: (value) => levelOfFormula(formula, value),
  };
}

function thresholdLevels(metric: string, thresholds: readonly number[]): Levels {
  return {
    metric,
    description: `by ${metric}, from ${thresholds.join(', ')}`,
    highest: thresholds.length,
    thresholds,
    levelOf: (value) => Math.max(1, countReached(thresholds, value)),
  };
}

function parseFormula(faults: Faults, node: DocumentNode): Formula | undefined {
  const formula = formulaAt(faults, node, FORMULA);
  if (formula === undefined) return undefined;
  let before = { at: 0, gives: 1 };
  for (const at of PROBES) {
    const result = formula.evaluate(at);
    if (!result.ok) return report(faults, node, `the formula gives no level at ${at}: ${result.reason}`);
    const gives = result.value;
    if (at === 0 && gives < 1)
      return report(faults, node, `the formula gives ${gives} at 0; expected at least 1, the first level`);
    if (gives < before.gives) {
      const fall = `${before.gives} at ${before.at} and ${gives} at ${at}`;
      return report(faults, node, `levels never fall while the metric rises, but the formula gives ${fall}`);
    }
    before = { at, gives };
  }
  return formula;
}

function parseThresholds(faults: Faults, node: DocumentNode): readonly number[] | undefined {
  const items = list(faults, node, 'a list of values at which levels begin, as in [0, 100, 300]');
  if (items === undefined) return undefined;
  if (items.length === 0) return report(faults, node, 'expected at least one threshold, as in [0, 100, 300]');
  if (items.length > MAX_THRESHOLDS)
    return report(faults, node, `at most ${MAX_THRESHOLDS} thresholds; this has ${items.length}`);
  const thresholds: number[] = [];
  for (const item of items) {
    const value = finite(faults, item);
    if (value === undefined) continue;
    const before = thresholds.at(-1);
    if (before === undefined && item === items[0] && value !== 0)
      report(faults, item, `the first threshold is 0, where level 1 begins; found ${value}`);
    if (before !== undefined && value <= before) report(faults, item, `thresholds ascend: ${value} follows ${before}`);
    thresholds.push(value === 0 ? 0 : value);
  }
  return thresholds.length === 0 ? undefined : thresholds;
}

function finite(faults: Faults, node: DocumentNode): number | undefined {
  const value = node.kind === 'scalar' ? node.value : null;
  return typeof value === 'number' && Number.isFinite(value) ? value : expected(faults, node, 'a finite number');
}

/** JSON Schema (draft 2020-12) of `levels:`, for editors; the catalog's own check says more. */
export const levelsSchema = {
  description: 'Levels of users, from 1 on, by the value of one metric.',
  type: ['object', 'null'],
  properties: {
    metric: { description: 'Name of the metric.', type: 'string' },
    formula: {
      description:
        'CEL over value, the value of the metric, such as "floor(sqrt(value / 1000.0)) + 1"; rounded down, at least 1.',
      type: 'string',
      minLength: 1,
    },
    thresholds: {
      description: 'Values at which levels 1, 2, 3 and so on begin: ascending, the first is 0.',
      type: 'array',
      prefixItems: [{ const: 0 }],
      items: { type: 'number' },
      minItems: 1,
      maxItems: MAX_THRESHOLDS,
    },
  },
  required: ['metric'],
  oneOf: [{ type: 'null' }, { type: 'object', required: ['formula'] }, { type: 'object', required: ['thresholds'] }],
  additionalProperties: false,
} as const;
