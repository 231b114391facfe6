import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { catalogSchema, parseCatalog } from '../src/catalog/index.ts';
import type { Summary } from '../src/reports/index.ts';
import { anchorsOf, linksOf, readPages, ROOT, type Sample, samplesOf } from './support/docs-markdown.ts';
import { REFERENCE } from './support/docs-reference.ts';
import {
  diana,
  eventsOfRepositories,
  hasTool,
  makeRepository,
  normalised,
  openSession,
  type Session,
  wordsOf,
} from './support/docs-session.ts';

const pages = await readPages();
const samples = [...pages].flatMap(([page, markdown]) => samplesOf(page, markdown));
const update = process.env['UPDATE_DOCS'] === '1';

describe('the reference is made from the code', () => {
  test.each(Object.keys(REFERENCE))('%s', async (name) => {
    const path = join(ROOT, 'docs', 'reference', name);
    const made = (await REFERENCE[name]?.()) ?? '';
    if (update) await writeFile(path, made);
    expect(await readFile(path, 'utf8')).toBe(made);
  });
});

describe('links lead somewhere', () => {
  test.each([...pages.keys()])('%s', async (page) => {
    const broken: string[] = [];
    for (const { link, target, anchor } of linksOf(page, pages.get(page) ?? '')) {
      const exists = await access(join(ROOT, target)).then(
        () => true,
        () => false,
      );
      const markdown = pages.get(target);
      if (!exists || (anchor !== undefined && markdown !== undefined && !anchorsOf(markdown).has(anchor))) broken.push(link);
    }
    expect(broken).toEqual([]);
  });
});

/** What fragments may refer to without declaring it themselves. */
const AROUND = {
  diana: 1,
  name: 'around a fragment',
  currencies: { points: { name: 'Points' } },
  events: {
    'quiz.answered': { data: { correct: 'boolean', difficulty: 'integer?' } },
    'code.commit': { data: { files: 'integer', repo: 'string' } },
  },
  metrics: { answers: { count: 'quiz.answered' }, earned: { earned: 'points' } },
};

function asCatalog(sample: Sample): string {
  if (!sample.marks.includes('fragment')) return sample.text;
  const catalog: Record<string, unknown> = { ...AROUND };
  for (const [section, given] of Object.entries(parse(sample.text) as Record<string, unknown>)) {
    const before = catalog[section];
    catalog[section] =
      typeof before === 'object' && typeof given === 'object' && !Array.isArray(given) ? { ...before, ...given } : given;
  }
  return stringify(catalog);
}

const fitsSchema = new Ajv2020({ strict: false }).compile(catalogSchema());

/** Nothing is wrong with it, neither for Diana nor for an editor. */
function expectCatalog(source: string): void {
  const parsed = parseCatalog(source);
  expect(parsed.ok ? [] : parsed.faults).toEqual([]);
  fitsSchema(parse(source));
  expect(fitsSchema.errors ?? []).toEqual([]);
}

describe('catalogs in the pages are catalogs', () => {
  const catalogs = samples.filter(
    ({ language, marks }) => language === 'yaml' && (marks.includes('catalog') || marks.includes('fragment')),
  );
  test.each(catalogs.map((sample) => [`${sample.page}:${sample.line}`, sample] as const))('%s', (_, sample) => {
    expectCatalog(asCatalog(sample));
  });

  test.each(['diana-bot', 'git-history'])('examples/%s', async (name) => {
    expectCatalog(await readFile(join(ROOT, 'examples', name, 'catalog.yaml'), 'utf8'));
  });
});

const hasShell = (await hasTool('curl')) && (await hasTool('bash'));

/** Pages whose samples are a session: each runs in order on a service of its own, and answers what is printed under it. */
const sessions = [...new Set(samples.filter(({ marks }) => marks.includes('run')).map(({ page }) => page))];

describe.skipIf(!hasShell).each(sessions)('a reader of %s types what it says', (page) => {
  let session: Session;
  beforeAll(async () => {
    session = await openSession();
  });
  afterAll(() => session.close());

  const steps = samples.filter(
    (sample) => sample.page === page && sample.marks.some((mark) => mark === 'run' || mark === 'answer'),
  );
  let output = '';
  test.each(steps.map((sample) => [sample.line, sample] as const))('line %i', async (_, { language, marks, text }) => {
    if (marks.includes('run')) output = await (language === 'js' ? session.script(text) : session.shell(text));
    else if (language === 'json') expect(JSON.parse(normalised(output))).toEqual(JSON.parse(normalised(text)));
    else expect(wordsOf(output)).toBe(wordsOf(text));
  });
});

describe.skipIf(!(await hasTool('git')))('the example for git histories', () => {
  let directory: string;
  let file: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'diana-git-'));
    file = join(directory, 'events.ndjson');
    await makeRepository(join(directory, 'compiler'), [
      { author: 'Grace', time: '2026-03-02T09:00:00-05:00', files: ['src/parse.c', 'src/parse.h'] },
      { author: 'Grace', time: '2026-03-02T10:00:00-05:00', files: ['test/parse.c'] },
      { author: 'Ada', time: '2026-03-02T18:00:00+01:00', files: ['docs/notes ü.md', 'README'] },
      { author: 'Ada', time: '2026-03-03T02:30:00+01:00', files: ['a.c', 'b.c', 'c.c', 'd.c', 'e.c', 'f.c'] },
    ]);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('tells each commit, with its kind, its author and the time of the author', async () => {
    const text = await eventsOfRepositories(directory, '--names', join(directory, 'compiler'));
    await writeFile(file, text);
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string });
    expect(events.map(({ id: _id, ...event }) => event)).toEqual([
      { type: 'code.commit', user: 'Grace', time: '2026-03-02T09:00:00-05:00', data: { repo: 'compiler', files: 2 } },
      { type: 'code.test', user: 'Grace', time: '2026-03-02T10:00:00-05:00', data: { repo: 'compiler', files: 1 } },
      { type: 'code.docs', user: 'Ada', time: '2026-03-02T18:00:00+01:00', data: { repo: 'compiler', files: 2 } },
      { type: 'code.commit', user: 'Ada', time: '2026-03-03T02:30:00+01:00', data: { repo: 'compiler', files: 6 } },
    ]);
    expect(events.every(({ id }) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  });

  test('names nobody unless asked, and the same person alike in every run', async () => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => eventsOfRepositories(directory, '--salt', 'one', join(directory, 'compiler'))),
    );
    const other = await eventsOfRepositories(directory, '--salt', 'two', join(directory, 'compiler'));
    expect(first).toBe(second);
    expect(first).not.toBe(other);
    expect(first).not.toMatch(/grace|ada/i);
  });

  test('ends on a summary, and again changes nothing', async () => {
    const catalog = join(ROOT, 'examples', 'git-history', 'catalog.yaml');
    const taken = JSON.parse(await diana(directory, 'import', file, '--catalog', catalog, '--json')) as Record<string, unknown>;
    // The last commit came at half past two in the night, where points are halved.
    expect(taken).toMatchObject({ accepted: 4, duplicate: 0, refused: 0, awarded: { points: 12 + 15 + 8 + 5 } });
    const summary = taken['summary'] as Summary;
    const top = (board: string): readonly object[] | undefined => summary.boards.find((one) => one.board === board)?.entries;
    expect(top('all-time')).toEqual([
      { rank: 1, user: 'Grace', score: 27 },
      { rank: 2, user: 'Ada', score: 13 },
    ]);
    expect(top('commits')).toEqual([
      { rank: 1, user: 'Grace', score: 2 },
      { rank: 1, user: 'Ada', score: 2 },
    ]);
    expect(top('night')).toEqual([{ rank: 1, user: 'Ada', score: 1 }]);
    expect(summary.streaks[0]).toMatchObject({
      user: 'Ada',
      streak: 'daily',
      longest: 2,
      first: '2026-03-02',
      last: '2026-03-03',
    });
    expect(summary.unlocks.rarest[0]).toMatchObject({ name: 'Night owl', tier: 'once', users: 1, percent: 50 });
    const again = JSON.parse(await diana(directory, 'import', file, '--json')) as Record<string, unknown>;
    expect(again).toMatchObject({ accepted: 0, duplicate: 4, refused: 0, summary });
    expect(JSON.parse(await diana(directory, 'summary', '--json'))).toEqual(summary);
    expect(JSON.parse(await diana(directory, 'verify', '--json'))).toMatchObject({ ok: true, entries: 4 });
  });
});
