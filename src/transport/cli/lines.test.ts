import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLines, type SourceLine, splitLines } from './lines.ts';

async function collect(lines: AsyncIterable<readonly SourceLine[]>): Promise<SourceLine[]> {
  const all: SourceLine[] = [];
  for await (const some of lines) all.push(...some);
  return all;
}

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('lines', () => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\r\nb\nc', ['a', 'b', 'c']],
    ['\n\r\n a \n', ['', '', ' a ']],
    ['ü€😀\r\n😀', ['ü€😀', '😀']],
    ['"\u2028\u2029 are no ends"\n', ['"\u2028\u2029 are no ends"']],
  ])('of %j, however it is cut', async (text, lines) => {
    for (const size of [1, 2, 3, 5, 1_000]) expect(await collect(splitLines(chunksOf(Buffer.from(text), size)))).toEqual(lines);
  });

  test('that are too long are told and skipped, to the byte', async () => {
    const text = `1234\n12345\r\n123456\n${'x'.repeat(50)}\r\nok\n123456`;
    for (const size of [1, 4, 7, 1_000])
      expect(await collect(splitLines(chunksOf(Buffer.from(text), size), 5))).toEqual(['1234', '12345', null, null, 'ok', null]);
  });

  test('of 700 MB leave the memory as it is', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    const before = process.memoryUsage().rss;
    async function* endless(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 700; i += 1) yield megabyte;
      yield Buffer.from('\n{}\n');
    }
    expect(await collect(splitLines(endless()))).toEqual([null, '{}']);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('a file', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'diana-lines-'));
  });
  afterAll(() => rm(directory, { recursive: true }));
  const text = Array.from({ length: 50_000 }, (_, i) => `{"n":${i},"name":"€"}`).join('\n');

  test.each([
    ['plain.ndjson', Buffer.from(text)],
    ['packed.ndjson.gz', gzipSync(text)],
  ])('%s is read whole', async (name, bytes) => {
    const file = join(directory, name);
    await writeFile(file, bytes);
    let heard = 0;
    const lines = await collect(readLines(file, (count) => (heard += count)));
    expect(lines.join('\n')).toBe(text);
    expect(heard).toBe(bytes.length);
  });

  test.each([
    ['broken off', gzipSync(text).subarray(0, 5_000)],
    ['not packed at all', Buffer.from(text)],
  ])('that is %s says so', async (_, bytes) => {
    const file = join(directory, 'broken.gz');
    await writeFile(file, bytes);
    await expect(collect(readLines(file, () => undefined))).rejects.toThrow(/broken\.gz cannot be read to its end: /);
  });

  test('whose reader leaves early is closed', async () => {
    const file = join(directory, 'left.gz');
    await writeFile(file, gzipSync(text));
    for await (const lines of readLines(file, () => undefined)) {
      expect(lines[0]).toContain('"n":0');
      break;
    }
  });
});
