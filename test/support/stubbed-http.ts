import type { AddressInfo } from 'node:net';
import type { Access, Actor } from '../../src/access/index.ts';
import type { SubscriptionReport } from '../../src/bus/index.ts';
import type { AcceptedResult, BackfillStatus, EventResult, RefusedResult } from '../../src/engine/index.ts';
import { accepted, refused } from '../../src/kernel/outcome.ts';
import type { RefusalCode } from '../../src/kernel/refusals.ts';
import { systemRandomness } from '../../src/platform/randomness.ts';
import type { Profile } from '../../src/reports/index.ts';
import { createHttpServer, type HttpDependencies, type HttpServer } from '../../src/transport/http/index.ts';

/** Keys that the stubbed access knows; the client key speaks for ada, whose account is 1. */
export const KEYS: Readonly<Record<string, Actor>> = {
  'client-key': { id: 'key_client', role: 'client', account: 1 },
  'service-key': { id: 'key_service', role: 'service', account: null },
  'admin-key': { id: 'key_admin', role: 'admin', account: null },
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface StubbedHttp {
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly clock: { time: number };
  readonly observed: { route: string; method: string; status: number }[];
  readonly logged: { level: string; fields: object; message: string }[];
  call(method: string, path: string, options?: { key?: string | null; body?: unknown; type?: string }): Promise<Answer>;
  close(): Promise<void>;
}

export function acceptedResult(id: string): AcceptedResult {
  const nothing = { awards: [], achievements: [], streaks: [], skipped: [] };
  return { id, status: 'accepted', ...nothing, level: 1, position: 1, catalogVersion: 1 };
}

export function refusedResult(code: RefusalCode, path?: string): RefusedResult {
  const message = `because of ${code}`;
  return { id: null, status: 'refused', code, message, retryable: false, ...(path === undefined ? {} : { path }) };
}

export const ADA: Profile = {
  id: 'ada',
  zone: null,
  locale: null,
  name: null,
  attributes: {},
  createdAt: '2026-11-21T10:00:00.000Z',
  balances: { points: 12 },
  held: {},
  expiring: {},
  level: 1,
  levelProgress: null,
  streaks: [],
  metrics: { commits: 1 },
};

const BACKFILL: BackfillStatus = {
  version: 2,
  state: 'running',
  silent: false,
  upTo: 10,
  done: 1,
  failed: 0,
  total: 4,
  startedAt: '2026-11-21T12:00:00.000Z',
  finishedAt: null,
};

/** A real server over hand-driven answers: for what is a matter of translation only. */
export async function startStubbedHttp(overrides: Partial<HttpDependencies> = {}): Promise<StubbedHttp> {
  const clock = { time: Date.parse('2026-11-21T12:00:00Z') };
  const observed: StubbedHttp['observed'] = [];
  const logged: StubbedHttp['logged'] = [];
  const into = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
  const server = await createHttpServer({
    engine: {
      submit: async (events) => events.map((_, index): EventResult => acceptedResult(`e${index}`)),
      transfer: async () => refused({ code: 'insufficient_balance', message: 'too few' }),
      planCatalog: () => ({ ok: true, value: { changes: [] } }),
      applyCatalog: async () => ({ ok: true, value: { version: 2, applied: true, changes: [] } }),
      backfills: {
        start: async () => accepted(BACKFILL),
        run: async () => accepted(BACKFILL),
        runInBackground: () => undefined,
        status: async () => BACKFILL,
      },
      putUser: async () => accepted({ created: true }),
      undos: {
        undoEvent: async () => refused({ code: 'unknown_event', message: 'no such event' }),
        reverseTransfer: async () => refused({ code: 'unknown_transfer', message: 'no such transfer' }),
      },
      grants: {
        grant: async (_user, achievement) =>
          accepted({ result: { achievement, tier: 'done', paid: {} }, first: true, position: 1 }),
        revoke: async () => refused({ code: 'not_unlocked', message: 'not there' }),
      },
      eraseUser: async () => accepted({ account: 'acct_1' }),
      pauseStreak: async () => refused({ code: 'unknown_user', message: 'no such user' }),
      cancelPause: async () => refused({ code: 'unknown_user', message: 'no such user' }),
      restoreStreak: async () => refused({ code: 'not_restorable', message: 'is not broken' }),
      status: () => ({ queued: 0, capacity: 1, draining: false, catalogVersion: 1, position: 0 }),
      createHold: async () => refused({ code: 'insufficient_balance', message: 'too few' }),
      captureHold: async () => refused({ code: 'unknown_hold', message: 'there is no hold of this id' }),
      releaseHold: async () => refused({ code: 'unknown_hold', message: 'there is no hold of this id' }),
      grantBoost: async () => refused({ code: 'limit_reached', message: 'too many' }),
      cancelBoost: async () => refused({ code: 'unknown_boost', message: 'there is no boost of this id' }),
      setVisibility: async () => accepted({ hidden: [], position: null }),
      runDueTimers: async () => 0,
      tendBoards: async () => undefined,
      drain: async () => undefined,
    },
    reports: {
      profile: async (user) => (user === 'ada' ? ADA : undefined),
      transfers: async (user) => (user === 'ada' ? { transfers: [], cursor: null } : undefined),
      achievements: async (user) => (user === 'ada' ? [] : undefined),
      event: async () => undefined,
      why: async (user) => ({ ok: false, fault: user === 'ada' ? 'unknown_transfer' : 'unknown_user' }),
      hold: async () => undefined,
      holds: async (user) => (user === 'ada' ? { holds: [], cursor: null } : undefined),
      boosts: async (user) => (user === undefined || user === 'ada' ? [] : undefined),
      setAside: async ({ cursor }) => (cursor === undefined ? { events: [], cursor: null } : undefined),
      trace: async () => undefined,
      flows: async ({ cursor }) => (cursor === undefined ? { flows: [], cursor: null } : undefined),
      flowSummary: async () => [],
      summary: async () => ({ users: 0, boards: [], streaks: [], unlocks: { total: 0, rarest: [] }, levels: [] }),
      history: async () => refused({ code: 'busy', message: 'another draft is being run' }),
      exportUser: async (user) => (user === 'ada' ? { id: 'ada' } : undefined),
    },
    boards: {
      page: async () => ({ ok: false, fault: 'unknown_board' }),
      around: async () => ({ ok: false, fault: 'not_ranked' }),
      among: async () => ({ ok: false, fault: 'unknown_board' }),
      periods: async () => ({ ok: false, fault: 'unknown_board' }),
    },
    closings: {
      preview: async () => ({ ok: false, fault: 'unknown_board' }),
      standings: async () => ({ ok: false, fault: 'period_open' }),
      closings: async () => ({ ok: false, fault: 'unknown_board' }),
      league: async () => ({ ok: false, fault: 'no_leagues' }),
    },
    boardList: () => [{ id: 'weekly' }, { id: 'all-time' }],
    bus: stubbedBus(),
    access: stubbedAccess(),
    catalog: { current: () => undefined, versions: async () => [], version: async () => undefined },
    findAccount: async (user) => ({ ada: 1, grace: 2 })[user],
    readiness: async () => ({ ready: true, degraded: [] }),
    metrics: {
      render: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
      observeRequest: (route, method, status) => void observed.push({ route, method, status }),
    },
    log: { debug: into('debug'), info: into('info'), warn: into('warn'), error: into('error') },
    clock: { now: () => clock.time },
    randomness: systemRandomness,
    ...overrides,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    server,
    clock,
    observed,
    logged,
    call: async (method, path, options = {}) => readAnswer(await send(url, method, path, options)),
    close: () => server.close(),
  };
}

function send(
  url: string,
  method: string,
  path: string,
  { key = 'admin-key', body, type }: { key?: string | null; body?: unknown; type?: string },
): Promise<Response> {
  const headers: Record<string, string> = {};
  if (key !== null) headers['authorization'] = `Bearer ${key}`;
  if (body !== undefined) headers['content-type'] = type ?? 'application/json';
  const asSent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return fetch(url + path, { method, headers, ...(body === undefined ? {} : { body: asSent }) });
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return { status: response.status, headers: response.headers, text, body: isJson ? (JSON.parse(text) as Answer['body']) : {} };
}

/** A subscription that a stubbed bus tells of. */
export const MIRROR: SubscriptionReport = {
  name: 'mirror',
  kind: 'webhook',
  types: ['game.*'],
  filter: null,
  state: 'active',
  reason: null,
  settings: { url: 'https://example.org/' },
  secrets: [{ until: null }],
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'key_admin',
  health: {
    status: 'ok',
    position: 7,
    lag: { events: 0, seconds: 0 },
    rate: null,
    delivered: 7,
    failed: 0,
    lastDeliveredAt: '2026-11-21T11:00:00.000Z',
    waiting: 0,
    deadLetters: 0,
    breaker: { state: 'closed', since: null, until: null, reason: null },
    backlog: null,
  },
};

export function stubbedBus(): HttpDependencies['bus'] {
  const unknown = refused({ code: 'unknown_subscription', message: 'no subscription of this name', path: '/name' });
  return {
    list: async () => [MIRROR],
    show: async (name) => (name === MIRROR.name ? MIRROR : undefined),
    create: async () => accepted({ subscription: MIRROR, secret: 'whsec_secret' }),
    change: async (name) => (name === MIRROR.name ? accepted(MIRROR) : unknown),
    remove: async (name) => (name === MIRROR.name ? accepted(null) : unknown),
    pause: async (name) => (name === MIRROR.name ? accepted(MIRROR) : unknown),
    resume: async (name) => (name === MIRROR.name ? accepted(MIRROR) : unknown),
    rotate: async (name) =>
      name === MIRROR.name ? accepted({ secret: 'whsec_secret', until: '2026-11-22T12:00:00.000Z' }) : unknown,
    replay: async () => unknown,
    deadLetters: async () => accepted({ total: 0, deadLetters: [], cursor: null }),
    deadLetter: async () => undefined,
    redrive: async () => accepted({ redriven: 0, left: 0 }),
    discard: async () => accepted({ discarded: 0, left: 0 }),
    stream: async () => refused({ code: 'malformed', message: 'is no pattern', path: '/types/0' }),
    status: () => ({ degraded: [], redis: { configured: false, kind: null, up: null }, streams: 0 }),
  };
}

function stubbedAccess(): Access {
  const good = new Set<string>();
  const key = {
    id: 'key_1',
    role: 'service',
    name: 'bot',
    account: null,
    createdAt: '2026-11-21T10:00:00.000Z',
    revokedAt: null,
  } as const;
  return {
    async authenticate(token) {
      const actor = KEYS[token];
      if (actor !== undefined) good.add(token);
      return actor;
    },
    createKey: async () => accepted({ key, token: 'diana_service_secret' }),
    listKeys: async () => [key],
    revokeKey: async (id) => (id === 'key_1' ? key : undefined),
    ensureAdminKey: async () => ({ state: 'present' }),
    recordDeed: async () => undefined,
    listAudit: async () => [],
  };
}
