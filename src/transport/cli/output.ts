import type { CliHost } from './port.ts';

/** A command that could not do what it was asked; `message` says what to do. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  /** With --json, this instead of the message. */
  readonly document: unknown;
  constructor(message: string, document?: unknown) {
    super(message);
    this.document = document ?? { error: message };
  }
}

export interface Output {
  /** The answer: text for people, or one JSON document. */
  answer(document: unknown, text: () => string): void;
  /** What goes on meanwhile; never on standard output. */
  note(line: string): void;
  progress(label: string): Progress;
}

export interface Progress {
  update(done: number, total: number | undefined, detail?: string): void;
  end(): void;
}

export function createOutput(host: Pick<CliHost, 'out' | 'err' | 'stopwatch'>, json: boolean): Output {
  return {
    answer(document, text) {
      host.out.write(json ? `${JSON.stringify(document)}\n` : `${text()}\n`);
    },
    note(line) {
      if (!json) host.err.write(`${line}\n`);
    },
    progress: (label) => createProgressBar(host, label, !json && host.err.isTTY === true),
  };
}

/** Ten times a second is as much as an eye can use. */
const REDRAW = 100;
const WIDTH = 28;

function createProgressBar(host: Pick<CliHost, 'err' | 'stopwatch'>, label: string, shown: boolean): Progress {
  const started = host.stopwatch();
  let drawn = 0;
  let last = '';
  const draw = (line: string): void => {
    host.err.write(`\r${line.padEnd(last.length)}`);
    last = line;
  };
  return {
    update(done, total, detail = '') {
      const now = host.stopwatch();
      if (!shown || (now - drawn < REDRAW && done !== total)) return;
      drawn = now;
      const seconds = Math.max((now - started) / 1_000, 0.001);
      const rate = `${Math.round(done / seconds).toLocaleString('en-US')}/s`;
      if (total === undefined || total === 0) {
        draw(`${label} ${done.toLocaleString('en-US')}  ${rate}  ${detail}`);
        return;
      }
      const part = Math.min(done / total, 1);
      const bar = '█'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH, '░');
      const left = part > 0 ? `${Math.ceil((seconds / part) * (1 - part))} s left` : '';
      draw(`${label} ${bar} ${Math.floor(part * 100)} %  ${rate}  ${left}  ${detail}`);
    },
    end() {
      if (shown && last !== '') host.err.write('\n');
    },
  };
}

/** Columns as wide as their widest cell; numbers to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row, r) =>
      row
        .map((cell, c) => (typeof rows[r]?.[c] === 'number' ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
