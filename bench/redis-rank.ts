import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { measured } from './load.ts';
import { sequence } from './numbers.ts';

const PORT = 7_799;
const PIPELINE = 10_000;

/** p99 in milliseconds of ZREVRANK over loopback on a set of that many members; undefined where no redis-server is installed. */
export async function rankInRedis(members: number, reads: number): Promise<number | undefined> {
  const server = spawn('redis-server', ['--port', String(PORT), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  const started = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).once('spawn', () => resolve(true));
  });
  if (!started) return undefined;
  try {
    return await ask(members, reads);
  } finally {
    await stop(server);
  }
}

async function ask(members: number, reads: number): Promise<number> {
  const socket = await opened();
  /** One write; resolves when so many one-line replies are there. */
  const send = (text: string, replies: number): Promise<void> =>
    new Promise((resolve) => {
      let open = replies;
      const take = (chunk: Buffer): void => {
        for (const byte of chunk) if (byte === 10) open -= 1;
        if (open > 0) return;
        socket.off('data', take);
        resolve();
      };
      socket.on('data', take);
      socket.write(text);
    });
  for (let from = 0; from < members; from += PIPELINE) {
    const commands = Array.from(
      { length: PIPELINE },
      (_, i) => `ZADD board ${((from + i) * 7_919) % 100_000} user-${from + i}\r\n`,
    );
    await send(commands.join(''), PIPELINE);
  }
  const random = sequence(17);
  const one = (): Promise<void> => send(`ZREVRANK board user-${random(members)}\r\n`, 1);
  await measured(1, 2_000, one);
  const { p99 } = await measured(1, reads, one);
  socket.destroy();
  return p99;
}

async function opened(): Promise<ReturnType<typeof connect>> {
  for (let attempt = 0; ; attempt += 1) {
    const socket = connect({ host: '127.0.0.1', port: PORT, noDelay: true });
    try {
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      return socket;
    } catch (error) {
      if (attempt >= 50) throw error;
      await wait(100);
    }
  }
}

async function stop(server: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill();
  await ended;
}
