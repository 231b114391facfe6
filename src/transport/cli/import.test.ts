import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventResult } from '../../engine/index.ts';
import type { RefusalCode } from '../../kernel/refusals.ts';
import { importFile } from './import.ts';
import { createOutput } from './output.ts';
import type { CliApp, CliHost } from './port.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'diana-import-'));
});
afterAll(() => rm(directory, { recursive: true }));

interface Submitted {
  readonly id: string;
}

const nothing = { awards: [], achievements: [], streaks: [], skipped: [], level: 1, position: 1, catalogVersion: 1 };
const accept = ({ id }: Submitted): EventResult => ({ id, status: 'accepted', ...nothing });
const refuse = ({ id }: Submitted, code: RefusalCode): EventResult => ({
  id,
  status: 'refused',
  code,
  message: 'because',
  retryable: true,
});

async function importText(text: string, submit: (events: readonly Submitted[]) => readonly EventResult[]) {
  const file = join(directory, 'events.ndjson');
  await writeFile(file, text);
  const engine = {
    submit: async (events: readonly unknown[]) => {
      await new Promise((resolve) => setImmediate(resolve));
      return submit(events as readonly Submitted[]);
    },
  };
  const reports = { summary: async () => ({}) };
  const app = { engine, reports } as unknown as CliApp;
  const host = { stopwatch: () => performance.now(), out: new PassThrough(), err: new PassThrough() } as unknown as CliHost;
  return importFile(app, host, file, createOutput(host, true));
}

test('a line that is too long is refused by its number, those around it are taken', async () => {
  const text = `{"id":"a"}\r\n${'x'.repeat(3_000_000)}\n\n{"id":"b"}\n{\n{"id":"c"}`;
  const ids: string[] = [];
  const report = await importText(text, (events) => {
    ids.push(...events.map(({ id }) => id));
    return events.map(accept);
  });
  expect(ids).toEqual(['a', 'b', 'c']);
  expect(report).toMatchObject({ lines: 6, accepted: 3, refused: 2 });
  expect(report.faults).toEqual([
    { line: 2, code: 'too_large', message: 'a line is at most 1048576 bytes' },
    { line: 5, code: 'malformed', message: 'is not JSON' },
  ]);
});

test('lines that are turned away for the moment are sent again in order, before anything new', async () => {
  const count = 10_000;
  const text = Array.from({ length: count }, (_, i) => `{"id":"${i}"}\n`).join('');
  const calls: (readonly number[])[] = [];
  const report = await importText(text, (events) => {
    calls.push(events.map(({ id }) => Number(id)));
    // The third request comes back half, the fourth and the first repetition not at all.
    const n = calls.length;
    return events.map((event, i) =>
      n === 3 && i >= 250 ? refuse(event, 'busy') : n === 4 || n === 9 ? refuse(event, 'unavailable') : accept(event),
    );
  });
  expect(report).toMatchObject({ lines: count, accepted: count, refused: 0 });

  const repeated = calls.findIndex((call, n) => n > 0 && (call[0] ?? 0) < (calls[n - 1]?.[0] ?? 0));
  const before = calls.slice(0, repeated).flat();
  const newest = Math.max(...before);
  // 750 lines in two requests, in order; nothing new before they are in.
  const turnedAway = Array.from({ length: 750 }, (_, i) => 1_250 + i);
  const rest = calls.slice(repeated);
  const firstNew = rest.findIndex((call) => (call[0] ?? 0) > newest);
  expect([...new Set(rest.slice(0, firstNew).flat())]).toEqual(turnedAway);
  expect(rest.slice(firstNew).flat()).toEqual(Array.from({ length: count - newest - 1 }, (_, i) => newest + 1 + i));
});

test('a failure of the engine ends the import, with nothing left under way', async () => {
  const text = Array.from({ length: 5_000 }, (_, i) => `{"id":"${i}"}\n`).join('');
  let calls = 0;
  await expect(
    importText(text, (events) => {
      calls += 1;
      if (calls === 2) throw new Error('broken inside');
      return events.map(accept);
    }),
  ).rejects.toThrow('broken inside');
  const seen = calls;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(calls).toBe(seen);
});
