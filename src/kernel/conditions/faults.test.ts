import { describe, expect, it } from 'vitest';
import { ANYTHING, computed, condition } from './scope.fixture.ts';

describe('at load', () => {
  it.each([
    ['event.data.fiels > 0', 'unknown field event.data.fiels; did you mean "files"?'],
    ['event.data["fiels"] > 0', 'unknown field event.data.fiels; did you mean "files"?'],
    ['has(event.data.fiels)', 'unknown field event.data.fiels; did you mean "files"?'],
    ['event.dat.files > 0', 'unknown field event.dat; did you mean "data"?'],
    ['user.atributes.vip', 'unknown field user.atributes; did you mean "attributes"?'],
    ['user.lvel > 1', 'unknown field user.lvel; did you mean "level"?'],
    ['event.local.hours > 1', 'unknown field event.local.hours; did you mean "hour"?'],
    ['evnt.data.files > 0', 'unknown name "evnt"; did you mean "event"?'],
    ['foo == 1', 'unknown name "foo"; known are event, user, metrics, now'],
    ['metrics["comits"] > 1', 'unknown metric "comits"; did you mean "commits"?'],
    ['metrics.comits > 1', 'unknown metric "comits"; did you mean "commits"?'],
    ['metrics[event.data.repo] > 1', 'write the name in quotes'],
    ['event.data[event.data.repo] == 1', 'write the name in quotes'],
    ['event == event', 'event is a group of fields, no value'],
    ['event.data.files', 'a condition is true or false, but this is a number'],
    ['event.data.repo', 'but this is text'],
    ['event.data.files == "10"', 'event.data.files is a number and never equals "10", which is text'],
    ['event.data.files == null', 'write has(...)'],
    ['event.data.nothing == event.time', 'write timestamp(event.data.nothing)'],
    ['event.data.files > "10"', '">" does not go between a number (event.data.files) and text ("10")'],
    ['event.data.files && true', '"&&" needs true or false, but event.data.files is a number'],
    ['!event.data.files', '"!" needs true or false'],
    ['event.data.repo - 1 > 0', '"-" does not go between text'],
    ['event.time > 5', '">" does not go between a timestamp'],
    ['event.time + now > now', '"+" does not go between a timestamp'],
    ['event.time > timestamp("yesterday")', '"yesterday" cannot be read by timestamp()'],
    ['now - event.time > duration("1 hour")', 'cannot be read by duration()'],
    ['now.getHours("Europe/Berlln") == 1', 'unknown time zone "Europe/Berlln"'],
    ['event.data.repo.getHours() == 1', 'is of timestamps'],
    ['event.data.repo.matches("a+")', 'regular expressions are refused'],
    ['matches(event.data.repo, "a+")', 'regular expressions are refused'],
    ['event.data.repo.contain("a")', 'unknown function .contain(); did you mean "contains"?'],
    ['flor(1.5) == 1', 'unknown function flor(); did you mean "floor"?'],
    ['event.data.repo.contains(1)', '.contains() needs text as argument 1'],
    ['event.data.repo.contains()', '.contains() takes 1 arguments'],
    ['size(1) == 1', 'size() needs text, a list or a map'],
    ['floor("a") == 1', 'floor() needs a number'],
    ['"a" in "abc"', 'write "abc".contains(...)'],
    ['[1, "a"].size() == 2', 'the elements of a list must be of one type'],
    ['{"a": 1, "a": 2}.size() == 1', 'the key "a" is there twice'],
    ['(true ? 1 : "a") == 1', 'both sides of ":" must be of one type'],
    ['event.data.tags.all(x, event.data.tags.exists(y, y == x))', 'nested comprehensions are refused'],
    ['event.data.tags.all(event, true)', '"event" has a meaning already'],
    ['event.data.tags.all(x, x)  && x', 'unknown name "x"'],
    ['event.data.files.all(x, true)', 'only a list or a map can be gone through'],
    ['b"a" == b"a"', 'bytes and unsigned numbers are not supported'],
    ['1u == 1u', 'bytes and unsigned numbers are not supported'],
    ['9007199254740993 > 1', 'beyond 2^53'],
    ['', 'the expression is empty'],
    ['1 +', 'not an expression: Unexpected token: EOF at character 4'],
    ['event.data.files > 0 )', 'not an expression'],
    ['"open', 'not an expression: Unterminated string'],
    ['type(1) == int', 'unknown function type()'],
    ['cel.bind(x, 1, x > 0)', 'unknown name "cel"'],
    ['__proto__ == 1', 'not an expression'],
  ])('%s is refused', (source, message) => {
    expect(condition(source)).toContain('fault: ');
    expect(condition(source)).toContain(message);
  });

  it('a computed number must be one', () => {
    expect(computed('event.data.repo')).toBe('fault: a number is expected, but this is text');
    expect(computed('now')).toBe('fault: a number is expected, but this is a timestamp');
    expect(computed('event.data.files > 0')).toBe('fault: a number is expected, but this is true or false');
  });

  it('any field of undeclared data is allowed', () => {
    expect(condition('event.data.fiels > 0', ANYTHING)).toBe('none: event.data.fiels is missing');
  });

  it('metrics cannot be named where there are none', () => {
    expect(condition('metrics.commits > 1', { data: null, metrics: [] })).toContain('no metric can be named here');
  });

  it('lists have at most 1,000 elements and sources 2,000 characters', () => {
    const list = (length: number): string => `1 in [${Array(length).fill('1').join(',')}]`;
    expect(condition(list(990))).toBe(true);
    expect(condition(list(1_001))).toContain('fault: ');
    expect(condition(`true${' '.repeat(1_996)}`)).toBe(true);
    expect(condition(`true${' '.repeat(1_997)}`)).toContain('at most 2000 characters; this one has 2001');
  });

  it.each([
    ['('.repeat(1_000)],
    ['-'.repeat(1_990)],
    ['!'.repeat(1_990)],
    [`${'['.repeat(900)}${']'.repeat(900)}`],
    ['a.'.repeat(900)],
    ['1+'.repeat(990) + '1 > 0'],
    ['has('.repeat(400)],
  ])('deep nesting is refused (%#)', (source) => {
    expect(condition(source)).toContain('fault: ');
  });

  it('two hundred conditions in a row are not deep', () => {
    expect(condition(Array(200).fill('true').join(' && '))).toBe(true);
  });
});
