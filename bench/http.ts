import { type Child, startChild } from './child.ts';
import { type HttpConnection, openConnection } from './http-client.ts';
import type { ServerOrder } from './http-server.ts';
import { type LoadResult, measured } from './load.ts';
import { median } from './numbers.ts';
import type { BenchOptions, Figure } from './section.ts';
import { seedUsers } from './seed.ts';
import { createTraffic, type Traffic } from './traffic.ts';
import { openWorld } from './world.ts';

const BATCH = 100;
const BATCH_CONNECTIONS = 16;
const SINGLE_CONNECTIONS = 64;

interface Address {
  readonly url: string;
  readonly token: string;
}

/** The product behind HTTP in a process of its own; this one sends the load, on the same cores. */
export async function http({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const world = await openWorld();
  const size = quick ? 0.2 : 1;
  const rates = {
    inProcess: [] as number[],
    batches: [] as number[],
    singles: [] as number[],
    singlesP99: [] as number[],
    echo: [] as number[],
  };
  let peak = 0;
  try {
    await world.withApp(seedUsers);
    await world.settle();
    const server = startChild('http-server', [world.directory]);
    const echo = startChild('http-echo', []);
    try {
      const address = await server.receive<Address>();
      const bare = await echo.receive<Address>();
      await warmUp(server, address, bare);
      for (let round = 0; round < (quick ? 1 : 3); round += 1) {
        const traffic = createTraffic(`http-${round}`);
        rates.inProcess.push((await loadInside(server, `inside-${round}`, 60_000 * size)).rate);
        rates.batches.push((await sendBatches(address, traffic, 600 * size)).rate * BATCH);
        const singles = await sendSingles(address, traffic, 30_000 * size);
        rates.singles.push(singles.rate);
        rates.singlesP99.push(singles.p99);
        rates.echo.push((await sendSingles(bare, traffic, 30_000 * size)).rate);
      }
      peak = (await server.ask<{ peak: number }>({ ask: 'memory' } satisfies ServerOrder)).peak;
    } finally {
      await Promise.all([server.stop(), echo.stop()]);
    }
  } finally {
    await world.close();
  }
  const singles = median(rates.singles);
  return [
    {
      name: 'HTTP, batches of 100',
      value: median(rates.batches),
      unit: 'events/s',
      baseline: { name: 'in process', value: median(rates.inProcess) },
      target: { of: 'ratio', least: 0.6 },
      note: `${BATCH_CONNECTIONS} connections`,
    },
    {
      name: 'HTTP, single events',
      value: singles,
      unit: 'events/s',
      baseline: { name: 'bare Fastify echo', value: median(rates.echo) },
      target: { of: 'value', least: 4_000 },
      note: `${SINGLE_CONNECTIONS} connections, p99 ${median(rates.singlesP99).toFixed(1)} ms`,
    },
    { name: 'memory of the HTTP process, peak', value: peak, unit: 'MB', target: { of: 'value', most: 500 } },
  ];
}

async function warmUp(server: Child, address: Address, bare: Address): Promise<void> {
  const traffic = createTraffic('http-warm');
  await loadInside(server, 'inside-warm', 20_000);
  await sendBatches(address, traffic, 100);
  await sendSingles(address, traffic, 8_000);
  await sendSingles(bare, traffic, 8_000);
}

async function loadInside(server: Child, run: string, events: number): Promise<LoadResult> {
  return server.ask<LoadResult>({ ask: 'load', run, events } satisfies ServerOrder);
}

function sendBatches(address: Address, traffic: Traffic, batches: number): Promise<LoadResult> {
  return send(address, BATCH_CONNECTIONS, batches, () => JSON.stringify(Array.from({ length: BATCH }, traffic.next)));
}

function sendSingles(address: Address, traffic: Traffic, events: number): Promise<LoadResult> {
  return send(address, SINGLE_CONNECTIONS, events, () => JSON.stringify(traffic.next()));
}

/** Each connection waits for its answer before it sends the next request. Rejects for an answer that is not plain success. */
async function send({ url, token }: Address, count: number, requests: number, body: () => string): Promise<LoadResult> {
  const free: HttpConnection[] = await Promise.all(Array.from({ length: count }, () => openConnection(url, token)));
  const all = [...free];
  try {
    return await measured(count, requests, async () => {
      const connection = free.pop();
      if (connection === undefined) throw new Error('more requests under way than connections');
      const answer = await connection.request('POST', '/v1/events', body());
      if (answer.status !== 200 || answer.body.includes('"refused"')) {
        throw new Error(`answered ${answer.status}: ${answer.body.toString('utf8', 0, 500)}`);
      }
      free.push(connection);
    });
  } finally {
    for (const connection of all) connection.close();
  }
}
