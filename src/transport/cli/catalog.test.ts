import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CatalogChange, catalogSchema } from '../../catalog/index.ts';
import { CommandFailed } from './output.ts';
import type { CliApp } from './port.ts';
import { createProgram } from './program.ts';

let directory: string;
let file: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'diana-catalog-'));
  file = join(directory, 'catalog.yaml');
  await writeFile(file, 'from the file');
});
afterAll(() => rm(directory, { recursive: true }));

const CHANGES: readonly CatalogChange[] = [
  { change: 'changed', noun: 'metrics', id: 'steps', before: 'count a', after: 'count b', note: 'It starts anew.' },
  { change: 'changed', noun: 'boards', id: 'top', before: null, after: null, note: 'It starts anew, too.' },
  { change: 'added', noun: 'rules', id: 'r', before: null, after: 'on a', note: null },
];
const VERSIONS = [
  { version: 2, appliedAt: '2026-11-21T10:00:00.000Z', actor: '@cli', name: 'bot', digest: 'd2', changes: 1 },
  { version: 1, appliedAt: '2026-11-20T10:00:00.000Z', actor: 'key_1', name: null, digest: 'd1', changes: null },
];

let sources: string[];
let versions: typeof VERSIONS;
beforeEach(() => {
  sources = [];
  versions = VERSIONS;
});

async function diana(...args: readonly string[]): Promise<string> {
  const out = new PassThrough();
  const app = {
    engine: {
      planCatalog(source: string) {
        sources.push(source);
        if (source === 'of a later Diana')
          return { ok: false, faults: [{ line: 4, path: 'spells', message: 'unknown section' }] };
        return { ok: true, value: { changes: CHANGES } };
      },
      async applyCatalog(source: string) {
        sources.push(source);
        return { ok: true, value: { version: 3, applied: true, changes: CHANGES } };
      },
    },
    catalogs: {
      versions: async () => versions,
      version: async (number: number) =>
        ({ 1: { ...VERSIONS[1], source: 'from version 1' }, 2: { ...VERSIONS[0], source: 'of a later Diana' } })[number],
    },
    close: async () => undefined,
  } as unknown as CliApp;
  const unused = (): never => {
    throw new Error('not asked for');
  };
  const program = createProgram({
    version: '0.0.0',
    open: async () => app,
    serve: unused,
    openTemporary: unused,
    stopwatch: () => 0,
    out,
    err: out,
    actor: { id: '@cli', role: 'admin', account: null },
  });
  await program.exitOverride().parseAsync(['node', 'diana', ...args]);
  return stripVTControlCharacters(String(out.read() ?? ''));
}

describe('plan and apply', () => {
  test('read a file', async () => {
    expect(await diana('plan', file)).toBe(
      `~ metrics steps
    was count a
    now count b
    It starts anew.
~ boards top
    It starts anew, too.
+ rules r
    on a
`,
    );
    expect(await diana('apply', file)).toMatch(/version 3 is in force\n$/);
    expect(sources).toEqual(['from the file', 'from the file']);
  });

  test('go back to a version, as a new one', async () => {
    expect(JSON.parse(await diana('plan', '--version', '1', '--json'))).toEqual({ changes: CHANGES });
    expect(await diana('apply', '--version', '1')).toMatch(/on a\nversion 3 is in force, with the catalog of version 1\n$/);
    expect(JSON.parse(await diana('apply', '--version', '1', '--json'))).toMatchObject({ version: 3, applied: true });
    expect(sources).toEqual(['from version 1', 'from version 1', 'from version 1']);
  });

  test.each<[string, readonly string[], string]>([
    ['neither', [], 'give a catalog file, or --version N'],
    ['both', ['FILE', '--version', '1'], 'not both'],
    ['a version that never was', ['--version', '9'], 'there is no version 9: diana history lists them'],
    ['what is no number', ['--version', 'x'], '--version must be a positive integer, not "x"'],
  ])('say what to do about %s', async (_, args, message) => {
    const given = args.map((arg) => (arg === 'FILE' ? file : arg));
    for (const name of ['plan', 'apply']) {
      await expect(diana(name, ...given)).rejects.toThrow(message);
      await expect(diana(name, ...given)).rejects.toThrow(CommandFailed);
    }
    expect(sources).toEqual([]);
  });

  test('tell the faults of a version by its number', async () => {
    await expect(diana('plan', '--version', '2')).rejects.toThrow(
      'version 2 has 1 fault; nothing was changed\n  version 2:4  spells: unknown section',
    );
  });
});

describe('history', () => {
  test('lists versions, newest first', async () => {
    expect(await diana('history')).toBe(
      '2  2026-11-21T10:00:00.000Z  @cli   bot  1 change\n1  2026-11-20T10:00:00.000Z  key_1\n',
    );
    expect(JSON.parse(await diana('history', '--json'))).toEqual({ versions: VERSIONS });
  });

  test('of nothing says how to begin', async () => {
    versions = [];
    expect(await diana('history')).toBe('no catalog was applied yet (diana apply FILE)\n');
  });
});

test('schema prints the schema, and opens nothing', async () => {
  expect(JSON.parse(await diana('schema'))).toEqual(JSON.parse(JSON.stringify(catalogSchema())));
  expect(await diana('schema')).toMatch(/^\{\n {2}"\$schema": /);
  expect((await diana('schema', '--json')).trim()).toBe(JSON.stringify(catalogSchema()));
});

test('--version before a command is that of the product', async () => {
  await expect(diana('--version')).rejects.toMatchObject({ code: 'commander.version' });
});
