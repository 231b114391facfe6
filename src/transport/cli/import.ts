import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Summary } from '../../reports/index.ts';
import { MAX_LINE, readLines, type SourceLine } from './lines.ts';
import { CommandFailed, type Output } from './output.ts';
import type { CliApp, CliHost } from './port.ts';
import { BATCH, createSender, type Line } from './sender.ts';

export interface ImportReport {
  readonly file: string;
  readonly lines: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly refused: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** The first refusals, with their lines. */
  readonly faults: readonly { readonly line: number; readonly code: string; readonly message: string }[];
  readonly awarded: Readonly<Record<string, number>>;
  /** Of everything there is now, imported or not. */
  readonly summary: Summary;
}

const MAX_FAULTS = 20;

/**
 * Sends every line of a file as an event. Identities make it resumable and repeatable: what is known already
 * changes nothing. Lines without an id get one from their content, so that this holds for them too.
 */
export async function importFile(app: CliApp, host: CliHost, file: string, output: Output): Promise<ImportReport> {
  const size = await sizeOf(file);
  const started = host.stopwatch();
  const progress = output.progress('import');
  const tally = { lines: 0, accepted: 0, duplicate: 0, refused: 0 };
  const awarded: Record<string, number> = {};
  const faults: { line: number; code: string; message: string }[] = [];
  let bytes = 0;

  const refuse = (line: number, code: string, message: string): void => {
    tally.refused += 1;
    if (faults.length < MAX_FAULTS) faults.push({ line, code, message });
  };
  const sender = createSender({
    submit: (events) => app.engine.submit(events, host.actor),
    take({ number }, result) {
      if (result.status === 'refused') {
        const { path = '', message } = result;
        refuse(number, result.code, path === '' ? message : `${path}: ${message}`);
        return;
      }
      tally[result.status] += 1;
      if (result.status === 'accepted')
        for (const { currency, amount } of result.awards) awarded[currency] = (awarded[currency] ?? 0) + amount;
    },
    onProgress: () => progress.update(bytes, size, `${tally.accepted + tally.duplicate} events`),
  });

  const seen = new Map<string, number>();
  let batch: Line[] = [];
  const take = (text: SourceLine): void => {
    tally.lines += 1;
    if (text === null) return refuse(tally.lines, 'too_large', `a line is at most ${MAX_LINE} bytes`);
    if (text.trim() === '') return;
    const event = parseLine(text, seen);
    if (event === undefined) return refuse(tally.lines, 'malformed', 'is not JSON');
    batch.push({ number: tally.lines, event });
  };
  try {
    for await (const lines of readLines(file, (count) => (bytes += count))) {
      for (const line of lines) {
        take(line);
        if (batch.length < BATCH) continue;
        await sender.send(batch);
        batch = [];
      }
    }
    if (batch.length > 0) await sender.send(batch);
  } finally {
    // What is under way is waited for even when the file breaks off: nothing goes on behind the answer.
    await sender.settle().finally(() => progress.end());
  }
  const seconds = (host.stopwatch() - started) / 1_000;
  return {
    file,
    ...tally,
    seconds: Math.round(seconds * 100) / 100,
    eventsPerSecond: Math.round((tally.accepted + tally.duplicate) / seconds),
    faults,
    awarded,
    summary: await app.reports.summary(),
  };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw new CommandFailed(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseLine(text: string, seen: Map<string, number>): unknown {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event) || 'id' in event) return event;
  // The n-th line of one content is another event than the first, and the same one at the next import.
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 24);
  const n = (seen.get(digest) ?? 0) + 1;
  seen.set(digest, n);
  return { ...event, id: `line_${digest}_${n}` };
}
