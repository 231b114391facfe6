import { describe, expect, it } from 'vitest';
import { ANYTHING, computed, condition, SCOPE, withData } from './scope.fixture.ts';

describe('conditions', () => {
  it.each([
    'event.data.files > 0 && user.attributes.vip == true',
    'event.data.files == 10',
    'event.data.files == 10.0',
    'event.data.files * 2 == 20',
    'event.data.ratio == 2.5 && event.data.ratio < event.data.files',
    'event.data.files % 3 == 1',
    'event.data.repo == "diana" && event.data.repo != "other"',
    'event.data.repo in ["diana", "other"]',
    'event.data.files in [1, 10.0]',
    '!(event.data.files in [])',
    'event.data.merged',
    'event.data.merged ? event.data.files > 1 : false',
    'event.data.tags[0] == "fix" && event.data.tags[size(event.data.tags) - 1] == "docs"',
    'event.data.tags == ["fix", "docs"]',
    '"docs" in event.data.tags',
    '"lines" in event.data.more && !("files" in event.data.more)',
    'event.data.more.lines == 7 && event.data.more["lines"] == 7',
    'event.data.more == {"lines": 7}',
    'event.data["files"] == 10',
    'event.data.nothing == null',
    'has(event.data.files) && !has(event.data.late) && has(event.type) && has(metrics.commits)',
    'has(event.data.more.lines) && !has(user.attributes.name)',
    'event.type == "code.commit" && event.source == "github"',
    'event.local.hour == 14 && event.local.weekday == 1',
    'event.time > timestamp("2026-01-01T00:00:00Z")',
    'now - event.time == duration("90m") && now - event.time < duration("1d")',
    'event.time + duration("1h30m") == now && now - duration("1.5h") == event.time',
    'event.time.getHours() == 12 && event.time.getHours("Europe/Berlin") == 14',
    'event.time.getFullYear() == 2026 && event.time.getMonth() == 5 && event.time.getDate() == 1',
    'event.time.getDayOfWeek() == 1 && event.time.getDayOfYear() == 151 && event.time.getMinutes() == 30',
    '(now - event.time).getMinutes() == 90',
    'metrics["commits"] == 5 && metrics.commits == 5',
    'metrics["in-a-row"] == 0 && metrics["constructor"] == 0',
    'event.data.repo.startsWith("di") && event.data.repo.endsWith("na") && event.data.repo.contains("ian")',
    'event.data.repo.upperAscii() == "DIANA" && "ÄB".lowerAscii() == "Äb"',
    'event.data.repo.substring(1, 3) == "ia" && event.data.repo.indexOf("a") == 2 && event.data.repo.lastIndexOf("a") == 4',
    '"a,b".split(",") == ["a", "b"] && ["a", "b"].join("-") == "a-b" && " x ".trim() == "x"',
    'event.data.tags.all(t, size(t) > 2) && event.data.tags.exists(t, t == "fix")',
    'event.data.tags.exists_one(t, t == "fix")',
    'event.data.tags.filter(t, t != "fix").map(t, size(t)) == [4]',
    'event.data.tags.map(t, t == "fix", t + "!") == ["fix!"]',
    'event.data.more.all(key, key == "lines")',
    '{"fix": 2, "docs": 1}[event.data.tags[0]] == 2',
    '"a" < "b" && "a" + "b" == "ab"',
    'string(event.data.files) == "10" && int("42") == 42 && int(2.9) == 2 && double("2.5") == 2.5',
    '0x10 == 16 && 1e3 == 1000',
  ])('%s holds', (source) => {
    expect(condition(source)).toBe(true);
  });

  it('undeclared data are checked when the expression runs', () => {
    expect(condition('event.data.files > 5 && event.data.more.lines == 7', ANYTHING)).toBe(true);
    expect(condition('event.data.merged', ANYTHING)).toBe(true);
    expect(condition('event.data.files + 1 == 11 && event.data.repo + "!" == "diana!"', ANYTHING)).toBe(true);
    expect(condition('event.data.repo == 10', ANYTHING)).toBe(false);
    expect(condition('event.data.repo > 10', ANYTHING)).toBe('none: ">" does not go between text and a number');
    expect(condition('event.data.files', ANYTHING)).toBe('none: the result is a number, not true or false');
    expect(condition('event.data.repo.size() == 5 && event.data.tags.size() == 2', ANYTHING)).toBe(true);
    expect(condition('event.data.files.startsWith("a")', ANYTHING)).toContain('none: .startsWith() needs text');
  });

  it.each([
    ['event.data.late > 0', 'event.data.late is missing'],
    ['user.attributes.name == "x"', 'user.attributes.name is missing'],
    ['user.attributes.a.b.c == 1', 'user.attributes.a is missing'],
    ['event.data.files / 0 > 1', 'division by zero in event.data.files / 0'],
    ['event.data.files % 0 == 1', 'division by zero'],
    ['event.data.tags[2] == "x"', 'event.data.tags has no element 2'],
    ['event.data.tags[-1] == "x"', 'has no element -1'],
    ['event.data.tags[0.5] == "x"', 'has no element 0.5'],
    ['event.data.more["x"] == 1', 'is missing'],
    ['event.data.repo.substring(3, 1) == ""', 'the text has no part from 3 to 1'],
    ['timestamp(user.attributes.level) > now', 'cannot be read by timestamp()'],
    ['event.data.tags.map(t, t * 2) == [1]', '"*" does not go between text and a number'],
  ])('%s has no value', (source, reason) => {
    expect(condition(source)).toContain('none: ');
    expect(condition(source)).toContain(reason);
  });

  it('a value of another type than declared has no value', () => {
    expect(condition('event.data.files > 0', undefined, withData({ files: '10' }))).toBe(
      'none: event.data.files is text, not a number',
    );
    expect(condition('event.data.merged', undefined, withData({ merged: 'yes' }))).toBe(
      'none: event.data.merged is text, not true or false',
    );
    expect(condition('event.data.files > 0', undefined, withData({ files: null }))).toBe(
      'none: event.data.files is null, not a number',
    );
    expect(condition('event.data.tags.size() > 0', undefined, withData({ tags: {} }))).toBe(
      'none: event.data.tags is a map, not a list',
    );
  });

  it('the side that decides stands, even where the other one has no value', () => {
    expect(condition('event.data.late > 0 || true')).toBe(true);
    expect(condition('true || event.data.late > 0')).toBe(true);
    expect(condition('event.data.late > 0 && false')).toBe(false);
    expect(condition('event.data.late > 0 && true')).toBe('none: event.data.late is missing');
    expect(condition('event.data.late > 0 || event.data.files > 100')).toBe('none: event.data.late is missing');
    expect(condition('!(event.data.late > 0)')).toBe('none: event.data.late is missing');
    expect(condition('[1, 0].exists(x, 1 / x == 1)')).toBe(true);
    expect(condition('[0, 1].all(x, 1 / x == 2)')).toBe(false);
    expect(condition('[0].all(x, 1 / x == 1)')).toContain('none: division by zero');
  });

  it('nothing of JavaScript shows through', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
      expect(condition(`user.attributes["${name}"] == null`)).toContain('is missing');
      expect(condition(`has(user.attributes.${name})`)).toBe(false);
      expect(condition(`"${name}" in user.attributes`)).toBe(false);
      expect(condition(`event.data.tags.${name} == null`)).toContain('fault: ');
      expect(condition(`event.${name} == null`)).toContain('fault: unknown field');
    }
    expect(condition('event.data.constructor == "x"', ANYTHING, withData({ constructor: 'x' }))).toBe(true);
    expect(
      condition(
        'event.data.files == 1 && event.data.constructor.name == "y"',
        ANYTHING,
        withData({ files: 1, constructor: { name: 'y' } }),
      ),
    ).toBe(true);
    expect(condition('event.data.m["__proto__"] == 1', ANYTHING, withData({ m: JSON.parse('{"__proto__":1}') }))).toBe(true);
  });
});

describe('computed numbers', () => {
  it.each([
    ['10', 10],
    ['10 / 4', 2.5],
    ['floor(10 / 4)', 2],
    ['ceil(2.1) + floor(-2.1) + abs(-3)', 3],
    ['round(2.5) + round(-2.5)', 0],
    ['sqrt(16) * 2', 8],
    ['min(event.data.files, 3) + max(1, 2, 3)', 6],
    ['max([4, 9, 2])', 9],
    ['size(event.data.repo) * 2', 10],
    ['size("héllo😀") + "ab".size()', 8],
    ['event.data.files * event.data.ratio - 1', 24],
    ['-event.data.files + 1', -9],
    ['metrics["commits"] * 2 + user.attributes.level', 13],
    ['has(event.data.late) ? event.data.late : 1', 1],
    ['floor(sqrt(metrics.commits * 1000.0)) + 1', 71],
    ['-0.0', 0],
  ])('%s is %d', (source, value) => {
    expect(computed(source)).toBe(value);
  });

  it.each([
    ['1 / 0', 'division by zero'],
    ['sqrt(-1)', 'sqrt(-1) is no number'],
    ['1e308 * 10', 'is too large'],
    ['max(event.data.more.list)', 'is missing'],
    ['max([])', 'is of an empty list'],
    ['user.attributes.vip', 'the result is true or false, not a finite number'],
  ])('%s has no value', (source, reason) => {
    expect(computed(source)).toContain('none: ');
    expect(computed(source)).toContain(reason);
  });

  it('leaves the scope as it was', () => {
    const before = structuredClone({ ...SCOPE, metric: null });
    condition('event.data.tags.map(t, t + "x") + ["a"] == []');
    expect({ ...SCOPE, metric: null }).toEqual(before);
  });
});
