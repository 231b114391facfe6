import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonList, plainArray, textArray } from './pg-array.ts';

/** Array input as the manual of PostgreSQL describes it (8.15.2): quoted elements with backslash escapes, or null. */
function parse(literal: string): (string | null)[] {
  const values: (string | null)[] = [];
  let at = 1;
  while (at < literal.length - 1) {
    if (literal.startsWith('null', at)) {
      values.push(null);
      at += 4;
    } else {
      let text = '';
      for (at += 1; literal[at] !== '"'; at += 1) {
        if (literal[at] === '\\') at += 1;
        text += literal[at];
      }
      values.push(text);
      at += 1;
    }
    at += 1;
  }
  return values;
}

describe('array literals', () => {
  it('hold any text', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'null', 'NULL', '{}', '"', '\\', ',', '\\"', '\n'));
    fc.assert(
      fc.property(fc.array(fc.option(text)), (values) => {
        expect(parse(textArray(values))).toEqual(values);
      }),
    );
  });

  it('tell null from the text "null"', () => {
    expect(textArray(['null', null, 'a"b\\c'])).toBe('{"null",null,"a\\"b\\\\c"}');
  });

  it('hold any JSON, which never has the separator in it', () => {
    expect(jsonList([])).toBe('');
    fc.assert(
      fc.property(fc.array(fc.json({ stringUnit: 'binary' }), { minLength: 1 }), (values) => {
        expect(jsonList(values).split('\u001f')).toEqual(values);
      }),
    );
    expect(jsonList([JSON.stringify('a\u001fb'), '{}'])).toBe('"a\\u001fb"\u001f{}');
  });

  it('hold plain values as they are', () => {
    expect(plainArray([])).toBe('{}');
    expect(plainArray([1, -2.5, null, true, 'ab12'])).toBe('{1,-2.5,null,true,ab12}');
  });
});
