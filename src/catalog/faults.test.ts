import { describe, expect, it } from 'vitest';
import { EXAMPLE } from './example.fixture.ts';
import { type CatalogFault, parseCatalog } from './index.ts';

function faultsOf(source: string): readonly CatalogFault[] {
  const parsed = parseCatalog(source);
  return parsed.ok ? [] : parsed.faults;
}

/** A small catalog with one part replaced; its sections begin on lines 2 to 7. */
function small(
  changes: Partial<Record<'currencies' | 'events' | 'metrics' | 'multipliers' | 'rules' | 'boards', string>>,
  strict = false,
): string {
  const {
    currencies = '{ points: }',
    events = '{ code.commit: { data: { files: integer } } }',
    metrics = '{ earned: { earned: points } }',
    multipliers = '{ vip: { factor: 2 } }',
    rules = '[]',
    boards = '[]',
  } = changes;
  return `diana: 1\ncurrencies: ${currencies}\nevents: ${events}\nmetrics: ${metrics}\nmultipliers: ${multipliers}\nrules: ${rules}\nboards: ${boards}\nstrictEvents: ${strict}\n`;
}
const rule = (text: string): string => small({ rules: `[{ id: a, on: code.commit, award: { points: 1 }, ${text} }]` });
const award = (amount: string): string => small({ rules: `[{ id: a, on: code.commit, award: { points: ${amount} } }]` });
const adjust = (amount: string): string => small({ rules: `[{ id: a, on: code.commit, adjust: { points: ${amount} } }]` });
const limit = (text: string): string => rule(`limit: ${text}`);
const factor = (text: string): string => small({ multipliers: `{ vip: { factor: ${text} } }` });

const NO_FAULT = ['1', '10.0', '9007199254740991', "'event.data.files * 2'"];
const AWARD = 'expected a whole number of points from 1 to 2^53 − 1, or an expression in quotes';

describe('faults of a catalog', () => {
  it('the small catalog has none', () => {
    expect(faultsOf(small({}))).toEqual([]);
    for (const amount of NO_FAULT) expect(faultsOf(award(amount))).toEqual([]);
  });

  it.each<[string, string, number, string, string]>([
    // Settings
    ['no format', 'name: x', 1, '', '"diana: 1" is missing'],
    ['another format', 'diana: 2', 1, 'diana', 'expected 1'],
    ['format as text', "diana: '1'", 1, 'diana', 'expected 1'],
    ['unknown zone', 'diana: 1\ntimezone: Europe/Berlln', 2, 'timezone', 'unknown time zone "Europe/Berlln"'],
    ['unknown rounding', 'diana: 1\nrounding: flor', 2, 'rounding', 'did you mean "floor"?'],
    ['strictEvents as text', "diana: 1\nstrictEvents: 'yes'", 2, 'strictEvents', 'expected true or false, found the text "yes"'],
    ['name as number', 'diana: 1\nname: 7', 2, 'name', 'expected a name for people, found 7'],
    ['misspelt section', 'diana: 1\nrule: []', 2, 'rule', 'unknown section "rule"; did you mean "rules"?'],
    ['section of a later version', 'diana: 1\nstories: {}', 2, 'stories', 'unknown section "stories"'],
    [
      'section of a wrong type',
      small({ metrics: '[]' }),
      4,
      'metrics',
      'expected a mapping from metrics to their definition, found a list',
    ],
    ['rules as mapping', small({ rules: '{ a: 1 }' }), 6, 'rules', 'expected a list of rules, found a mapping'],
    // Currencies
    ['bad name', small({ currencies: '{ points: , Gold: }' }), 2, 'currencies.Gold', '"Gold" is no name'],
    [
      'long name',
      small({ currencies: `{ points: , ${'a'.repeat(65)}: }` }),
      2,
      `currencies.${'a'.repeat(65)}`,
      'at most 64 characters; this has 65',
    ],
    [
      'unknown key',
      small({ currencies: '{ points: { nam: x } }' }),
      2,
      'currencies.points.nam',
      'unknown key "nam"; did you mean "name"?',
    ],
    [
      'unknown overdraft',
      small({ currencies: '{ points: { overdraft: yes } }' }),
      2,
      'currencies.points.overdraft',
      'expected deny or allow, found "yes"',
    ],
    // Events
    ['reserved type', small({ events: '{ points.awarded: }' }), 3, 'events.points.awarded', 'announced by Diana itself'],
    ['reserved family', small({ events: '{ story.mine: }' }), 3, 'events.story.mine', 'announced by Diana itself'],
    ['pattern declared', small({ events: "{ 'code.*': }" }), 3, 'events.code.*', 'is no event type'],
    [
      'unknown field type',
      small({ events: '{ a: { data: { n: integr } } }' }),
      3,
      'events.a.data.n',
      'unknown type "integr"; did you mean "integer"?',
    ],
    [
      'field type of a wrong type',
      small({ events: '{ a: { data: { n: 1 } } }' }),
      3,
      'events.a.data.n',
      'expected a type, one of integer,',
    ],
    ['misspelt key of an event', small({ events: '{ a: { publik: true } }' }), 3, 'events.a.publik', 'did you mean "public"?'],
    // Metrics
    [
      'metric of an unknown kind',
      small({ metrics: '{ m: { median: event.data.files, on: code.commit } }' }),
      4,
      'metrics.m.median',
      'unknown kind of metric "median"; expected count, sum, max,',
    ],
    ['misspelt kind', small({ metrics: '{ m: { conut: code.commit } }' }), 4, 'metrics.m.conut', 'did you mean "count"?'],
    ['no kind', small({ metrics: '{ m: {} }' }), 4, 'metrics.m', 'needs one of the kinds count, sum, max,'],
    [
      'two kinds',
      small({ metrics: '{ m: { count: code.commit, earned: points } }' }),
      4,
      'metrics.m',
      'of one kind, but this is count and earned',
    ],
    [
      'count with on',
      small({ metrics: '{ m: { count: code.commit, on: code.commit } }' }),
      4,
      'metrics.m.on',
      '"on" does not go with count',
    ],
    ['sum without on', small({ metrics: '{ m: { sum: event.data.files } }' }), 4, 'metrics.m', '"on" is missing'],
    [
      'sum of text',
      small({ metrics: '{ m: { sum: event.type, on: code.commit } }' }),
      4,
      'metrics.m.sum',
      'a number is expected, but this is text',
    ],
    [
      'sum of a misspelt field',
      small({ metrics: '{ m: { sum: event.data.fiels, on: code.commit } }' }),
      4,
      'metrics.m.sum',
      'did you mean "files"?',
    ],
    [
      'earned in no currency',
      small({ metrics: '{ m: { earned: point } }' }),
      4,
      'metrics.m.earned',
      'unknown currency "point"; did you mean "points"?',
    ],
    [
      'bad pattern',
      small({ metrics: "{ m: { count: 'code*' } }" }),
      4,
      'metrics.m.count',
      '"code*" is no pattern: "*" stands for a whole segment: write "code.*"',
    ],
    [
      'misspelt field in when',
      small({ metrics: "{ m: { count: code.commit, when: 'event.data.fiels > 0' } }" }),
      4,
      'metrics.m.when',
      'unknown field event.data.fiels; did you mean "files"?',
    ],
    [
      'metric in a metric',
      small({ metrics: "{ m: { count: code.commit, when: 'metrics.m > 0' } }" }),
      4,
      'metrics.m.when',
      'no metric can be named here',
    ],
    // Multipliers
    ['no factor', small({ multipliers: '{ vip: {} }' }), 5, 'multipliers.vip', '"factor" is missing'],
    ...['0', '-1', '.nan', '.inf', '1001', '-0.5'].map((text): [string, string, number, string, string] => [
      `factor ${text}`,
      factor(text),
      5,
      'multipliers.vip.factor',
      'expected a number above 0 and at most 1000',
    ]),
    ['factor in quotes', factor("'-1'"), 5, 'multipliers.vip.factor', 'write the number without quotes'],
    [
      'factor as list',
      factor('[2]'),
      5,
      'multipliers.vip.factor',
      'expected a number above 0 and at most 1000, or an expression in quotes, found a list',
    ],
    [
      'factor by a misspelt metric',
      factor("'metrics.earnd'"),
      5,
      'multipliers.vip.factor',
      'unknown metric "earnd"; did you mean "earned"?',
    ],
    [
      'from that is no time',
      small({ multipliers: '{ vip: { factor: 2, from: 2026-12-05 } }' }),
      5,
      'multipliers.vip.from',
      'expected a time of RFC 3339',
    ],
    [
      'to before from',
      small({ multipliers: '{ vip: { factor: 2, from: 2026-12-05T00:00:00Z, to: 2026-12-05T00:00:00Z } }' }),
      5,
      'multipliers.vip.to',
      '"to" must be later',
    ],
    [
      'tiers of no streak',
      small({ multipliers: '{ vip: { factor: 2, tiers: [] } }' }),
      5,
      'multipliers.vip',
      '"streak" is missing',
    ],
    // Rules
    ['no id', small({ rules: '[{ on: code.commit, award: { points: 1 } }]' }), 6, 'rules[0]', '"id" is missing'],
    ['bad id', small({ rules: '[{ id: "a b", on: code.commit, award: { points: 1 } }]' }), 6, 'rules[0].id', '"a b" is no name'],
    ['no on', small({ rules: '[{ id: a, award: { points: 1 } }]' }), 6, 'rules[0]', '"on" is missing'],
    ['no award', small({ rules: '[{ id: a, on: code.commit }]' }), 6, 'rules[0]', '"award" is missing'],
    ['empty award', small({ rules: '[{ id: a, on: code.commit, award: {} }]' }), 6, 'rules[0].award', 'at least one currency'],
    [
      'award as number',
      small({ rules: '[{ id: a, on: code.commit, award: 10 }]' }),
      6,
      'rules[0].award',
      'expected a mapping from currencies to amounts',
    ],
    [
      'unknown currency',
      small({ rules: '[{ id: a, on: code.commit, award: { pionts: 1 } }]' }),
      6,
      'rules[0].award.pionts',
      'unknown currency "pionts"; did you mean "points"?',
    ],
    ...['0', '-1', '1.5', '1e21', '9007199254740992', '.nan', '.inf', 'true', 'null', '[1]'].map(
      (text): [string, string, number, string, string] => [`award ${text}`, award(text), 6, 'rules[0].award.points', AWARD],
    ),
    ...["'10'", "' -5 '", "'1.5'", "'1e21'", "'0x10'"].map((text): [string, string, number, string, string] => [
      `award ${text}`,
      award(text),
      6,
      'rules[0].award.points',
      'write the number without quotes',
    ]),
    ['award of text', award('ten'), 6, 'rules[0].award.points', 'unknown name "ten"'],
    [
      'award true or false',
      award("'event.data.files > 1'"),
      6,
      'rules[0].award.points',
      'a number is expected, but this is true or false',
    ],
    ...['0', '1.5', '-9007199254740992'].map((text): [string, string, number, string, string] => [
      `adjust ${text}`,
      adjust(text),
      6,
      'rules[0].adjust.points',
      'expected a whole number of points, not 0',
    ]),
    ['misspelt key', rule('whn: "true"'), 6, 'rules[0].whn', 'unknown key "whn"; did you mean "when"?'],
    ['condition of a wrong type', rule('when: true'), 6, 'rules[0].when', 'expected a condition in quotes'],
    [
      'condition that is a number',
      rule('when: event.data.files'),
      6,
      'rules[0].when',
      'a condition is true or false, but this is a number',
    ],
    ['type error', rule(`when: 'event.data.files > "10"'`), 6, 'rules[0].when', '">" does not go between a number'],
    ['regular expression', rule(`when: 'event.type.matches("a+")'`), 6, 'rules[0].when', 'regular expressions are refused'],
    ['syntax error in CEL', rule("when: 'event.data.files >'"), 6, 'rules[0].when', 'not an expression'],
    [
      'unknown multiplier',
      rule('multipliers: [vp]'),
      6,
      'rules[0].multipliers[0]',
      'unknown multiplier "vp"; did you mean "vip"?',
    ],
    ['multiplier twice', rule('multipliers: [vip, vip]'), 6, 'rules[0].multipliers[1]', 'there twice'],
    ['multipliers as text', rule('multipliers: vip'), 6, 'rules[0].multipliers', 'expected a list of multipliers'],
    [
      'limit of 0',
      limit('{ max: 0, per: day }'),
      6,
      'rules[0].limit.max',
      'expected a whole number of awards, at least 1, found 0',
    ],
    ['limit below 0', limit('{ max: -1, per: day }'), 6, 'rules[0].limit.max', 'at least 1, found -1'],
    ['limit without max', limit('{ per: day }'), 6, 'rules[0].limit', '"max" is missing'],
    ['limit without period', limit('{ max: 1 }'), 6, 'rules[0].limit', '"per" or "within" is missing'],
    ['limit with both', limit('{ max: 1, per: day, within: 1h }'), 6, 'rules[0].limit', 'not both'],
    [
      'unknown period',
      limit('{ max: 1, per: fortnight }'),
      6,
      'rules[0].limit.per',
      'expected second, minute, hour, day, week or month, found "fortnight"',
    ],
    ['misspelt period', limit('[{ max: 1, per: dya }]'), 6, 'rules[0].limit[0].per', 'did you mean "day"?'],
    ...['90', '0s', '1y', '1.5h', '367d', '-1s', '999999999d'].map((text): [string, string, number, string, string] => [
      `within ${text}`,
      limit(`{ max: 1, within: '${text}' }`),
      6,
      'rules[0].limit.within',
      'expected a window such as',
    ]),
    [
      'reserved family by wildcard',
      small({ rules: "[{ id: a, on: 'story.*', award: { points: 1 } }]" }),
      6,
      'rules[0].on',
      'matches nothing',
    ],
    // Boards
    [
      'unknown metric',
      small({ boards: '[{ id: b, metric: earnd }]' }),
      7,
      'boards[0].metric',
      'unknown metric "earnd"; did you mean "earned"?',
    ],
    ['no metric', small({ boards: '[{ id: b }]' }), 7, 'boards[0]', '"metric" is missing'],
    [
      'unknown period of a board',
      small({ boards: '[{ id: b, metric: earned, period: weak }]' }),
      7,
      'boards[0].period',
      'did you mean "week"?',
    ],
    ['unknown order', small({ boards: '[{ id: b, metric: earned, order: up }]' }), 7, 'boards[0].order', 'expected desc or asc'],
    [
      'unknown zone of a board',
      small({ boards: '[{ id: b, metric: earned, zone: Mars/Base }]' }),
      7,
      'boards[0].zone',
      'unknown time zone "Mars/Base"',
    ],
    [
      'board that is none',
      small({ boards: '[weekly]' }),
      7,
      'boards[0]',
      'expected a board, as in { id: ... }, found the text "weekly"',
    ],
    ['misspelt key of a board', small({ boards: '[{ id: b, metrc: earned }]' }), 7, 'boards[0].metrc', 'did you mean "metric"?'],
  ])('%s', (_, source, line, path, message) => {
    expect(faultsOf(source)).toContainEqual({ line, path, message: expect.stringContaining(message) });
  });

  it('an id that is there twice is told with its first place', () => {
    const twice =
      'diana: 1\ncurrencies: { p: }\nrules:\n  - { id: a, on: x, award: { p: 1 } }\n  - { id: b, on: x, award: { p: 1 } }\n  - { id: a, on: y, award: { p: 1 } }\n';
    expect(faultsOf(twice)).toEqual([{ line: 6, path: 'rules[2].id', message: 'the id "a" is there twice: first on line 4' }]);
    expect(faultsOf(small({ boards: '[{ id: b, metric: earned }, { id: b, metric: earned }]' }))).toMatchObject([
      { line: 7, path: 'boards[1].id' },
    ]);
  });

  it('a strict catalog knows all types there are', () => {
    const strict = (on: string): readonly CatalogFault[] =>
      faultsOf(small({ rules: `[{ id: a, on: '${on}', award: { points: 1 } }]` }, true));
    expect(strict('code.comit')).toEqual([
      {
        line: 6,
        path: 'rules[0].on',
        message: 'no declared event matches "code.comit", and strictEvents refuses all others; did you mean "code.commit"?',
      },
    ]);
    expect(strict('game.*')).toMatchObject([{ path: 'rules[0].on' }]);
    expect(strict('level.reachd')).toMatchObject([{ message: expect.stringContaining('did you mean "level.reached"?') }]);
    expect(strict('code.*')).toEqual([]);
    expect(strict('level.reached')).toEqual([]);
  });

  it('all are told at once, by line', () => {
    const broken = EXAMPLE.replace('name: example', 'nmae: example')
      .replace('factor: 1.5', 'factor: -1')
      .replace('max: 20', 'max: 0')
      .replace('metric: earned', 'metric: earnd')
      .replace('rounding: half_even', 'rounding: up');
    const faults = faultsOf(broken);
    expect(faults.map(({ path }) => path)).toEqual([
      'nmae',
      'rounding',
      'multipliers.vip.factor',
      'rules[0].limit.max',
      'boards[0].metric',
    ]);
    expect(faults.map(({ line }) => line)).toEqual(faults.map(({ line }) => line).toSorted((a, b) => a - b));
  });

  it('one fault is told once: what is declared with a fault is declared', () => {
    const faults = faultsOf(
      small({
        metrics: '{ m: { count: 7 } }',
        boards: '[{ id: b, metric: m }]',
        multipliers: '{ vip: { factor: 0 } }',
        rules: '[{ id: a, on: x, award: { points: 1 }, multipliers: [vip] }]',
      }),
    );
    expect(faults.map(({ path }) => path)).toEqual(['metrics.m.count', 'multipliers.vip.factor']);
  });
});

describe('rules that set each other off', () => {
  const rules = (...texts: string[]): readonly CatalogFault[] =>
    faultsOf(`diana: 1\ncurrencies: { p: }\nrules:\n${texts.map((text) => `  - ${text}\n`).join('')}`);

  it('one by itself', () => {
    expect(rules('{ id: a, on: points.awarded, award: { p: 1 } }')).toEqual([
      { line: 4, path: 'rules[0].on', message: 'the rule listens to what it causes: it announces "points.awarded" itself' },
    ]);
    expect(rules('{ id: a, on: points.adjusted, adjust: { p: 1 } }')).toHaveLength(1);
  });

  it('two in a circle', () => {
    const faults = rules(
      '{ id: a, on: points.awarded, adjust: { p: 1 } }',
      '{ id: c, on: code.commit, award: { p: 1 } }',
      '{ id: b, on: points.adjusted, award: { p: 1 } }',
    );
    expect(faults.map(({ line, path }) => [line, path])).toEqual([
      [4, 'rules[0].on'],
      [6, 'rules[2].on'],
    ]);
    expect(faults[0]?.message).toContain('"points.awarded" comes back through the rule "b"');
  });

  it('a chain that ends is no circle, and a wildcard hears nothing of it', () => {
    expect(rules('{ id: a, on: points.awarded, adjust: { p: 1 } }', '{ id: b, on: "*", award: { p: 1 } }')).toEqual([]);
    expect(rules('{ id: a, on: points.spent, award: { p: 1 } }')).toEqual([]);
  });
});
