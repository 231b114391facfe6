import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CatalogChange, catalogSchema } from '../../catalog/index.ts';
import { refused } from '../../kernel/outcome.ts';
import type { BackfillStatus } from '../../engine/index.ts';
import type { History } from '../../reports/index.ts';
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

const HISTORY: History = {
  events: { replayed: 1_200, erased: 3, refused: [{ code: 'invalid_data', count: 2, message: 'no number' }] },
  transfers: { replayed: 1, refused: [], leftOut: 0 },
  users: 2,
  position: 2_000,
  seconds: 0.1,
  currencies: [
    {
      currency: 'points',
      before: 1_000,
      after: 1_500,
      difference: 500,
      inflation: 50,
      users: { gain: 1, lose: 1, stay: 0 },
      quantiles: { min: -100, p5: -100, p25: -100, p50: -100, p75: 600, p95: 600, max: 600 },
      gainMost: [{ user: 'ada', before: 400, after: 1_000, balanceBefore: 300, balanceAfter: 900 }],
      loseMost: [{ user: 'bob', before: 600, after: 500, balanceBefore: 600, balanceAfter: 500 }],
    },
    {
      currency: 'stars',
      before: 0,
      after: 0,
      difference: 0,
      inflation: null,
      users: { gain: 0, lose: 0, stay: 2 },
      quantiles: { min: 0, p5: 0, p25: 0, p50: 0, p75: 0, p95: 0, max: 0 },
      gainMost: [],
      loseMost: [],
    },
  ],
  rules: [
    { rule: 'quiz', currency: 'points', timesBefore: 10, timesAfter: 15, paidBefore: 1_000, paidAfter: 1_500, limited: 4 },
    { rule: 'login', currency: 'points', timesBefore: 1, timesAfter: 1, paidBefore: 1, paidAfter: 1, limited: 0 },
  ],
  achievements: [{ achievement: 'winner', name: 'Winner', tier: 'gold', before: 1, after: 1 }],
  levels: [
    { level: 1, before: 2, after: 1 },
    { level: 2, before: 0, after: 1 },
  ],
  boards: [
    {
      board: 'weekly',
      period: '2026-W47',
      total: 2,
      entries: [
        { rank: 1, user: 'ada', score: 1_000, rankBefore: 2, scoreBefore: 400 },
        { rank: 2, user: 'bob', score: 500, rankBefore: null, scoreBefore: null },
      ],
    },
    { board: 'empty', period: null, total: 0, entries: [] },
  ],
  assumptions: ['Days are those of then.'],
  warnings: ['Rule never never fires.'],
};

const BACKFILL: BackfillStatus = {
  version: 3,
  state: 'done',
  silent: false,
  upTo: 10,
  done: 1_397,
  failed: 2,
  total: 1_397,
  startedAt: '2026-11-21T10:00:00.000Z',
  finishedAt: '2026-11-21T10:00:09.000Z',
};

let backfills: boolean[];
let sources: string[];
let versions: typeof VERSIONS;
let busy: boolean;
beforeEach(() => {
  backfills = [];
  busy = false;
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
      backfills: {
        async start({ silent }: { silent: boolean }) {
          backfills.push(silent);
          return { ok: true, value: BACKFILL };
        },
        run: async (onProgress: (status: BackfillStatus) => void) => {
          onProgress(BACKFILL);
          return busy
            ? refused({ code: 'busy', message: 'under way' })
            : { ok: true, value: backfills.length > 0 ? BACKFILL : null };
        },
      },
    },
    catalogs: {
      versions: async () => versions,
      version: async (number: number) =>
        ({ 1: { ...VERSIONS[1], source: 'from version 1' }, 2: { ...VERSIONS[0], source: 'of a later Diana' } })[number],
    },
    reports: {
      async history(source: string, { onProgress }: { onProgress: (done: number, total: number) => void }) {
        onProgress(1, 2);
        sources.push(source);
        return busy ? refused({ code: 'busy', message: 'one draft at a time' }) : { ok: true, value: HISTORY };
      },
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

describe('a backfill', () => {
  const DONE =
    'what version 3 began is computed for 1,397 users; 2 of them without unlocks or values, because something refused them\n';

  test('follows what is applied, and is part of the document', async () => {
    expect(await diana('apply', file, '--backfill')).toMatch(new RegExp(`version 3 is in force\n${DONE}$`));
    const document = await diana('apply', file, '--backfill', '--silent', '--json');
    expect(JSON.parse(document)).toMatchObject({ version: 3, applied: true, backfill: BACKFILL });
    expect(backfills).toEqual([false, true]);
  });

  test('is resumed by a command of its own', async () => {
    expect(await diana('backfill')).toBe('no backfill was ever begun (diana apply FILE --backfill)\n');
    backfills.push(false);
    expect(await diana('backfill')).toBe(DONE);
    busy = true;
    await expect(diana('backfill')).rejects.toThrow('under way');
  });

  test('is what --silent is about', async () => {
    await expect(diana('apply', file, '--silent')).rejects.toThrow('--silent goes with --backfill');
    expect(sources).toEqual([]);
  });
});

describe('plan --history', () => {
  test('tells behind the changes what everybody would have gained or lost', async () => {
    const text = await diana('plan', file, '--history');
    expect(text.slice(text.indexOf('Had'))).toBe(
      `Had this catalog been in force from the beginning (1,200 events, 1 transfers of 2 users in 0.1 s; left out: 3 erased, 2 refused by the draft)

points
   awarded            1,000 now, 1,500 then: +500 (+50 %)
   users              1 gain, 1 lose, 0 stay
   change for a user  -100 at the least, -100 to +600 for the middle half, +600 at the most

Gain the most points
   user  awarded now  then   change  balance now  then
   ada           400  1,000  +600            300   900

Lose the most points
   user  awarded now  then  change  balance now  then
   bob           600   500  -100            600   500

Rules and rewards
   rule  pays    times now  then  paid now  then   change  limited
   quiz  points         10    15     1,000  1,500  +500          4
   and 1 as they are

Achievements  all as they are

Levels
   level  users now  then  change
   1              2     1  -1
   2              0     1  +1

weekly, 2026-W47
   rank  of 2  score  rank now
   1.    ada   1,000  2.
   2.    bob     500  not on it

empty  nobody would be on it

Worth a second look
  - Rule never never fires.

Taken for granted
  - Days are those of then.
`,
    );
  });

  test('is part of the document', async () => {
    expect(JSON.parse(await diana('plan', '--version', '1', '--history', '--json'))).toEqual({
      changes: CHANGES,
      history: HISTORY,
    });
    expect(sources).toEqual(['from version 1', 'from version 1']);
  });

  test('fails while another draft is run', async () => {
    busy = true;
    await expect(diana('plan', file, '--history')).rejects.toThrow('one draft at a time');
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
