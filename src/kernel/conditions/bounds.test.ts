import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileComputed, compileCondition, type Condition, type Declarations } from './index.ts';
import { ANYTHING, condition, DECLARED, SCOPE, withData } from './scope.fixture.ts';

/** Generous for a slow machine under load; a hang would take minutes. */
const SOON_MS = 2_000;

describe('evaluation is bounded', () => {
  const list = Array.from({ length: 120_000 }, (_, i) => i);
  const long = 'a'.repeat(128_000);
  const data = { list, long, again: `${'a'.repeat(127_999)}a`, part: `b${'a'.repeat(64_000)}`, texts: Array(20_000).fill('a') };

  it.each([
    'event.data.list.all(x, x in event.data.list)',
    'event.data.list.all(x, size(event.data.long) > 0)',
    'event.data.long.contains(event.data.part)',
    'event.data.long.lastIndexOf(event.data.part) == 0',
    'event.data.list.all(x, event.data.long.startsWith(event.data.long))',
    'event.data.list.all(x, event.data.long == event.data.again)',
    'event.data.list.all(x, event.data.long <= event.data.again)',
    'event.data.list.all(x, event.data.list == event.data.list.filter(y, true))',
    'event.data.texts.map(x, event.data.long).join("") == ""',
    'event.data.texts.all(x, event.data.long.split("a").size() > 1)',
    'event.data.texts.all(x, (event.data.long + x).upperAscii() != "")',
    `${Array(70).fill('event.data.long').join(' + ')} == ""`,
    `size(${Array(70).fill('event.data.list').join(' + ')}) == 1`,
    'event.data.list.all(x, min(event.data.list) == 0)',
  ])('%s ends soon', (source) => {
    const start = performance.now();
    expect(condition(source, ANYTHING, withData(data))).toMatch(/^(none|fault)/);
    expect(performance.now() - start).toBeLessThan(SOON_MS);
  });

  it('one plain loop over the largest event fits', () => {
    expect(condition('event.data.list.all(x, x >= 0)', ANYTHING, withData(data))).toBe(true);
    expect(condition('event.data.long.contains("b")', ANYTHING, withData(data))).toBe(false);
  });

  it('values nested without end are not compared', () => {
    const deep = (): unknown => {
      let value: unknown = 1;
      for (let i = 0; i < 50_000; i += 1) value = [value];
      return value;
    };
    expect(condition('event.data.a == event.data.b', ANYTHING, withData({ a: deep(), b: deep() }))).toContain('none: ');
  });
});

describe('nothing is thrown', () => {
  const token = fc.constantFrom(
    'event',
    '.data',
    '.files',
    '.repo',
    '.tags',
    '["files"]',
    '[0]',
    'user.attributes',
    '.vip',
    'metrics',
    '.commits',
    'now',
    'event.time',
    ' ',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '?',
    '+',
    '-',
    '*',
    '/',
    '%',
    '&&',
    '||',
    '!',
    '==',
    '!=',
    '<',
    '>=',
    ' in ',
    '1',
    '0',
    '2.5',
    '"a"',
    'null',
    'true',
    'size(',
    'has(',
    'floor(',
    'min(',
    'timestamp(',
    'duration("1h")',
    '.all(x,',
    '.map(x,',
    '.filter(',
    'x',
    '.contains(',
    '.getHours()',
    '.matches(',
    '__proto__',
    'constructor',
  );
  const source = fc.oneof(
    fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );

  it('by any source', () => {
    fc.assert(
      fc.property(source, fc.boolean(), (text, declared) => {
        for (const compile of [compileCondition, compileComputed]) {
          const compiled = compile(text, declared ? DECLARED : ANYTHING);
          if (compiled.ok) compiled.expression.evaluate(SCOPE);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('by any data, and no result is anything but what was asked for', () => {
    const expressions = [
      'event.data.a > event.data.b || event.data.a == event.data.b',
      'event.data.a + event.data.b == event.data.a',
      'event.data.a in event.data.b',
      'event.data.a.all(x, x == event.data.b)',
      'event.data.a[event.data.b] == event.data.a',
      'size(event.data.a) > size(event.data.b)',
      'event.data.a ? event.data.b : event.data.a',
      'event.data.a.contains(event.data.b)',
      'event.data.a / event.data.b > event.data.a % event.data.b',
      'has(event.data.a.b) && !event.data.b',
      'max(event.data.a) > int(event.data.b)',
    ].map((text) => compile(text, ANYTHING));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.constantFrom(...expressions), (a, b, expression) => {
        const result = expression.evaluate(withData({ a, b }));
        if (result.ok) expect(typeof result.value).toBe('boolean');
        else expect(result.reason).not.toBe('');
      }),
      { numRuns: 3_000 },
    );
  });

  function compile(text: string, declarations: Declarations): Condition {
    const compiled = compileCondition(text, declarations);
    return compiled.ok ? compiled.expression : expect.fail(compiled.message);
  }
});
