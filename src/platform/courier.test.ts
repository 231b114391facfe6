import type * as dns from 'node:dns';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Courier, PostAnswer } from '../bus/ports.ts';
import { addressFault, createCourier } from './courier.ts';

/** Names under `.test` exist nowhere (RFC 6761); the rest is resolved as ever. */
const named = vi.hoisted(() => ({ answers: new Map<string, readonly string[] | 'silence'>(), asked: [] as string[] }));

vi.mock('node:dns', async (importOriginal) => {
  const real = await importOriginal<typeof dns>();
  const lookup = (hostname: string, options: dns.LookupAllOptions, done: LookedUp): void => {
    named.asked.push(hostname);
    const addresses = named.answers.get(hostname);
    if (addresses === 'silence') return;
    if (addresses === undefined) return real.lookup(hostname, options, done);
    const answer = addresses.map((address) => ({ address, family: net.isIP(address) }));
    setImmediate(() => done(null, answer));
  };
  return { ...real, default: { ...real, lookup }, lookup };
});

type LookedUp = (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void;

/** Whatever a test opened is closed after it, the last first. */
const opened: (() => unknown)[] = [];
beforeEach(() => {
  named.answers.clear();
  named.asked.length = 0;
});
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

function openCourier(settings = { allowPrivate: true }): Courier {
  const courier = createCourier(settings);
  opened.push(() => courier.close());
  return courier;
}

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** Connections made so far. */
  readonly connections: () => number;
}

type Answer = (response: http.ServerResponse, request: Received) => void;

async function openServer(answer: Answer, host = '127.0.0.1'): Promise<TestServer> {
  const received: Received[] = [];
  let connections = 0;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const whole = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
      received.push(whole);
      answer(response, whole);
    });
  });
  server.on('connection', () => (connections += 1));
  const port = await listen(server, host);
  opened.push(() => server.closeAllConnections());
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port, received, connections: () => connections };
}

/** A server below HTTP: what it does with the bytes is the test's. */
async function openSocketServer(serve: (socket: net.Socket) => void): Promise<{ readonly port: number }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  const port = await listen(server, '127.0.0.1');
  opened.push(() => sockets.forEach((socket) => socket.destroy()));
  return { port };
}

async function listen(server: net.Server, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  opened.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

function post(courier: Courier, url: string, timeout = 10_000, body = '{}'): Promise<PostAnswer> {
  return courier.post({ url, headers: { 'content-type': 'application/json', 'webhook-id': 'evt_1' }, body, timeout });
}

/** Timed, for what must not wait for a server: generous, as the machine has two cores and other tests. */
async function within(milliseconds: number, answer: Promise<PostAnswer>): Promise<PostAnswer> {
  const begun = performance.now();
  const got = await answer;
  expect(performance.now() - begun).toBeLessThan(milliseconds);
  return got;
}

const failed = (error: string | RegExp): object => ({
  kind: 'failed',
  error: typeof error === 'string' ? error : expect.stringMatching(error),
});

describe('an answer', () => {
  it('is told with its status and body; body, headers and path arrive as given', async () => {
    const server = await openServer((response) => response.writeHead(202).end('taken'));
    const body = '{"name":"Ünïcode 🏆"}';
    expect(await post(openCourier(), `${server.url}/hooks?a=1`, 10_000, body)).toEqual({
      kind: 'answered',
      status: 202,
      retryAfter: null,
      body: 'taken',
    });
    expect(server.received).toMatchObject([{ method: 'POST', path: '/hooks?a=1', body }]);
    expect(server.received[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'webhook-id': 'evt_1',
    });
  });

  it.each([204, 400, 410, 500])('of status %d is an answer', async (status) => {
    const server = await openServer((response) => response.writeHead(status).end());
    expect(await post(openCourier(), server.url)).toEqual({ kind: 'answered', status, retryAfter: null, body: '' });
  });

  it.each([301, 302, 307, 308])('of status %d is not followed', async (status) => {
    const target = await openServer((response) => response.end());
    const server = await openServer((response) => response.writeHead(status, { location: target.url }).end());
    expect(await post(openCourier(), server.url)).toMatchObject({ kind: 'answered', status });
    expect(target.received).toEqual([]);
  });

  it('is read up to 64 kB, of which 500 characters are told', async () => {
    let left = false;
    const server = await openServer((response) => {
      response.on('close', () => (left = true));
      response.on('error', () => {});
      const more = (): void => {
        while (!response.destroyed && response.write('ä'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    const answer = await within(5_000, post(openCourier(), server.url, 8_000));
    expect(answer).toEqual({ kind: 'answered', status: 200, retryAfter: null, body: 'ä'.repeat(500) });
    await vi.waitFor(() => expect(left).toBe(true));
  });

  it('is told as text that PostgreSQL can store', async () => {
    const server = await openServer((response) => response.end(Buffer.from(`\0${'a'.repeat(498)}🏆`)));
    expect(await post(openCourier(), server.url)).toMatchObject({ body: `\ufffd${'a'.repeat(498)}\ufffd` });
  });
});

describe('Retry-After', () => {
  const NOW = Date.UTC(2026, 2, 1, 12);
  beforeEach(() => void vi.useFakeTimers({ now: NOW + 300, toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['120', 120],
    ['0', 0],
    ['Sun, 01 Mar 2026 12:02:00 GMT', 120],
    ['Sunday, 01-Mar-26 12:02:00 GMT', 120],
    ['Sun Mar  1 12:02:00 2026', 120],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['2026-03-01T12:02:00Z', null],
    ['Sun, 99 Mar 2026 12:02:00 GMT', null],
    ['9'.repeat(400), null],
  ])('%s means %s seconds', async (value, seconds) => {
    const server = await openServer((response) => response.writeHead(429, { 'retry-after': value }).end());
    expect(await post(openCourier(), server.url)).toMatchObject({ kind: 'answered', status: 429, retryAfter: seconds });
  });
});

describe('the time limit', () => {
  it('ends a server that never answers', async () => {
    const server = await openServer(() => {});
    expect(await within(3_000, post(openCourier(), server.url, 200))).toEqual(failed('no answer within 200 ms'));
  });

  it('ends a server that does not shake hands', async () => {
    const { port } = await openSocketServer((socket) => socket.resume());
    const answer = within(3_000, post(openCourier(), `https://127.0.0.1:${port}`, 200));
    expect(await answer).toEqual(failed('no answer within 200 ms'));
  });

  it.each(['head', 'body'])('ends a server whose %s drips, though it is never silent', async (part) => {
    let left = false;
    const { port } = await openSocketServer((socket) => {
      socket.write(part === 'head' ? 'HTTP/1.1 200 OK\r\nx-drip: ' : 'HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
      const drip = setInterval(() => socket.write('.'), 20);
      socket.on('close', () => {
        left = true;
        clearInterval(drip);
      });
    });
    const answer = within(3_000, post(openCourier(), `http://127.0.0.1:${port}`, 300));
    expect(await answer).toEqual(failed('no answer within 300 ms'));
    await vi.waitFor(() => expect(left).toBe(true));
  });

  it('ends a look-up that takes too long', async () => {
    named.answers.set('slow.test', 'silence');
    const answer = within(3_000, post(openCourier({ allowPrivate: false }), 'http://slow.test', 200));
    expect(await answer).toEqual(failed('no answer within 200 ms'));
  });
});

describe('a failure is one sentence', () => {
  it('connection refused', async () => {
    const server = net.createServer();
    const port = await listen(server, '127.0.0.1');
    server.close();
    await once(server, 'close');
    expect(await post(openCourier(), `http://127.0.0.1:${port}`)).toEqual(failed('connection refused'));
    expect(await post(openCourier(), `http://localhost:${port}`)).toEqual(failed('connection refused'));
  });

  it.each([
    ['before the answer', ''],
    ['in the middle of the head', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['in the middle of the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
    ['in the middle of a chunked body', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nhalf'],
  ])('closed %s', async (_, text) => {
    const { port } = await openSocketServer((socket) => socket.once('data', () => socket.end(text)));
    const answer = await post(openCourier(), `http://127.0.0.1:${port}`);
    expect(answer).toEqual(failed('the connection was closed before the answer was complete'));
  });

  it.each([
    ['SSH-2.0-OpenSSH_9.2\r\n', 'the answer is not valid HTTP'],
    ['HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'the server changed to another protocol'],
  ])('a server of another kind: %j', async (text, error) => {
    const { port } = await openSocketServer((socket) => socket.once('data', () => socket.write(text)));
    expect(await post(openCourier(), `http://127.0.0.1:${port}`)).toEqual(failed(error));
  });

  it('https to a server of http', async () => {
    const server = await openServer((response) => response.end());
    const answer = await post(openCourier(), `https://127.0.0.1:${server.port}`);
    expect(answer).toEqual(failed('the server does not speak TLS as it should'));
  });

  it.each([
    ['', 'the URL cannot be read'],
    ['nonsense', 'the URL cannot be read'],
    ['ftp://example.com/', 'only http and https are called, not ftp:'],
    ['file:///etc/passwd', 'only http and https are called, not file:'],
    ['https://user:password@example.com/', 'the URL must not hold a user name or password'],
  ])('the URL %j', async (url, error) => {
    expect(await post(openCourier(), url)).toEqual(failed(error));
  });

  it('a header that HTTP does not allow', async () => {
    const server = await openServer((response) => response.end());
    const headers = { 'x-name': 'two\r\nlines' };
    const answer = await openCourier().post({ url: server.url, headers, body: '{}', timeout: 1_000 });
    expect(answer).toEqual(failed(/^Invalid character in header/));
    expect(server.received).toEqual([]);
  });
});

/** First, last and some between of each network, then their neighbours. */
const NOT_TO_CALL = [
  '0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.255.255.255 168.63.129.16 169.254.0.0',
  '172.16.0.0 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.1',
  '203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::808:808 ::ffff:a00:1',
  '::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 200::1 2001::1 2001:2::1 2001:10::1',
  '2001:db8::1 2002:808:808::1 3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1',
  'ffff::1',
].flatMap((line) => line.split(' '));
const PUBLIC = [
  '1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.17',
  '169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0',
  '198.17.255.255 198.20.0.0 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 2001:200::1 2001:db7:ffff::1',
  '2001:db9::1 2606:4700:4700::1111 2a00:1450:4001::1 ::ffff:808:808 64:ff9b::808:808',
].flatMap((line) => line.split(' '));

describe('addresses that are not public', () => {
  it.each([
    ['127.0.0.1', /^127\.0\.0\.1 is a private address \(loopback\)$/],
    ['127.9.9.9', /private address \(loopback\)/],
    ['2130706433', /^127\.0\.0\.1 is a private address/],
    ['0177.1', /^127\.0\.0\.1 is a private address/],
    ['0x7f000001', /^127\.0\.0\.1 is a private address/],
    ['127.0.0.1.', /^127\.0\.0\.1 is a private address/],
    ['10.0.0.1', /^10\.0\.0\.1 is a private address$/],
    ['169.254.169.254', /private address \(link-local\)/],
    ['0.0.0.0', /unspecified/],
    ['[::1]', /^::1 is a private address \(loopback\)$/],
    ['[::]', /unspecified/],
    ['[::ffff:127.0.0.1]', /private address \(loopback\)/],
    ['[::ffff:10.1.2.3]', /private address/],
    ['[64:ff9b::10.1.2.3]', /private address/],
    ['[2002:7f00:1::]', /tunnel/],
    ['localhost', /^localhost must not be called: .+ is a private address \(loopback\)$/],
  ])('%s is refused', async (host, error) => {
    const server = await openServer((response) => response.end());
    const courier = openCourier({ allowPrivate: false });
    expect(await post(courier, `http://${host}:${server.port}/`)).toEqual(failed(error));
    expect(await post(courier, `https://${host}:${server.port}/`)).toEqual(failed(error));
    expect(server.connections()).toBe(0);
  });

  it.each(['127.0.0.1', '[::ffff:127.0.0.1]', 'localhost', '2130706433'])('%s is called where that is allowed', async (host) => {
    const server = await openServer((response) => response.end());
    expect(await post(openCourier(), `http://${host}:${server.port}/`)).toMatchObject({ kind: 'answered', status: 200 });
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
  it.runIf(hasIpv6)('[::1] is called where that is allowed', async () => {
    const server = await openServer((response) => response.end(), '::1');
    expect(await post(openCourier(), server.url)).toMatchObject({ kind: 'answered', status: 200 });
  });

  it('are refused when they are one among public ones', async () => {
    const server = await openServer((response) => response.end());
    named.answers.set('mixed.test', ['8.8.8.8', '127.0.0.1']);
    const answer = await post(openCourier({ allowPrivate: false }), `http://mixed.test:${server.port}`);
    expect(answer).toEqual(failed('mixed.test must not be called: 127.0.0.1 is a private address (loopback)'));
    expect(server.connections()).toBe(0);
  });

  it('are refused anew each time: a name that was public may be private the next moment', async () => {
    const courier = openCourier({ allowPrivate: false });
    named.answers.set('rebind.test', ['127.0.0.1']);
    await post(courier, 'http://rebind.test');
    named.answers.set('rebind.test', ['10.0.0.1']);
    expect(await post(courier, 'http://rebind.test')).toEqual(failed(/10\.0\.0\.1 is a private address$/));
    // One look-up for each connection: what was checked is what is called.
    expect(named.asked).toEqual(['rebind.test', 'rebind.test']);
  });

  it('are refused over a kept connection too, for a name as for a number', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const server = await openServer((response) => response.end());
      const settings = { allowPrivate: true };
      const courier = openCourier(settings);
      const url = `http://${host}:${server.port}`;
      for (let n = 0; n < 2; n += 1) expect(await post(courier, url)).toMatchObject({ kind: 'answered' });
      expect(server.connections()).toBe(1);
      settings.allowPrivate = false;
      expect(await post(courier, url)).toEqual(failed(/is a private address \(loopback\)$/));
      expect(server.received).toHaveLength(2);
      // Another courier's kept connections are its own.
      expect(await post(openCourier({ allowPrivate: false }), url)).toEqual(failed(/is a private address \(loopback\)$/));
      expect(server.connections()).toBe(1);
    }
  });

  it.each(NOT_TO_CALL)('%s is none to call', (address) => {
    expect(addressFault(address)).toMatch(/^\S+ is (a private address|no address to call)/);
  });

  it.each(PUBLIC)('%s is public', (address) => {
    expect(addressFault(address)).toBeUndefined();
  });
});

describe('connections', () => {
  it('are kept and used again', async () => {
    const server = await openServer((response) => response.end('ok'));
    const courier = openCourier();
    for (let n = 0; n < 5; n += 1) expect(await post(courier, server.url)).toMatchObject({ status: 200 });
    expect(server.connections()).toBe(1);
  });

  it('that the server closed meanwhile are replaced, and nobody hears of it', async () => {
    let connections = 0;
    const { port } = await openSocketServer((socket) => {
      connections += 1;
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        // The second request on a connection finds it closed.
        if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        else socket.destroy();
      });
    });
    const courier = openCourier();
    for (let n = 0; n < 3; n += 1) {
      expect(await post(courier, `http://127.0.0.1:${port}`)).toMatchObject({ kind: 'answered', status: 200 });
    }
    expect(connections).toBeGreaterThan(1);
  });

  it('serve many posts at once, each with its own answer', async () => {
    const server = await openServer((response, { body }) => void setTimeout(() => response.end(body), 5));
    const courier = openCourier();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => post(courier, server.url, 10_000, `${n}`)));
    expect(answers.map((answer) => (answer.kind === 'answered' ? answer.body : answer.error))).toEqual(
      Array.from({ length: 100 }, (_, n) => `${n}`),
    );
  });

  it('are gone after close, and so is what was under way', async () => {
    const server = await openServer(() => {});
    const courier = createCourier({ allowPrivate: true });
    const waiting = post(courier, server.url, 60_000);
    await vi.waitFor(() => expect(server.received).toHaveLength(1));
    await courier.close();
    expect(await waiting).toEqual(failed('Diana is shutting down'));
    expect(await post(courier, server.url)).toEqual(failed('Diana is shutting down'));
    await courier.close();
  });
});
