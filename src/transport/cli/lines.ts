import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CommandFailed } from './output.ts';

/** Bytes. Four times the largest event; what is longer is no event, and must not fill the memory. */
export const MAX_LINE = 1024 * 1024;

/** A line without its end; null: longer than `MAX_LINE`. */
export type SourceLine = string | null;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * The lines of a stream of UTF-8, those of a chunk together. Ends at `\n` or `\r\n`; the last line needs none. Bytes
 * become text only when a line is whole, so that a character may lie across two chunks.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>, most = MAX_LINE): AsyncGenerator<readonly SourceLine[]> {
  let pieces: Buffer[] = [];
  let held = 0;
  const hold = (piece: Buffer): void => {
    held += piece.length;
    // One byte more for a `\r` that does not count.
    if (held <= most + 1) pieces.push(piece);
    else pieces = [];
  };
  const finish = (): SourceLine => {
    const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
    const isLost = bytes.length !== held;
    pieces = [];
    held = 0;
    const end = bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length;
    return isLost || end > most ? null : bytes.toString('utf8', 0, end);
  };
  for await (const chunk of chunks) {
    const lines: SourceLine[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      hold(chunk.subarray(from, at));
      lines.push(finish());
      from = at + 1;
    }
    if (from < chunk.length) hold(chunk.subarray(from));
    if (lines.length > 0) yield lines;
  }
  if (held > 0) yield [finish()];
}

/** The lines of a file, unpacked where its name ends in `.gz`. `onBytes` hears how much of the file was read. */
export async function* readLines(file: string, onBytes: (count: number) => void): AsyncGenerator<readonly SourceLine[]> {
  const raw = createReadStream(file);
  raw.on('data', (chunk) => onBytes(chunk.length));
  try {
    yield* splitLines(file.endsWith('.gz') ? unpacked(raw) : raw);
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read to its end: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function unpacked(raw: Readable): Readable {
  // A fault of either stream ends both; whoever reads the lines is told.
  return pipeline(raw, createGunzip(), () => undefined);
}
