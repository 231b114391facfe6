import { describe, expect, it } from 'vitest';
import { DESIGN } from './design.fixture.ts';
import { type CatalogFault, parseCatalog } from './index.ts';

function faultsOf(source: string): readonly CatalogFault[] {
  const parsed = parseCatalog(source);
  return parsed.ok ? [] : parsed.faults;
}

/** A sound catalog to put one fault in: its sections are lists of lines, so that a fault has a line of its own. */
const SOUND = {
  currencies: ['  points: { name: Points }', '  gems:'],
  events: ['  quiz.answered: { data: { correct: boolean, score: integer, topic: string } }'],
  metrics: [
    '  answers: { count: quiz.answered }',
    '  best: { max: event.data.score, on: quiz.answered }',
    '  topics: { distinct: event.data.topic, on: quiz.answered }',
    "  in-a-row: { run: quiz.answered, while: 'event.data.correct' }",
    '  earned: { earned: points }',
    '  level: { level: true }',
  ],
  streaks: ["  daily: { on: 'quiz.*', every: day }"],
  levels: ['  metric: earned', '  thresholds: [0, 100, 300]'],
  multipliers: [
    '  vip: { when: "user.attributes.vip == true", factor: 1.5 }',
    '  keen: { streak: daily, tiers: [{ from: 3, factor: 1.1 }, { from: 7, factor: 1.2 }] }',
  ],
  rules: ['  - { id: answer, on: quiz.answered, award: { points: 10 }, multipliers: [vip], limit: { max: 20, per: day } }'],
  achievements: [
    '  - { id: quizzer, metric: answers, tiers: [{ id: bronze, at: 1, award: { points: 50 } }, { id: silver, at: 100 }] }',
    '  - { id: master, metric: level, requires: [quizzer.silver], tiers: [{ id: gold, at: 3 }] }',
  ],
  boards: ['  - { id: weekly, metric: earned, period: week, order: desc, ties: first }', '  - { id: forever, metric: earned }'],
  flows: ['  purchase: { start: shop.ordered, end: shop.delivered, fail: shop.cancelled, deadline: 15m }'],
} as const;
type Section = keyof typeof SOUND;

/** Written out, and the line of what was added. */
function written(section: Section | null, added: readonly string[], instead: boolean): { source: string; line: number } {
  const lines = ['diana: 1'];
  let line = 0;
  for (const [name, sound] of Object.entries(SOUND)) {
    lines.push(`${name}:`);
    if (name !== section || !instead) lines.push(...sound);
    if (name === section) {
      line = lines.length + 1;
      lines.push(...added);
    }
  }
  return { source: `${lines.join('\n')}\n`, line };
}

/** The sound catalog with lines more, and where its one fault is: `offset` lines below the first added one. */
function more(section: Section, line: string | readonly string[], offset = 0): readonly [string, number] {
  const { source, line: first } = written(section, [line].flat(), false);
  return [source, first + offset];
}

/** The same with another section in place of the sound one. */
function other(section: Section, line: string | readonly string[], offset = 0): readonly [string, number] {
  const { source, line: first } = written(section, [line].flat(), true);
  return [source, first + offset];
}

const rule = (text: string) => more('rules', `  - { id: r, on: quiz.answered, award: { points: 1 }, ${text} }`);
const when = (expression: string) => rule(`when: '${expression}'`);
const award = (amount: string) => more('rules', `  - { id: r, on: quiz.answered, award: { points: ${amount} } }`);
const tiers = (...list: readonly string[]) => more('achievements', `  - { id: a, metric: answers, tiers: [${list.join(', ')}] }`);
const achievement = (text: string) => more('achievements', `  - { id: a, ${text} }`);
const flow = (text: string) => more('flows', `  f: { ${text} }`);
const currency = (text: string) => more('currencies', `  c: { ${text} }`);
const board = (text: string) => more('boards', `  - { id: b, metric: earned, ${text} }`);

it('the catalogs that faults are put in have none', () => {
  expect(faultsOf(written(null, [], false).source)).toEqual([]);
  expect(faultsOf(DESIGN)).toEqual([]);
});

describe('each fault is the only one, on its line, and says what to do', () => {
  it.each<[string, readonly [string, number], string]>([
    // What feeds itself.
    [
      'a rule that hears what it awards',
      more('rules', '  - { id: more, on: points.awarded, award: { gems: 1 } }'),
      'the rule listens to what it causes: it announces "points.awarded" itself',
    ],
    [
      'a rule that hears what it adjusts',
      more('rules', '  - { id: more, on: points.adjusted, adjust: { gems: 1 } }'),
      'it announces "points.adjusted" itself',
    ],
    [
      'an achievement that requires itself',
      more('achievements', '  - { id: a, metric: answers, requires: [a], tiers: [{ id: t, at: 1 }] }'),
      'achievements require one another, so none can be unlocked: a → a',
    ],
    [
      'achievements that require one another',
      more(
        'achievements',
        [
          '  - { id: a, metric: answers, requires: [b], tiers: [{ id: t, at: 1 }] }',
          '  - { id: b, metric: answers, requires: [c], tiers: [{ id: t, at: 1 }] }',
          '  - { id: c, metric: answers, requires: [a.t], tiers: [{ id: t, at: 1 }] }',
        ],
        2,
      ),
      'achievements require one another, so none can be unlocked: a → b → c → a',
    ],
    [
      'levels by the level',
      other('levels', ['  metric: level', '  thresholds: [0, 100, 300]']),
      'the metric "level" is the level itself, which cannot follow from itself',
    ],

    [
      'composites that are made of one another',
      more('achievements', ['  - { id: a, all: [b, quizzer] }', '  - { id: b, any: [a] }'], 1),
      'achievements require one another, so none can be unlocked: a → b → a',
    ],
    [
      'a composite that requires what is made of it',
      more('achievements', ['  - { id: a, all: [quizzer], requires: [b] }', '  - { id: b, any: [a, master] }'], 1),
      'achievements require one another, so none can be unlocked: a → b → a',
    ],
    [
      'what pays for its own repeat',
      achievement('metric: earned, repeatable: true, tiers: [{ id: t, at: 10, award: { points: 10 } }]'),
      'the achievement would unlock itself again and again: its award of 10 points is the progress to the next time, at 10',
    ],

    // Names that clash.
    ['a currency twice', more('currencies', '  points:'), '"points" is there twice'],
    ['an event twice', more('events', '  quiz.answered:'), '"quiz.answered" is there twice'],
    ['a metric twice', more('metrics', '  answers: { count: quiz.asked }'), '"answers" is there twice'],
    ['a streak twice', more('streaks', '  daily: { on: quiz.answered, every: day }'), '"daily" is there twice'],
    ['a multiplier twice', more('multipliers', '  vip: { factor: 2 }'), '"vip" is there twice'],
    [
      'a rule twice',
      more('rules', '  - { id: answer, on: quiz.answered, award: { points: 1 } }'),
      'the id "answer" is there twice: first on line',
    ],
    [
      'an achievement twice',
      more('achievements', '  - { id: master, metric: answers, tiers: [{ id: t, at: 1 }] }'),
      'the id "master" is there twice: first on line',
    ],
    ['a tier twice', tiers('{ id: t, at: 1 }', '{ id: t, at: 2 }'), 'the tier "t" is there twice'],
    ['a board twice', more('boards', '  - { id: weekly, metric: answers }'), 'the id "weekly" is there twice: first on line'],
    ['a multiplier twice in a rule', rule('multipliers: [vip, vip]'), 'the multiplier "vip" is there twice'],

    ['a part twice', achievement('all: [quizzer, master, quizzer]'), '"quizzer" is there twice'],

    // What can never be reached.
    [
      'more parts than there are',
      achievement('any: [quizzer, master], tiers: [{ id: two, at: 2 }, { id: three, at: 3 }]'),
      'the tier "three" can never be reached: it is made of 2',
    ],
    [
      'more steps than there are',
      achievement('sequence: [a, b], tiers: [{ id: t, at: 3 }]'),
      'the tier "t" can never be reached: there are 2 steps',
    ],
    [
      'a rank on a board that never closes',
      achievement('board: forever, rank: 3'),
      'the board "forever" never closes: its period is all',
    ],
    [
      'tiers that descend',
      tiers('{ id: silver, at: 100 }', '{ id: gold, at: 50 }'),
      'the tier "gold" can never be reached on its own: the tier "silver" before it begins at 100 already; tiers ascend',
    ],
    [
      'tiers at the same progress',
      tiers('{ id: silver, at: 100 }', '{ id: gold, at: 100 }'),
      'the tier "gold" can never be reached on its own',
    ],
    [
      'a tier above the highest level',
      more('achievements', '  - { id: a, metric: level, tiers: [{ id: low, at: 3 }, { id: high, at: 4 }] }'),
      'the tier "high" can never be reached: "level" ends at 3',
    ],
    ['a tier that everybody has', tiers('{ id: t, at: 0 }'), 'found 0: everybody has that'],
    [
      'tiers of a streak that descend',
      more('multipliers', '  m: { streak: daily, tiers: [{ from: 7, factor: 1.2 }, { from: 3, factor: 1.1 }] }'),
      'tiers ascend: this one begins at 3, the one before it at 7',
    ],
    [
      'thresholds that descend',
      other('levels', ['  metric: earned', '  thresholds: [0, 100, 300, 200]'], 1),
      'thresholds ascend: 200 follows 300',
    ],
    [
      'thresholds that begin above 0',
      other('levels', ['  metric: earned', '  thresholds: [100, 200, 300]'], 1),
      'the first threshold is 0, where level 1 begins; found 100',
    ],
    [
      'a formula that falls',
      other('levels', ['  metric: earned', "  formula: '10 - value / 1000'"], 1),
      'levels never fall while the metric rises',
    ],
    [
      'a formula that begins below level 1',
      other('levels', ['  metric: earned', "  formula: 'floor(value / 1000)'"], 1),
      'the formula gives 0 at 0; expected at least 1, the first level',
    ],
    [
      'a formula without a value',
      other('levels', ['  metric: earned', "  formula: '1 / value'"], 1),
      'the formula gives no level at 0',
    ],
    [
      'levels of formula and thresholds',
      other('levels', ['  metric: earned', '  thresholds: [0, 100, 300]', "  formula: 'value + 1'"], -1),
      'levels have "formula" or "thresholds", not both',
    ],
    [
      'a multiplier that ends before it begins',
      more('multipliers', '  m: { factor: 2, from: 2026-12-07T00:00:00Z, to: 2026-12-05T00:00:00Z }'),
      '"to" must be later than "from"',
    ],
    [
      'a rule that listens to a family that Diana announces',
      more('rules', "  - { id: r, on: 'story.*', award: { points: 1 } }"),
      '"story.*" matches nothing',
    ],

    // What becomes of points.
    ['an adjustment that is none', currency('adjust: cut'), 'expected refuse, clamp or allow, found "cut"'],
    ['points that expire by no time', currency('expires: { warn: P1D }'), '"after" or "at" is missing'],
    ['points that expire by two times', currency("expires: { after: P1Y, at: '12-31' }"), 'not both'],
    [
      'points that expire at once',
      currency('expires: { after: P0D }'),
      'expected a length of time of days, weeks, months or years',
    ],
    ['points that expire by the hour', currency('expires: { after: PT1H }'), 'found "PT1H"'],
    ['points that expire by a duration of another kind', currency('expires: { after: 365d }'), 'found "365d"'],
    ['points that expire in 101 years', currency('expires: { after: P101Y }'), 'at most 100 years, found "P101Y"'],
    ['points that expire on no day', currency("expires: { at: '13-01' }"), "expected a day of every year, such as '12-31'"],
    ['points that expire on no date', currency("expires: { at: '2027-02-29' }"), 'found "2027-02-29"'],
    ['points that expire on a day of few years', currency("expires: { at: '02-29' }"), 'not every year has a 29 February'],
    ['a warning before the points', currency('expires: { after: P30D, warn: P30D }'), 'P30D is no shorter than they last'],
    [
      'a warning before the points of some months',
      currency('expires: { after: P1M, warn: P28D }'),
      'P28D is no shorter than they last',
    ],
    ['a warning of a year for every year', currency("expires: { at: '12-31', warn: P1Y }"), 'P1Y is no shorter than they last'],
    ['a warning of nothing', currency('expires: { after: P30D, warn: P0D }'), 'found "P0D"'],
    ['a key of an expiry', currency('expires: { afer: P30D, at: 2027-01-01 }'), 'unknown key "afer"; did you mean "after"?'],
    ['transfers of 0', currency('transfers: { max: 0, per: day }'), 'expected a whole number of points, at least 1, found 0'],
    ['transfers without a period', currency('transfers: { max: 5 }'), '"per" is missing'],
    ['transfers per hour', currency('transfers: { max: 5, per: hour }'), 'expected day, week or month, found "hour"'],
    ['transfers by no limit', currency('transfers: []'), 'expected a limit on transfers'],
    [
      'transfers by two limits of a day',
      currency('transfers: [{ max: 5, per: day }, { max: 6, per: day }]'),
      'there are two of them per day',
    ],
    ['a cap of 0', currency('cap: { max: 0, per: day }'), 'expected a whole number of points, at least 1, found 0'],
    ['a cap of text', currency("cap: { max: '5', per: day }"), 'expected a whole number of points, at least 1'],
    ['a cap without a most', currency('cap: { per: day }'), '"max" is missing'],
    [
      'a cap that another one is reached before',
      currency('cap: [{ max: 500, per: day }, { max: 300, per: week }]'),
      '500 per day can never be reached: at most 300 per week',
    ],
    ['a key of a currency', currency('expiers: { after: P1Y }'), 'unknown key "expiers"; did you mean "expires"?'],

    // Numbers out of range.
    ['a limit of 0', rule('limit: { max: 0, per: day }'), 'expected a whole number of awards, at least 1, found 0'],
    ['a window of 0', rule('limit: { max: 1, within: 0s }'), 'expected a window such as'],
    ['a factor of -1', more('multipliers', '  m: { factor: -1 }'), 'expected a number above 0 and at most 1000'],
    ['a factor of 0', more('multipliers', '  m: { factor: 0 }'), 'expected a number above 0 and at most 1000'],
    [
      'a factor of -1 in a tier',
      more('multipliers', '  m: { streak: daily, tiers: [{ from: 3, factor: -1 }] }'),
      'expected a number from 0 to 1000, found -1',
    ],
    ['an award of 0', award('0'), 'expected a whole number of points from 1 to 2^53 − 1'],
    ['an award of -1', award('-1'), 'expected a whole number of points from 1 to 2^53 − 1'],
    ['an award beyond exact integers', award('9007199254740992'), 'expected a whole number of points from 1 to 2^53 − 1'],
    ['a reward of 0', tiers('{ id: t, at: 1, award: { points: 0 } }'), 'expected a whole number of points from 1 to 2^53 − 1'],
    [
      'an adjustment of 0',
      more('rules', '  - { id: r, on: quiz.fixed, adjust: { points: 0 } }'),
      'expected a whole number of points, not 0',
    ],

    // What does not exist, and what is nearest to it.
    ['a period of a board', board('period: weak'), 'found "weak"; did you mean "week"?'],
    ['a period of a limit', rule('limit: { max: 1, per: dya }'), 'found "dya"; did you mean "day"?'],
    [
      'a period of a limit that is none',
      rule('limit: { max: 1, per: fortnight }'),
      'expected second, minute, hour, day, week or month',
    ],
    ['grace of a month', more('streaks', '  s: { on: quiz.answered, every: month, grace: 3h }'), 'hours of grace belong to days'],
    [
      'a price in no currency',
      more('streaks', '  s: { on: quiz.answered, every: day, restore: { within: 3d, price: { point: 5 } } }'),
      'unknown currency "point"; did you mean "points"?',
    ],
    [
      'milestones of a streak that descend',
      more('streaks', '  s: { on: quiz.answered, every: day, milestones: [{ at: 7 }, { at: 3 }] }'),
      'milestones ascend',
    ],
    ['a span of a streak', more('streaks', '  s: { on: quiz.answered, every: dya }'), 'did you mean "day"?'],
    ['an order', board('order: dsc'), 'did you mean "desc"?'],
    ['ties', board('ties: frist'), 'did you mean "first"?'],
    [
      'a period of two kinds',
      board("period: { cron: '0 18 * * 5', seasons: [{ name: a, from: 2026-09-01, to: 2026-12-01 }] }"),
      'one of them',
    ],
    ['a pattern of six fields', board("period: { cron: '0 0 18 * * 5' }"), 'expected five fields'],
    ['a pattern that fires every minute', board("period: { cron: '* * * * *' }"), 'a period lasts an hour at least'],
    ['a pattern that never fires', board("period: { cron: '0 0 31 2 *' }"), 'never fires'],
    [
      'a key of a period',
      board("period: { corn: '0 18 * * 5', cron: '0 18 * * 5' }"),
      'unknown key "corn"; did you mean "cron"?',
    ],
    ['no season', board('period: { seasons: [] }'), 'expected at least a season'],
    [
      'seasons that overlap',
      board(
        'period: { seasons: [{ name: a, from: 2026-09-01, to: 2026-12-01 }, { name: b, from: 2026-11-30, to: 2027-01-01 }] }',
      ),
      '"b" begins before "a" ends',
    ],
    [
      'a season twice',
      board(
        'period: { seasons: [{ name: a, from: 2026-09-01, to: 2026-12-01 }, { name: a, from: 2026-12-01, to: 2027-01-01 }] }',
      ),
      'the season "a" is there twice',
    ],
    [
      'a season that ends first',
      board('period: { seasons: [{ name: a, from: 2026-09-01, to: 2026-09-01 }] }'),
      '"to" must be later',
    ],
    [
      'a season on a day that is none',
      board('period: { seasons: [{ name: a, from: 2026-09-31, to: 2026-12-01 }] }'),
      'there is no day',
    ],
    [
      'a season that is called current',
      board('period: { seasons: [{ name: current, from: 2026-09-01, to: 2026-12-01 }] }'),
      'has a meaning already',
    ],
    ['a season without an end', board('period: { seasons: [{ name: a, from: 2026-09-01 }] }'), '"to" is missing'],

    // Rewards and leagues.
    ['rewards without a period', board('rewards: [{ rank: 1, award: { points: 5 } }]'), 'the board needs a "period"'],
    ['a reward for nobody', board('period: week, rewards: [{ award: { points: 5 } }]'), '"rank", "ranks" or "top", one of them'],
    ['a reward without points', board('period: week, rewards: [{ rank: 1 }]'), '"award" is missing'],
    [
      'a reward of an unknown currency',
      board('period: week, rewards: [{ rank: 1, award: { pionts: 5 } }]'),
      'did you mean "points"?',
    ],
    [
      'a reward of 0 points',
      board('period: week, rewards: [{ rank: 1, award: { points: 0 } }]'),
      'expected a whole number of points',
    ],
    ['a rank 0', board('period: week, rewards: [{ rank: 0, award: { points: 5 } }]'), 'expected a rank, from 1'],
    [
      'ranks backwards',
      board('period: week, rewards: [{ ranks: 10-2, award: { points: 5 } }]'),
      'expected two ranks such as 2-10',
    ],
    [
      'a share of more than all',
      board('period: week, rewards: [{ top: 101%, award: { points: 5 } }]'),
      'expected a share above 0%',
    ],
    [
      'a share without a sign',
      board('period: week, rewards: [{ top: "10", award: { points: 5 } }]'),
      'expected a share above 0%',
    ],
    [
      'a reward that another one hides',
      board('period: week, rewards: [{ ranks: 1-10, award: { points: 5 } }, { rank: 3, award: { points: 50 } }]'),
      'can never be paid',
    ],
    ['a key of a reward', board('period: week, rewards: [{ rnk: 1, rank: 1, award: { points: 5 } }]'), 'unknown key "rnk"'],
    [
      'leagues without a period',
      board('leagues: { tiers: [a, b], size: 5, promote: 1, relegate: 1 }'),
      'the board needs a "period"',
    ],
    ['one tier', board('period: week, leagues: { tiers: [a], size: 5, promote: 1, relegate: 1 }'), 'expected 2 to 20 tiers'],
    [
      'a tier of a league twice',
      board('period: week, leagues: { tiers: [a, a], size: 5, promote: 1, relegate: 1 }'),
      'the tier "a" is there twice',
    ],
    [
      'more that move than there are',
      board('period: week, leagues: { tiers: [a, b], size: 5, promote: 3, relegate: 3 }'),
      '(3 + 3) than a cohort has users (5)',
    ],
    [
      'leagues in which nobody moves',
      board('period: week, leagues: { tiers: [a, b], size: 5, promote: 0, relegate: 0 }'),
      'nobody ever rises or falls',
    ],
    ['leagues without a size', board('period: week, leagues: { tiers: [a, b], promote: 1, relegate: 1 }'), '"size" is missing'],
    [
      'a key of leagues',
      board('period: week, leagues: { tires: 1, tiers: [a, b], size: 5, promote: 1, relegate: 1 }'),
      'unknown key "tires"; did you mean "tiers"?',
    ],
    ['a zone', board('zone: Europe/Berlln'), 'unknown time zone "Europe/Berlln"'],
    [
      'a field that names a segment',
      more('boards', '  - { id: b, metric: best, by: event.data.topc }'),
      'unknown field event.data.topc; did you mean "topic"?',
    ],
    [
      'a field that is kept with a score',
      more(
        'boards',
        ['  - id: b', '    metric: best', '    record:', '      topic: event.data.topic', '      n: event.data.scor'],
        4,
      ),
      'unknown field event.data.scor; did you mean "score"?',
    ],
    [
      'a metric in what names a segment',
      more('boards', "  - { id: b, metric: best, by: 'metrics.anwers' }"),
      'unknown metric "anwers"; did you mean "answers"?',
    ],
    ['a list as a segment', board("by: '[1, 2]'"), 'text, a number, or true or false is expected'],
    ['a name of what is kept', board('record: { Level: event.type }'), '"Level" is no name'],
    ['a record that is text', board('record: event.data.level'), 'a mapping from names to what is kept'],
    [
      'a record of nine fields',
      board(`record: { ${[...'abcdefghi'].map((name) => `${name}: event.type`).join(', ')} }`),
      'at most 8 fields are kept with a score; this has 9',
    ],
    [
      'a misspelt field in the smallest',
      more('metrics', '  m: { min: event.data.scroe, on: quiz.answered }'),
      'unknown field event.data.scroe; did you mean "score"?',
    ],
    [
      'a newest of text',
      more('metrics', '  m: { last: event.data.topic, on: quiz.answered }'),
      'a number is expected, but this is text',
    ],
    ['a metric of a board', more('boards', '  - { id: b, metric: earnd }'), 'unknown metric "earnd"; did you mean "earned"?'],
    [
      'a metric of an achievement',
      more('achievements', '  - { id: a, metric: anwers, tiers: [{ id: t, at: 1 }] }'),
      'unknown metric "anwers"; did you mean "answers"?',
    ],
    ['a metric in a condition', when('metrics.earnd > 1'), 'unknown metric "earnd"; did you mean "earned"?'],
    ['a currency of an award', rule('adjust: { pionts: 1 }'), 'unknown currency "pionts"; did you mean "points"?'],
    ['a currency of a metric', more('metrics', '  m: { spent: gem }'), 'unknown currency "gem"; did you mean "gems"?'],
    ['a currency of a balance', more('metrics', '  m: { balance: gem }'), 'unknown currency "gem"; did you mean "gems"?'],
    [
      'a currency of a reward',
      tiers('{ id: t, at: 1, award: { pionts: 5 } }'),
      'unknown currency "pionts"; did you mean "points"?',
    ],
    ['a streak of a metric', more('metrics', '  m: { streak: dayly }'), 'unknown streak "dayly"; did you mean "daily"?'],
    [
      'a streak of a multiplier',
      more('multipliers', '  m: { streak: dialy, tiers: [{ from: 3, factor: 1.1 }] }'),
      'unknown streak "dialy"; did you mean "daily"?',
    ],
    ['a multiplier of a rule', rule('multipliers: [vipp]'), 'unknown multiplier "vipp"; did you mean "vip"?'],
    [
      'an achievement that is required',
      more('achievements', '  - { id: a, metric: answers, requires: [quizer], tiers: [{ id: t, at: 1 }] }'),
      'unknown achievement "quizer"; did you mean "quizzer"?',
    ],
    [
      'a tier that is required',
      more('achievements', '  - { id: a, metric: answers, requires: [quizzer.slver], tiers: [{ id: t, at: 1 }] }'),
      '"quizzer" has no tier "slver"; did you mean "silver"?',
    ],
    ['a kind of metric', more('metrics', '  m: { conut: quiz.answered }'), 'did you mean "count"?'],
    ['a type of a field', more('events', '  a: { data: { n: integr } }'), 'unknown type "integr"; did you mean "integer"?'],
    ['a key of a rule', rule('whn: "true"'), 'unknown key "whn"; did you mean "when"?'],
    ['a key of a tier', tiers('{ id: t, at: 1, awrd: { points: 1 } }'), 'unknown key "awrd"; did you mean "award"?'],
    ['a section', ['diana: 1\nname: x\nrulse: []\n', 3], 'unknown section "rulse"; did you mean "rules"?'],

    // Expressions.
    ['a misspelt field', when('event.data.scor > 1'), 'unknown field event.data.scor; did you mean "score"?'],
    ['a misspelt field of the event', when('event.local.huor > 1'), 'did you mean "hour"?'],
    ['a misspelt field in an amount', award("'event.data.scroe * 2'"), 'unknown field event.data.scroe; did you mean "score"?'],
    [
      'a misspelt field in a metric',
      more('metrics', '  m: { sum: event.data.scroe, on: quiz.answered }'),
      'unknown field event.data.scroe; did you mean "score"?',
    ],
    [
      'a misspelt field in a run',
      more('metrics', "  m: { run: quiz.answered, while: 'event.data.corect' }"),
      'unknown field event.data.corect; did you mean "correct"?',
    ],
    [
      'a misspelt field in a streak',
      more('streaks', "  s: { on: quiz.answered, every: day, when: 'event.data.corect' }"),
      'unknown field event.data.corect; did you mean "correct"?',
    ],
    ['a wrong type', when('event.data.score > "10"'), '">" does not go between a number'],
    ['text in place of a number', award("'event.data.topic'"), 'a number is expected, but this is text'],
    ['a number in place of a condition', when('event.data.score'), 'a condition is true or false, but this is a number'],
    [
      'a sum of what is true or false',
      more('metrics', '  m: { sum: event.data.correct, on: quiz.answered }'),
      'a number is expected',
    ],
    ['a regular expression', when('event.data.topic.matches("a+")'), 'regular expressions are refused'],
    ['comprehensions in one another', when('[1].all(a, [1].all(b, true))'), 'nest'],
    ['half an expression', when('event.data.score >'), 'not an expression'],
    [
      'a name that a formula does not see',
      other('levels', ['  metric: earned', "  formula: 'valeu + 1'"], 1),
      'unknown name "valeu"; did you mean "value"?',
    ],

    // Patterns.
    [
      'half a segment',
      more('metrics', "  m: { count: 'quiz*' }"),
      '"quiz*" is no pattern: "*" stands for a whole segment: write "quiz.*"',
    ],
    ['an empty segment', more('streaks', "  s: { on: 'quiz..won', every: day }"), '"quiz..won" is no pattern: no empty segment'],
    ['an event that Diana announces', more('events', '  level.reached:'), '"level.reached" is announced by Diana itself'],

    // Achievements.
    [
      'an achievement of no strategy',
      achievement('tiers: [{ id: t, at: 1 }]'),
      'an achievement needs one of metric, all, any, sequence, board or manual, as in { id: committer',
    ],
    [
      'an achievement of two strategies',
      achievement('metric: answers, manual: true, tiers: [{ id: t, at: 1 }]'),
      'an achievement is unlocked in one way, but this has metric and manual',
    ],
    ['tiers of a metric that are not there', achievement('metric: answers'), '"tiers" is missing'],
    [
      'a window of no calendar',
      achievement('metric: answers, within: year, tiers: [{ id: t, at: 1 }]'),
      'expected day, week or month',
    ],
    [
      'a state within a period',
      achievement('metric: level, within: week, tiers: [{ id: t, at: 2 }]'),
      '"level" shows what a user has and is: only what is counted has a value within a week',
    ],
    [
      'what is repeatable with two tiers',
      achievement('metric: answers, repeatable: true, tiers: [{ id: t, at: 1 }, { id: u, at: 2 }]'),
      'what is repeatable has one tier, which comes again at every multiple of it',
    ],
    [
      'multiples of a fraction',
      achievement('metric: answers, repeatable: true, tiers: [{ id: t, at: 0.1 }]'),
      'comes again at every multiple: expected a whole number, found 0.1',
    ],
    [
      'repeatable as text',
      achievement("metric: answers, repeatable: 'yes', tiers: [{ id: t, at: 1 }]"),
      'expected true or false',
    ],
    [
      'a composite that repeats',
      achievement('all: [quizzer], repeatable: true'),
      '"repeatable" does not go with all: what it is made of is unlocked once',
    ],
    ['a composite of nothing', achievement('all: []'), 'expected at least one achievement'],
    [
      'a composite of one that is not there',
      achievement('any: [quizer]'),
      'unknown achievement "quizer"; did you mean "quizzer"?',
    ],
    [
      'a composite of a tier that is not there',
      achievement('any: [quizzer.slver]'),
      '"quizzer" has no tier "slver"; did you mean "silver"?',
    ],
    ['a sequence of one step', achievement('sequence: [a]'), 'a sequence has 2 to 20 steps; this has 1'],
    ['a step that is no pattern', achievement("sequence: [a, 'quiz*']"), '"quiz*" is no pattern'],
    ['a step without on', achievement("sequence: [a, { when: 'true' }]"), '"on" is missing'],
    [
      'a condition of a step that names no field',
      achievement("sequence: [a, { on: quiz.answered, when: 'event.data.corect' }]"),
      'did you mean',
    ],
    [
      'a deadline that is no time',
      achievement('sequence: [a, b], deadline: 7'),
      'expected a length of time, such as 90m, 24h or 7d',
    ],
    ['a deadline of a composite', achievement('all: [quizzer], deadline: 7d'), '"deadline" does not go with all'],
    ['a board that is not there', achievement('board: wekly, rank: 3'), 'unknown board "wekly"; did you mean "weekly"?'],
    ['a board without a rank', achievement('board: weekly'), '"rank" is missing'],
    ['rank 0', achievement('board: weekly, rank: 0'), 'the last rank that counts, from 1 on, found 0'],
    ['manual that is false', achievement('manual: false'), 'expected true, found false'],
    [
      'what a manual one requires',
      achievement('manual: true, requires: [quizzer]'),
      '"requires" does not go with manual: whoever grants it decides',
    ],

    // Flows.
    ['a flow twice', more('flows', '  purchase: { start: a, end: b }'), '"purchase" is there twice'],
    ['a flow that is no mapping', more('flows', '  f: shop.ordered'), 'expected a flow, as in { start: shop.order.placed'],
    ['a key of a flow', flow('start: a, end: b, dedline: 15m'), 'unknown key "dedline"; did you mean "deadline"?'],
    ['a flow without a start', flow('end: a'), '"start" is missing'],
    ['a flow without an end', flow('start: a'), '"end" is missing'],
    ['a flow that ends where it starts', flow('start: a.b, end: a.b'), '"a.b" is the start of this flow already'],
    ['a flow that fails where it starts', flow('start: a.b, end: a.c, fail: a.b'), '"a.b" is the start of this flow already'],
    ['a flow that fails where it ends', flow('start: a.b, end: a.c, fail: a.c'), '"a.c" is the end of this flow already'],
    ['half a segment of a flow', flow("start: 'shop*', end: a"), '"shop*" is no pattern'],
    ['a flow that ends with a family that Diana announces', flow("start: a, end: 'story.*'"), '"story.*" matches nothing'],
    ['a deadline without a unit', flow('start: a, end: b, deadline: 15'), "expected a time such as '90s', '15m', '2h' or '3d'"],
    ['a deadline of weeks', flow('start: a, end: b, deadline: 2w'), 'at most 30 days, found "2w"'],
    ['a deadline of 0', flow('start: a, end: b, deadline: 0s'), 'at most 30 days, found "0s"'],
    ['a deadline of 31 days', flow('start: a, end: b, deadline: 31d'), 'at most 30 days, found "31d"'],
  ])('%s', (_, [source, line], message) => {
    expect(faultsOf(source)).toEqual([{ line, path: expect.any(String), message: expect.stringContaining(message) }]);
  });
});

it('all of them are told at once, by line', () => {
  const source = DESIGN.replace('rounding: floor ', 'rounding: flor ')
    .replace('sum: event.data.files', 'sum: event.data.fiels')
    .replace('every: day', 'every: dya')
    .replace('streak: daily,', 'streak: dialy,')
    .replace('max: 20', 'max: 0')
    .replace('at: 1000', 'at: 10')
    .replace('period: week', 'period: weak');
  expect(faultsOf(source).map(({ line, path }) => `${line} ${path}`)).toEqual([
    '4 rounding',
    '12 metrics.files.sum',
    '18 streaks.daily.every',
    '21 multipliers.streak.streak',
    '31 rules[0].limit.max',
    '41 achievements[0].tiers[2]',
    '43 boards[0].period',
  ]);
});
