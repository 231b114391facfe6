import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkArchitecture, readRanks, type Tree } from './support/architecture.ts';
import { importsOf, scan } from './support/source-scanner.ts';

async function readTree(): Promise<Tree> {
  const tree = new Map<string, string>();
  for (const entry of await readdir('src', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const path = join(entry.parentPath, entry.name);
    tree.set(path.split(sep).slice(1).join('/'), await readFile(path, 'utf8'));
  }
  return tree;
}

const ranks = readRanks(await readFile('ARCHITECTURE.md', 'utf8'));

test('the source keeps to the ranks of ARCHITECTURE.md', async () => {
  expect(checkArchitecture(ranks, await readTree())).toEqual([]);
});

test('the table of ranks is read', () => {
  expect(ranks.get('kernel')).toBe(0);
  expect(ranks.get('engine')).toBeGreaterThan(ranks.get('ledger') ?? Number.NaN);
});

describe('the check fails', () => {
  const RANKS = readRanks('| 0 | `kernel` | |\n| 1 | `users` | |\n| 2 | `ledger`, `boards` | |\n| 3 | `engine` | |\n');
  const GOOD = {
    'app.ts': `import { openEngine } from './engine/index.ts';\nimport { clock } from './platform/clock.ts';\nimport './transport/http/index.ts';`,
    'kernel/points.ts': 'export const MAX = 1;',
    'users/index.ts': `export { find } from './store.ts';`,
    'users/store.ts': `import { MAX } from '../kernel/points.ts';\nexport const find = MAX;`,
    'ledger/index.ts': `import { find } from '../users/index.ts';\nexport const post = find;`,
    'boards/index.ts': `export type { Post } from '../kernel/points.ts';`,
    'engine/index.ts': `import { post } from '../ledger/index.ts';\nexport const openEngine = post;`,
    'platform/clock.ts': `import postgres from 'postgres';\nimport type { Engine } from '../engine/index.ts';\nexport const clock = () => Date.now();`,
    'transport/http/index.ts': `import fastify from 'fastify';\nimport { openEngine } from '../../engine/index.ts';`,
  };
  const check = (changes: Readonly<Record<string, string>>): readonly string[] =>
    checkArchitecture(RANKS, new Map(Object.entries({ ...GOOD, ...changes })));

  test('never on a tree that keeps to the rules', () => {
    expect(check({})).toEqual([]);
  });

  test.each([
    [
      'an import up the ranks',
      'users/store.ts',
      `import { post } from '../ledger/index.ts';`,
      'ledger (rank 2) stands above users (rank 1)',
    ],
    ['an import up for a type', 'users/store.ts', `import type { Post } from '../ledger/index.ts';`, 'stands above'],
    [
      'an import up for one type among values',
      'users/store.ts',
      `import { type Post } from '../ledger/index.ts';`,
      'stands above',
    ],
    ['a dynamic import up', 'users/store.ts', `const { post } = await import('../ledger/index.ts');`, 'stands above'],
    ['a type import up in the middle of a line', 'users/store.ts', `type P = import('../ledger/index.ts').Post;`, 'stands above'],
    ['an import up for its effects', 'users/store.ts', `import '../ledger/index.ts';`, 'stands above'],
    ['a re-export from above', 'users/store.ts', `export * from '../ledger/index.ts';`, 'stands above'],
    [
      'an import over several lines',
      'users/store.ts',
      `import {\n  post, // the word\n} from '../ledger/index.ts';`,
      'stands above',
    ],
    [
      'an import sideways',
      'boards/index.ts',
      `import { post } from '../ledger/index.ts';`,
      'ledger (rank 2) stands beside boards (rank 2)',
    ],
    [
      'a file behind a face',
      'ledger/index.ts',
      `import { find } from '../users/store.ts';`,
      'only the face of users may be imported',
    ],
    ['a folder without a rank', 'extras/index.ts', '', 'stands in no folder of the table'],
    ['a file at the root', 'extras.ts', '', 'stands in no folder of the table'],
    ['a circle', 'kernel/points.ts', `import type { A } from './a.ts';`, 'which is not there'],
    ['process.env', 'ledger/index.ts', `const debug = process.env['DEBUG'];`, 'reads process.env'],
    ['process.env in platform', 'platform/clock.ts', 'process.env.X', 'reads process.env'],
    ['the environment by import', 'ledger/index.ts', `import { env } from 'node:process';`, 'reads process.env'],
    ['a driver', 'ledger/index.ts', `import postgres from 'postgres';`, 'drivers belong in platform'],
    ['a driver in transport', 'transport/http/index.ts', `import { createClient } from 'redis';`, 'drivers belong in platform'],
    ['a web library', 'engine/index.ts', `import fastify from 'fastify';`, 'belongs in transport'],
    ['a command line library', 'app.ts', `import { Command } from 'commander';`, 'belongs in transport'],
    ['the clock', 'engine/index.ts', 'const now = Date.now();', 'uses Date.now'],
    ['the clock by a bare date', 'engine/index.ts', 'const now = new Date();', 'uses new Date()'],
    ['the clock inside a template', 'engine/index.ts', 'const text = `now ${Date.now()}`;', 'uses Date.now'],
    ['the fine clock', 'transport/http/index.ts', 'performance.now()', 'uses performance.now'],
    ['chance', 'engine/index.ts', 'Math.random()', 'uses Math.random'],
    ['random bytes', 'app.ts', `import { randomUUID } from 'node:crypto';`, 'uses random bytes'],
    [
      'transport that sees platform',
      'transport/http/index.ts',
      `import { clock } from '../../platform/clock.ts';`,
      'only the composition root sees platform',
    ],
    [
      'transport that sees a store',
      'transport/http/index.ts',
      `import { find } from '../../users/store.ts';`,
      'only the face of users',
    ],
    ['a noun that sees transport', 'engine/index.ts', `import type { S } from '../transport/http/index.ts';`, 'sees transport'],
    ['a noun that sees the root', 'engine/index.ts', `import '../app.ts';`, 'nothing imports the composition root'],
    ['platform that uses a noun', 'platform/clock.ts', `import { post } from '../ledger/index.ts';`, 'platform sees the kernel'],
    ['an import from outside src', 'engine/index.ts', `import '../../test/support/engine.ts';`, 'outside src'],
  ])('on %s', (_, path, source, what) => {
    const faults = check({ [path]: source });
    expect(faults.join('\n')).toContain(`${path}: `);
    expect(faults.join('\n')).toContain(what);
  });

  test('on a circle of files, types included', () => {
    const faults = check({
      'kernel/points.ts': `import type { A } from './a.ts';\nexport type B = A;`,
      'kernel/a.ts': `import type { B } from './points.ts';\nexport type A = B;`,
    });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('kernel/points.ts → kernel/a.ts → kernel/points.ts');
  });

  test('on a folder of the table that is not there', () => {
    const tree: Record<string, string> = { ...GOOD };
    delete tree['boards/index.ts'];
    expect(checkArchitecture(RANKS, new Map(Object.entries(tree)))).toEqual(['boards/: is in the table of ranks and not in src']);
  });

  test('on a part of the conditions behind their face', () => {
    expect(
      check({ 'kernel/conditions/model.ts': '', 'users/store.ts': `import type { A } from '../kernel/conditions/model.ts';` }),
    ).toHaveLength(1);
  });

  test('not on tests and their fixtures', () => {
    expect(check({ 'users/users.test.ts': `import { post } from '../ledger/index.ts';\nMath.random();` })).toEqual([]);
  });
});

describe('the scanner', () => {
  test('is not taken in by comments, strings, templates and regular expressions', () => {
    const source = [
      `// import a from 'a';`,
      `/* import b from 'b'; */`,
      `const text = "import c from 'c'";`,
      'const template = `import d from \'d\' ${call(`${`import e from "e"`}`, { f: 1 })} import g from "g"`;',
      `const quote = /['"\`/[\\]]/.test(text) && 4 / 2 / 1;`,
      `import real, { type Kind } from 'real';`,
      `export type { Other } from "other";`,
    ].join('\n');
    expect(importsOf(scan(source))).toEqual([
      { specifier: 'real', typeOnly: false },
      { specifier: 'other', typeOnly: true },
    ]);
  });

  test('tells types from values', () => {
    const typeOnly = (source: string): boolean[] => importsOf(scan(source)).map((found) => found.typeOnly);
    expect(
      typeOnly(`import type { A } from 'a'; import { type A, type B } from 'b'; export type * from 'c'; import type D from 'd';`),
    ).toEqual([true, true, true, true]);
    expect(
      typeOnly(`import { type A, b } from 'a'; import * as c from 'c'; export { d } from 'd'; import type from 'e'; import 'f';`),
    ).toEqual([false, false, false, false, false]);
  });
});
