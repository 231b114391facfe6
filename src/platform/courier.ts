import { lookup as lookUp } from 'node:dns';
import * as http from 'node:http';
import * as https from 'node:https';
import { BlockList, isIP, isIPv6, type LookupFunction, type Socket } from 'node:net';
import type { Courier, PostAnswer } from '../bus/index.ts';
import { systemClock } from './clock.ts';

/** Nobody answers a webhook with more; the rest would only cost memory. */
const MAX_BODY = 64 * 1_024;
const MAX_RECORD = 500;

/** Milliseconds an idle connection is kept: below the five seconds after which most servers close theirs. */
const IDLE = 4_000;

/** Milliseconds for one of several addresses before the next is tried: Node's 250 are too few for another continent. */
const CONNECT_ATTEMPT = 1_500;

/**
 * What is not on the public internet, by the IANA registries of special-purpose addresses. Names of IPv4 networks hold for
 * IPv6 addresses that lead to them as well: IPv4-mapped ones, and those of NAT64 (RFC 6052).
 */
const FORBIDDEN: readonly (readonly [name: string, networks: readonly string[]])[] = [
  ['a private address (loopback)', ['127.0.0.0/8', '::1/128']],
  ['a private address', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10']],
  ['a private address (link-local)', ['169.254.0.0/16', 'fe80::/10']],
  ['a private address (shared by a carrier)', ['100.64.0.0/10']],
  // Public by its number, answered by Azure's own machinery inside of every virtual machine.
  ['a private address (metadata of a cloud)', ['168.63.129.16/32']],
  ['no address to call (unspecified)', ['0.0.0.0/8', '::/128']],
  ['no address to call (multicast)', ['224.0.0.0/4', 'ff00::/8']],
  ['no address to call (documentation)', ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20']],
  ['no address to call (benchmarking)', ['198.18.0.0/15', '2001:2::/48']],
  ['no address to call (discarded)', ['100::/64']],
  // 6to4 and Teredo hide an IPv4 address behind somebody's relay; both are history.
  ['no address to call (a tunnel)', ['192.88.99.0/24', '2002::/16', '2001::/32']],
  ['no address to call (reserved)', ['192.0.0.0/24', '240.0.0.0/4', '2001::/23', '64:ff9b:1::/48']],
];

/** Prefixes under which IPv6 holds all of IPv4. */
const EMBEDDINGS = ['::ffff:', '64:ff9b::'];

/** IPv6 that may be public at all; whatever IANA has not given out is refused. */
const PUBLIC_IPV6 = ['2000::/3', ...EMBEDDINGS.map((prefix) => `${prefix}0.0.0.0/96`)];

const forbidden = FORBIDDEN.map(([name, networks]) => ({
  name,
  list: blockList(networks.flatMap((network) => (isIPv6Network(network) ? [network] : [network, ...embedded(network)]))),
}));
const publicIpv6 = blockList(PUBLIC_IPV6);

function isIPv6Network(network: string): boolean {
  return network.includes(':');
}

function embedded(network: string): readonly string[] {
  const [address = '', length] = network.split('/');
  return EMBEDDINGS.map((prefix) => `${prefix}${address}/${96 + Number(length)}`);
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length] = network.split('/');
    list.addSubnet(address, Number(length), isIPv6Network(network) ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Says why an IP address must not be called on behalf of strangers; undefined for a public one. */
export function addressFault(address: string): string | undefined {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const found = forbidden.find(({ list }) => list.check(address, family));
  if (found !== undefined) return `${address} is ${found.name}`;
  if (family === 'ipv6' && !publicIpv6.check(address, 'ipv6')) return `${address} is no address to call (reserved)`;
  return undefined;
}

/** Its message is for people as it is. */
class Refused extends Error {
  override readonly name = 'Refused';
}

/** Resolves, and gives the socket only what was checked: a second look-up might answer something else. */
const lookUpPublic: LookupFunction = (hostname, options, done) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, []);
    // One bad address among good ones is bad: which of them is called is not ours to choose.
    const fault = addresses.map(({ address }) => addressFault(address)).find((found) => found !== undefined);
    const [first] = addresses;
    if (fault !== undefined) return done(new Refused(`${hostname} must not be called: ${fault}`), []);
    if (first === undefined) return done(new Refused(`${hostname} has no address`), []);
    return options.all === true ? done(null, addresses) : done(null, first.address, first.family);
  });
};

/**
 * Posts over kept connections. An address that is not public is refused three times over: as written in the URL, among
 * the answers of DNS, and as the other end of the socket before anything is sent, which holds for kept connections too.
 * Refuses URLs with a user name or password: they are shown and logged, and the signature is the proof of the sender.
 */
export function createCourier(settings: { readonly allowPrivate: boolean }): Courier {
  // Last in, first out: the rest of a burst is left to go idle and closes.
  const kept = { keepAlive: true, scheduling: 'lifo', timeout: IDLE, autoSelectFamilyAttemptTimeout: CONNECT_ATTEMPT } as const;
  const plainAgent = new http.Agent(kept);
  const tlsAgent = new https.Agent(kept);
  const underWay = new Set<AbortController>();
  let closed = false;

  async function send(url: URL, request: Parameters<Courier['post']>[0], signal: AbortSignal): Promise<PostAnswer> {
    const agent = url.protocol === 'https:' ? tlsAgent : plainAgent;
    const first = await exchange({ url, request, signal, agent, allowPrivate: settings.allowPrivate });
    if (first !== 'stale') return first;
    const second = await exchange({ url, request, signal, agent: false, allowPrivate: settings.allowPrivate });
    return second === 'stale' ? failed('the connection was closed without an answer') : second;
  }

  return {
    async post(request) {
      const url = readUrl(request.url, settings.allowPrivate);
      if (typeof url === 'string') return failed(url);
      if (closed) return failed('Diana is shutting down');
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(`no answer within ${request.timeout} ms`), request.timeout);
      underWay.add(controller);
      try {
        return await send(url, request, controller.signal);
      } catch (error) {
        // A header that HTTP does not allow, say.
        return failed(describe(error, url));
      } finally {
        clearTimeout(timer);
        underWay.delete(controller);
      }
    },
    close() {
      closed = true;
      for (const controller of underWay) controller.abort('Diana is shutting down');
      plainAgent.destroy();
      tlsAgent.destroy();
      return Promise.resolve();
    },
  };
}

/** The URL, or a sentence that says why nothing is sent there. */
function readUrl(text: string, allowPrivate: boolean): URL | string {
  if (!URL.canParse(text)) return 'the URL cannot be read';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `only http and https are called, not ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return 'the URL must not hold a user name or password';
  // Sockets ask no look-up about addresses. `URL` has already made one form of decimal, octal and short ones.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (allowPrivate || isIP(host) === 0) return url;
  return addressFault(host) ?? url;
}

interface Exchange {
  readonly url: URL;
  readonly request: Parameters<Courier['post']>[0];
  /** Its reason is the sentence that is told. */
  readonly signal: AbortSignal;
  /** False: a connection of its own. */
  readonly agent: http.Agent | false;
  readonly allowPrivate: boolean;
}

/**
 * One request. `stale`: the server closed a kept connection just when it was used again, before any answer. That says
 * nothing of the server, so the request is sent once more over a new one; should both arrive, their id is the same.
 */
function exchange({ url, request, signal, agent, allowPrivate }: Exchange): Promise<PostAnswer | 'stale'> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(failed(String(signal.reason)));
    const body = Buffer.from(request.body, 'utf8');
    const sent = (url.protocol === 'https:' ? https : http).request(url, {
      method: 'POST',
      headers: { ...request.headers, 'content-length': body.length },
      agent,
      ...(allowPrivate ? {} : { lookup: lookUpPublic }),
    });
    // An answer and the end of its connection may both be told; the first of them counts.
    const settle = (answer: PostAnswer | 'stale'): void => {
      signal.removeEventListener('abort', abort);
      resolve(answer);
    };
    const abort = (): void => {
      settle(failed(String(signal.reason)));
      sent.destroy();
    };
    signal.addEventListener('abort', abort);
    sent.on('socket', (socket) => {
      if (!allowPrivate) guard(socket, sent);
    });
    let answering = false;
    sent.on('response', (response) => {
      answering = true;
      readStart(response).then(
        (text) => {
          settle({
            kind: 'answered',
            status: response.statusCode ?? 0,
            retryAfter: readRetryAfter(response.headers['retry-after'], systemClock.now()),
            body: text,
          });
        },
        (error: unknown) => settle(failed(describe(error, url))),
      );
    });
    sent.on('error', (error) => {
      settle(sent.reusedSocket && !answering && isCut(error) ? 'stale' : failed(describe(error, url)));
    });
    // Without a listener Node would leave such a socket to nobody.
    sent.on('upgrade', (_, socket) => {
      socket.destroy();
      settle(failed('the server changed to another protocol'));
    });
    sent.end(body);
  });
}

/** Destroys the request before its first byte when the other end is an address that must not be called. */
function guard(socket: Socket, sent: http.ClientRequest): void {
  const check = (): void => {
    const fault = socket.remoteAddress === undefined ? undefined : addressFault(socket.remoteAddress);
    if (fault !== undefined) sent.destroy(new Refused(fault));
  };
  if (socket.connecting) socket.once('connect', check);
  else check();
}

/** The first characters of a body. Reads all of a small one, so that its connection can be kept; rejects when it is cut off. */
function readStart(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (): void => {
      const text = new TextDecoder().decode(Buffer.concat(chunks)).slice(0, MAX_RECORD);
      // PostgreSQL stores neither NUL nor half a surrogate pair.
      resolve(text.toWellFormed().replaceAll('\0', '\ufffd'));
    };
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < MAX_BODY) return;
      finish();
      response.destroy();
    });
    response.on('end', finish);
    response.on('error', reject);
  });
}

/** The three forms of a date in HTTP (RFC 9110 §5.6.7); `Date.parse` alone would take much more for one. */
const HTTP_DATE = /^[A-Z][a-z]{2,8}(, \d\d[ -][A-Z][a-z]{2}[ -](\d{4}|\d\d) [\d:]{8} GMT| [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4})$/;

/** Whole seconds from now, from a number of seconds or a date; 0 for a date that is over. */
function readRetryAfter(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  if (/^\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : null;
  if (!HTTP_DATE.test(text)) return null;
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1_000));
}

function failed(error: string): PostAnswer {
  return { kind: 'failed', error };
}

function codeOf(error: unknown): string {
  // Of several addresses that failed, the first tells as much as all.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function isCut(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

/** What went wrong, for the one whose server it is. */
function describe(error: unknown, url: URL): string {
  if (error instanceof Refused) return error.message;
  const code = codeOf(error);
  if (isCut(error)) return 'the connection was closed before the answer was complete';
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ETIMEDOUT') return 'the server could not be reached in time';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'there is no route to the server';
  if (code === 'ENOTFOUND') return `the name ${url.hostname} is not known`;
  if (code === 'EAI_AGAIN') return `the name ${url.hostname} could not be looked up just now`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return 'the server does not speak TLS as it should';
  if (code.startsWith('HPE_')) return 'the answer is not valid HTTP';
  const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  if (code.startsWith('ERR_TLS_') || code.includes('CERT') || code.includes('SIGNATURE')) {
    return `the certificate is not trusted: ${message}`;
  }
  return message;
}
