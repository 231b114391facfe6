import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BusBench, createBusBench, eventually } from '../support/bus.ts';
import { buildChild } from '../support/child.ts';
import type { ConsumerSettings } from '../support/consumer-process.ts';
import { urlOf } from '../support/database.ts';
import { createRandom } from '../support/random.ts';

const SEED = Number(process.env['TEST_SEED'] ?? 20_261_128);
const KILLS = 50;
const USERS = 7;
/** Milliseconds. Nobody beside the one process takes what it lets lapse. */
const LEASE = 100;

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

interface Consumer {
  readonly child: ChildProcess;
  /** It is loaded, and waits. */
  readonly ready: Promise<unknown>;
  /** Its first event came. */
  readonly taken: Promise<unknown>;
  readonly killed: Promise<unknown>;
  go(): void;
}

function launch(settings: ConsumerSettings): Consumer {
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  const lines = createInterface({ input: child.stdout });
  const said = (word: string): Promise<void> =>
    new Promise((resolve) => {
      lines.on('line', (line) => {
        if (line === word) resolve();
      });
    });
  const killed = once(child, 'exit').then(([code, signal]) => {
    children.delete(child);
    expect([code, signal]).toEqual([null, 'SIGKILL']);
  });
  killed.catch(() => undefined);
  return { child, ready: said('ready'), taken: said('taken'), killed, go: () => void child.stdin.write('go\n') };
}

describe(`a consumer that is killed ${KILLS} times while events keep coming (seed ${SEED})`, () => {
  test.each([['batch'], ['each']] as const)(
    'by %s: every event has one effect, in the order of its user',
    async (transaction) => {
      const bench = await createBusBench();
      benches.push(bench);
      const { owner } = bench.test;
      const { engine, submit } = await bench.open({ delivers: false });
      await owner.unsafe('create table app.effect (n bigserial, position bigint, event text, "user" text, worker uuid)');
      await owner.unsafe('grant all on app.effect, app.effect_n_seq to diana_service');
      const random = createRandom(SEED + transaction.length);

      let sent = 0;
      const stopping = new AbortController();
      const sending = (async () => {
        while (!stopping.signal.aborted) {
          const events = Array.from({ length: 1 + random.below(6) }, () => {
            sent += 1;
            return { id: `job-${sent}`, type: 'job.queued', user: `user-${random.below(USERS)}` };
          });
          await submit(events);
          await sleep(random.below(25));
        }
      })();

      const next = (kill: number): Consumer => {
        const dies = ([{ behind: 'row', n: 1 + random.below(8) }, { behind: 'commit', n: 1 + random.below(3) }, null] as const)[
          kill % 3
        ];
        return launch({
          url: urlOf(bench.test.target),
          name: 'jobs',
          transaction,
          lease: LEASE,
          dies: kill < KILLS ? (dies ?? null) : null,
        });
      };
      let consumer = next(0);
      for (let kill = 0; kill < KILLS; kill += 1) {
        await consumer.ready;
        consumer.go();
        const following = next(kill + 1);
        await consumer.taken;
        if (kill % 3 === 2) {
          await sleep(random.below(30));
          consumer.child.kill('SIGKILL');
        }
        await consumer.killed;
        consumer = following;
      }
      stopping.abort();
      await sending;
      expect(sent).toBeGreaterThan(KILLS);
      const count = async (what: string): Promise<number> =>
        Number((await owner.unsafe(`select count(*)::int as n from ${what}`))[0]?.['n']);
      const before = await count('app.effect');
      await consumer.ready;
      consumer.go();
      await eventually(
        'all are handled',
        () => count('app.effect'),
        (n) => n >= sent,
      );
      // Whatever would come a second time comes now.
      await submit([{ id: 'job-last', type: 'job.queued', user: 'user-0' }]);
      await eventually(
        'the last one is handled',
        () => count(`app.effect where event = 'job-last'`),
        (n) => n === 1,
      );
      expect(before).toBeGreaterThan(0);

      const log = await owner.unsafe(
        `select l.position::int, l.id as event, p.id as "user" from events.log l join users.person p using (account)
       where type = 'job.queued' order by position`,
      );
      expect(log).toHaveLength(sent + 1);
      const effects = await owner.unsafe('select position::int, event, "user" from app.effect order by n');
      for (let user = 0; user < USERS; user += 1) {
        const of = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.filter((row) => row['user'] === `user-${user}`);
        expect(of(effects)).toEqual(of(log));
      }
      expect(effects).toHaveLength(log.length);
      expect(await count('bus.dead_letter')).toBe(0);
      expect(await count('bus.delivery')).toBe(0);
      // Effects that stood before the cursor had moved are forgotten once it has.
      await eventually(
        'nothing is kept of what is done',
        () => count('bus.done'),
        (n) => n === 0,
      );
      // The kills were where they were meant to be: rows were written and taken back, and commits were the last thing done.
      const [numbers] = await owner.unsafe('select max(n)::int - count(*)::int as lost from app.effect');
      expect(numbers?.['lost']).toBeGreaterThanOrEqual(KILLS / 3 - 1);
      const workers = await count('(select distinct worker from app.effect) w');
      expect(workers).toBeGreaterThanOrEqual(KILLS / 3 - 1);
      consumer.child.kill('SIGKILL');
      await consumer.killed;
      await engine.drain();
    },
    120_000,
  );
});
