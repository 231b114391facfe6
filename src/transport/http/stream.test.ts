import { get, type IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type StubbedHttp, startStubbedHttp, stubbedBus } from '../../../test/support/stubbed-http.ts';
import type { BusEvent, EventStream, Feed, Portion } from '../../bus/index.ts';
import { accepted, refused } from '../../kernel/outcome.ts';
import type { RefusalCode } from '../../kernel/refusals.ts';
import type { HttpDependencies } from './port.ts';
import { createFrames, streamEvents } from './stream-events.ts';

const event = (position: number, data: BusEvent['data'] = {}): BusEvent => ({
  id: `e${position}`,
  source: 'default',
  type: 'game.won',
  user: 'ada',
  account: 'acct_1',
  time: '2026-11-21T12:00:00.000Z',
  data,
  correlationId: `e${position}`,
  causationId: null,
  position,
  recordedAt: '2026-11-21T12:00:00.000Z',
});

interface HandFeed extends Feed {
  /** Hands out these, as they are asked for. */
  push(...portions: readonly (Portion | Error)[]): void;
  position: number;
  readonly asked: number;
  readonly isClosed: boolean;
}

function handFeed(position = 0): HandFeed {
  const queue: (Portion | Error)[] = [];
  let wake = (): void => undefined;
  const state = { asked: 0, isClosed: false };
  return {
    position,
    behind: 0,
    get asked() {
      return state.asked;
    },
    get isClosed() {
      return state.isClosed;
    },
    push(...portions) {
      queue.push(...portions);
      wake();
    },
    async next() {
      state.asked += 1;
      while (queue.length === 0 && !state.isClosed) await new Promise<void>((resolve) => (wake = resolve));
      if (state.isClosed) return undefined;
      const portion = queue.shift();
      if (portion instanceof Error) throw portion;
      if (portion !== undefined) this.position = portion.to;
      return portion;
    },
    close() {
      state.isClosed = true;
      wake();
    },
  };
}

const portion = (...positions: readonly number[]): Portion => ({
  events: positions.map((at) => event(at)),
  to: positions.at(-1) ?? 0,
});
const cursorOf: EventStream['cursorOf'] = (position) => `${position}.check`;
const frame = (position: number): string =>
  `id: ${position}.check\nevent: game.won\ndata: ${JSON.stringify(event(position))}\n\n`;

let http: StubbedHttp;
afterEach(() => http?.close());

interface Served {
  readonly feed: HandFeed;
  readonly asked: Parameters<HttpDependencies['bus']['stream']>[0][];
}

async function serve(
  answer?: { readonly code: RefusalCode; readonly path: string },
  more: Partial<HttpDependencies> = {},
  streams = 0,
): Promise<Served> {
  const feed = handFeed(41);
  const asked: Served['asked'] = [];
  http = await startStubbedHttp({
    bus: {
      ...stubbedBus(),
      async stream(query) {
        asked.push(query);
        return answer === undefined ? accepted({ feed, cursorOf }) : refused({ ...answer, message: 'no' });
      },
      status: () => ({ degraded: [], redis: { configured: false, kind: null, up: null }, streams }),
    },
    ...more,
  });
  return { feed, asked };
}

interface Reader {
  readonly response: IncomingMessage;
  /** What arrived so far. */
  text(): string;
  until(part: string): Promise<void>;
  readonly ended: Promise<unknown>;
}

async function read(path = '/v1/stream', headers: Record<string, string> = {}): Promise<Reader> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = get(http.url + path, { headers: { authorization: 'Bearer service-key', ...headers }, agent: false }, resolve);
    sent.on('error', reject);
  });
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  response.on('error', () => undefined);
  return {
    response,
    text: () => text,
    until: (part) => vi.waitFor(() => expect(text).toContain(part)),
    ended: new Promise((resolve) => response.once('close', resolve)),
  };
}

describe('a stream', () => {
  test('begins with the place where it begins, and hands out events in frames', async () => {
    const { feed, asked } = await serve();
    const { response, text, until } = await read();
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    });
    feed.push(portion(42, 44));
    feed.push(portion(45));
    await until(frame(45));
    expect(text()).toBe(`: Diana\nretry: 1000\nid: 41\n\n${frame(42)}${frame(44)}${frame(45)}`);
    expect(asked).toEqual([{ types: ['*'], filter: null, cursor: null, from: 'now' }]);
    response.destroy();
  });

  test.each([
    [
      '?types=game.*,%20quiz.*&filter=event.user%20%3D%3D%20%22ada%22',
      {},
      { types: ['game.*', 'quiz.*'], filter: 'event.user == "ada"' },
    ],
    ['?from=beginning', {}, { from: 'beginning' }],
    ['?from=17', {}, { from: 17 }],
    ['?from=2026-11-21T12:00:00Z', {}, { from: '2026-11-21T12:00:00Z' }],
    ['?lastEventId=7.a', {}, { cursor: '7.a' }],
    ['', { 'last-event-id': '9.b' }, { cursor: '9.b' }],
    ['?lastEventId=7.a', { 'last-event-id': '9.b' }, { cursor: '9.b' }],
    ['', { 'last-event-id': '' }, { cursor: null }],
  ] as const)('%s %o asks the bus for what is meant', async (query, headers, asks) => {
    const { asked } = await serve();
    const { response, text, until } = await read(`/v1/stream${query}`, headers);
    expect(asked).toMatchObject([asks]);
    await until('retry');
    // Who has a cursor keeps it until the next event.
    expect(text().includes('id: 41')).toBe(asked[0]?.cursor === null);
    response.destroy();
  });

  test.each([
    ['history_regressed', '/headers/last-event-id', 409, '/query/lastEventId'],
    ['history_regressed', '/query/from', 409, '/query/from'],
    ['malformed', '/types/1', 400, '/query/types'],
    ['malformed', '/filter', 400, '/query/filter'],
  ] as const)('that is refused is a problem document: %s at %s', async (code, path, status, told) => {
    await serve({ code, path });
    const answer = await http.call('GET', '/v1/stream?lastEventId=1');
    expect(answer).toMatchObject({ status, body: { code, path: told } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(http.observed).toEqual([{ route: '/v1/stream', method: 'GET', status }]);
  });

  test('has no parameters beside its own, and nothing to be told without reading it', async () => {
    await serve();
    expect(await http.call('GET', '/v1/stream?type=x')).toMatchObject({ status: 400, body: { path: '/query/type' } });
    expect((await http.call('HEAD', '/v1/stream')).status).toBe(405);
  });

  test('is turned away where too many are open, or the process is on its way out', async () => {
    const { asked } = await serve(undefined, {}, 2_000);
    const answer = await http.call('GET', '/v1/stream');
    expect(answer).toMatchObject({ status: 503, body: { code: 'busy' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(asked).toEqual([]);
    await http.close();
    const status = { queued: 0, capacity: 1, draining: true, catalogVersion: 1, position: 0 };
    await serve(undefined, { engine: { status: () => status } as never });
    expect(await http.call('GET', '/v1/stream')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  });

  test('whose reader goes away lets go of its feed, and is counted once', async () => {
    const { feed } = await serve();
    const { response, until } = await read();
    await until('retry');
    expect(http.observed).toEqual([]);
    response.destroy();
    await vi.waitFor(() => expect(feed.isClosed).toBe(true));
    await vi.waitFor(() => expect(http.observed).toEqual([{ route: '/v1/stream', method: 'GET', status: 200 }]));
    await sleep(20);
    expect(http.observed).toHaveLength(1);
  });

  test('ends with its feed, whole', async () => {
    const { feed } = await serve();
    const { response, ended, until } = await read();
    await until('retry');
    feed.close();
    await ended;
    expect(response.complete).toBe(true);
    await vi.waitFor(() => expect(http.observed).toHaveLength(1));
  });

  test('keeps no server from closing, read or not', async () => {
    const { feed } = await serve();
    const first = await read();
    await first.until('retry');
    const second = await read();
    second.response.pause();
    // More than all buffers on the way to a reader that does not read.
    const large = { events: Array.from({ length: 100 }, (_, i) => event(50 + i, { text: 'x'.repeat(200_000) })), to: 150 };
    feed.push(large, large);
    await sleep(100);
    const start = performance.now();
    await http.close();
    expect(performance.now() - start).toBeLessThan(3_000);
    await first.ended;
  });

  test('ends where the database is away, and nothing is thrown', async () => {
    const { feed } = await serve();
    const { response, ended, until } = await read();
    feed.push(portion(42));
    await until(frame(42));
    feed.push(new Error('a bug'));
    await ended;
    expect(response.complete).toBe(true);
    expect(feed.isClosed).toBe(true);
    expect(http.logged).toMatchObject([{ level: 'error', message: 'a stream of events failed' }]);
  });
});

describe('the writer of a stream', () => {
  const start = (feed: Feed, out: PassThrough, alive = 60_000): Promise<void> =>
    streamEvents(out, { feed, cursorOf }, { frames: createFrames(), isNew: false, onFault: () => undefined, alive });

  test('waits for a reader that is slow', async () => {
    const feed = handFeed();
    const out = new PassThrough({ highWaterMark: 100 });
    const done = start(feed, out);
    feed.push(portion(1), portion(2), portion(3));
    await sleep(20);
    const before = feed.asked;
    expect(before).toBeLessThan(3);
    out.resume();
    await vi.waitFor(() => expect(feed.asked).toBe(4));
    feed.close();
    await done;
    expect(out.writableEnded).toBe(true);
  });

  test('is done at once with a reader that goes away while it waits for it', async () => {
    const feed = handFeed();
    const out = new PassThrough({ highWaterMark: 100 });
    const done = start(feed, out);
    feed.push(portion(1), portion(2));
    await sleep(10);
    out.destroy();
    await done;
    expect(feed.isClosed).toBe(true);
  });

  test('is done with one that has gone already', async () => {
    const feed = handFeed();
    const out = new PassThrough();
    out.destroy();
    await start(feed, out);
    expect(feed.isClosed).toBe(true);
  });

  test('gives signs of life in silence, with the place once that is far along', async () => {
    const feed = handFeed();
    const out = new PassThrough();
    const done = start(feed, out, 15);
    let text = '';
    out.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await vi.waitFor(() => expect(text).toContain('\n\n: alive\n\n: alive\n\n'));
    feed.position = 999;
    await sleep(40);
    expect(text).not.toContain('id:');
    feed.position = 1_000;
    await vi.waitFor(() => expect(text).toContain('id: 1000\n: alive\n\n: alive\n\n'));
    expect(text.match(/id:/g)).toHaveLength(1);
    feed.close();
    await done;
  });

  test('tells how far it came where a long way holds nothing for the reader', async () => {
    const feed = handFeed();
    const out = new PassThrough();
    const done = start(feed, out);
    let text = '';
    out.on('data', (chunk: Buffer) => (text += chunk.toString()));
    feed.push({ events: [], to: 600 }, { events: [], to: 1_200 }, { ...portion(1_300), to: 1_900 }, portion(2_000));
    await vi.waitFor(() => expect(text).toContain(frame(2_000)));
    expect(text).toBe(`: Diana\nretry: 1000\n\nid: 1200\n\n${frame(1_300)}${frame(2_000)}`);
    feed.close();
    await done;
  });

  test('makes the text of an event once', () => {
    let made = 0;
    const frames = createFrames();
    const one = event(1);
    for (let i = 0; i < 3; i += 1)
      frames(one, () => {
        made += 1;
        return '1.x';
      });
    expect(made).toBe(1);
  });
});
