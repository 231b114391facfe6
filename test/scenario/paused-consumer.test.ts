import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Handler } from '../../src/bus/index.ts';
import { type BusBench, createBusBench, eventually } from '../support/bus.ts';
import { buildChild } from '../support/child.ts';
import type { ConsumerSettings } from '../support/consumer-process.ts';
import { urlOf } from '../support/database.ts';

/** Longer than two looks at who owns what, or the two processes take it from each other all the time. Milliseconds. */
const LEASE = 2_000;
const EVENTS = 40;
const USERS = 4;

let program: string;
const benches: BusBench[] = [];
const children = new Set<ChildProcess>();
beforeAll(async () => {
  program = await buildChild(fileURLToPath(new URL('../support/consumer-process.ts', import.meta.url)));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const bench of benches) await bench.close();
});

function launch(settings: ConsumerSettings): {
  readonly child: ChildProcess;
  said(word: string): Promise<void>;
  say(word: string): void;
} {
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  const lines = createInterface({ input: child.stdout });
  return {
    child,
    said: (word) =>
      new Promise((resolve) => {
        lines.on('line', (line) => {
          if (line === word) resolve();
        });
      }),
    say: (word) => void child.stdin.write(`${word}\n`),
  };
}

test.each([['batch'], ['each']] as const)(
  'a process that is stopped in the middle of a handler past its lease cannot write any more, by %s',
  async (transaction) => {
    const bench = await createBusBench();
    benches.push(bench);
    const { owner } = bench.test;
    const successor = await bench.open({ lease: LEASE });
    await owner.unsafe('create table app.effect (n bigserial, position bigint, event text, "user" text, worker uuid)');
    await owner.unsafe('grant all on app.effect, app.effect_n_seq to diana_service');
    const events = Array.from({ length: EVENTS }, (_, n) => ({
      id: `job-${n}`,
      type: 'job.queued',
      user: `user-${n % USERS}`,
      data: { hold: n === EVENTS / 2 },
    }));
    const settings = { url: urlOf(bench.test.target), name: 'jobs', transaction, lease: LEASE, dies: null } as const;
    const { child, said, say } = launch(settings);
    const [ready, written] = [said('ready'), said('written')];
    await ready;
    say('go');
    await successor.submit(events);
    await written;
    child.kill('SIGSTOP');
    // Commits that it had sent already are the server's by now.
    await sleep(300);

    const effects = () => owner.unsafe('select event, "user", worker is null as successor from app.effect order by n');
    const before = await effects();
    // What it was in the middle of has written, is open, and holds no lock that the successor needs.
    const [idle] = await owner.unsafe(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and state = 'idle in transaction' and backend_xid is not null`,
    );
    expect(idle?.['n']).toBeGreaterThanOrEqual(1);
    const handler: Handler = (event, tx) =>
      tx.query('insert into app.effect (position, event, "user") values ($1, $2, $3)', [event.position, event.id, event.user]);
    const concurrency = transaction === 'each' ? 4 : 1;
    const subscribed = await successor.bus.subscribe('job.*', handler, {
      name: 'jobs',
      from: 'beginning',
      transaction,
      concurrency,
    });
    await eventually('the successor has handled what was left', effects, (rows) => rows.length === EVENTS);
    await successor.submit([{ id: 'job-meanwhile', type: 'job.queued', user: 'user-0' }]);
    await eventually('it handles what comes', effects, (rows) => rows.length === EVENTS + 1);

    child.kill('SIGCONT');
    say('continue');
    await eventually(
      'what the stopped process was in the middle of is over',
      async () =>
        (
          await owner.unsafe(
            `select 1 from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
          )
        ).length,
      (n) => n === 0,
    );
    // Neither does it come back for more.
    await successor.submit([{ id: 'job-after', type: 'job.queued', user: 'user-1' }]);
    const after = await eventually('all are handled', effects, (rows) => rows.length >= EVENTS + 2);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length).every(({ successor: by }) => by === true)).toBe(true);
    for (let user = 0; user < USERS; user += 1) {
      const name = `user-${user}`;
      const wanted = events.filter((event) => event.user === name).map(({ id }) => id);
      if (user === 0) wanted.push('job-meanwhile');
      if (user === 1) wanted.push('job-after');
      expect(after.filter((row) => row['user'] === name).map((row) => row['event'])).toEqual(wanted);
    }

    // Once the successor goes, the one that was stopped is as good as any.
    await subscribed.stop();
    await successor.submit([{ id: 'job-later', type: 'job.queued', user: 'user-2' }]);
    const last = await eventually('the first process takes it back', effects, (rows) => rows.length > EVENTS + 2);
    expect(last.slice(EVENTS + 2)).toEqual([{ event: 'job-later', user: 'user-2', successor: false }]);
    expect(await owner.unsafe('select 1 from bus.dead_letter union all select 1 from bus.delivery')).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
  },
);

test('a process that was stopped until the server ended its transaction stays alive, and handles all of it again', async () => {
  const bench = await createBusBench();
  benches.push(bench);
  const { owner } = bench.test;
  const { submit } = await bench.open({ delivers: false });
  await owner.unsafe('create table app.effect (n bigserial, position bigint, event text, "user" text, worker uuid)');
  await owner.unsafe('grant all on app.effect, app.effect_n_seq to diana_service');
  const events = Array.from({ length: EVENTS }, (_, n) => ({
    id: `job-${n}`,
    type: 'job.queued',
    user: 'ada',
    data: { hold: n === 7 },
  }));
  const { child, said, say } = launch({
    url: urlOf(bench.test.target),
    name: 'jobs',
    transaction: 'batch',
    lease: LEASE,
    dies: null,
  });
  const ready = said('ready');
  await ready;
  const written = said('written');
  say('go');
  await submit(events);
  await written;
  child.kill('SIGSTOP');
  // What the server does by itself with one that idles for long: see idle_in_transaction_session_timeout.
  const ended = await owner.unsafe(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
  );
  expect(ended).toHaveLength(1);
  const writtenAgain = said('written');
  child.kill('SIGCONT');
  // It learns that its connection is gone before its handler goes on.
  await sleep(200);
  say('continue');
  await Promise.race([writtenAgain, once(child, 'exit').then(() => Promise.reject(new Error('the process ended')))]);
  say('continue');
  const effects = () => owner.unsafe('select event from app.effect order by n');
  const rows = await eventually('all are handled', effects, ({ length }) => length >= EVENTS);
  expect(rows.map((row) => row['event'])).toEqual(events.map(({ id }) => id));
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  child.kill('SIGKILL');
  await once(child, 'exit');
});
