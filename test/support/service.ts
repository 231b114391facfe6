import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { clusterName } from '../../src/platform/postgres/embedded/socket-directory.ts';
import { serverProcesses, until } from './embedded.ts';

/** The product as it is shipped: processes of `dist/main.js`, spoken to over HTTP and the command line. */
const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

type Environment = Readonly<Record<string, string>>;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed where it is JSON. */
  // The shape is the test's business: it compares with what it expects.
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Service {
  readonly url: string;
  readonly adminKey: string;
  readonly child: ChildProcess;
  readonly pid: number;
  /** Everything it has written to standard output, and to standard error. */
  readonly said: readonly string[];
  complaints(): string;
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<HttpAnswer>;
  /** Exit code and signal, once it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stop(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export interface CallOptions {
  readonly key?: string | null;
  readonly type?: string;
  readonly signal?: AbortSignal;
}

export interface CliAnswer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Stage {
  /** A new, empty directory. */
  directory(): Promise<string>;
  start(environment: Environment): Promise<Service>;
  /** Starts a command and hands out its process. */
  spawn(args: readonly string[], environment: Environment): ChildProcess;
  cli(args: readonly string[], environment: Environment): Promise<CliAnswer>;
  /** Ends what is left, and fails when a process had been forgotten or a server outlives its owner. */
  dispose(): Promise<void>;
}

export const ADMIN_KEY = 'scenario-admin-key-0123456789';

export function createStage(): Stage {
  const children = new Set<ChildProcess>();
  const directories: string[] = [];

  function launch(args: readonly string[], environment: Environment): ChildProcess {
    const { PATH = '', HOME = tmpdir() } = process.env;
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { PATH, HOME, DIANA_LOG_LEVEL: 'error', DIANA_PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: tmpdir(),
    });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  }

  return {
    async directory() {
      const path = await realpath(await mkdtemp(join(tmpdir(), 'diana-scenario-')));
      directories.push(path);
      return path;
    },
    async start(environment) {
      const child = launch(['start'], environment);
      return follow(child, environment);
    },
    spawn: launch,
    async cli(args, environment) {
      const child = launch(args, environment);
      const out = collect(child.stdout);
      const err = collect(child.stderr);
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, out: out(), err: err() };
    },
    async dispose() {
      const forgotten = [...children];
      for (const child of forgotten) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      for (const directory of directories) await leave(directory);
      if (forgotten.length > 0)
        throw new Error(
          `processes were left running: ${forgotten.map(({ spawnargs }) => spawnargs.slice(2).join(' ')).join(', ')}`,
        );
    },
  };
}

/** Waits for the server of a directory to be gone, and takes the directory away. */
async function leave(directory: string): Promise<void> {
  for (const dataDirectory of [directory, join(directory, 'data')]) {
    const there = await access(dataDirectory).then(
      () => true,
      () => false,
    );
    if (!there) continue;
    await until(`no server of ${dataDirectory} is left`, 20_000, async () => (await serverProcesses(dataDirectory)).length === 0);
    await rm(join(tmpdir(), await clusterName(dataDirectory)), { recursive: true, force: true });
  }
  await rm(directory, { recursive: true, force: true });
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

async function follow(child: ChildProcess, environment: Environment): Promise<Service> {
  if (child.stdout === null) throw new Error('the output of the service is not piped');
  const said: string[] = [];
  const complaints = collect(child.stderr);
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => said.push(line));
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const found = / listens on (http:\S+)/.exec(line)?.[1];
      // What it says about keys comes behind, before anything else can happen in it.
      if (found !== undefined) setImmediate(() => resolve(found));
    });
    void ended.then(({ code }) => reject(new Error(`the service ended with ${String(code)}: ${complaints()}`)));
  });
  const adminKey = environment['DIANA_ADMIN_KEY'] ?? '';
  return {
    url,
    adminKey,
    child,
    pid: child.pid ?? 0,
    said,
    complaints,
    call: (method, path, body, options = {}) => call(url, adminKey, method, path, body, options),
    ended,
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

export async function call(
  url: string,
  adminKey: string,
  method: string,
  path: string,
  body: unknown,
  options: CallOptions,
): Promise<HttpAnswer> {
  const { key = adminKey, type = 'application/json', signal } = options;
  const headers: Record<string, string> = {};
  if (key !== null) headers['authorization'] = `Bearer ${key}`;
  if (body !== undefined) headers['content-type'] = type;
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: sent }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? (JSON.parse(text) as HttpAnswer['body']) : {},
  };
}
