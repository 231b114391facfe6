import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

export type Upstream = { readonly host: string; readonly port: number } | { readonly path: string };

export interface LostReply {
  /** The message: the next chunk from a client in which these bytes are, also across two chunks. */
  readonly to: string | Buffer;
  /** Bytes by which its reply is known, such as `COMMIT` of PostgreSQL; else the first answer counts. */
  readonly reply?: string | Buffer;
}

/** A link that can fail in each of the ways that real ones do, in front of a server that stays well. */
export interface TcpProxy {
  readonly port: number;
  /** Client connections that are open. */
  connections(): number;
  /** From now on requests arrive, and their replies are swallowed. */
  dropReplies(): void;
  /** From now on nothing travels either way; connections are still accepted, and closed by nobody. */
  halfOpen(): void;
  /** Resets all connections, and new ones when they are made, until `restore`. */
  cut(): void;
  /**
   * The next such message reaches the server; its reply does not come back, and the connection is reset. Resolves when
   * that has happened: then the server has done what it was told, and the client cannot know.
   */
  loseReply(lost: LostReply): Promise<void>;
  /** New connections are well again. Old ones that a fault has met stay as they are: bytes are missing in them. */
  restore(): void;
  close(): Promise<void>;
}

type Mode = 'pass' | 'drop' | 'hang' | 'cut';

/** Milliseconds without an answer after which a server is done with all that it was sent. */
const SILENCE = 100;

export async function startTcpProxy(upstream: Upstream): Promise<TcpProxy> {
  const links = new Set<Link>();
  let mode: Mode = 'pass';
  let trap: Trap | undefined;
  const server = createServer((client) => {
    if (mode === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const link = openLink(client, upstream, mode, () => trap);
    links.add(link);
    link.onEnd(() => links.delete(link));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const turn = (next: Mode): void => {
    mode = next;
    for (const link of links) link.turn(next);
  };
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => links.size,
    dropReplies: () => turn('drop'),
    halfOpen: () => turn('hang'),
    cut: () => turn('cut'),
    loseReply: ({ to, reply }) =>
      new Promise((resolve) => {
        trap = {
          to: Buffer.from(to),
          reply: reply === undefined ? undefined : Buffer.from(reply),
          sprung: () => (trap = undefined),
          done: resolve,
        };
      }),
    restore() {
      mode = 'pass';
    },
    async close() {
      server.close();
      for (const link of links) link.turn('cut');
      await once(server, 'close');
    },
  };
}

interface Trap {
  readonly to: Buffer;
  readonly reply: Buffer | undefined;
  readonly sprung: () => void;
  readonly done: () => void;
}

interface Link {
  turn(mode: Mode): void;
  onEnd(listener: () => void): void;
}

function openLink(client: Socket, upstream: Upstream, initial: Mode, trap: () => Trap | undefined): Link {
  let mode = initial;
  let tail: Buffer = Buffer.alloc(0);
  let onAnswer: ((chunk: Buffer) => void) | undefined;
  const server = createConnection(upstream);
  const reset = (): void => {
    client.resetAndDestroy();
    // Not a reset: that would make the server's system throw away what the server has not read yet.
    server.end();
  };

  function spring({ reply, sprung, done }: Trap): void {
    sprung();
    mode = 'drop';
    let answers: Buffer = Buffer.alloc(0);
    let silence: NodeJS.Timeout | undefined;
    onAnswer = (chunk) => {
      answers = Buffer.concat([answers, chunk]);
      if (reply !== undefined && !answers.includes(reply)) return;
      clearTimeout(silence);
      silence = setTimeout(() => {
        reset();
        done();
      }, SILENCE);
    };
  }

  client.on('data', (chunk: Buffer) => {
    if (mode === 'hang') return;
    const set = trap();
    if (set !== undefined && mode === 'pass') {
      const seen = Buffer.concat([tail, chunk]);
      tail = seen.subarray(Math.max(0, seen.length - set.to.length + 1));
      if (seen.includes(set.to)) spring(set);
    }
    server.write(chunk);
  });
  server.on('data', (chunk: Buffer) => {
    onAnswer?.(chunk);
    if (mode === 'pass') client.write(chunk);
  });
  client.on('close', () => server.end());
  server.on('close', () => {
    if (mode === 'pass') client.destroy();
  });
  // A broken connection is what this is for; 'close' follows.
  client.on('error', () => undefined);
  server.on('error', () => undefined);
  return {
    turn(next) {
      mode = next;
      if (next === 'cut') reset();
    },
    onEnd: (listener) => void client.on('close', listener),
  };
}
