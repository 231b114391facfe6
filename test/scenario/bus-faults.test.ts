import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { BusEvent, Handler } from '../../src/bus/index.ts';
import { openDiana } from '../../src/index.ts';
import type { Database } from '../../src/kernel/ports.ts';
import { type ManagedDatabase, openDatabase } from '../../src/platform/postgres/database.ts';
import { SERVICE_ROLE } from '../../src/platform/postgres/migrate.ts';
import { type BusBench, type BusProcess, createBusBench, eventually } from '../support/bus.ts';
import { serverProcesses, until, workbench } from '../support/embedded.ts';
import { quietLog } from '../support/log.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** The bounds that are promised once the cause has gone away, milliseconds. */
const RECOVERY = 5_000;
const AFTER_HALF_OPEN = 10_000;
/** A silent database is noticed after so many milliseconds. */
const TIMEOUT = 1_000;
const MODES = [['batch'], ['each']] as const;

interface Rig extends BusProcess {
  readonly bench: BusBench;
  readonly proxy: TcpProxy;
  /** Loses the reply to the next COMMIT of a transaction with such a statement. Resolves when it has happened. */
  loseCommit(statement: string): Promise<void>;
  /** Calls of its handler so far. */
  calls(): number;
  effects(): Promise<readonly { readonly event: string; readonly user: string }[]>;
  /** Sends the next so many events, of three users. */
  send(count: number): Promise<void>;
  /** Every event that was sent has one effect, in the order of its user. Within milliseconds. */
  allHandled(within?: number): Promise<void>;
}

/** A bus that speaks to its database through a link that can fail; events are taken past it. `duration`: of one call, milliseconds. */
async function createRig(transaction: 'batch' | 'each', duration = 0): Promise<Rig> {
  const bench = await createBusBench();
  const { host, port, user, database } = bench.test.target;
  const proxy = await startTcpProxy({ path: join(host, `.s.PGSQL.${port}`) });
  const target = { host: '127.0.0.1', port: proxy.port, user, database };
  const behind = openDatabase({ target, role: SERVICE_ROLE, connections: 6, timeout: TIMEOUT, log: quietLog });
  rigs.push({ bench, proxy, behind });
  await bench.test.owner.unsafe('create table app.effect (n bigserial, event text, "user" text)');
  await bench.test.owner.unsafe('grant all on app.effect, app.effect_n_seq to diana_service');
  const { database: watched, loseCommit } = losing(behind, proxy);
  const one = await bench.open({ database: watched });
  let calls = 0;
  const handler: Handler = async (event, tx) => {
    calls += 1;
    await tx.query('insert into app.effect (event, "user") values ($1, $2)', [event.id, event.user]);
    if (duration > 0) await sleep(duration);
  };
  await one.bus.subscribe('job.*', handler, { name: 'jobs', transaction, concurrency: transaction === 'each' ? 2 : 1 });
  let sent = 0;
  const effects: Rig['effects'] = async () => {
    const rows = await bench.test.owner.unsafe('select event, "user" from app.effect order by n');
    return rows.map((row) => ({ event: String(row['event']), user: String(row['user']) }));
  };
  return {
    ...one,
    bench,
    proxy,
    loseCommit,
    calls: () => calls,
    effects,
    async send(count) {
      const events = Array.from({ length: count }, (_, n) => ({
        id: `job-${sent + n}`,
        type: 'job.done',
        user: `user-${(sent + n) % 3}`,
      }));
      sent += count;
      await one.submit(events);
    },
    async allHandled(within = RECOVERY) {
      const rows = await eventually('all are handled', effects, ({ length }) => length >= sent, within);
      expect(rows).toHaveLength(sent);
      for (let user = 0; user < 3; user += 1) {
        const events = rows.filter((row) => row.user === `user-${user}`).map(({ event }) => event);
        expect(events).toEqual(Array.from({ length: sent }, (_, n) => `job-${n}`).filter((_, n) => n % 3 === user));
      }
    },
  };
}

/** A mark travels right before the COMMIT that is meant: by it the proxy knows the connection, whatever else is sent. */
function losing(database: Database, proxy: TcpProxy): { readonly database: Database } & Pick<Rig, 'loseCommit'> {
  let wanted: { readonly statement: string; readonly done: () => void } | undefined;
  let marks = 0;
  return {
    loseCommit: (statement) => new Promise((done) => (wanted = { statement, done })),
    database: {
      ...database,
      transaction: (work) =>
        database.transaction(async (tx) => {
          const statements: string[] = [];
          let sealed: Promise<unknown> | undefined;
          const result = await work({
            query(statement, parameters) {
              statements.push(statement);
              return tx.query(statement, parameters);
            },
            seal(writes) {
              const meant = wanted;
              if (meant === undefined || !statements.some((statement) => statement.includes(meant.statement)))
                return tx.seal(writes);
              wanted = undefined;
              const mark = `the last before the end ${(marks += 1)}`;
              // The driver sends nothing behind a statement that it has not prepared on a connection: those go first.
              sealed = Promise.all(writes).then(() => {
                void proxy.loseReply({ to: mark, reply: 'COMMIT' }).then(meant.done);
                tx.seal([tx.query(`select '${mark}'`)]);
              });
            },
          });
          await sealed;
          return result;
        }),
    },
  };
}

const rigs: { readonly bench: BusBench; readonly proxy: TcpProxy; readonly behind: ManagedDatabase }[] = [];
afterEach(async () => {
  for (const { bench, proxy, behind } of rigs.splice(0)) {
    proxy.restore();
    await bench.close();
    await behind.close();
    await proxy.close();
  }
});

describe.each(MODES)('a handler by %s', (transaction) => {
  test('has one effect for each event, and is not stuck, when replies to the COMMIT of its deliveries are lost', async () => {
    const { send, loseCommit, allHandled, bench } = await createRig(transaction);
    await send(6);
    await allHandled();
    // By each, the effects and where the cursor stands are committed one after the other; by batch, together.
    for (const statement of ['app.effect', 'update bus.cursor']) {
      const lost = loseCommit(statement);
      await send(9);
      await lost;
      await allHandled();
    }
    await send(3);
    await allHandled();
    expect(await bench.test.owner.unsafe('select 1 from bus.dead_letter union all select 1 from bus.delivery')).toEqual([]);
  });

  test('goes on after a link that was half open in the middle of a call: nothing travelled and nothing was closed', async () => {
    const { send, proxy, calls, allHandled, effects } = await createRig(transaction, 50);
    await send(3);
    await allHandled();
    await send(6);
    await until('a call is under way', RECOVERY, () => Promise.resolve(calls() > 3));
    proxy.halfOpen();
    await send(6);
    // Long enough to be noticed, and for new connections to fail as well.
    await sleep(2 * TIMEOUT);
    expect((await effects()).length).toBeLessThan(9);
    proxy.restore();
    await allHandled(AFTER_HALF_OPEN);
  });
});

test('is as quick to go on after the sixth outage in a row as after the first', async () => {
  const { send, proxy, calls, allHandled } = await createRig('batch', 50);
  for (let outage = 0; outage < 6; outage += 1) {
    const before = calls();
    await send(3);
    await until('a call is under way', RECOVERY, () => Promise.resolve(calls() > before));
    proxy.cut();
    await sleep(100);
    proxy.restore();
    await allHandled(RECOVERY);
  }
});

const servers = workbench();
afterAll(() => servers.dispose());

test('deliveries go on by themselves in time after PostgreSQL was paused, and after it was killed', async () => {
  const dataDirectory = join(await servers.directory(0o755), 'data');
  const diana = await openDiana({ dataDirectory, databaseTimeout: TIMEOUT, log: quietLog });
  try {
    await diana.transaction((tx) => tx.query('create table app.effect (n bigserial, event text, "user" text)'));
    const seen: Record<string, BusEvent[]> = { batch: [], each: [] };
    for (const [transaction] of MODES) {
      const handler: Handler = async (event, tx) => {
        await tx.query('insert into app.effect (event, "user") values ($1, $2)', [`${transaction} ${event.id}`, event.user]);
        seen[transaction]?.push(event);
      };
      await diana.subscribe('job.*', handler, { name: `jobs-${transaction}`, transaction });
    }
    let sent = 0;
    const taken = new Set<string>();
    const stopping = new AbortController();
    const sending = (async () => {
      while (!stopping.signal.aborted) {
        const event = { id: `job-${sent}`, type: 'job.done', user: `user-${sent % 3}` };
        const [result] = await diana.submit([event]);
        if (result?.status === 'refused') await sleep(50);
        else {
          taken.add(event.id);
          sent += 1;
        }
        await sleep(5);
      }
    })();
    /** Something that is sent from now on is handled by both, for the first time. */
    const goOn = async (within: number): Promise<void> => {
      const from = sent + 1;
      await until('deliveries go on', within, async () =>
        MODES.every(([transaction]) => seen[transaction]?.some(({ id }) => Number(id.slice(4)) > from) === true),
      );
    };
    await goOn(10_000);

    // A connection may have been accepted between the list and the stop: list again until there is nobody new.
    const paused = new Set<number>();
    for (let found = -1; found !== paused.size; ) {
      found = paused.size;
      for (const pid of await serverProcesses(dataDirectory)) paused.add(pid);
      for (const pid of paused) process.kill(pid, 'SIGSTOP');
    }
    try {
      await sleep(3_000);
    } finally {
      for (const pid of paused) process.kill(pid, 'SIGCONT');
    }
    await goOn(RECOVERY);

    const postmaster = Number((await readFile(join(dataDirectory, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(postmaster, 'SIGKILL');
    // The bound counts from when it is back: that it starts again by itself is a matter of the embedded server.
    await eventually(
      'the server is back',
      () => diana.submit([{ type: 'other.thing', user: 'ada' }]),
      ([result]) => result?.status === 'accepted',
    );
    await goOn(RECOVERY);

    stopping.abort();
    await sending;
    for (const [transaction] of MODES) {
      const rows = await eventually(
        `all are handled by ${transaction}`,
        () =>
          diana.transaction((tx) =>
            tx.query<{ event: string; user: string }>('select event, "user" from app.effect where event like $1 order by n', [
              `${transaction} %`,
            ]),
          ),
        ({ length }) => length >= taken.size,
        RECOVERY,
      );
      for (let user = 0; user < 3; user += 1) {
        const events = rows.filter((row) => row.user === `user-${user}`).map(({ event }) => event);
        expect(events).toEqual([...taken].filter((id) => Number(id.slice(4)) % 3 === user).map((id) => `${transaction} ${id}`));
      }
      expect((await diana.bus.show(`jobs-${transaction}`))?.health).toMatchObject({ status: 'ok', deadLetters: 0, waiting: 0 });
    }
  } finally {
    await diana.close();
  }
});
