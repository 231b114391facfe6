import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';

/**
 * Whether tests can start Redis. Where it is missing they are skipped, which is said once; a build server has to have it.
 */
export function redisAvailable(): boolean {
  const found = spawnSync('redis-server', ['--version']).status === 0;
  if (found) return true;
  if (process.env.CI === 'true') throw new Error('redis-server is missing: install it, or the tests of the relay mean nothing');
  console.warn('redis-server is missing: the tests that need it are skipped');
  return false;
}

/** One `redis-server` of a test's own. What it acknowledged survives `kill`. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** One command over a connection of its own; replies as RESP 2 has them. */
  command(...args: readonly string[]): Promise<unknown>;
  /** SIGSTOP: connections stay, and nothing answers. */
  pause(): void;
  resume(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port and directory. */
  start(): Promise<void>;
}

/** A standalone Redis, or three masters, under one set of names. */
export interface Redis {
  readonly kind: 'standalone' | 'cluster';
  /** For `openStreamStore`; of a cluster, all three. */
  readonly url: string;
  readonly servers: readonly RedisServer[];
  /** One command, by whichever server has its key. */
  command(...args: readonly string[]): Promise<unknown>;
  pause(): void;
  resume(): void;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Removes all keys from all servers, and the scripts with them. */
  flush(): Promise<void>;
  /** Leaves no process and no directory, in whatever state the servers are. */
  dispose(): Promise<void>;
}

export async function startRedis(kind: Redis['kind'] = 'standalone'): Promise<Redis> {
  const estate = openEstate();
  try {
    const servers: RedisServer[] = [];
    for (let i = 0; i < (kind === 'cluster' ? 3 : 1); i += 1) servers.push(await startServer(kind === 'cluster', estate));
    if (kind === 'cluster') await joinCluster(servers);
    return { ...together(kind, servers), dispose: estate.dispose };
  } catch (error) {
    await estate.dispose();
    throw error;
  }
}

/** What has to be gone at the end. */
interface Estate {
  directory(): Promise<string>;
  spawn(args: readonly string[]): ChildProcess;
  dispose(): Promise<void>;
}

/** Ends processes and removes directories, which it is told line by line, once its standard input ends. */
const EXECUTOR = `
  const names = [];
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => names.push(line)).on('close', () => {
    for (const name of names) if (/^[0-9]+$/.test(name)) try { process.kill(Number(name), 'SIGKILL'); } catch {}
    for (const name of names) if (!/^[0-9]+$/.test(name)) require('node:fs').rmSync(name, { recursive: true, force: true });
  });`;

/** A process of its own sees to it, because a test runner that is cut short runs no handlers. */
function openEstate(): Estate {
  const executor = spawn(process.execPath, ['-e', EXECUTOR], { stdio: ['pipe', 'ignore', 'inherit'], detached: true });
  const gone = once(executor, 'exit');
  return {
    async directory() {
      const directory = await mkdtemp(join(tmpdir(), 'diana-redis-'));
      executor.stdin.write(`${directory}\n`);
      return directory;
    },
    spawn(args) {
      const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      if (child.pid !== undefined) executor.stdin.write(`${child.pid}\n`);
      return child;
    },
    async dispose() {
      executor.stdin.end();
      await gone;
    },
  };
}

function together(kind: Redis['kind'], servers: readonly RedisServer[]): Omit<Redis, 'dispose'> {
  const each = async (act: (server: RedisServer) => Promise<unknown>): Promise<void> =>
    void (await Promise.all(servers.map(act)));
  return {
    kind,
    url: servers.map(({ url }) => url).join(','),
    servers,
    async command(...args) {
      for (const server of servers) {
        try {
          return await server.command(...args);
        } catch (error) {
          if (!(error instanceof Error && error.message.startsWith('MOVED'))) throw error;
        }
      }
      throw new Error(`no server has the key of ${args.join(' ')}`);
    },
    pause: () => servers.forEach((server) => server.pause()),
    resume: () => servers.forEach((server) => server.resume()),
    kill: () => each((server) => server.kill()),
    async start() {
      await each((server) => server.start());
      if (kind === 'cluster') await clusterIsUp(servers);
    },
    flush: () =>
      each(async (server) => {
        await server.command('FLUSHALL');
        await server.command('SCRIPT', 'FLUSH');
      }),
  };
}

async function startServer(clustered: boolean, estate: Estate): Promise<RedisServer> {
  const port = await freePort();
  const settings: Readonly<Record<string, string>> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: await estate.directory(),
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    ...(clustered ? { 'cluster-enabled': 'yes', 'cluster-port': String(await freePort()), 'cluster-node-timeout': '2000' } : {}),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  let child = await ready(estate.spawn(args));
  const url = `redis://127.0.0.1:${port}`;
  return {
    url,
    port,
    command: (...words) => commandAt(url, words),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    async start() {
      child = await ready(estate.spawn(args));
    },
  };
}

async function ready(child: ChildProcess): Promise<ChildProcess> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (said.includes('Ready to accept connections')) resolve();
    });
    child.once('exit', () => reject(new Error(`redis-server ended: ${said}`)));
    child.once('error', reject);
  });
  return child;
}

async function joinCluster(servers: readonly RedisServer[]): Promise<void> {
  const [first] = servers;
  const share = Math.ceil(16_384 / servers.length);
  for (const [index, server] of servers.entries()) {
    const last = Math.min(share * (index + 1), 16_384) - 1;
    await server.command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    await server.command('CLUSTER', 'ADDSLOTSRANGE', String(share * index), String(last));
    const busPort = String(await server.command('CONFIG', 'GET', 'cluster-port')).split(',')[1] ?? '';
    if (server !== first) await first?.command('CLUSTER', 'MEET', '127.0.0.1', String(server.port), busPort);
  }
  await clusterIsUp(servers);
}

async function clusterIsUp(servers: readonly RedisServer[]): Promise<void> {
  const known = `cluster_known_nodes:${servers.length}`;
  for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
    const states = await Promise.all(servers.map((server) => server.command('CLUSTER', 'INFO')));
    if (states.every((state) => String(state).includes('cluster_state:ok') && String(state).includes(known))) return;
    if (Date.now() > deadline) throw new Error(`the cluster does not form: ${states.join('\n')}`);
  }
}

async function commandAt(url: string, args: readonly string[]): Promise<unknown> {
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.sendCommand(args);
  } finally {
    client.destroy();
  }
}

/**
 * Below the range from which the system takes ports for outgoing connections: there, a client that knocks at a server
 * which is down may be given the very port that it knocks at, and connect to itself.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
