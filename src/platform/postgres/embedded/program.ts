import { type ChildProcess, spawn } from 'node:child_process';
import { type ServerUser, spawnAs } from './server-user.ts';

/**
 * The environment of every program of the server, spelled out: a PGDATA or PGOPTIONS of the operator's shell must not
 * reach it, messages stay English because `failure.ts` reads them, and initdb takes the time zone from TZ.
 */
export const serverEnvironment: Readonly<Record<string, string>> = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProgramResult extends Ended {
  readonly output: string;
}

export interface ProgramOptions {
  readonly user: ServerUser;
  readonly cwd: string;
  readonly input?: string;
}

/** Resolves when the program has ended; rejects only if it could not be started. */
export function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Runs a short program to its end and collects what it wrote, both streams together. */
export async function runProgram(path: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  const child = spawn(path, args, {
    ...spawnAs(options.user),
    cwd: options.cwd,
    env: serverEnvironment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // Ctrl-C in the terminal must not break initdb half-way.
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  child.stdin.on('error', () => undefined); // It may end without reading; its exit code tells the rest.
  child.stdin.end(options.input ?? '');
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await ended(child);
  await closed;
  return { ...end, output };
}
