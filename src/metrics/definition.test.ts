import { Compile } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { parse as yaml } from 'yaml';
import { metricsSchema } from './index.ts';
import { metricOf, read } from './parse.fixture.ts';

const KINDS = 'count, sum, max, min, last, distinct, run, earned, spent, balance, level or streak';
const schema = Compile(metricsSchema as object);

describe('metrics of every kind', () => {
  it.each<[string, string, string]>([
    ['{ count: code.commit }', '{"count":"code.commit"}', 'count code.commit'],
    [
      "{ count: 'code.*', when: 'event.data.files > 0' }",
      '{"count":"code.*","when":"event.data.files>0"}',
      'count code.*, when event.data.files > 0',
    ],
    [
      '{ sum: event.data.files, on: code.commit }',
      '{"on":"code.commit","sum":"event.data.files"}',
      'sum (event.data.files) on code.commit',
    ],
    [
      '{ max: event.data.files, on: code.commit }',
      '{"max":"event.data.files","on":"code.commit"}',
      'max (event.data.files) on code.commit',
    ],
    [
      "{ distinct: event.data.repo, on: 'code.*' }",
      '{"distinct":"event.data.repo","on":"code.*"}',
      'distinct (event.data.repo) on code.*',
    ],
    [
      '{ run: quiz.answered, while: event.data.correct }',
      '{"run":"quiz.answered","while":"event.data.correct"}',
      'run quiz.answered while event.data.correct',
    ],
    [
      '{ run: quiz.answered, while: event.data.correct, when: \'event.source == "app"\' }',
      '{"run":"quiz.answered","when":"event.source==\\"app\\"","while":"event.data.correct"}',
      'run quiz.answered while event.data.correct, when event.source == "app"',
    ],
    ['{ earned: points }', '{"earned":"points"}', 'earned points'],
    [
      "{ earned: points, when: 'user.level > 3' }",
      '{"earned":"points","when":"user.level>3"}',
      'earned points, when user.level > 3',
    ],
    ['{ spent: points }', '{"spent":"points"}', 'spent points'],
    ['{ balance: points }', '{"balance":"points"}', 'balance points'],
    ['{ level: true }', '{"level":true}', 'level'],
    ['{ streak: daily }', '{"streak":"daily"}', 'streak daily'],
  ])('%s', (definition, meaning, description) => {
    expect(metricOf(definition)).toMatchObject({ name: 'm', key: 'm', meaning, description });
    expect(schema.Check({ m: yaml(definition) })).toBe(true);
  });

  it('say what moves them', () => {
    expect(metricOf('{ run: quiz.answered, while: event.data.correct }').source).toMatchObject({
      kind: 'events',
      on: 'quiz.answered',
    });
    expect(metricOf('{ spent: points }').source).toEqual({ kind: 'spent', currency: 'points' });
    expect(metricOf('{ level: true }').source).toEqual({ kind: 'level' });
    expect(metricOf('{ streak: daily }').source).toEqual({ kind: 'streak', streak: 'daily' });
  });

  it('match the types they listen to, and what Diana announces only by name', () => {
    const all = metricOf("{ count: '*' }").source;
    const named = metricOf('{ count: achievement.unlocked }').source;
    const matched = (type: string): boolean[] => [all, named].map((source) => source.kind === 'events' && source.matches(type));
    expect(matched('code.commit')).toEqual([true, false]);
    expect(matched('achievement.unlocked')).toEqual([false, true]);
  });

  it('only distinct has values to remember', () => {
    expect(metricOf('{ distinct: event.data.repo, on: code.commit }').remembers).toBe(true);
    expect(metricOf('{ count: code.commit }').remembers).toBe(false);
  });
});

/** On the second line, below a metric without fault. */
const below = (definition: string): string => `good: { count: code.commit }\nm: ${definition}`;

describe('faults of metrics', () => {
  it.each<[string, string, string, string]>([
    ['no mapping', 'code.commit', 'm', 'expected a metric, as in { count: code.commit }, found the text "code.commit"'],
    ['no kind', '{ on: code.commit }', 'm', `a metric needs one of the kinds ${KINDS}, as in { count: code.commit }`],
    [
      'misspelt kind',
      '{ distnct: event.data.repo, on: a }',
      'm.distnct',
      'unknown kind of metric "distnct"; did you mean "distinct"?',
    ],
    ['unknown kind', '{ average: event.data.files }', 'm.average', `unknown kind of metric "average"; expected ${KINDS}`],
    ['two kinds', '{ count: code.commit, earned: points }', 'm', 'a metric is of one kind, but this is count and earned'],
    ['three kinds', '{ level: true, max: a, sum: a }', 'm', 'a metric is of one kind, but this is sum and max and level'],
    ['count with on', '{ count: code.commit, on: a }', 'm.on', '"on" does not go with count: "count" names the events itself'],
    ['run with on', '{ run: a, on: a, while: "true" }', 'm.on', '"on" does not go with run: "run" names the events itself'],
    ['misspelt key', '{ count: a, whn: "true" }', 'm.whn', 'unknown key "whn"; did you mean "when"?'],
    ['unknown key', '{ streak: daily, by: b }', 'm.by', 'unknown key "by"; expected streak or when, as in { streak: daily }'],
    [
      'unknown key near to none',
      '{ earned: points, currency: b }',
      'm.currency',
      'unknown key "currency"; expected earned or when, as in { earned: points }',
    ],
    [
      'a key of every object',
      '{ count: a, constructor: b }',
      'm.constructor',
      'unknown key "constructor"; expected count or when, as in { count: code.commit }',
    ],
    [
      'while of another kind',
      '{ count: a, while: "true" }',
      'm.while',
      'unknown key "while"; expected count or when, as in { count: code.commit }',
    ],
    ['sum without on', '{ sum: event.data.files }', 'm', '"on" is missing: which events are summed'],
    ['max without on', '{ max: event.data.files }', 'm', '"on" is missing: in which events the largest is looked for'],
    ['distinct without on', '{ distinct: event.data.repo }', 'm', '"on" is missing: in which events values are told apart'],
    [
      'run without while',
      '{ run: quiz.answered }',
      'm',
      '"while" is missing: what keeps the row going, as in { run: quiz.answered, while: \'event.data.correct\' }',
    ],
    [
      'a pattern that is none',
      "{ run: 'quiz*', while: 'true' }",
      'm.run',
      '"quiz*" is no pattern: "*" stands for a whole segment: write "quiz.*"',
    ],
    ['sum of text', '{ sum: event.data.repo, on: code.commit }', 'm.sum', 'a number is expected, but this is text'],
    ['max of text', '{ max: event.data.repo, on: code.commit }', 'm.max', 'a number is expected, but this is text'],
    [
      'max of a number',
      '{ max: 3, on: code.commit }',
      'm.max',
      'expected a number to compare, such as event.data.files, found 3',
    ],
    [
      'distinct lists',
      "{ distinct: '[1]', on: code.commit }",
      'm.distinct',
      'text, a number, or true or false is expected, but this is a list',
    ],
    [
      'run while a number',
      '{ run: code.commit, while: event.data.files }',
      'm.while',
      'a condition is true or false, but this is a number',
    ],
    [
      'misspelt field',
      '{ max: event.data.fiels, on: code.commit }',
      'm.max',
      'unknown field event.data.fiels; did you mean "files"?',
    ],
    [
      'misspelt field in when',
      "{ distinct: event.data.repo, on: code.commit, when: 'event.data.fiels > 0' }",
      'm.when',
      'unknown field event.data.fiels; did you mean "files"?',
    ],
    [
      'distinct of announced facts',
      '{ distinct: event.data.achievement, on: achievement.unlocked }',
      'm.on',
      'distinct counts values of events that are posted, not of what Diana announces',
    ],
    ['unknown currency', '{ spent: point }', 'm.spent', 'unknown currency "point"; did you mean "points"?'],
    ['currency that is no name', '{ balance: [points] }', 'm.balance', 'expected the name of a currency, found a list'],
    ['unknown streak', '{ streak: dayly }', 'm.streak', 'unknown streak "dayly"; did you mean "daily"?'],
    ['level false', '{ level: false }', 'm.level', 'expected true, as in { level: true }, found false'],
    ['level as text', '{ level: "true" }', 'm.level', 'expected true, as in { level: true }, found the text "true"'],
  ])('%s', (_, definition, path, message) => {
    expect(read(below(definition)).faults).toEqual([{ line: 2, path, message }]);
  });

  it('a metric in a metric', () => {
    expect(read(below("{ earned: points, when: 'metrics.good > 0' }")).faults).toEqual([
      { line: 2, path: 'm.when', message: expect.stringContaining('no metric can be named here') },
    ]);
  });

  it('level without levels', () => {
    expect(read(below('{ level: true }'), false).faults).toEqual([
      { line: 2, path: 'm.level', message: 'there are no levels: the section "levels" is missing' },
    ]);
  });

  it('are told together, and leave the other metrics', () => {
    const { metrics, faults } = read(below("{ distinct: '[1]', on: 'a*', when: '1', by: b }"));
    expect(faults.map(({ path }) => path).toSorted()).toEqual(['m.by', 'm.distinct', 'm.on', 'm.when']);
    expect(metrics.map(({ name }) => name)).toEqual(['good']);
  });

  it.each([
    ['no kind', '{}'],
    ['two kinds', '{ count: a, earned: points }'],
    ['unknown key', '{ count: a, whn: b }'],
    ['missing on', '{ sum: a }'],
    ['missing while', '{ run: a }'],
    ['level false', '{ level: false }'],
    ['number for text', '{ max: 3, on: a }'],
  ])('the schema finds %s too', (_, definition) => {
    expect(schema.Check({ m: yaml(definition) })).toBe(false);
  });

  it('the schema knows names', () => {
    expect(schema.Check(null)).toBe(true);
    expect(schema.Check({ Commits: { count: 'a' } })).toBe(false);
  });
});
