import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, type Json, jsonFault, MAX_DEPTH, pointerToken, textFault } from './json.ts';

/** Without the one name that is refused. */
const json = fc.jsonValue({ maxDepth: 5 }).filter((value) => !JSON.stringify(value).includes('__proto__')) as fc.Arbitrary<Json>;

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

describe('JSON that may come in', () => {
  it.each([
    [{ a: [{ b: 'x\u0000' }] }, '/a/0/b', 'NUL'],
    [{ a: '\ud800' }, '/a', 'surrogate'],
    [{ '\u0000': 1 }, '/\u0000', 'the name contains a NUL'],
    [{ 'a/b~c': Number.NaN }, '/a~1b~0c', 'finite'],
    [[1, Number.POSITIVE_INFINITY], '/1', 'finite'],
    [{ a: undefined }, '/a', 'not JSON'],
    [JSON.parse('{"a":{"__proto__":1}}'), '/a/__proto__', 'not an allowed name'],
  ])('%j is at fault', (value, path, message) => {
    expect(jsonFault(value)).toEqual({ path, message: expect.stringContaining(message) });
  });

  it('goes down to 32 levels', () => {
    expect(jsonFault(nested(MAX_DEPTH))).toBeUndefined();
    expect(jsonFault(nested(MAX_DEPTH + 1))?.message).toContain('deeper than 32');
    expect(jsonFault(nested(100_000))?.message).toContain('deeper than 32');
  });

  it('any other JSON is taken', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(jsonFault(JSON.parse(JSON.stringify(value)))).toBeUndefined();
      }),
    );
  });

  it('text is whole Unicode', () => {
    expect(textFault('héllo 😀')).toBeUndefined();
    expect(textFault('\udc00')).toContain('surrogate');
  });

  it('long names are cut in a pointer', () => {
    expect(pointerToken('x'.repeat(500))).toHaveLength(100);
  });
});

describe('canonical text', () => {
  it('does not depend on the order of keys', () => {
    expect(canonical({ b: 1, a: [{ d: 1, c: 2 }] })).toBe('{"a":[{"c":2,"d":1}],"b":1}');
    expect(canonical({ b: 1, a: 2 })).toBe(canonical({ a: 2, b: 1 }));
  });

  it('is the same for one number written two ways', () => {
    expect(canonical(JSON.parse('{"a":1.0,"b":1e2,"c":-0}'))).toBe('{"a":1,"b":100,"c":0}');
  });

  it('reads back as the same value, and differs for different ones', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const plainA = JSON.parse(JSON.stringify(a));
        const plainB = JSON.parse(JSON.stringify(b));
        expect(JSON.parse(canonical(a))).toEqual(plainA);
        if (canonical(a) === canonical(b)) expect(plainA).toEqual(plainB);
      }),
    );
  });
});
