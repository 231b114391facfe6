import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BusBench, createBusBench, eventually } from '../../test/support/bus.ts';
import { ADMIN } from '../../test/support/engine.ts';
import type { BusEvent } from './index.ts';

let bench: BusBench;
beforeEach(async () => {
  bench = await createBusBench();
});
afterEach(() => bench.close());

const event = (n: number, more: object = {}) => ({ id: `e-${n}`, type: 'job.done', user: `user-${n % 7}`, data: { n }, ...more });
const many = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => event(from + i));
const numbers = (events: readonly BusEvent[]) => events.map(({ data }) => data['n'] as number);

test('patterns that overlap deliver once, and a filter looks at user and data', async () => {
  const { bus, submit } = await bench.open();
  const all: BusEvent[] = [];
  const some: BusEvent[] = [];
  await bus.subscribe(['*', 'job.*', 'job.done'], (one) => void all.push(one), { name: 'all' });
  await bus.subscribe('job.*', (one) => void some.push(one), {
    name: 'some',
    filter: 'event.user == "user-3" && event.data.n > 5 || event.data.n == 0',
  });
  await submit(many(0, 20));
  await eventually(
    'both are done',
    () => [all.filter(({ type }) => type === 'job.done').length, some.length],
    ([a, b]) => a === 20 && b === 3,
  );
  expect(numbers(some).toSorted((x, y) => x - y)).toEqual([0, 10, 17]);
  await expect(bus.subscribe('x.*', () => undefined, { filter: 'event.nothing > 3' })).rejects.toThrow('/filter');
  await expect(bus.subscribe('game*', () => undefined)).rejects.toThrow('/types');
});

test('a subscription begins where it is told to, and goes on where it ended', async () => {
  const { bus, submit } = await bench.open();
  await submit(many(0, 1_500));
  const [{ at } = { at: 0 }] = await bench.test.owner`select position::int as at from events.log where id = 'e-1000'`;
  // Lanes take users side by side: how many come behind it differs.
  const [{ behind } = { behind: 0 }] = await bench.test
    .owner`select count(*) as behind from events.log where position > ${Number(at)} and type = 'job.done'`;
  const seen: Record<string, BusEvent[]> = { beginning: [], now: [], position: [], time: [] };
  const since = new Date().toISOString();
  const into = (name: string) => (one: BusEvent) => void seen[name]?.push(one);
  const first = await bus.subscribe('job.*', into('beginning'), { name: 'beginning', from: 'beginning' });
  await bus.subscribe('job.*', into('position'), { name: 'position', from: Number(at) });
  await bus.subscribe('job.*', into('now'), { name: 'now' });
  await submit(many(1_500, 1_600));
  await bus.subscribe('job.*', into('time'), { name: 'time', from: since });
  await eventually(
    'each has its own',
    () => Object.values(seen).map(({ length }) => length),
    (lengths) => lengths.join() === `1600,100,${Number(behind) + 100},100`,
  );
  expect(numbers(seen['beginning'] ?? []).toSorted((a, b) => a - b)).toEqual(numbers(many(0, 1_600) as never));
  await first.stop();
  await submit(many(1_600, 1_700));
  const again: BusEvent[] = [];
  await bus.subscribe('job.*', (one) => void again.push(one), { name: 'beginning', from: 'beginning' });
  await eventually(
    'only what is new',
    () => again.length,
    (length) => length === 100,
  );
  await expect(bus.subscribe('job.*', () => undefined, { name: 'later', from: 10_000_000 })).rejects.toThrow('history regressed');
});

test('replay: a dry run counts, in place delivers again while live events flow, into a new one rebuilds beside it', async () => {
  const received: Record<string, { n: number; user: string }[]> = { '/old': [], '/new': [] };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { data, user } = JSON.parse(body) as { data: { n: number }; user: string };
      received[request.url ?? '']?.push({ n: data.n, user });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const { bus, submit } = await bench.open();
    const created = await bus.create({ name: 'hook', url: `${url}/old`, types: ['job.*'], from: 'beginning' }, ADMIN);
    expect(created).toMatchObject({ ok: true, value: { secret: expect.stringMatching(/^whsec_/) } });
    await submit(many(0, 300));
    await eventually(
      'delivered once',
      () => received['/old']?.length,
      (length) => length === 300,
    );
    await eventually(
      'it is noted',
      async () => (await bus.show('hook'))?.health,
      (health) => health?.delivered === 300 && health.lag.events === 0,
    );
    expect(await bus.replay('hook', { from: 'beginning', dryRun: true }, ADMIN)).toMatchObject({
      ok: true,
      value: { events: 300, types: { 'job.done': 300 }, dryRun: true },
    });
    expect(await bus.replay('hook', { from: 'never' }, ADMIN)).toMatchObject({ ok: false, refusal: { path: '/from' } });
    expect(await bus.replay('hook', { from: 'beginning', into: 'hook-2', url: `${url}/new` }, ADMIN)).toMatchObject({ ok: true });
    expect(await bus.replay('hook', { from: 'beginning' }, ADMIN)).toMatchObject({ ok: true, value: { events: 300 } });
    await submit(many(300, 400));
    await eventually(
      'both are done',
      () => [received['/old']?.length, received['/new']?.length],
      ([a, b]) => a === 700 && b === 400,
    );
    for (const user of Array.from({ length: 7 }, (_, i) => `user-${i}`)) {
      const own = (received['/old'] ?? []).filter((one) => one.user === user).map(({ n }) => n);
      const replayed = own.slice(own.indexOf(own[0] ?? 0, 1));
      // The whole history once more, and the live events behind it: no gap, none out of order.
      expect(replayed).toEqual(Array.from({ length: 400 }, (_, n) => n).filter((n) => `user-${n % 7}` === user));
      const beside = (received['/new'] ?? []).filter((one) => one.user === user).map(({ n }) => n);
      expect(beside).toEqual(replayed);
    }
    // An answer is there before it is noted.
    await eventually(
      'all of it is noted',
      async () => (await bus.show('hook'))?.health,
      (health) => health?.backlog === null && health.lag.events === 0 && health.waiting === 0,
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('webhooks are signed, also while their secret is being replaced', async () => {
  const calls: { headers: Record<string, string>; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      calls.push({ headers: request.headers as Record<string, string>, body });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    const { bus, submit } = await bench.open();
    const created = await bus.create({ name: 'hook', url, types: ['points.*'] }, ADMIN);
    const first = created.ok ? (created.value.secret ?? '') : '';
    await submit([{ id: 'w', type: 'game.won', user: 'zoë', correlationId: 'Ünïcode ✓' }]);
    await eventually(
      'one call',
      () => calls.length,
      (length) => length === 1,
    );
    const { headers = {}, body = '' } = calls[0] ?? {};
    expect(new Webhook(first).verify(body, headers)).toMatchObject({ type: 'points.awarded', user: 'zoë', data: { amount: 10 } });
    expect(decodeURIComponent(headers['diana-correlation-id'] ?? '')).toBe('Ünïcode ✓');
    expect(headers['diana-causation-id']).toBe('w');
    expect(() => new Webhook(first).verify(body.replace('10', '11'), headers)).toThrow();
    const rotated = await bus.rotate('hook', 3_600, ADMIN);
    const second = rotated.ok ? rotated.value.secret : '';
    await submit([{ id: 'w2', type: 'game.won', user: 'zoë' }]);
    await eventually(
      'another call',
      () => calls.length,
      (length) => length === 2,
    );
    for (const secret of [first, second]) {
      expect(new Webhook(secret).verify(calls[1]?.body ?? '', calls[1]?.headers ?? {})).toMatchObject({ type: 'points.awarded' });
    }
    expect(JSON.stringify(await bus.list())).not.toContain('whsec_');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a thousand subscribers that come and go lose nothing for those who stay', async () => {
  const { bus, submit } = await bench.open();
  const stable: BusEvent[][] = [[], [], []];
  for (const [i, seen] of stable.entries()) await bus.subscribe('job.*', (one) => void seen.push(one), { name: `stable-${i}` });
  const kept: BusEvent[] = [];
  const staying = await bus.stream({ types: ['job.done'], filter: null, cursor: null, from: 'now' });
  if (!staying.ok) throw new Error(staying.refusal.message);
  void (async () => {
    for (;;) {
      const portion = await staying.value.feed.next(100);
      if (portion === undefined) return;
      kept.push(...portion.events);
    }
  })();
  let served = 0;
  const churn = async (): Promise<void> => {
    for (let i = 0; i < 50; i += 1) {
      const stream = await bus.stream({
        types: ['job.*', '*'],
        filter: null,
        cursor: null,
        from: i % 2 === 0 ? 'now' : 'beginning',
      });
      if (!stream.ok) throw new Error(stream.refusal.message);
      const stop = AbortSignal.timeout(20);
      const portion = await stream.value.feed.next(10, stop);
      served += portion?.events.length ?? 0;
      stream.value.feed.close();
    }
  };
  const publishing = (async () => {
    for (let n = 0; n < 3_000; n += 50) await submit(many(n, n + 50));
  })();
  await Promise.all([publishing, ...Array.from({ length: 20 }, churn)]);
  await eventually(
    'all have all',
    () => [...stable, kept].map(({ length }) => length),
    (lengths) => lengths.every((length) => length === 3_000),
  );
  const inOrder = kept.map(({ position }) => position);
  expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
  for (const seen of stable) expect(seen.map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
  expect(served).toBeGreaterThan(0);
  expect(bus.status().streams).toBe(1);
  staying.value.feed.close();
});

test('two processes share the work: one delivers, and the other takes over when it closes', async () => {
  const a = await bench.open({ lease: 300 });
  const b = await bench.open({ lease: 300 });
  const seen: Record<string, string[]> = { a: [], b: [] };
  await a.bus.subscribe('job.*', ({ id }) => void seen['a']?.push(id), { name: 'shared' });
  await b.bus.subscribe('job.*', ({ id }) => void seen['b']?.push(id), { name: 'shared' });
  await a.submit(many(0, 50));
  await eventually(
    'one has them',
    () => seen['a']?.length,
    (length) => length === 50,
  );
  await a.close();
  await b.submit(many(50, 100));
  await eventually(
    'the other goes on',
    () => seen['b']?.length,
    (length) => length === 50,
  );
  expect(new Set([...(seen['a'] ?? []), ...(seen['b'] ?? [])]).size).toBe(100);
});

test('a receiver that is slow to answer costs its process nothing else, also when its subscription is changed meanwhile', async () => {
  let calls = 0;
  const courier = {
    async post() {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      return { kind: 'answered', status: 200, retryAfter: null, body: '' } as const;
    },
    close: async () => undefined,
  };
  // A lease that is over long before the receiver answers.
  const a = await bench.open({ lease: 900, courier });
  const b = await bench.open({ lease: 900, courier });
  const seen: Record<string, number> = { a: 0, b: 0 };
  await a.bus.subscribe('job.*', () => void (seen['a'] = (seen['a'] ?? 0) + 1), { name: 'shared' });
  await b.bus.subscribe('job.*', () => void (seen['b'] = (seen['b'] ?? 0) + 1), { name: 'shared' });
  await a.bus.create({ name: 'slow', url: 'https://example.org/', types: 'slow.*' }, ADMIN);
  await a.submit([{ id: 's', type: 'slow.one', user: 'sam' }]);
  await eventually(
    'it is called',
    () => calls,
    (count) => count === 1,
  );
  await a.bus.pause('slow', ADMIN, null);
  for (let n = 0; n < 20; n += 1) {
    await a.submit([event(n)]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await eventually(
    'all are handled',
    () => seen['a'],
    (count) => count === 20,
  );
  expect(seen['b']).toBe(0);
});
