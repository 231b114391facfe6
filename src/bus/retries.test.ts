import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BusBench, type BusProcess, createBusBench, eventually } from '../../test/support/bus.ts';
import { ADMIN } from '../../test/support/engine.ts';
import { type SimulatedTime, simulatedTime } from '../../test/support/simulated-time.ts';
import type { Courier, PostAnswer } from './ports.ts';

let bench: BusBench;
let time: SimulatedTime;
beforeEach(async () => {
  bench = await createBusBench();
  time = simulatedTime();
});
afterEach(() => bench.close());

interface Posted {
  readonly at: number;
  readonly id: string;
  readonly type: string;
  readonly user: string;
}

/** A receiver that answers as the test says, and remembers what was posted. */
function receiver(answer: (posted: Posted) => PostAnswer): { readonly courier: Courier; readonly posted: Posted[] } {
  const posted: Posted[] = [];
  return {
    posted,
    courier: {
      async post({ body }) {
        const { id, type, user } = JSON.parse(body) as Posted;
        const one = { at: time.now(), id, type, user };
        posted.push(one);
        return answer(one);
      },
      close: async () => undefined,
    },
  };
}

const OK: PostAnswer = { kind: 'answered', status: 200, retryAfter: null, body: '' };
const status = (code: number, retryAfter: number | null = null): PostAnswer => ({
  kind: 'answered',
  status: code,
  retryAfter,
  body: 'no',
});
const event = (id: string, user: string) => ({ id, type: 'job.done', user, time: '2026-11-21T11:00:00Z' });

async function webhook(process: BusProcess, more: object = {}): Promise<void> {
  const made = await process.bus.create({ name: 'hook', url: 'https://example.org/in', types: 'job.*', ...more }, ADMIN);
  if (!made.ok) throw new Error(JSON.stringify(made.refusal));
}

const show = async ({ bus }: BusProcess) => {
  const report = await bus.show('hook');
  if (report === undefined) throw new Error('there is no hook');
  return report.health;
};

test('a poisonous event goes to the dead letters after its schedule, its user waits meanwhile, and others do not', async () => {
  const { courier, posted } = receiver(({ id }) => (id === 'poison' ? status(500) : OK));
  const process = await bench.open({ time, clock: time, courier });
  await webhook(process, { retry: { attempts: 4, base: 1_000, cap: 60_000 } });
  await process.submit([event('a1', 'ann'), event('poison', 'bob'), event('b2', 'bob'), event('a2', 'ann'), event('c1', 'cat')]);
  await eventually(
    'others have theirs',
    () => posted.map(({ id }) => id),
    (ids) => ['a1', 'a2', 'c1'].every((id) => ids.includes(id)),
  );
  expect(posted.map(({ id }) => id)).not.toContain('b2');
  await eventually(
    'it waits',
    () => show(process),
    ({ waiting }) => waiting === 2,
  );
  // Pauses are drawn from 0 to 1 s, 2 s and 4 s.
  await time.pass(8_000);
  await eventually(
    'it died',
    () => show(process),
    ({ deadLetters, waiting }) => deadLetters === 1 && waiting === 0,
  );
  const tried = posted.filter(({ id }) => id === 'poison').map(({ at }) => at);
  expect(tried).toHaveLength(4);
  for (const [i, most] of [1_000, 2_000, 4_000].entries()) {
    const pause = (tried[i + 1] ?? 0) - (tried[i] ?? 0);
    expect(pause).toBeGreaterThanOrEqual(0);
    expect(pause).toBeLessThanOrEqual(most + 50);
  }
  expect(posted.map(({ id }) => id).filter((id) => id === 'b2')).toHaveLength(1);
  const listed = await process.bus.deadLetters({ user: 'bob' }, { limit: 10 });
  expect(listed).toMatchObject({
    ok: true,
    value: {
      total: 1,
      deadLetters: [{ subscription: 'hook', attempts: 4, event: { type: 'job.done', correlationId: 'poison' } }],
    },
  });
  const id = listed.ok ? (listed.value.deadLetters[0]?.id ?? '') : '';
  const one = await process.bus.deadLetter(id);
  expect(one?.tries.map(({ status, error }) => [status, error])).toEqual(Array.from({ length: 4 }, () => [500, 'HTTP 500: no']));
  expect(one?.event).toMatchObject({ user: 'bob', id: 'poison' });
  expect((await show(process)).breaker.state).toBe('closed');
});

test('redriving twice delivers once more, at the pace asked for; discarding needs a reason and leaves a trace', async () => {
  let isBroken = true;
  const { courier, posted } = receiver(() => (isBroken ? status(422) : OK));
  const process = await bench.open({ time, clock: time, courier });
  await webhook(process, { retry: { attempts: 1 }, breaker: { threshold: 1_000 } });
  await process.submit(['a', 'b', 'c', 'd'].map((user) => event(`e-${user}`, user)));
  await eventually(
    'all died',
    () => show(process),
    ({ deadLetters }) => deadLetters === 4,
  );
  isBroken = false;
  posted.length = 0;
  expect(await process.bus.discard({ user: 'd' }, ADMIN)).toMatchObject({ ok: false, refusal: { path: '/reason' } });
  expect(await process.bus.discard({ user: 'd', reason: 'known' }, ADMIN)).toEqual({
    ok: true,
    value: { discarded: 1, left: 0 },
  });
  expect(await process.bus.redrive({}, ADMIN)).toMatchObject({ ok: false });
  const [first, second] = await Promise.all([
    process.bus.redrive({ all: true, rate: 1 }, ADMIN),
    process.bus.redrive({ all: true, rate: 1 }, ADMIN),
  ]);
  expect([first, second].map((one) => (one.ok ? one.value.redriven : -1)).toSorted()).toEqual([0, 3]);
  await time.pass(3_000);
  await eventually(
    'they are gone',
    () => show(process),
    ({ waiting, deadLetters }) => waiting + deadLetters === 0,
  );
  expect(posted.map(({ id }) => id).toSorted()).toEqual(['e-a', 'e-b', 'e-c']);
  const times = posted.map(({ at }) => at).toSorted();
  expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1_900);
  const audit = await bench.test
    .owner`select action, reason, before from access.audit where action like 'dead-letters.%' order by id`;
  expect(audit.map(({ action, reason }) => [action, reason])).toEqual([
    ['dead-letters.discard', 'known'],
    ['dead-letters.redrive', null],
  ]);
  expect(audit[1]?.['before']).toMatchObject({ count: 3, correlationIds: expect.arrayContaining(['e-a', 'e-b', 'e-c']) });
});

test('a receiver that is dead for 30 minutes leaves no dead letter, is probed and no more, and gets everything in order', async () => {
  let isDead = true;
  const { courier, posted } = receiver(() => (isDead ? { kind: 'failed', error: 'connection refused' } : OK));
  const process = await bench.open({ time, clock: time, courier });
  await webhook(process, { retry: { attempts: 3, base: 1_000, cap: 2_000 }, breaker: { threshold: 5, coolDown: 30_000 } });
  const users = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  let n = 0;
  const more = () => process.submit(users.map((user) => event(`${user}-${String((n += 1)).padStart(5, '0')}`, user)));
  await more();
  await eventually(
    'it opened',
    () => show(process),
    ({ breaker }) => breaker.state === 'open',
  );
  expect(process.bus.status().degraded).toEqual(['subscription hook']);
  const before = posted.length;
  for (let minute = 0; minute < 30; minute += 1) {
    await more();
    await time.pass(60_000, 10_000);
  }
  expect(posted.length - before).toBeLessThanOrEqual(62);
  expect(posted.length - before).toBeGreaterThan(30);
  expect(await show(process)).toMatchObject({ deadLetters: 0, breaker: { state: 'open', reason: 'connection refused' } });
  isDead = false;
  posted.length = 0;
  for (let i = 0; i < 60 && (await show(process)).lag.events + (await show(process)).waiting > 0; i += 1)
    await time.pass(2_000, 1_000);
  const health = await eventually(
    'all is delivered',
    () => show(process),
    ({ waiting, lag }) => waiting === 0 && lag.events === 0,
  );
  expect(health).toMatchObject({ deadLetters: 0, status: 'ok', breaker: { state: 'closed' } });
  const ids = posted.map(({ id }) => id);
  expect(new Set(ids).size).toBe(31 * users.length);
  for (const user of users) {
    const own = ids.filter((id) => id.startsWith(user));
    expect(own).toEqual(own.toSorted());
  }
}, 60_000);

test('429 holds everything back for as long as it says, and is held against no event', async () => {
  let answer = status(429, 60);
  const { courier, posted } = receiver(() => answer);
  const process = await bench.open({ time, clock: time, courier });
  await webhook(process, { retry: { attempts: 1 }, concurrency: 1 });
  await process.submit([event('a', 'ann'), event('b', 'bob')]);
  await eventually(
    'it was asked once',
    () => posted.length,
    (count) => count === 1,
  );
  await time.pass(55_000, 5_000);
  expect(posted).toHaveLength(1);
  answer = OK;
  await time.pass(10_000);
  await eventually(
    'both are there',
    () => posted.map(({ id }) => id),
    (ids) => ids.length === 3 && new Set(ids).size === 2,
  );
  await eventually(
    'nothing waits',
    () => show(process),
    ({ waiting, deadLetters }) => waiting + deadLetters === 0,
  );
});

test('410 ends it: nothing more is sent until somebody resumes', async () => {
  let answer = status(410);
  const { courier, posted } = receiver(() => answer);
  const process = await bench.open({ time, clock: time, courier });
  await webhook(process);
  await process.submit([event('a', 'ann')]);
  await eventually(
    'it is disabled',
    () => show(process),
    ({ status: state }) => state === 'disabled',
  );
  await process.submit([event('b', 'bob')]);
  await time.pass(120_000, 5_000);
  expect(posted).toHaveLength(1);
  expect(await process.bus.show('hook')).toMatchObject({ state: 'disabled', reason: 'HTTP 410: no' });
  answer = OK;
  await process.bus.resume('hook', ADMIN, 'they are back');
  await time.pass(10_000);
  await eventually(
    'both are there',
    () =>
      posted
        .map(({ id }) => id)
        .toSorted()
        .join(' '),
    (ids) => ids === 'a a b',
  );
});

test('where order is not asked for, a failing event does not hold back its user', async () => {
  const { courier, posted } = receiver(({ id }) => (id === 'poison' ? status(500) : OK));
  const process = await bench.open({ time, clock: time, courier });
  await webhook(process, { order: 'none' });
  await process.submit([event('poison', 'bob'), event('b2', 'bob'), event('b3', 'bob')]);
  await eventually(
    'the others are there',
    () => posted.map(({ id }) => id),
    (ids) => ids.includes('b2') && ids.includes('b3'),
  );
});

test('newest traffic does not wait behind a backlog, and nobody gets events out of order', async () => {
  const { courier, posted } = receiver(() => OK);
  const process = await bench.open({ time, clock: time, courier });
  await webhook(process, { drainRate: 100, concurrency: 1 });
  await process.bus.pause('hook', ADMIN, 'upgrade');
  const backlog = Array.from({ length: 1_500 }, (_, i) =>
    event(`old-${String(i % 10)}-${String(i).padStart(5, '0')}`, `old-${i % 10}`),
  );
  await process.submit(backlog);
  await process.bus.resume('hook', ADMIN, null);
  await eventually(
    'it works off its backlog',
    () => show(process),
    ({ backlog: lane }) => lane !== null,
  );
  await process.submit([event('new-1', 'new'), event('old-3-99999', 'old-3')]);
  await eventually(
    'the newcomer is served',
    () => posted.map(({ id }) => id),
    (ids) => ids.includes('new-1'),
  );
  expect(posted.length).toBeLessThan(1_000);
  for (let i = 0; i < 40 && (await show(process)).backlog !== null; i += 1) await time.pass(1_000, 100);
  await eventually(
    'all is delivered',
    () => show(process),
    ({ waiting, backlog: lane, lag }) => waiting === 0 && lane === null && lag.events === 0,
  );
  expect(posted).toHaveLength(1_502);
  const at = new Map(posted.map(({ id, at: moment }) => [id, moment]));
  expect((at.get('new-1') ?? 0) < (at.get('old-9-01499') ?? 0)).toBe(true);
  const own = posted.filter(({ user }) => user === 'old-3').map(({ id }) => id);
  expect(own).toEqual(own.toSorted());
  expect(own.at(-1)).toBe('old-3-99999');
});
