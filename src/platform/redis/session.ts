import { type Connection, type Driver, openConnection, RedisUnavailable } from './connection.ts';
import { keySlot } from './key-slot.ts';

/** Connections to all masters of one Redis, as they were when it was opened. */
export interface Session {
  readonly kind: 'standalone' | 'cluster';
  /** Sends a command to the master that has `key`. */
  call(key: string, args: readonly string[]): Promise<unknown>;
  /** Resolves when every master has answered. */
  ping(): Promise<void>;
}

export interface SessionOptions {
  readonly driver: Driver;
  /** Of any server; user, password and scheme count for all servers of a cluster. */
  readonly seed: URL;
  /** Milliseconds for a TCP connection. */
  readonly connectTimeout: number;
  /** Ends all connections when it is aborted: by the caller, or here because one was lost. */
  readonly life: AbortController;
}

/** Asks the seed what it is, and connects to all masters. Rejects when one cannot be had or takes no writes. */
export async function openSession({ driver, seed, connectTimeout, life }: SessionOptions): Promise<Session> {
  const connections: Connection[] = [];
  life.signal.addEventListener('abort', () => {
    for (const connection of connections) connection.end();
  });
  const open = (url: URL): Connection => {
    life.signal.throwIfAborted();
    const connection = openConnection(driver, url, connectTimeout, (reason) => life.abort(reason));
    connections.push(connection);
    return connection;
  };
  const first = open(seed);
  await first.ready;
  // A server that still loads its data answers INFO, but not this.
  await first.call(['PING']);
  const info = String(await first.call(['INFO']));
  if (/^cluster_enabled:1/m.test(info)) return openCluster(seed, first, open);
  if (!/^role:master/m.test(info)) throw new RedisUnavailable('it is a replica, which takes no writes');
  return {
    kind: 'standalone',
    call: (_key, args) => first.call(args),
    async ping() {
      await first.call(['PING']);
    },
  };
}

/** Slots from `first` to `last`, and the master that has them, as `host:port`. */
interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly address: string;
}

async function openCluster(seed: URL, first: Connection, open: (url: URL) => Connection): Promise<Session> {
  const ranges = await readSlots(first, seed);
  const masters = new Map<string, Connection>();
  const masterAt = (address: string): Connection => {
    const master = masters.get(address) ?? open(withAddress(seed, address));
    masters.set(address, master);
    return master;
  };
  const masterOf = (key: string): Connection => {
    const slot = keySlot(key);
    const range = ranges.find((candidate) => candidate.first <= slot && slot <= candidate.last);
    if (range === undefined) throw new RedisUnavailable(`no master has slot ${slot}`);
    return masterAt(range.address);
  };
  const ping = async (): Promise<void> => {
    await Promise.all(Array.from(masters.values(), (master) => master.ready.then(() => master.call(['PING']))));
  };
  for (const { address } of ranges) masterAt(address);
  await ping();
  first.end();
  return {
    kind: 'cluster',
    ping,
    async call(key, args) {
      try {
        return await masterOf(key).call(args);
      } catch (error) {
        // The slot is on its way to another master, which may have no slots yet, and this key is there already.
        const target = /^ASK \d+ (\S+)$/.exec(error instanceof Error ? error.message : '')?.[1];
        if (target === undefined) throw error;
        const importing = masterAt(target);
        await importing.ready;
        const [, answer] = await Promise.all([importing.call(['ASKING']), importing.call(args)]);
        return answer;
      }
    },
  };
}

type SlotReply = readonly (readonly [number, number, readonly [string | null, number]])[];

async function readSlots(connection: Connection, seed: URL): Promise<readonly SlotRange[]> {
  const state = String(await connection.call(['CLUSTER', 'INFO']));
  if (!/^cluster_state:ok/m.test(state)) throw new RedisUnavailable('the cluster is down');
  const reply = (await connection.call(['CLUSTER', 'SLOTS'])) as SlotReply;
  return reply.map(([first, last, [host, port]]) => {
    // A server that does not know its own name is where it was asked.
    const known = host === null || host === '' || host === '?' ? seed.hostname : host;
    return { first, last, address: `${known}:${port}` };
  });
}

function withAddress(seed: URL, address: string): URL {
  const url = new URL(seed);
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon);
  url.hostname = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  url.port = address.slice(colon + 1);
  return url;
}
