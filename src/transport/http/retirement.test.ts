import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptedResult, refusedResult, type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import type { HttpDependencies } from './port.ts';

const agents: Agent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
});

/** A server whose engine takes a moment for each event, and is told to refuse what is new. */
async function serveBusily(): Promise<{ http: StubbedHttp; drain: () => void }> {
  let draining = false;
  const engine = {
    submit: async (events: readonly unknown[]) => {
      if (draining) return events.map(() => refusedResult('unavailable'));
      await sleep(Math.random() * 4);
      return events.map((_, i) => acceptedResult(`e${i}`));
    },
  } as Partial<HttpDependencies['engine']>;
  const http = await startStubbedHttp({ engine: engine as HttpDependencies['engine'] });
  return {
    http,
    drain: () => {
      draining = true;
    },
  };
}

interface Outcome {
  readonly status: number;
  readonly connection: string | undefined;
  readonly retryAfter: string | undefined;
}

function post(http: StubbedHttp, agent: Agent): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer admin-key', 'content-type': 'application/json' };
    const sent = request(`${http.url}/v1/events`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      const { connection, 'retry-after': retryAfter } = response.headers;
      response.on('end', () => resolve({ status: response.statusCode ?? 0, connection, retryAfter }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end('{"type":"code.commit","user":"ada"}');
  });
}

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return agent;
}

describe('a server that retires', () => {
  test('breaks off no request of 16 busy clients on kept connections', async () => {
    const { http, drain } = await serveBusily();
    const outcomes: Outcome[] = [];
    const errors: string[] = [];
    const client = async (): Promise<void> => {
      const agent = keepAlive();
      for (;;) {
        const outcome = await post(http, agent).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
        if (typeof outcome !== 'string') {
          outcomes.push(outcome);
          continue;
        }
        // A new connection that nobody takes: the service is gone, and the request was never sent.
        if (outcome !== 'ECONNREFUSED') errors.push(outcome);
        return;
      }
    };
    const clients = Array.from({ length: 16 }, client);
    // Every client is at work on a connection of its own, also where the machine is slow.
    while (outcomes.length < 500) await sleep(10);
    drain();
    const start = performance.now();
    await http.server.retire(5_000);
    expect(performance.now() - start).toBeLessThan(2_000);
    await http.close();
    await Promise.all(clients);
    expect(errors).toEqual([]);
    expect(outcomes.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    const last = outcomes.filter(({ connection }) => connection === 'close');
    expect(last).toHaveLength(16);
    for (const { status, retryAfter } of last) expect(retryAfter).toBe(status === 503 ? '2' : undefined);
  });

  test('ends connections on which nothing is said, sent or half-opened, well before its bound', async () => {
    const { http } = await serveBusily();
    await post(http, keepAlive());
    const silent = connect(http.port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    silent.resume();
    const start = performance.now();
    await http.server.retire(10_000);
    await http.close();
    expect(performance.now() - start).toBeLessThan(3_000);
    silent.destroy();
  });

  test('waits no longer than it was told', async () => {
    const slow = { submit: () => new Promise<never>(() => undefined) } as unknown as HttpDependencies['engine'];
    const http = await startStubbedHttp({ engine: slow });
    const asked = post(http, keepAlive()).catch(() => undefined);
    await sleep(50);
    const start = performance.now();
    await http.server.retire(100);
    expect(performance.now() - start).toBeLessThan(1_000);
    http.server.server.closeAllConnections();
    await asked;
    await http.close();
  });

  test('has nothing to wait for where nobody is connected', async () => {
    const { http } = await serveBusily();
    await http.server.retire(5_000);
    await http.close();
  });
});
