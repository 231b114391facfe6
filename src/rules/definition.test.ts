import Schema from 'typebox/schema';
import { describe, expect, test } from 'vitest';
import { readYaml } from '../catalog/read-yaml.ts';
import { createListen } from '../events/index.ts';
import type { DocumentNode, Faults } from '../kernel/document.ts';
import { type Multiplier, multipliersSchema, parseMultipliers, parseRules, rulesSchema } from './index.ts';

const told = (faults: Faults): readonly string[] => faults.map(({ path, message }) => `${path}: ${message}`);

function multipliers(source: string): { readonly multipliers: readonly Multiplier[]; readonly faults: readonly string[] } {
  const faults: Faults = [];
  const context = { metrics: ['played'], streaks: ['daily', 'weekly'] };
  return { multipliers: parseMultipliers(faults, readYaml(faults, source), context), faults: told(faults) };
}

function rules(source: string): readonly string[] {
  const faults: Faults = [];
  parseRules(faults, readYaml(faults, source), {
    listen: createListen(new Map(), false),
    currencies: ['points'],
    metrics: [],
    multiplierNames: ['vip'],
    multipliers: [],
  });
  return told(faults);
}

test('a multiplier has a factor, or tiers of a streak; time and condition go with either', () => {
  const parsed = multipliers(`
plain: { factor: 1.5 }
tiered: { streak: daily, tiers: [ { from: 3, factor: 1.1 }, { from: 7, factor: 0 } ] }
both: { streak: weekly, tiers: [ { from: 1, factor: 2 } ], when: 'user.level > 2', from: 1970-01-01T00:00:01Z, to: 1970-01-01T00:00:02Z }`);
  expect(parsed.faults).toEqual([]);
  expect(parsed.multipliers).toMatchObject([
    { id: 'plain', kind: 'factor', factor: 1.5, when: null, from: null, to: null },
    {
      id: 'tiered',
      kind: 'streak',
      streak: 'daily',
      tiers: [
        { from: 3, factor: 1.1 },
        { from: 7, factor: 0 },
      ],
    },
    { id: 'both', kind: 'streak', streak: 'weekly', when: { source: 'user.level > 2' }, from: 1_000, to: 2_000 },
  ]);
});

describe('a fault of a multiplier:', () => {
  const tier = (text: string): string => `{ streak: daily, tiers: [ { from: 3, factor: 1 }, ${text} ] }`;
  test.each([
    ['neither factor nor streak', '{}', 'm: "factor" is missing, or "streak" and "tiers" in its place'],
    ['a streak without tiers', '{ streak: daily }', 'm: "tiers" is missing'],
    ['tiers without a streak', '{ tiers: [ { from: 3, factor: 1 } ] }', 'm: "streak" is missing'],
    ['both', '{ factor: 2, streak: daily, tiers: [ { from: 3, factor: 1 } ] }', 'm.factor: a multiplier by a streak has its'],
    [
      'an unknown streak',
      '{ streak: dayly, tiers: [ { from: 3, factor: 1 } ] }',
      'm.streak: unknown streak "dayly"; did you mean "daily"',
    ],
    ['no tier', '{ streak: daily, tiers: [] }', 'm.tiers: expected at least one tier'],
    ['no list', '{ streak: daily, tiers: 3 }', 'm.tiers: expected a list of tiers'],
    [
      'tiers that do not ascend',
      tier('{ from: 3, factor: 2 }'),
      'm.tiers[1]: tiers ascend: this one begins at 3, the one before it at 3',
    ],
    ['a tier from 0', tier('{ from: 0, factor: 2 }'), 'm.tiers[1].from: expected a whole number of days from 1'],
    ['a tier from a fraction', tier('{ from: 3.5, factor: 2 }'), 'm.tiers[1].from: expected a whole number of days from 1'],
    ['a negative factor', tier('{ from: 7, factor: -1 }'), 'm.tiers[1].factor: expected a number from 0 to 1000, found -1'],
    [
      'an endless factor',
      tier('{ from: 7, factor: .inf }'),
      'm.tiers[1].factor: expected a number from 0 to 1000, found Infinity',
    ],
    [
      'a factor in quotes',
      tier("{ from: 7, factor: '1.1' }"),
      'm.tiers[1].factor: expected a number from 0 to 1000, found the text "1.1"',
    ],
    ['a tier without a factor', tier('{ from: 7 }'), 'm.tiers[1]: "factor" is missing'],
    ['a misspelt key', tier('{ from: 7, factor: 2, form: 1 }'), 'm.tiers[1].form: unknown key "form"; did you mean "from"'],
  ])('%s', (_, definition, fault) => {
    expect(multipliers(`m: ${definition}`).faults).toEqual([expect.stringContaining(fault)]);
  });
});

/** A document as plain values, which is what an editor's schema sees. */
function plain(node: DocumentNode | undefined): unknown {
  if (node === undefined) return null;
  if (node.kind === 'list') return node.items.map(plain);
  return node.kind === 'map' ? Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)])) : node.value;
}

describe('schema and parser agree about', () => {
  const takesMultipliers = Schema.Compile(multipliersSchema);
  const takesRules = Schema.Compile(rulesSchema);
  const given = 'id: a, on: a.b';

  test.each([
    ['{}', true],
    ['null', true],
    ['{ m: { factor: 2 } }', true],
    ['{ m: { factor: "1 + 0.05 * (user.level - 1)" } }', true],
    ['{ m: { streak: daily, tiers: [ { from: 3, factor: 1.1 } ], when: "user.level > 1" } }', true],
    ['{ m: { factor: 2, from: 2026-12-05T00:00:00Z } }', true],
    ['[]', false],
    ['{ M: { factor: 2 } }', false],
    ['{ m: {} }', false],
    ['{ m: { factor: 0 } }', false],
    ['{ m: { factor: 2, streak: daily } }', false],
    ['{ m: { factor: 2, streak: daily, tiers: [ { from: 3, factor: 1.1 } ] } }', false],
    ['{ m: { streak: daily } }', false],
    ['{ m: { streak: daily, tiers: [] } }', false],
    ['{ m: { streak: daily, tiers: [ { from: 0, factor: 1.1 } ] } }', false],
  ])('multipliers %s', (source, good) => {
    expect([multipliers(source).faults.length === 0, takesMultipliers.Check(plain(readYaml([], source)))]).toEqual([good, good]);
  });

  test.each([
    ['[]', true],
    [`[ { ${given}, award: { points: 1 } } ]`, true],
    [`[ { ${given}, award: { points: 'size("ab") * 2' }, when: 'user.level > 1', multipliers: [vip] } ]`, true],
    [`[ { ${given}, adjust: { points: -5 }, multipliers: [] } ]`, true],
    [`[ { ${given}, award: { points: 1 }, limit: { max: 20, per: day } } ]`, true],
    [`[ { ${given}, award: { points: 1 }, limit: [ { max: 20, within: 90s }, { max: 1, per: hour } ] } ]`, true],
    ['{}', false],
    [`[ { ${given} } ]`, false],
    [`[ { id: A, on: a.b, award: { points: 1 } } ]`, false],
    [`[ { on: a.b, award: { points: 1 } } ]`, false],
    [`[ { ${given}, award: { points: 0 } } ]`, false],
    [`[ { ${given}, award: {} } ]`, false],
    [`[ { ${given}, adjust: { points: 0 } } ]`, false],
    [`[ { ${given}, award: { points: 1 }, limit: { max: 20 } } ]`, false],
    [`[ { ${given}, award: { points: 1 }, limit: { max: 0, per: day } } ]`, false],
    [`[ { ${given}, award: { points: 1 }, limit: { max: 1, per: year } } ]`, false],
    [`[ { ${given}, award: { points: 1 }, limit: { max: 1, per: day, within: 90s } } ]`, false],
    [`[ { ${given}, award: { points: 1 }, limit: { max: 1, within: 90 s } } ]`, false],
    [`[ { ${given}, award: { points: 1 }, multipliers: [vip, vip] } ]`, false],
    [`[ { ${given}, award: { points: 1 }, wen: 'true' } ]`, false],
  ])('rules %s', (source, good) => {
    expect([rules(source).length === 0, takesRules.Check(plain(readYaml([], source)))]).toEqual([good, good]);
  });
});
