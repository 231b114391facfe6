import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { EventResult } from '../../engine/index.ts';
import { CommandFailed, type Output } from './output.ts';
import type { CliApp, CliHost } from './port.ts';
import { boardSummary, type BoardTop } from './summary.ts';

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
  readonly boards: readonly BoardTop[];
}

/** Events of one request; so many requests are under way at once. */
const BATCH = 500;
const UNDER_WAY = 6;
const MAX_FAULTS = 20;
/** A database that is away is waited for this long before the import gives up; it can be resumed. */
const MAX_RETRIES = 60;

interface Line {
  readonly number: number;
  readonly event: unknown;
}

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

  const take = (line: Line, result: EventResult): void => {
    if (result.status === 'refused') {
      tally.refused += 1;
      if (faults.length < MAX_FAULTS)
        faults.push({
          line: line.number,
          code: result.code,
          message: result.path === undefined || result.path === '' ? result.message : `${result.path}: ${result.message}`,
        });
      return;
    }
    tally[result.status] += 1;
    if (result.status === 'accepted')
      for (const { currency, amount } of result.awards) awarded[currency] = (awarded[currency] ?? 0) + amount;
  };

  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  const send = (lines: readonly Line[]): void => {
    const sent = submitAll(app, host, lines)
      .then((results) => {
        for (const [i, line] of lines.entries()) take(line, results[i] as EventResult);
        progress.update(bytes, size, `${tally.accepted + tally.duplicate} events`);
      })
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(sent));
    underWay.add(sent);
  };

  const raw = createReadStream(file);
  raw.on('data', (chunk) => {
    bytes += chunk.length;
  });
  const seen = new Map<string, number>();
  let batch: Line[] = [];
  for await (const text of linesOf(raw, file)) {
    tally.lines += 1;
    if (text.trim() === '') continue;
    const parsed = parseLine(text, seen);
    if (parsed === undefined) {
      tally.refused += 1;
      if (faults.length < MAX_FAULTS) faults.push({ line: tally.lines, code: 'malformed', message: 'is not JSON' });
      continue;
    }
    batch.push({ number: tally.lines, event: parsed });
    if (batch.length === BATCH) {
      send(batch);
      batch = [];
      if (underWay.size >= UNDER_WAY) await Promise.race(underWay);
      if (failure !== undefined) break;
    }
  }
  if (batch.length > 0 && failure === undefined) send(batch);
  await Promise.all(underWay);
  progress.end();
  if (failure !== undefined) throw failure;
  const seconds = (host.stopwatch() - started) / 1_000;
  return {
    file,
    ...tally,
    seconds: Math.round(seconds * 100) / 100,
    eventsPerSecond: Math.round((tally.accepted + tally.duplicate) / seconds),
    faults,
    awarded,
    boards: await boardSummary(app),
  };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw new CommandFailed(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function* linesOf(raw: Readable, file: string): AsyncGenerator<string> {
  const text = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  // A broken file must end the loop below instead of the process.
  const broken = new Promise<never>((_, reject) => {
    raw.on('error', reject);
    text.on('error', reject);
  });
  broken.catch(() => undefined);
  const lines = createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([lines.next(), broken]).catch((error: unknown) => {
      throw new CommandFailed(`${file} cannot be read to its end: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (next.done === true) return;
    yield next.value;
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

/** Sends lines until each has an answer that will not change; waits while the database is away. */
async function submitAll(app: CliApp, host: CliHost, lines: readonly Line[]): Promise<readonly EventResult[]> {
  let results = await app.engine.submit(
    lines.map(({ event }) => event),
    host.actor,
  );
  for (let retry = 0; results.some(isTransient); retry += 1) {
    if (retry >= MAX_RETRIES) {
      throw new CommandFailed('the database does not answer; run the same command again to go on where it stopped');
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    const open = lines.filter((_, i) => isTransient(results[i] as EventResult));
    const again = await app.engine.submit(
      open.map(({ event }) => event),
      host.actor,
    );
    let next = 0;
    results = results.map((result) => (isTransient(result) ? (again[next++] as EventResult) : result));
  }
  return results;
}

function isTransient(result: EventResult): boolean {
  return result.status === 'refused' && (result.code === 'busy' || result.code === 'unavailable');
}
