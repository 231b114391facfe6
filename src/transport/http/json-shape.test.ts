import { describe, expect, test } from 'vitest';
import { parseEvents, parseSafeJson } from './body.ts';
import { jsonShape, MAX_NESTING } from './json-shape.ts';

const brackets = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('the shape of a text', () => {
  test.each([
    ['{"a":[1,2,3],"b":4}', 0],
    ['[1]', 1],
    [' [ 1 , [2, 3], {"a":4,"b":5} ]', 3],
    [String.raw`["a,b","c\",[d","e\\",1]`, 4],
    ['["unfinished, string', 1],
    [String.raw`["unfinished \"`, 1],
    [String.raw`["\\",",\\\",",3]`, 3],
  ])('%s has its elements counted', (text, elements) => {
    expect(jsonShape(text)).toEqual({ tooDeep: false, elements });
  });

  test(`more than ${MAX_NESTING} brackets within each other are too deep, brackets in strings and side by side are not`, () => {
    expect(jsonShape(brackets(MAX_NESTING)).tooDeep).toBe(false);
    expect(jsonShape(brackets(MAX_NESTING + 1)).tooDeep).toBe(true);
    expect(jsonShape('{"a":'.repeat(MAX_NESTING + 1)).tooDeep).toBe(true);
    expect(jsonShape(JSON.stringify({ a: '['.repeat(1_000) })).tooDeep).toBe(false);
    expect(jsonShape(`[${'[],{},'.repeat(1_000)}1]`)).toEqual({ tooDeep: false, elements: 2_001 });
  });
});

describe('a body that would cost more to parse than it is worth', () => {
  // Five million nested arrays take a second and a gigabyte when they are parsed.
  test.each([parseEvents, parseSafeJson])('is refused for its depth before it is parsed', (parse) => {
    const hostile = '['.repeat(4_800_000);
    const before = process.memoryUsage().rss;
    const start = performance.now();
    expect(() => parse(hostile)).toThrow('the body is nested deeper than 40 levels');
    expect(performance.now() - start).toBeLessThan(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  test('is refused for its count in the words of any other wrong count', () => {
    const hostile = `[${'{},'.repeat(1_600_000)}{}]`;
    expect(() => parseEvents(hostile)).toThrow('an array holds 1 to 1000 events, not 1600001');
    expect(parseEvents(`[${'{},'.repeat(999)}{}]`)).toHaveLength(1_000);
  });
});
