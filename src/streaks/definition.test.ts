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
  const streaks = parseStreaks(faults, readYaml(faults, source), { listen });
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

describe('a fault of a streak:', () => {
  test.each([
    ['no events', '{ every: day }', 'daily: "on" is missing'],
    ['no span', '{ on: a.b }', 'daily: "every" is missing'],
    ['a span of a later version', '{ on: a.b, every: week }', 'daily.every: expected day, found "week"'],
    ['a misspelt key', '{ on: a.b, every: day, wen: x }', 'daily.wen: unknown key "wen"; did you mean "when"?'],
    ['no pattern', '{ on: a*, every: day }', 'daily.on: "a*" is no pattern'],
    ['a metric', `{ on: a.b, every: day, when: "metrics['x'] > 1" }`, 'daily.when: '],
    ['an undeclared field', "{ on: code.commit, every: day, when: 'event.data.fils > 1' }", 'daily.when: '],
    ['no mapping', 'day', 'daily: expected a streak, as in '],
  ])('%s', (_, definition, fault) => {
    const { streaks, faults } = parse(`daily: ${definition}`);
    expect(faults).toEqual([expect.stringContaining(fault)]);
    expect(streaks.length).toBe(fault.startsWith('daily.when') || fault.startsWith('daily.wen') ? 1 : 0);
  });
});

test('the schema takes what the parser takes, and knows its keys', () => {
  for (const good of [{}, null, { daily: { on: 'code.*', every: 'day' }, busy: { on: 'a.b', every: 'day', when: 'true' } }])
    expect(schema.Check(good)).toBe(true);
  for (const bad of [[], { Daily: { on: 'a', every: 'day' } }, { d: { on: 'a' } }, { d: { on: 'a', every: 'week' } }])
    expect(schema.Check(bad)).toBe(false);
  expect(schema.Check({ d: { on: 'a', every: 'day', wen: 'x' } })).toBe(false);
});
