import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface RedisServer {
  /** Its Unix socket: rivals on Redis are as near as those on PostgreSQL. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * A throw-away redis-server that appends every write to its log and flushes that once a second: a second of acknowledged
 * events may be lost, which is what people run queues with. Undefined where none is installed.
 */
export async function startRedis(): Promise<RedisServer | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'diana-rivals-'));
  const path = join(directory, 'socket');
  const settings = { port: '0', unixsocket: path, dir: directory, save: '', appendonly: 'yes', appendfsync: 'everysec' };
  const server = spawn(
    'redis-server',
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: 'ignore' },
  );
  const started = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).once('spawn', () => resolve(true));
  });
  // A run that fails half-way leaves no server behind.
  const kill = (): void => void server.kill();
  process.once('exit', kill);
  const close = async (): Promise<void> => {
    if (started && server.exitCode === null) {
      const ended = once(server, 'exit');
      kill();
      await ended;
    }
    process.off('exit', kill);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    if (started) {
      await answers(path);
      return { path, close };
    }
  } catch (error) {
    await close();
    throw error;
  }
  await close();
  return undefined;
}

/** It opens its socket within milliseconds; five seconds are for a machine that is busy with something else. */
async function answers(path: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const socket = connect({ path });
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (attempt >= 50) throw error;
      await wait(100);
    } finally {
      socket.destroy();
    }
  }
}
