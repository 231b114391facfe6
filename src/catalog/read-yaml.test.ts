import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXAMPLE } from './example.fixture.ts';
import { type CatalogFault, parseCatalog } from './index.ts';

/** Generous for a slow machine under load; an attack that works would take minutes. */
const SOON_MS = 20_000;

function faultsOf(source: string): readonly CatalogFault[] {
  const parsed = parseCatalog(source);
  return parsed.ok ? [] : parsed.faults;
}

/** Milliseconds of this process's own work: what others do on the machine is no fault of the reader. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

describe('text that is no catalog', () => {
  it.each<[string, string, number, string]>([
    ['nothing', '', 1, 'the catalog is empty'],
    ['a comment', '# only this', 1, 'the catalog is empty'],
    ['a list', '- 1', 1, 'expected a mapping that begins with "diana: 1", found a list'],
    ['text', 'hello', 1, 'expected a mapping'],
    ['a syntax error', 'diana: 1\nrules: [1\nname: x', 3, 'not YAML'],
    ['a tab', 'diana: 1\nrules:\n\t- id: x\n', 3, 'tabs are not allowed'],
    ['bad indentation', 'diana: 1\nrules:\n  - id: a\n   on: b\n', 4, 'not YAML'],
    ['a key twice', 'diana: 1\nname: a\nname: b', 3, 'the key "name" is there twice: first on line 2'],
    ['a name twice', 'diana: 1\ncurrencies:\n  p:\n  q:\n  p:', 5, 'the key "p" is there twice: first on line 3'],
    ['two documents', 'diana: 1\n---\nname: b', 2, 'one document'],
    ['a tag', 'diana: 1\nname: !mine x', 2, 'tag'],
    ['a tag of YAML itself', 'diana: 1\nname: !!str 7', 2, 'tags are not allowed'],
    ['binary', 'diana: 1\nname: !!binary aGk=', 2, 'tag'],
    ['YAML 1.1', '%YAML 1.1\n---\ndiana: 1', 1, 'drop the %YAML line'],
    ['an alias of nothing', 'diana: 1\nname: *x', 2, 'the alias *x has no anchor before it'],
    ['an alias within itself', 'diana: 1\nname: &x [*x]', 2, 'an alias within itself'],
    ['a key that is a list', 'diana: 1\n? [a]\n: 1', 2, 'a key must be text'],
    ['NUL', 'diana: 1\nname: a\u0000b', 2, 'NUL'],
    ['NUL by escape', 'diana: 1\nname: "a\\0b"', 2, 'NUL'],
    ['half a surrogate pair', 'diana: 1\n\nname: \ud800', 3, 'surrogate'],
    ['half a surrogate pair by escape', 'diana: 1\nname: "\\ud800"', 2, 'surrogate'],
    ['a merge key', 'diana: 1\nx: &x { name: a }\n<<: *x', 3, 'unknown section "<<"'],
  ])('%s', (_, source, line, message) => {
    expect(faultsOf(source)).toContainEqual({ line, path: expect.any(String), message: expect.stringContaining(message) });
  });

  it('a megabyte is the most', () => {
    expect(faultsOf(`diana: 1 #${'é'.repeat(500_000)}`)).toEqual([
      { line: 1, path: '', message: 'a catalog has at most 1000000 bytes; this has 1000010' },
    ]);
  });

  const laughs = `a: &a [${'x,'.repeat(9)}]\n${[...'bcdefghij'].map((letter, i) => `${letter}: &${letter} [${`*${'abcdefghi'[i]},`.repeat(9)}]`).join('\n')}`;
  it.each<[string, string]>([
    ['billion laughs', laughs],
    ['brackets', '['.repeat(200_000)],
    ['closed brackets', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['dashes', '- '.repeat(100_000)],
    ['colons', ': '.repeat(100_000)],
    ['question marks', '? '.repeat(100_000)],
    ['quotes', '"'.repeat(100_000)],
    ['anchors', '&a '.repeat(50_000)],
    ['aliases', `x: &a 1\ny: [${'*a,'.repeat(50_000)}]`],
    ['keys', `diana: 1\nrules:\n${Array.from({ length: 20_000 }, (_, i) => ` a${i}:`).join('\n')}`],
    [
      'misspelt names',
      `diana: 1\ncurrencies:\n${Array.from({ length: 400 }, (_, i) => ` name${i}:`).join('\n')}\nrules:\n${Array.from({ length: 400 }, (_, i) => ` - {id: a${i}, on: x, award: {mane${i}: 1, mean${i}: 1, anem${i}: 1}}`).join('\n')}`,
    ],
  ])(
    '%s are read to their end',
    (_, source) => {
      const start = processorTime();
      const faults = faultsOf(source);
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.length).toBeLessThanOrEqual(1_001);
      expect(processorTime() - start).toBeLessThan(SOON_MS);
    },
    60_000,
  );

  const bomb = (item: (name: string) => string, open: string, close: string): string =>
    [...'abcdefghij']
      .map(
        (name, i) =>
          `${name}: &${name} ${open}${Array.from({ length: 8 }, (_, n) => item(i === 0 ? '1' : `*${'abcdefghij'[i - 1]} `).replace('#', String(n))).join(',')}${close}`,
      )
      .join('\n');
  it.each<[string, string]>([
    ['lists', bomb((value) => value, '[', ']')],
    ['mappings', bomb((value) => `k#: ${value}`, '{', '}')],
  ])('an alias bomb of %s is one fault, soon', (_, source) => {
    expect(source.length).toBeLessThan(1_000);
    const start = processorTime();
    expect(faultsOf(source)).toEqual([
      { line: expect.any(Number), path: expect.any(String), message: 'the aliases of the catalog unfold to too much' },
    ]);
    expect(processorTime() - start).toBeLessThan(400);
  });

  it('aliases that unfold to a little are read', () => {
    const many = `diana: 1\nmetrics:\n  a: &m { count: x }\n${Array.from({ length: 900 }, (_, i) => `  b${i}: *m`).join('\n')}`;
    expect(faultsOf(many)).toEqual([]);
  });

  it('too many definitions are refused', () => {
    const many = `diana: 1\nmetrics:\n${Array.from({ length: 1_001 }, (_, i) => ` a${i}: { count: x }`).join('\n')}`;
    expect(faultsOf(many)).toEqual([{ line: 2, path: 'metrics', message: 'at most 1000 definitions; this has 1001' }]);
  });
});

describe('reading never throws', () => {
  const wellFormed = (faults: readonly CatalogFault[], source: string): void => {
    const lines = source.split('\n').length;
    for (const { line, path, message } of faults) {
      expect(Number.isInteger(line) && line >= 1 && line <= lines + 1).toBe(true);
      expect(path.isWellFormed() && message.isWellFormed() && message !== '').toBe(true);
    }
  };

  it('on any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 300 }),
          fc.string({
            unit: fc.constantFrom(
              'a',
              ':',
              ' ',
              '\n',
              '-',
              '[',
              ']',
              '{',
              '}',
              ',',
              '&',
              '*',
              '!',
              '|',
              '>',
              "'",
              '"',
              '#',
              '%',
              '?',
              '1',
            ),
          }),
        ),
        (source) => {
          wellFormed(faultsOf(source), source);
        },
      ),
      { numRuns: 800 },
    );
  });

  it('on a good catalog with a slip', () => {
    const slip = fc.constantFrom(
      '',
      ' ',
      ':',
      '-',
      '"',
      "'",
      '{',
      '}',
      '[',
      '\n',
      '\t',
      '0',
      '-1',
      'null',
      '*',
      '&a',
      '!x',
      '\u0000',
      '1e400',
      'x'.repeat(100),
    );
    fc.assert(
      fc.property(fc.nat(EXAMPLE.length), fc.nat(12), slip, (at, length, text) => {
        const source = EXAMPLE.slice(0, at) + text + EXAMPLE.slice(at + length);
        wellFormed(faultsOf(source), source);
      }),
      { numRuns: 400 },
    );
  });

  it('on any value in any place', () => {
    const keys = [
      'diana',
      'currencies',
      'events',
      'metrics',
      'multipliers',
      'rules',
      'boards',
      'id',
      'on',
      'when',
      'award',
      'points',
      'limit',
      'max',
      'per',
      'factor',
      'count',
      'sum',
      'data',
      'metric',
      'period',
      'from',
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(1, 0, -1, 1.5, null, true, 'a', 'a.b', '*', 'day', 'points', 'x > 1', ''),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 8 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const source = JSON.stringify(value);
        wellFormed(faultsOf(source), source);
      }),
      { numRuns: 800 },
    );
  });
});
