import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ROOT } from './docs-markdown.ts';

const run = promisify(execFile);
const MAIN = join(ROOT, 'dist', 'main.js');

/** What a reader has: an environment without any variable of Diana but these. */
function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('DIANA_') && name !== 'FORCE_COLOR');
  return { ...Object.fromEntries(clean), NO_COLOR: '1', ...more };
}

/** Whether a program that samples need is there. On a developer's machine it may be missing; under CI nothing may be left out. */
export async function hasTool(name: string): Promise<boolean> {
  if (process.env['CI'] !== undefined) return true;
  return run(name, ['--version']).then(
    () => true,
    () => false,
  );
}

/** The built service in a new directory, as a reader runs it, and a shell beside it. */
export interface Session {
  readonly directory: string;
  /** Runs a sample as it is printed, but for the port and the way to the program. Answers its standard output. */
  shell(sample: string): Promise<string>;
  /** Runs a sample of JavaScript that imports the package by its name. */
  script(sample: string): Promise<string>;
  close(): Promise<void>;
}

export async function openSession(): Promise<Session> {
  await access(MAIN);
  const directory = await mkdtemp(join(tmpdir(), 'diana-docs-'));
  await symlink(join(ROOT, 'examples'), join(directory, 'examples'));
  await mkdir(join(directory, 'node_modules'));
  await symlink(ROOT, join(directory, 'node_modules', 'diana-engine'));
  const service = spawn(process.execPath, [MAIN, 'start'], {
    cwd: directory,
    env: environment({ DIANA_PORT: '0', DIANA_LOG_LEVEL: 'error' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await portOf(service);
  return {
    directory,
    async shell(sample) {
      const { stdout } = await run(
        'bash',
        ['-euo', 'pipefail', '-c', asRun(sample).replaceAll('localhost:7700', `127.0.0.1:${port}`)],
        {
          cwd: directory,
          env: environment(),
          maxBuffer: 10_000_000,
        },
      );
      return stdout;
    },
    async script(sample) {
      const file = join(directory, 'sample.mjs');
      await writeFile(file, sample);
      const { stdout } = await run(process.execPath, [file], { cwd: directory, env: environment() });
      return stdout;
    },
    async close() {
      const ended = once(service, 'exit');
      service.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The program of this clone, whatever npx would find. */
function asRun(sample: string): string {
  return sample.replaceAll('npx diana', `'${process.execPath}' '${MAIN}'`);
}

/** Of a service that is ready for the first sample: it listens, and the first key is in its file. */
async function portOf(service: ChildProcess): Promise<string> {
  const said: string[] = [];
  let port: string | undefined;
  for await (const line of createInterface({ input: service.stdout as NodeJS.ReadableStream })) {
    said.push(line);
    port ??= /listens on http:\/\/.*:(\d+)$/.exec(line)?.[1];
    if (line.startsWith('Kept in') && port !== undefined) return port;
  }
  throw new Error(`the service ended before it was ready: ${said.join('\n')}`);
}

export async function diana(directory: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [MAIN, ...args], {
    env: environment({ DIANA_DATA_DIR: join(directory, 'data') }),
    maxBuffer: 10_000_000,
  });
  return stdout;
}

export interface Commit {
  readonly author: string;
  /** RFC 3339. */
  readonly time: string;
  readonly files: readonly string[];
}

/** A git repository with these commits, in this order. */
export async function makeRepository(directory: string, commits: readonly Commit[]): Promise<void> {
  const git = (args: readonly string[], author = 'nobody', time = '2026-01-01T00:00:00Z'): Promise<unknown> =>
    run('git', ['-C', directory, ...args], {
      env: {
        ...process.env,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_SYSTEM: '/dev/null',
        GIT_AUTHOR_NAME: author,
        GIT_AUTHOR_EMAIL: `${author.toLowerCase()}@example.org`,
        GIT_AUTHOR_DATE: time,
        GIT_COMMITTER_NAME: author,
        GIT_COMMITTER_EMAIL: `${author.toLowerCase()}@example.org`,
        GIT_COMMITTER_DATE: time,
      },
    });
  await mkdir(directory, { recursive: true });
  await git(['init', '--quiet']);
  for (const { author, time, files } of commits) {
    const touched = files.map((file) => `mkdir -p "$(dirname '${file}')" && echo '${time}' >> '${file}'`);
    await run('bash', ['-euc', touched.join('\n')], { cwd: directory });
    await git(['add', '--all']);
    await git(['commit', '--quiet', '--allow-empty', '--message', 'work'], author, time);
  }
}

export async function eventsOfRepositories(directory: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(ROOT, 'examples', 'git-history', 'events.mjs'), ...args], {
    env: environment({ DIANA_DATA_DIR: join(directory, 'data') }),
  });
  return stdout;
}

const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\b(tr|evt|acct|key|hold)_[0-9a-z]{8,}\b/g, '$1_…'],
  [/\bdiana_(client|service|admin)_[0-9a-f]{16}_[0-9a-f]{64}\b/g, 'diana_$1_…'],
  [/\b[0-9a-f]{64}\b/g, '<hash>'],
  [/\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)/g, '<time>'],
  [/\b\d{4}-W\d\d\b/g, '<week>'],
  [/\b\d{4}-\d\d-\d\d\b/g, '<day>'],
];

/** Without what differs from one run to the next: ids, secrets, times. */
export function normalised(text: string): string {
  return VOLATILE.reduce((rest, [pattern, name]) => rest.replaceAll(pattern, name), text);
}

/** Text for people: figures may differ, words may not. */
export function wordsOf(text: string): string {
  return normalised(text)
    .replaceAll(/\d[\d,.]*/g, '#')
    .replaceAll(/[ \t]+/g, ' ')
    .trim();
}
