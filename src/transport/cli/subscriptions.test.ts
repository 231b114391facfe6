import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { DeadLetter, ReplayAnswer, SubscriptionReport, Subscriptions } from '../../bus/index.ts';
import { accepted, refused } from '../../kernel/outcome.ts';
import type { CliApp, CliHost } from './port.ts';
import { createProgram } from './program.ts';

const ACTOR = { id: '@cli', role: 'admin', account: null } as const;

const HEALTH: SubscriptionReport['health'] = {
  status: 'ok',
  position: 1_200,
  lag: { events: 34, seconds: 1.5 },
  rate: null,
  delivered: 1_000,
  failed: 3,
  lastDeliveredAt: '2026-11-21T12:00:00.000Z',
  waiting: 2,
  deadLetters: 1,
  breaker: { state: 'closed', since: null, until: null, reason: null },
  backlog: null,
};
const MIRROR: SubscriptionReport = {
  name: 'mirror',
  kind: 'webhook',
  types: ['game.*', 'quiz.*'],
  filter: 'event.data.amount > 10',
  state: 'active',
  reason: null,
  settings: { url: 'https://example.org/', order: 'user', retry: { attempts: 14, base: 1_000, cap: 3_600_000 } },
  secrets: [{ until: null }, { until: '2026-11-22T12:00:00.000Z' }],
  createdAt: '2026-11-20T12:00:00.000Z',
  createdBy: 'key_1',
  health: HEALTH,
};
const LETTER: DeadLetter = {
  id: 'mirror:7',
  subscription: 'mirror',
  event: { id: 'e7', type: 'game.won', position: 7, account: 'acct_1', user: 'ada', data: { n: 1 }, correlationId: 'o-1' },
  attempts: 2,
  tries: [
    { at: '2026-11-21T12:00:00.000Z', error: 'no answer\n within 10000 ms' },
    { at: '2026-11-21T12:01:00.000Z', error: 'HTTP 500', status: 500 },
  ],
  diedAt: '2026-11-21T12:01:00.000Z',
};

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly failure: { readonly message: string; readonly document: unknown } | undefined;
  /** What the bus was asked: name of the function, arguments. */
  readonly calls: readonly (readonly unknown[])[];
}

/** Runs a command over a hand-made bus. `now`: what the stopwatch of the host shows. */
async function run(line: readonly string[], bus: Partial<Subscriptions> = {}, now = () => 0, isTTY = false): Promise<Ran> {
  const calls: unknown[][] = [];
  let isClosed = false;
  const noted = Object.entries(bus).map(([name, answer]) => [
    name,
    (...args: readonly unknown[]) => {
      calls.push([name, ...args]);
      return (answer as (...given: readonly unknown[]) => unknown)(...args);
    },
  ]);
  const app = { bus: Object.fromEntries(noted) as unknown, close: async () => void (isClosed = true) } as CliApp;
  const out = new PassThrough();
  const err = Object.assign(new PassThrough(), { isTTY });
  const host = { version: '0', open: async () => app, stopwatch: now, out, err, actor: ACTOR } as unknown as CliHost;
  const program = createProgram(host);
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) command.exitOverride();
  let failure: Ran['failure'];
  try {
    await program.parseAsync(line, { from: 'user' });
  } catch (error) {
    failure = error as Ran['failure'];
  }
  expect(calls.length === 0 || isClosed).toBe(true);
  const text = (stream: PassThrough): string => stripVTControlCharacters(String(stream.read() ?? '')).trimEnd();
  return { out: text(out), err: text(err), failure, calls };
}

test('subscriptions are listed, a line each', async () => {
  const other: SubscriptionReport = {
    ...MIRROR,
    name: 'redis',
    kind: 'redis',
    types: ['a', 'b', 'c', 'd'],
    health: { ...HEALTH, status: 'idle' },
  };
  const { out } = await run(['subscriptions', 'list'], { list: async () => [MIRROR, other] });
  expect(out).toBe(
    `
mirror  webhook  ok    game.* quiz.*  34 behind  2 waiting  1 dead
redis   redis    idle  a b c …        34 behind  2 waiting  1 dead
`.trim(),
  );
  expect((await run(['subscriptions', 'list'], { list: async () => [] })).out).toBe('no subscriptions');
  const json = await run(['subscriptions', 'list', '--json'], { list: async () => [MIRROR] });
  expect(JSON.parse(json.out)).toEqual({ subscriptions: [MIRROR] });
});

test('a subscription is shown with what matters about it', async () => {
  const held: SubscriptionReport = {
    ...MIRROR,
    health: {
      ...HEALTH,
      status: 'held',
      breaker: { state: 'half_open', since: '2026-11-21T12:00:00.000Z', until: '2026-11-21T12:00:30.000Z', reason: 'HTTP 500' },
      backlog: { from: 10, position: 20, to: 30 },
    },
  };
  const { out } = await run(['subscriptions', 'show', 'mirror'], { show: async () => held });
  expect(out).toBe(
    `
mirror  webhook  held
  types      game.* quiz.*
  filter     event.data.amount > 10
  position   1,200, 34 behind (1.5 s)
  backlog    from 10 to 30, at 20
  delivered  1,000, 3 failed attempts, last 2026-11-21T12:00:00.000Z
  waiting    2
  dead       1
  breaker    half open until 2026-11-21T12:00:30.000Z: HTTP 500
  secrets    old ones sign too until 2026-11-22T12:00:00.000Z
  url        https://example.org/
  order      user
  retry      attempts 14, base 1000, cap 3600000
  created    2026-11-20T12:00:00.000Z by key_1
`.trim(),
  );
  expect(await run(['subscriptions', 'show', 'no'], { show: async () => undefined })).toMatchObject({
    failure: { message: 'no subscription "no"' },
  });
});

test('a webhook is made, and its secret is shown once', async () => {
  const create: Subscriptions['create'] = async () => accepted({ subscription: MIRROR, secret: 'whsec_x' });
  const line = ['subscriptions', 'create', '--name', 'mirror', '--url', 'https://example.org/', '--types', 'game.*, quiz.*'];
  const { out, calls } = await run([...line, '--from', '17', '--order', 'none', '--drain-rate', '50'], { create });
  expect(out).toBe('whsec_x\nThis is its secret, shown once: keep it now.\nmirror is a webhook, and begins behind position 1200');
  const made = { name: 'mirror', kind: 'webhook', url: 'https://example.org/', types: ['game.*', 'quiz.*'], from: 17 };
  expect(calls).toEqual([['create', { ...made, order: 'none', drainRate: 50 }, ACTOR]]);
  const json = await run([...line, '--json'], { create });
  expect(JSON.parse(json.out)).toEqual({ subscription: MIRROR, secret: 'whsec_x' });
});

test('a relay is made without a secret', async () => {
  const subscription = { ...MIRROR, name: 'relay', kind: 'redis' } as const;
  const line = ['subscriptions', 'create', '--name', 'relay', '--redis', '--stream', 'club', '--partitions', '4', '--types', '*'];
  const { out, calls } = await run(line, { create: async () => accepted({ subscription, secret: null }) });
  expect(out).toBe('relay is a relay to Redis, and begins behind position 1200');
  expect(calls[0]?.[1]).toEqual({ name: 'relay', kind: 'redis', stream: 'club', partitions: 4, types: ['*'] });
});

test('what is refused names the option', async () => {
  const line = ['subscriptions', 'create', '--name', 'mirror', '--types', 'game*'];
  for (const more of [[], ['--url', 'x', '--redis']])
    expect((await run([...line, ...more])).failure?.message).toMatch(/--url ADDRESS .*--redis/);
  const create = async () => refused({ code: 'malformed', path: '/types/0', message: 'is no pattern' });
  const { failure } = await run([...line, '--url', 'https://example.org'], { create });
  expect(failure).toMatchObject({
    message: '--types: is no pattern',
    document: { error: '--types: is no pattern', code: 'malformed' },
  });
  const taken = async () => refused({ code: 'name_taken', path: '/name', message: 'there is one already' });
  const other = await run([...line, '--url', 'https://example.org'], { create: taken });
  expect(other.failure).toMatchObject({ message: 'there is one already', document: { code: 'name_taken' } });
});

test('subscriptions are paused, resumed, deleted', async () => {
  const bus: Partial<Subscriptions> = {
    pause: async () => accepted(MIRROR),
    resume: async () => accepted(MIRROR),
    remove: async () => accepted(null),
  };
  const paused = await run(['subscriptions', 'pause', 'mirror', '--reason', 'night'], bus);
  expect(paused).toMatchObject({ out: 'mirror is paused', calls: [['pause', 'mirror', ACTOR, 'night']] });
  const resumed = await run(['subscriptions', 'resume', 'mirror'], bus);
  expect(resumed).toMatchObject({ out: 'mirror is active', calls: [['resume', 'mirror', ACTOR, null]] });
  const deleted = await run(['subscriptions', 'delete', 'mirror', '--json'], bus);
  expect(deleted).toMatchObject({ out: '{"deleted":"mirror"}', calls: [['remove', 'mirror', ACTOR, null]] });
});

test('a secret is replaced, with an overlap in hours', async () => {
  const rotate = async () => accepted({ secret: 'whsec_new', until: '2026-11-22T12:00:00.000Z' });
  const { out, calls } = await run(['subscriptions', 'rotate', 'mirror'], { rotate });
  expect(out).toBe('whsec_new\nThis is shown once: keep it now. The old one signs too until 2026-11-22T12:00:00.000Z.');
  expect(calls).toEqual([['rotate', 'mirror', 86_400, ACTOR]]);
  expect((await run(['subscriptions', 'rotate', 'mirror', '--overlap', '0'], { rotate })).calls[0]?.[2]).toBe(0);
  for (const overlap of ['-1', '721', '1.5', 'x'])
    expect((await run(['subscriptions', 'rotate', 'mirror', `--overlap=${overlap}`], { rotate })).failure?.message).toMatch(
      /hours/,
    );
});

test('dead letters are listed by filter', async () => {
  const page = { total: 3, deadLetters: [LETTER], cursor: 'c' };
  const line = ['dead-letters', 'list', '--subscription', 'mirror', '--user', 'ada', '--correlation', 'o-1', '--limit', '1'];
  const { out, calls } = await run(line, { deadLetters: async () => accepted(page) });
  expect(out).toBe('mirror:7  game.won  2026-11-21T12:01:00.000Z  2 attempts  HTTP 500\n1 of 3; next: --cursor c');
  expect(calls).toEqual([
    ['deadLetters', { subscription: 'mirror', user: 'ada', correlationId: 'o-1' }, { limit: 1, cursor: undefined }],
  ]);
});

test('a dead letter is shown with all its errors', async () => {
  const { out } = await run(['dead-letters', 'show', 'mirror:7'], { deadLetter: async () => LETTER });
  expect(out).toBe(
    `
mirror:7
  event       game.won e7, position 7
  user        ada
  belongs to  o-1
  data        {"n":1}
  given up    2026-11-21T12:01:00.000Z, after 2 attempts
  2026-11-21T12:00:00.000Z  no answer within 10000 ms
  2026-11-21T12:01:00.000Z  HTTP 500
`.trim(),
  );
});

test('dead letters are redriven and discarded only when it is said which', async () => {
  const bus: Partial<Subscriptions> = {
    redrive: async () => accepted({ redriven: 10_000, left: 5 }),
    discard: async () => accepted({ discarded: 2, left: 0 }),
  };
  const redriven = await run(['dead-letters', 'redrive', '--type', 'game.won', '--rate', '20'], bus);
  expect(redriven.out).toBe('10,000 will be tried again; 5 more fit: run it again');
  expect(redriven.calls).toEqual([['redrive', { type: 'game.won', rate: 20 }, ACTOR]]);
  const discarded = await run(['dead-letters', 'discard', '--id', 'mirror:7', '--id', 'mirror:8', '--reason', 'a test'], bus);
  expect(discarded.out).toBe('2 dropped');
  expect(discarded.calls).toEqual([['discard', { ids: ['mirror:7', 'mirror:8'], reason: 'a test' }, ACTOR]]);
  expect((await run(['dead-letters', 'redrive', '--all', '--json'], bus)).calls[0]?.[1]).toEqual({ all: true });
  expect((await run(['dead-letters', 'redrive'], bus)).failure?.message).toMatch(/^say which/);
});

const REPLAY: ReplayAnswer = {
  subscription: 'mirror',
  from: 100,
  to: 1_100,
  events: 700,
  types: { 'quiz.won': 200, 'game.won': 500 },
  dryRun: false,
};
const at = (position: number, more: Partial<SubscriptionReport> = {}, health: Partial<SubscriptionReport['health']> = {}) => ({
  ...MIRROR,
  ...more,
  health: { ...HEALTH, position, ...health },
});

test('a dry run counts by type, most first', async () => {
  const replay = async () => accepted({ ...REPLAY, dryRun: true });
  const { out, calls } = await run(['replay', 'mirror', '--from', 'beginning', '--dry-run'], { replay });
  expect(out).toBe('mirror would get 700 events, behind position 100 up to 1,100\n  game.won  500\n  quiz.won  200');
  expect(calls).toEqual([['replay', 'mirror', { from: 'beginning', dryRun: true }, ACTOR]]);
});

test('a replay is followed to its end, where the new one gets it too', async () => {
  const places = [100, 600, 1_100];
  const bus: Partial<Subscriptions> = {
    replay: async () => accepted({ ...REPLAY, subscription: 'other' }),
    show: async () => at(places.shift() ?? 1_100),
  };
  const line = ['replay', 'mirror', '--from', '100', '--into', 'other', '--url', 'https://example.org/new'];
  let clock = 0;
  const { out, err, calls } = await run(line, bus, () => (clock += 200), true);
  expect(out).toBe('other has reached position 1,100');
  expect(err).toContain('other gets 700 events');
  expect(err).toMatch(/replay █+░+ 50 %.*replay █+ 100 %/s);
  const input = { from: 100, dryRun: false, into: 'other', url: 'https://example.org/new' };
  expect(calls[0]).toEqual(['replay', 'mirror', input, ACTOR]);
  expect(calls.filter(([name, of]) => name === 'show' && of === 'other')).toHaveLength(3);
});

test('a replay over --json is one document at the end, or at once where nobody waits', async () => {
  const bus: Partial<Subscriptions> = { replay: async () => accepted(REPLAY), show: async () => at(1_100) };
  const waited = await run(['replay', 'mirror', '--from', '100', '--json'], bus);
  expect(JSON.parse(waited.out)).toEqual({ ...REPLAY, reached: true });
  expect(waited.err).toBe('');
  const begun = await run(['replay', 'mirror', '--from', '100', '--json', '--no-wait'], bus);
  expect(JSON.parse(begun.out)).toEqual({ ...REPLAY, reached: false });
  expect(begun.calls).toHaveLength(1);
});

test.each([
  [at(100, {}, { status: 'idle' }), 'nobody delivers mirror: no service is running'],
  [at(100, { kind: 'handler' }, { status: 'idle' }), 'no program that handles mirror is running'],
  [at(100, { reason: 'night' }, { status: 'paused' }), 'mirror is paused (night): diana subscriptions resume mirror'],
  [
    at(100, {}, { status: 'held', breaker: { state: 'open', since: null, until: null, reason: 'HTTP 500' } }),
    'mirror is held: HTTP 500',
  ],
])('a replay that stands still says why, once: %#', async (still, why) => {
  const reports = [still, still, still, at(1_100)];
  const bus: Partial<Subscriptions> = { replay: async () => accepted(REPLAY), show: async () => reports.shift() };
  let clock = 0;
  const { out, err } = await run(['replay', 'mirror', '--from', '100'], bus, () => (clock += 5_000));
  expect(err.split('\n').filter((line) => line.startsWith(why))).toEqual([`${why}. Waiting; Ctrl-C ends only the waiting`]);
  expect(out).toBe('mirror has reached position 1,100');
});

test('a replay ends where its subscription does, and is refused in words', async () => {
  const gone = await run(['replay', 'mirror', '--from', '0'], {
    replay: async () => accepted(REPLAY),
    show: async () => undefined,
  });
  expect(gone.failure?.message).toBe('"mirror" was deleted meanwhile');
  const replay = async () => refused({ code: 'malformed', path: '/from', message: 'must be a place' });
  expect((await run(['replay', 'mirror', '--from', 'x'], { replay })).failure?.message).toBe('--from: must be a place');
});

test('every command says what it does, with an example', async () => {
  for (const line of ['subscriptions', 'subscriptions create', 'dead-letters', 'dead-letters redrive', 'replay'])
    expect((await run([...line.split(' '), '--help'])).out).toContain(`$ diana ${line.split(' ')[0]}`);
});
