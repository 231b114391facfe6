import Schema from 'typebox/schema';
import { describe, expect, test } from 'vitest';
import { readYaml } from '../catalog/read-yaml.ts';
import type { Faults } from '../kernel/document.ts';
import { type Levels, levelsSchema, parseLevels } from './index.ts';

function parse(source: string): { readonly levels: Levels | null; readonly faults: readonly string[] } {
  const faults: Faults = [];
  const levels = parseLevels(faults, readYaml(faults, source), ['earned', 'rank'], ['rank']);
  return { levels, faults: faults.map(({ path, message }) => `${path}: ${message}`) };
}

const schema = Schema.Compile(levelsSchema as Readonly<Record<string, unknown>>);

test('levels come from a formula or from thresholds, and tell which', () => {
  expect(parse("{ metric: earned, formula: 'floor(sqrt(value / 1000.0)) + 1' }")).toMatchObject({
    levels: { metric: 'earned', description: 'by earned, floor(sqrt(value / 1000.0)) + 1', highest: 3001200, thresholds: null },
    faults: [],
  });
  expect(parse('{ metric: earned, thresholds: [0, 100, 300] }')).toMatchObject({
    levels: { metric: 'earned', description: 'by earned, from 0, 100, 300', highest: 3, thresholds: [0, 100, 300] },
    faults: [],
  });
  expect(parse('null')).toEqual({ levels: null, faults: [] });
  expect(parseLevels([], undefined, [])).toBeNull();
});

describe('a fault of levels:', () => {
  const formula = (text: string): string => `{ metric: earned, formula: '${text}' }`;
  const thresholds = (text: string): string => `{ metric: earned, thresholds: ${text} }`;
  const many = Array.from({ length: 1_001 }, (_, i) => i).join(', ');
  test.each([
    ['no metric', "{ formula: 'value + 1' }", ': "metric" is missing'],
    ['an unknown metric', "{ metric: earnd, formula: 'value + 1' }", 'metric: unknown metric "earnd"; did you mean "earned"?'],
    ['the level itself', "{ metric: rank, formula: 'value + 1' }", 'metric: the metric "rank" is the level itself'],
    ['neither way', '{ metric: earned }', ': "formula" or "thresholds" is missing'],
    [
      'both ways',
      "{ metric: earned, formula: 'value + 1', thresholds: [0] }",
      ': levels have "formula" or "thresholds", not both',
    ],
    [
      'a misspelt key',
      "{ metric: earned, formula: 'value + 1', fromula: 1 }",
      'fromula: unknown key "fromula"; did you mean "formula"?',
    ],
    ['a formula over something else', formula('event.time'), 'formula: '],
    ['a formula that is no number', formula('value > 3'), 'formula: a number is expected'],
    ['a number in place of a formula', '{ metric: earned, formula: 5 }', 'formula: expected an expression in quotes over value'],
    ['a formula that begins below 1', formula('value / 10'), 'formula: the formula gives 0 at 0; expected at least 1'],
    ['a formula without a beginning', formula('100 / value'), 'formula: the formula gives no level at 0: '],
    ['a formula with a hole', formula('1 + 1 / (value - 1000) * 0'), 'formula: the formula gives no level at 1000: '],
    ['a formula that falls', formula('10 - value / 1e6'), 'the formula gives 10 at 0 and 9.999999 at 1'],
    [
      'a formula that falls far out',
      formula('value > 1e11 ? 3 : 4'),
      'the formula gives 4 at 100000000000 and 3 at 125892541179',
    ],
    ['no list', thresholds('100'), 'thresholds: expected a list of values'],
    ['no threshold', thresholds('[]'), 'thresholds: expected at least one threshold'],
    ['too many thresholds', thresholds(`[${many}]`), 'thresholds: at most 1000 thresholds; this has 1001'],
    [
      'a first threshold above 0',
      thresholds('[10, 20]'),
      'thresholds[0]: the first threshold is 0, where level 1 begins; found 10',
    ],
    ['thresholds that do not ascend', thresholds('[0, 100, 100]'), 'thresholds[2]: thresholds ascend: 100 follows 100'],
    ['an endless threshold', thresholds('[0, .inf]'), 'thresholds[1]: expected a finite number, found Infinity'],
    ['a threshold as text', thresholds("[0, '5']"), 'thresholds[1]: expected a finite number, found the text "5"'],
    ['no mapping', '[0, 100]', ': expected levels, as in { metric: earned'],
  ])('%s', (_, source, fault) => {
    expect(parse(source).faults).toEqual([expect.stringContaining(fault)]);
  });
});

test('the schema takes what the parser takes, and knows its keys', () => {
  const metric = 'earned';
  for (const good of [null, { metric, formula: 'value + 1' }, { metric, thresholds: [0] }, { metric, thresholds: [0, 0.5, 300] }])
    expect(schema.Check(good)).toBe(true);
  for (const bad of [[], {}, { metric }, { formula: 'value' }, { metric, thresholds: [] }, { metric, thresholds: [10] }])
    expect(schema.Check(bad)).toBe(false);
  expect(schema.Check({ metric, formula: 'value', thresholds: [0] })).toBe(false);
  expect(schema.Check({ metric, formula: 'value', fromula: 'value' })).toBe(false);
});
