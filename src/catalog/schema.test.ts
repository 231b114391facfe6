import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DESIGN } from './design.fixture.ts';
import { EXAMPLE } from './example.fixture.ts';
import { catalogSchema, parseCatalog } from './index.ts';

const validate = new Ajv2020({ strict: true, strictTuples: false, strictRequired: false, allowUnionTypes: true }).compile(
  catalogSchema(),
);

/** Where the schema finds fault with a catalog; empty where it finds none. */
function refusals(source: string): readonly string[] {
  return validate(parse(source)) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Any part of a JSON document, by keys and places. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((part, key) => (part as Readonly<Record<string | number, unknown>> | undefined)?.[key], value);
}

describe('what the parser takes, the schema takes', () => {
  it('the catalog of the design', () => {
    const parsed = parseCatalog(DESIGN);
    expect(parsed.ok ? [] : parsed.faults).toEqual([]);
    expect(refusals(DESIGN)).toEqual([]);
  });

  it.each(['diana-bot', 'git-history'])('examples/%s', async (name) => {
    expect(refusals(await readFile(`examples/${name}/catalog.yaml`, 'utf8'))).toEqual([]);
  });

  it.each([
    ['every key', EXAMPLE],
    ['nothing but the format', 'diana: 1'],
    [
      'sections that are empty',
      'diana: 1\nrules:\nmetrics:\ncurrencies:\nevents:\nboards:\nstreaks:\nlevels:\nmultipliers:\nachievements:\nflows:\n',
    ],
    ['definitions that are empty', 'diana: 1\ncurrencies: { points: }\nevents: { game.won: }'],
    [
      'every strategy of an achievement',
      `diana: 1
metrics: { m: { count: a } }
boards: [{ id: weekly, metric: m, period: week }]
achievements:
  - { id: windowed, metric: m, within: day, tiers: [{ id: t, at: 1 }, { id: u, at: 2 }] }
  - { id: weeks, metric: m, within: week, repeatable: true, tiers: [{ id: t, at: 1 }, { id: u, at: 2 }] }
  - { id: tens, metric: m, repeatable: true, tiers: [{ id: t, at: 10 }] }
  - { id: both, all: [tens, windowed.u], secret: true }
  - { id: either, any: [tens, windowed.u], requires: [weeks], tiers: [{ id: one, at: 1 }, { id: two, at: 2 }] }
  - { id: welcome, sequence: [a, { on: 'b.*', when: 'event.data.full' }, user.created], deadline: 7d }
  - { id: champion, board: weekly, rank: 3 }
  - { id: hero, manual: true, name: Hero }
`,
    ],
    [
      'everything about a currency',
      `diana: 1
currencies:
  a: { overdraft: allow, adjust: refuse, expires: { after: P1Y6M, warn: P2W }, transfers: { max: 1, per: week } }
  b: { adjust: clamp, expires: { at: '12-31' }, cap: [{ max: 5, per: day }, { max: 20, per: week }, { max: 20, per: month }] }
  c: { adjust: allow, expires: { at: '2027-06-30', warn: P30D }, transfers: [{ max: 1, per: day }] }
`,
    ],
    ['thresholds', 'diana: 1\nmetrics: { m: { count: a } }\nlevels: { metric: m, thresholds: [0, 1.5, 3] }'],
    [
      'every kind of metric',
      `diana: 1
currencies: { p: }
streaks: { daily: { on: a, every: day, when: 'event.data.n > 0' } }
levels: { metric: earned, thresholds: [0] }
metrics:
  earned: { earned: p, when: 'event.type == "a"' }
  spent: { spent: p }
  balance: { balance: p }
  level: { level: true }
  streak: { streak: daily }
  slowest: { max: event.data.n, on: a }
  fastest: { min: event.data.n, on: a }
  newest: { last: event.data.n, on: a, when: 'event.data.n > 0' }
`,
    ],
  ])('%s', (_, source) => {
    const parsed = parseCatalog(source);
    expect(parsed.ok ? [] : parsed.faults).toEqual([]);
    expect(refusals(source)).toEqual([]);
  });
});

const METRIC = 'metrics: { m: { count: a } }\n';
const POINTS = 'currencies: { points: }\n';
const rule = (text: string): string => `${POINTS}rules: [{ id: r, on: a, award: { points: 1 }, ${text} }]`;
const board = (text: string): string => `${METRIC}boards: [{ id: b, metric: m, ${text} }]`;
const achievement = (text: string): string => `${METRIC}achievements: [{ id: a, metric: m, ${text} }]`;
const HERO = 'achievements: [{ id: hero, manual: true }, ';
const tier = (text: string): string => achievement(`tiers: [{ id: t, at: 1, ${text} }]`);

describe('what is misshapen, both refuse', () => {
  it.each<[string, string]>([
    ['no format', 'name: x'],
    ['another format', 'diana: 2'],
    ['unknown section', 'diana: 1\nrule: []'],
    ['name that is a number', 'diana: 1\nname: 7'],
    ['name that is blank', "diana: 1\nname: ' '"],
    ['unknown rounding', 'diana: 1\nrounding: up'],
    ['strictEvents as text', "diana: 1\nstrictEvents: 'true'"],
    ['timezone as number', 'diana: 1\ntimezone: 2'],
    ['a list, no mapping', '[]'],
    ...[
      ['currencies as list', 'currencies: []'],
      ['bad name of a currency', 'currencies: { Gold: }'],
      ['long name of a currency', `currencies: { ${'a'.repeat(65)}: }`],
      ['unknown key of a currency', 'currencies: { p: { nam: x } }'],
      ['unknown overdraft', 'currencies: { p: { overdraft: maybe } }'],
      ['unknown adjust', 'currencies: { p: { adjust: cut } }'],
      ['expiry of nothing', 'currencies: { p: { expires: {} } }'],
      ['expiry twice', "currencies: { p: { expires: { after: P1Y, at: '12-31' } } }"],
      ['expiry by the hour', 'currencies: { p: { expires: { after: PT1H } } }'],
      ['expiry on no day', 'currencies: { p: { expires: { at: soon } } }'],
      ['unknown key of an expiry', 'currencies: { p: { expires: { after: P1Y, wran: P1D } } }'],
      ['transfers of 0', 'currencies: { p: { transfers: { max: 0, per: day } } }'],
      ['transfers per hour', 'currencies: { p: { transfers: { max: 1, per: hour } } }'],
      ['transfers by no limit', 'currencies: { p: { transfers: [] } }'],
      ['cap without a period', 'currencies: { p: { cap: { max: 1 } } }'],
      ['events as list', 'events: []'],
      ['bad type of an event', 'events: { Code: }'],
      ['a type of too many segments', `events: { ${'a.'.repeat(16)}a: }`],
      ['reserved type', 'events: { points.awarded: }'],
      ['reserved family', 'events: { story.mine: }'],
      ['unknown key of an event', 'events: { a: { publik: true } }'],
      ['public as text', "events: { a: { public: 'yes' } }"],
      ['unknown type of a field', 'events: { a: { data: { n: integr } } }'],
      ['field without a name', "events: { a: { data: { '': integer } } }"],
      ['data that are nothing', 'events: { a: { data: } }'],
      ['metrics as list', 'metrics: []'],
      ['metric of no kind', 'metrics: { m: {} }'],
      ['metric of two kinds', `${POINTS}metrics: { m: { count: a, earned: points } }`],
      ['unknown kind of metric', 'metrics: { m: { cuont: a } }'],
      ['unknown key of a metric', 'metrics: { m: { count: a, whn: "true" } }'],
      ['sum without on', 'metrics: { m: { sum: event.data.n } }'],
      ['level that is false', 'levels: { metric: m, thresholds: [0] }\nmetrics: { m: { count: a }, l: { level: false } }'],
      ['bad name of a metric', 'metrics: { M: { count: a } }'],
      ['streak without every', 'streaks: { s: { on: a } }'],
      ['streak without on', 'streaks: { s: { every: day } }'],
      ['streak by the year', 'streaks: { s: { on: a, every: year } }'],
      ['unknown key of a streak', 'streaks: { s: { on: a, every: day, grade: 1 } }'],
      ['levels without metric', 'levels: { thresholds: [0] }'],
      ['levels by nothing', `${METRIC}levels: { metric: m }`],
      ['levels by both', `${METRIC}levels: { metric: m, thresholds: [0], formula: 'value + 1' }`],
      ['thresholds that begin above 0', `${METRIC}levels: { metric: m, thresholds: [1, 2] }`],
      ['no thresholds', `${METRIC}levels: { metric: m, thresholds: [] }`],
      ['unknown key of levels', `${METRIC}levels: { metric: m, thresholds: [0], top: 3 }`],
      ['multiplier without factor', 'multipliers: { m: {} }'],
      ['factor 0', 'multipliers: { m: { factor: 0 } }'],
      ['factor -1', 'multipliers: { m: { factor: -1 } }'],
      ['factor above 1000', 'multipliers: { m: { factor: 1001 } }'],
      ['unknown key of a multiplier', 'multipliers: { m: { factor: 2, whn: "true" } }'],
      ['streak without tiers', 'streaks: { s: { on: a, every: day } }\nmultipliers: { m: { streak: s } }'],
      ['rules as mapping', 'rules: { a: 1 }'],
      ['rule without id', `${POINTS}rules: [{ on: a, award: { points: 1 } }]`],
      ['rule without on', `${POINTS}rules: [{ id: r, award: { points: 1 } }]`],
      ['rule that gives nothing', 'rules: [{ id: r, on: a }]'],
      ['bad id of a rule', `${POINTS}rules: [{ id: 'a b', on: a, award: { points: 1 } }]`],
      ['award of 0', `${POINTS}rules: [{ id: r, on: a, award: { points: 0 } }]`],
      ['award of nothing', `${POINTS}rules: [{ id: r, on: a, award: {} }]`],
      ['award with a fraction', `${POINTS}rules: [{ id: r, on: a, award: { points: 1.5 } }]`],
      ['adjustment of 0', `${POINTS}rules: [{ id: r, on: a, adjust: { points: 0 } }]`],
      ['unknown key of a rule', rule('whn: "true"')],
      ['condition that is no text', rule('when: true')],
      ['multipliers as text', rule('multipliers: vip')],
      ['limit of 0', rule('limit: { max: 0, per: day }')],
      ['limit without max', rule('limit: { per: day }')],
      ['limit without period', rule('limit: { max: 1 }')],
      ['limit with both', rule('limit: { max: 1, per: day, within: 1h }')],
      ['limit of an unknown period', rule('limit: { max: 1, per: fortnight }')],
      ['limit of an unknown window', rule("limit: { max: 1, within: '90' }")],
      ['limit with an unknown key', rule('limit: [{ max: 1, per: day, of: 3 }]')],
      ['achievement without id', `${METRIC}achievements: [{ metric: m, tiers: [{ id: t, at: 1 }] }]`],
      ['achievement without metric', 'achievements: [{ id: a, tiers: [{ id: t, at: 1 }] }]'],
      ['achievement without tiers', `${METRIC}achievements: [{ id: a, metric: m }]`],
      ['achievement of two strategies', achievement('tiers: [{ id: t, at: 1 }], manual: true')],
      ['achievement within a year', achievement('tiers: [{ id: t, at: 1 }], within: year')],
      ['repeatable as text', achievement("tiers: [{ id: t, at: 1 }], repeatable: 'yes'")],
      ['composite of nothing', 'achievements: [{ id: a, all: [] }]'],
      ['composite that repeats', `${HERO}{ id: a, any: [hero], repeatable: true }]`],
      ['composite within a week', `${HERO}{ id: a, any: [hero], within: week }]`],
      ['sequence of one step', 'achievements: [{ id: a, sequence: [b] }]'],
      ['step of a sequence without on', "achievements: [{ id: a, sequence: [b, { when: 'true' }] }]"],
      ['deadline without a unit', "achievements: [{ id: a, sequence: [b, c], deadline: '7' }]"],
      ['board without rank', `${METRIC}boards: [{ id: b, metric: m, period: day }]\nachievements: [{ id: a, board: b }]`],
      ['manual that is false', 'achievements: [{ id: a, manual: false }]'],
      ['manual that requires', `${HERO}{ id: a, manual: true, requires: [hero] }]`],
      ['no tiers', achievement('tiers: []')],
      ['unknown key of an achievement', achievement('tiers: [{ id: t, at: 1 }], hidden: true')],
      ['secret as text', achievement("tiers: [{ id: t, at: 1 }], secret: 'yes'")],
      ['tier at 0', achievement('tiers: [{ id: t, at: 0 }]')],
      ['tier without id', achievement('tiers: [{ at: 1 }]')],
      ['tier without at', achievement('tiers: [{ id: t }]')],
      ['unknown key of a tier', tier('points: 5')],
      ['reward of 0', `${POINTS}${tier('award: { points: 0 }')}`],
      ['requires as text', achievement('tiers: [{ id: t, at: 1 }], requires: b')],
      ['board without id', `${METRIC}boards: [{ metric: m }]`],
      ['board without metric', 'boards: [{ id: b }]'],
      ['unknown period', board('period: fortnight')],
      ['unknown order', board('order: up')],
      ['unknown ties', board('ties: last')],
      ['unknown key of a board', board('limit: 10')],
      ['zone as number', board('zone: 2')],
      ['period of two kinds', board("period: { cron: '0 18 * * 5', seasons: [] }")],
      ['period by a pattern of minutes', board("period: { cron: '* * * * *' }")],
      ['period by a pattern of six fields', board("period: { cron: '0 0 18 * * 5' }")],
      ['period without seasons', board('period: { seasons: [] }')],
      ['season without a name', board('period: { seasons: [{ from: 2026-09-01, to: 2026-12-01 }] }')],
      ['season that is called all', board('period: { seasons: [{ name: all, from: 2026-09-01, to: 2026-12-01 }] }')],
      ['unknown key of a season', board('period: { seasons: [{ name: a, from: 2026-09-01, to: 2026-12-01, by: 1 }] }')],
      ['reward for nobody', `${POINTS}${board('period: week, rewards: [{ award: { points: 5 } }]')}`],
      ['reward of nothing', `${POINTS}${board('period: week, rewards: [{ rank: 1, award: {} }]')}`],
      [
        'reward for ranks of two kinds',
        `${POINTS}${board('period: week, rewards: [{ rank: 1, top: 5%, award: { points: 5 } }]')}`,
      ],
      ['share without a sign', `${POINTS}${board("period: week, rewards: [{ top: '5', award: { points: 5 } }]")}`],
      ['unknown key of a reward', `${POINTS}${board('period: week, rewards: [{ rank: 1, of: 2, award: { points: 5 } }]')}`],
      ['league of one tier', board('period: week, leagues: { tiers: [a], size: 5, promote: 1, relegate: 1 }')],
      ['league of cohorts of one', board('period: week, leagues: { tiers: [a, b], size: 1, promote: 1, relegate: 0 }')],
      ['unknown key of leagues', board('period: week, leagues: { tiers: [a, b], size: 5, promote: 1, relegate: 1, of: 2 }')],
      ['board that is text', 'boards: [weekly]'],
      ['segment that is a number', 'metrics: { m: { count: a } }\nboards: [{ id: b, metric: m, by: 1 }]'],
      ['record that is text', 'metrics: { m: { count: a } }\nboards: [{ id: b, metric: m, record: event.data.level }]'],
      ['field of a record that is a number', 'metrics: { m: { count: a } }\nboards: [{ id: b, metric: m, record: { n: 1 } }]'],
      [
        'record of nine fields',
        `metrics: { m: { count: a } }\nboards: [{ id: b, metric: m, record: { ${[...'abcdefghi'].map((name) => `${name}: event.type`).join(', ')} } }]`,
      ],
    ].map(([name = '', text = '']): [string, string] => [name, `diana: 1\n${text}`]),
  ])('%s', (_, source) => {
    expect(parseCatalog(source).ok).toBe(false);
    expect(refusals(source)).not.toEqual([]);
  });
});

describe('schema and parser know the same keys', () => {
  const schema = catalogSchema();
  const propertiesAt = (...path: readonly (string | number)[]): readonly string[] =>
    Object.keys(at(schema, ...path, 'properties') as object).toSorted();

  /** What the parser says it knows beside a key that nobody knows. */
  function known(text: string): readonly string[] {
    const parsed = parseCatalog(`diana: 1\n${text}`);
    const [message = ''] = parsed.ok ? [] : parsed.faults.map((fault) => fault.message).filter((one) => one.includes('qqqqqqqq'));
    const [, listed = ''] = /(?:expected|known are) (.*?)(?:, as in .*)?$/.exec(message) ?? [];
    return listed.split(/, | or /).toSorted();
  }

  const Q = 'qqqqqqqqqqqqqqqq: 1';
  it.each<[string, string, readonly (string | number)[]]>([
    ['sections', Q, []],
    ['a currency', `currencies: { c: { ${Q} } }`, ['properties', 'currencies', 'additionalProperties']],
    ['an event', `events: { e: { ${Q} } }`, ['properties', 'events', 'additionalProperties']],
    ['a streak', `streaks: { s: { ${Q} } }`, ['properties', 'streaks', 'additionalProperties']],
    ['levels', `levels: { ${Q} }`, ['properties', 'levels']],
    ['a multiplier', `multipliers: { m: { ${Q} } }`, ['properties', 'multipliers', 'additionalProperties']],
    [
      'a tier of a multiplier',
      `multipliers: { m: { streak: s, tiers: [{ ${Q} }] } }`,
      ['properties', 'multipliers', 'additionalProperties', 'properties', 'tiers', 'items'],
    ],
    ['a rule', `rules: [{ ${Q} }]`, ['properties', 'rules', 'items']],
    ['a limit', `rules: [{ limit: { ${Q} } }]`, ['properties', 'rules', 'items', 'properties', 'limit', 'anyOf', 0]],
    ['an achievement', `achievements: [{ ${Q} }]`, ['properties', 'achievements', 'items']],
    [
      'a tier of an achievement',
      `achievements: [{ tiers: [{ ${Q} }] }]`,
      ['properties', 'achievements', 'items', 'properties', 'tiers', 'items'],
    ],
    ['a board', `boards: [{ ${Q} }]`, ['properties', 'boards', 'items']],
    ['a reward', `boards: [{ rewards: [{ ${Q} }] }]`, ['properties', 'boards', 'items', 'properties', 'rewards', 'items']],
    ['leagues of a board', `boards: [{ leagues: { ${Q} } }]`, ['properties', 'boards', 'items', 'properties', 'leagues']],
    [
      'a season',
      `boards: [{ period: { seasons: [{ ${Q} }] } }]`,
      ['properties', 'boards', 'items', 'properties', 'period', 'anyOf', 2, 'properties', 'seasons', 'items'],
    ],
  ])('of %s', (_, text, path) => {
    expect(known(text)).toEqual(propertiesAt(...path));
  });

  const kinds = at(schema, 'properties', 'metrics', 'additionalProperties', 'oneOf') as readonly {
    readonly required: readonly string[];
  }[];

  it('of metrics: the kinds', () => {
    expect(kinds.map(({ required: [kind] }) => kind).toSorted()).toEqual(known(`metrics: { m: { ${Q} } }`));
  });

  it.each(kinds.map(({ required: [kind = ''] }, place) => [kind, place] as const))('of a metric of kind %s', (kind, place) => {
    const keys = propertiesAt('properties', 'metrics', 'additionalProperties', 'oneOf', place);
    expect(known(`metrics: { m: { ${kind}: 1, ${Q} } }`)).toEqual(keys);
  });

  it('and the schema explains each of them', () => {
    const unexplained: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, part] of Object.entries(value)) {
        if (path.endsWith('/properties') && typeof at(part, 'description') !== 'string') unexplained.push(`${path}/${key}`);
        visit(part, `${path}/${key}`);
      }
    };
    visit(schema, '');
    expect(unexplained).toEqual([]);
  });
});
