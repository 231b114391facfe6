import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from '../../src/platform/postgres/embedded/index.ts';
import { runningProcesses } from '../../src/platform/postgres/embedded/process-table.ts';
import { clusterName } from '../../src/platform/postgres/embedded/socket-directory.ts';
import { buildChild } from './child.ts';

/** A workbench for tests of the embedded server: what it hands out is gone after `dispose`, or `dispose` fails. */
interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

interface OwnerAnswer {
  readonly connection?: EmbeddedServer['connection'];
  readonly owned?: boolean;
  readonly code?: string;
  readonly message?: string;
}

interface OwnerProcess {
  readonly child: ChildProcess;
  readonly answer: OwnerAnswer;
  stop(): Promise<void>;
}

interface OwnerOptions {
  readonly mode?: EmbeddedOptions['mode'];
  readonly uid?: number;
  readonly gid?: number;
  /** Another place from which the program runs, and so finds its packages. */
  readonly program?: string;
  /** Home directory, where an ordinary user keeps copies of the binaries. */
  readonly home?: string;
}

let built: Promise<string> | undefined;

export function ownerProgram(): Promise<string> {
  return (built ??= buildChild(fileURLToPath(new URL('./embedded-owner.ts', import.meta.url))));
}

/** Starts a second process with an embedded server (or its refusal) and waits for its answer. */
async function startOwner(dataDirectory: string, options: OwnerOptions): Promise<OwnerProcess> {
  const { mode = 'own', program = await ownerProgram(), home, ...account } = options;
  const child = spawn(process.execPath, [program, dataDirectory, mode], {
    ...account,
    ...(home === undefined ? {} : { env: { HOME: home } }),
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk;
  });
  const exited = once(child, 'exit');
  const line = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exited.then(() => sleep(200))]);
  if (!line) throw new Error(`the owner process ended without an answer: ${complaint}`);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.stdin.write('stop\n');
    await exited;
  };
  return { child, answer: JSON.parse(String(line[0])) as OwnerAnswer, stop };
}

/** Process ids of the server of a data directory, its workers included. */
export async function serverProcesses(dataDirectory: string): Promise<number[]> {
  const name = await clusterName(dataDirectory);
  return (await runningProcesses()).filter(({ command }) => command.includes(name)).map(({ pid }) => pid);
}

export async function until(what: string, withinMs: number, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(50);
  }
}

/** One statement over a connection of its own. */
export async function query(connection: EmbeddedServer['connection'], text: string): Promise<postgres.RowList<postgres.Row[]>> {
  const sql = postgres({ ...connection, max: 1, connect_timeout: 5, onnotice: () => undefined });
  return sql.unsafe(text).finally(() => sql.end({ timeout: 1 }));
}

export interface Workbench {
  readonly lines: LogLine[];
  /** A new directory; `mode` decides whether other accounts may enter it. */
  directory(mode: number): Promise<string>;
  start(dataDirectory: string, options?: Partial<EmbeddedOptions>): Promise<EmbeddedServer>;
  owner(dataDirectory: string, options?: OwnerOptions): Promise<OwnerProcess>;
  dispose(): Promise<void>;
}

export function workbench(): Workbench {
  const lines: LogLine[] = [];
  const directories: string[] = [];
  const dataDirectories = new Set<string>();
  const servers: EmbeddedServer[] = [];
  const owners: OwnerProcess[] = [];
  return {
    lines,
    async directory(mode) {
      const path = await realpath(await mkdtemp(join(tmpdir(), 'diana-embedded-')));
      directories.push(path);
      await chmod(path, mode);
      return path;
    },
    async start(dataDirectory, options = {}) {
      const log: EmbeddedOptions['log'] = (level, message, fields) => lines.push({ level, message, fields });
      const server = await startEmbedded({ dataDirectory, mode: 'own', log, ...options });
      dataDirectories.add(dataDirectory);
      servers.push(server);
      return server;
    },
    async owner(dataDirectory, options = {}) {
      const owner = await startOwner(dataDirectory, options);
      dataDirectories.add(dataDirectory);
      owners.push(owner);
      return owner;
    },
    async dispose() {
      await Promise.all(servers.map((server) => server.stop()));
      await Promise.all(owners.map((owner) => owner.stop()));
      for (const directory of dataDirectories) {
        await until(`no server of ${directory} is left`, 15_000, async () => (await serverProcesses(directory)).length === 0);
        // An owner that was killed, and had no successor, leaves the empty directory of its socket.
        await rm(join(tmpdir(), await clusterName(directory)), { recursive: true, force: true });
      }
      await Promise.all(directories.map((path) => rm(path, { recursive: true, force: true })));
    },
  };
}
