import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, test } from 'vitest';
import { differences } from './support/partial-match.ts';
import { createVectorBench, type SentenceList, type Vector, type VectorBench, type VectorFile } from './support/vectors.ts';

const DIRECTORY = new URL('vectors/', import.meta.url);
/** What lies beside the vectors. */
const OTHERS: readonly string[] = ['schema.json', 'sentences.json'];

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, DIRECTORY), 'utf8'));
}

const names = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json') && !OTHERS.includes(name));
const files = names.map((name) => ({ name, ...(read(name) as VectorFile) }));
const { sections, later } = read('sentences.json') as SentenceList;
const vectors = files.flatMap((file) => file.vectors);

const benches: VectorBench[] = [];
const idle: VectorBench[] = [];
afterAll(() => Promise.all(benches.map((bench) => bench.close())));

/** On whichever bench is free. */
async function run(vector: Vector): Promise<readonly string[]> {
  const bench = idle.pop() ?? (await createVectorBench());
  if (!benches.includes(bench)) benches.push(bench);
  const found = await bench.run(vector);
  idle.push(bench);
  return found;
}

describe.each(files.map((file) => [file.subject, file] as const))('%s', (_, { name, vectors }) => {
  test.concurrent.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_, vector) => {
    const found = await run(vector);
    if (found.length > 0) throw new Error([`${vector.sentence}\n${name}: ${vector.name}`, ...found].join('\n  '));
  });
});

describe('the vectors', () => {
  test.each(names)('in %s have the shape that schema.json tells', (name) => {
    const validate = new Ajv2020({ allErrors: true, strict: true, strictRequired: false }).compile(read('schema.json') as object);
    validate(read(name));
    expect(validate.errors ?? []).toEqual([]);
  });

  test('stand for every sentence of the contract that is on the list', () => {
    const covered = new Set(vectors.map(({ sentence }) => sentence));
    const listed = sections.flatMap(({ sentences }) => sentences);
    expect(listed.filter((sentence) => !covered.has(sentence))).toEqual([]);
    expect([...covered].filter((sentence) => !listed.includes(sentence))).toEqual([]);
    expect(later.filter(({ sentence }) => covered.has(sentence))).toEqual([]);
  });

  test('are told apart by subject and name', () => {
    const titles = files.flatMap(({ subject, vectors }) => vectors.map(({ name }) => `${subject}: ${name}`));
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
  });
});

describe('a partial match', () => {
  test.each([
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 1, c: 3 }, { b: 2 }] }],
    [{ a: null }, {}],
    [{ a: null }, { a: null }],
    [{ a: '2026-11-21T10:00:00Z' }, { a: '2026-11-21T11:00:00.000+01:00' }],
  ])('%j is in %j', (expected, actual) => expect(differences(expected, actual, '')).toEqual([]));

  test.each([
    [{ a: 1 }, { a: 2 }, 'a: expected 1, got 2'],
    [{ a: 1 }, {}, 'a: expected 1, got undefined'],
    [{ a: 1 }, { a: '1' }, 'a: expected 1, got "1"'],
    [{ a: null }, { a: 0 }, 'a: expected null, got 0'],
    [{ a: [] }, { a: [1] }, 'a: expected [], got [1]'],
    [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }, 'a[0].b: expected 1, got 2'],
    [{ a: { b: 1 } }, { a: [1] }, 'a: expected {"b":1}, got [1]'],
    [
      { a: '2026-11-21T10:00:00Z' },
      { a: '2026-11-21T10:00:01Z' },
      'a: expected "2026-11-21T10:00:00Z", got "2026-11-21T10:00:01Z"',
    ],
  ])('%j is not in %j', (expected, actual, difference) => expect(differences(expected, actual, '')).toEqual([difference]));
});
