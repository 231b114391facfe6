import Schema from 'typebox/schema';
import { describe, expect, test } from 'vitest';
import { readYaml } from '../catalog/read-yaml.ts';
import { createListen, type EventDeclaration } from '../events/index.ts';
import type { Faults } from '../kernel/document.ts';
import { parseStreaks, type Streak, streaksSchema } from './index.ts';

const commit: EventDeclaration = {
  type: 'code.commit',
  public: false,
  data: new Map([['files', { type: 'integer', optional: false }]]),
};
const listen = createListen(new Map([['code.commit', commit]]), false);

function parse(source: string): { readonly streaks: readonly Streak[]; readonly faults: readonly string[] } {
  const faults: Faults = [];
  const streaks = parseStreaks(faults, readYaml(faults, source), { listen, currencies: ['points', 'gems'] });
  return { streaks, faults: faults.map(({ path, message }) => `${path}: ${message}`) };
}

const schema = Schema.Compile(streaksSchema);

test('a streak knows its events, its meaning and its line for people', () => {
  const { streaks, faults } = parse(`
daily: { on: 'code.*', every: day }
busy: { on: code.commit, every: day, when: 'event.data.files > 3' }`);
  expect(faults).toEqual([]);
  expect(streaks).toMatchObject([
    { id: 'daily', key: 'daily', every: 'day', when: null, meaning: '{"every":"day","on":"code.*"}' },
    { id: 'busy', meaning: '{"every":"day","on":"code.commit","when":"event.data.files>3"}' },
  ]);
  expect(streaks.map(({ description }) => description)).toEqual([
    'days with code.*',
    'days with code.commit, when event.data.files > 3',
  ]);
  expect(['code.commit', 'code', 'points.awarded'].map(streaks[0]!.matches)).toEqual([true, false, false]);
  expect(parse('null')).toEqual({ streaks: [], faults: [] });
});

const WHOLE = `{ on: 'code.*', every: day, grace: 3h, freezes: { start: 1, every: 7, max: 3 },
  restore: { within: 3d, price: { points: 200 } }, milestones: [{ at: 7, award: { points: 50, gems: 1 } }, { at: 30 }] }`;

test('what bridges gaps and pays is read, told, and in the meaning only as far as it changes what days mean', () => {
  const { streaks, faults } = parse(`daily: ${WHOLE}`);
  expect(faults).toEqual([]);
  expect(streaks).toMatchObject([
    {
      grace: 3 * 3_600_000,
      freezes: { start: 1, every: 7, max: 3 },
      restore: { within: 3 * 86_400_000, price: [{ currency: 'points', amount: 200 }] },
      milestones: [
        {
          at: 7,
          awards: [
            { currency: 'points', amount: 50 },
            { currency: 'gems', amount: 1 },
          ],
        },
        { at: 30, awards: [] },
      ],
      meaning: '{"every":"day","grace":10800000,"on":"code.*"}',
      description:
        'days with code.*, grace 3h, freezes 1, one more each 7, at most 3, restored within 3d for 200 points, milestone 7 gives 50 points and 1 gems, milestone 30',
    },
  ]);
  expect(schema.Check({ daily: { on: 'a', every: 'day', freezes: { every: 7, max: 3 }, restore: { within: '3d' } } })).toBe(true);
});

describe('a fault of a streak:', () => {
  test.each([
    ['no events', '{ every: day }', 'daily: "on" is missing'],
    ['no span', '{ on: a.b }', 'daily: "every" is missing'],
    ['a span that is none', '{ on: a.b, every: year }', 'daily.every: expected day, week or month, found "year"'],
    ['grace of weeks', '{ on: a.b, every: week, grace: 3h }', 'daily.grace: hours of grace belong to days'],
    [
      'grace of a day',
      '{ on: a.b, every: day, grace: 13h }',
      "daily.grace: expected hours of grace such as '30m' or '3h', at most 12h",
    ],
    ['grace without a unit', '{ on: a.b, every: day, grace: 3 }', 'daily.grace: expected hours of grace'],
    ['freezes without a most', '{ on: a.b, every: day, freezes: { every: 7 } }', 'daily.freezes: "max" is missing'],
    ['freezes that never come', '{ on: a.b, every: day, freezes: { max: 7 } }', 'daily.freezes: "every" is missing'],
    [
      'more freezes to begin with than there may be',
      '{ on: a.b, every: day, freezes: { start: 4, every: 7, max: 3 } }',
      'daily.freezes.start: a streak begins with 4 freezes, and may have 3 at most',
    ],
    ['restoring for ever', '{ on: a.b, every: day, restore: { price: { points: 1 } } }', 'daily.restore: "within" is missing'],
    [
      'restoring too late',
      '{ on: a.b, every: day, restore: { within: 91d } }',
      "daily.restore.within: expected a time such as '12h'",
    ],
    [
      'a price in no currency',
      '{ on: a.b, every: day, restore: { within: 3d, price: { pints: 1 } } }',
      'daily.restore.price.pints: unknown currency "pints"; did you mean "points"?',
    ],
    [
      'an empty price',
      '{ on: a.b, every: day, restore: { within: 3d, price: {} } }',
      'daily.restore.price: expected at least one currency',
    ],
    [
      'a price of nothing',
      '{ on: a.b, every: day, restore: { within: 3d, price: { points: 0 } } }',
      'daily.restore.price.points: expected a whole number of points',
    ],
    ['no milestones', '{ on: a.b, every: day, milestones: [] }', 'daily.milestones: expected from 1 to 1000 milestones'],
    [
      'a milestone at 0',
      '{ on: a.b, every: day, milestones: [{ at: 0 }] }',
      'daily.milestones[0].at: expected a whole number from 1',
    ],
    [
      'milestones that descend',
      '{ on: a.b, every: day, milestones: [{ at: 7 }, { at: 3 }] }',
      'daily.milestones[1]: milestones ascend: this one is at 3, the one before it at 7',
    ],
    ['a misspelt key', '{ on: a.b, every: day, wen: x }', 'daily.wen: unknown key "wen"; did you mean "when"?'],
    ['no pattern', '{ on: a*, every: day }', 'daily.on: "a*" is no pattern'],
    ['a metric', `{ on: a.b, every: day, when: "metrics['x'] > 1" }`, 'daily.when: '],
    ['an undeclared field', "{ on: code.commit, every: day, when: 'event.data.fils > 1' }", 'daily.when: '],
    ['no mapping', 'day', 'daily: expected a streak, as in '],
  ])('%s', (_, definition, fault) => {
    const { streaks, faults } = parse(`daily: ${definition}`);
    expect(faults).toEqual([expect.stringContaining(fault)]);
    expect(streaks.length).toBe(
      /^daily\.(on|every)|is missing$|expected a streak/.test(fault) &&
        !fault.includes('daily.freezes') &&
        !fault.includes('daily.restore')
        ? 0
        : 1,
    );
  });
});

test('the schema takes what the parser takes, and knows its keys', () => {
  for (const good of [{}, null, { daily: { on: 'code.*', every: 'day' }, busy: { on: 'a.b', every: 'day', when: 'true' } }])
    expect(schema.Check(good)).toBe(true);
  for (const bad of [[], { Daily: { on: 'a', every: 'day' } }, { d: { on: 'a' } }, { d: { on: 'a', every: 'year' } }])
    expect(schema.Check(bad)).toBe(false);
  expect(schema.Check({ d: { on: 'a', every: 'day', wen: 'x' } })).toBe(false);
});
