import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database.ts';
import { until } from '../support/embedded.ts';
import { historyOf } from '../support/history.ts';
import { createRandom } from '../support/random.ts';
import { ADMIN_KEY, createStage } from '../support/service.ts';
import { dumpState } from '../support/state.ts';

const stage = createStage();
const databases: TestDatabase[] = [];
afterAll(async () => {
  await stage.dispose();
  for (const database of databases) await database.drop();
});

const CATALOG = fileURLToPath(new URL('../../examples/git-history/catalog.yaml', import.meta.url));
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_121);
const EVENTS = 15_000;
const KILLS = 20;

async function freshDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  databases.push(database);
  return database;
}

/** Transactions that the product has open in a database: their client is stopped, so that they stay as they are. */
async function openTransactions(database: TestDatabase): Promise<number> {
  const rows = await database.owner.unsafe(
    `select 1 from pg_stat_activity
     where datname = current_database() and application_name = 'diana' and xact_start is not null and backend_xid is not null`,
  );
  return rows.length;
}

async function count(database: TestDatabase): Promise<number> {
  const [row] = await database.owner.unsafe('select count(*)::int as n from events.identity');
  return Number(row?.['n']);
}

test(`an import that is killed ${KILLS} times and resumed ends like one clean run (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  const file = join(await stage.directory(), 'history.ndjson');
  const events = historyOf(SEED, EVENTS, 400);
  await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const [clean, killed] = [await freshDatabase(), await freshDatabase()];
  const importInto = (database: TestDatabase): readonly [readonly string[], Record<string, string>] => [
    ['import', file, '--catalog', CATALOG, '--json'],
    { DIANA_DATABASE_URL: urlOf(database.target) },
  ];

  let open = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = stage.spawn(...importInto(killed));
    const exited = once(child, 'exit');
    // The last one well before the end: a busy machine may be slow to notice that the target is reached.
    const target = Math.floor(((kill + random.next()) / (KILLS + 6)) * EVENTS);
    await until(
      `the import gets to event ${target}`,
      30_000,
      async () => child.exitCode !== null || (await count(killed)) >= target,
    );
    await sleep(random.below(25));
    child.kill('SIGSTOP');
    // What it had already asked for is done by now or waits for it: a transaction that is open stays open.
    const seen = await openTransactions(killed);
    child.kill('SIGKILL');
    if (seen > 0) open += 1;
    const [, signal] = (await exited) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
  }
  expect(open).toBeGreaterThanOrEqual(KILLS / 2);
  expect(await count(killed)).toBeLessThan(EVENTS);

  const resumed = await stage.cli(...importInto(killed));
  expect(resumed).toMatchObject({ code: 0 });
  const uninterrupted = await stage.cli(...importInto(clean));
  expect(JSON.parse(uninterrupted.out)).toMatchObject({ accepted: EVENTS, duplicate: 0, refused: 0 });
  const state = await dumpState(clean.owner);
  expect(state.split('\n').length).toBeGreaterThan(2_000);
  expect(await dumpState(killed.owner)).toBe(state);

  const again = await stage.cli(...importInto(killed));
  expect(JSON.parse(again.out)).toMatchObject({ accepted: 0, duplicate: EVENTS, refused: 0 });
  expect(await dumpState(killed.owner)).toBe(state);
  for (const database of [clean, killed]) {
    const [logged] = await database.owner.unsafe(
      `select count(*)::int as n, count(distinct (source, id))::int as ids from events.log where cause is null and id is not null`,
    );
    expect(logged).toEqual({ n: EVENTS, ids: EVENTS });
    expect(await stage.cli(['verify', '--json'], { DIANA_DATABASE_URL: urlOf(database.target) })).toMatchObject({ code: 0 });
  }
}, 300_000);

test('whatever a service acknowledged before it was killed is there once, with the same answer', async () => {
  const database = await freshDatabase();
  const environment = { DIANA_DATABASE_URL: urlOf(database.target), DIANA_ADMIN_KEY: ADMIN_KEY, DIANA_CATALOG: CATALOG };
  const random = createRandom(SEED + 1);
  const events = historyOf(SEED + 1, 6_000, 60);
  const answers = new Map<string, string>();
  const comparable = (result: object): string => JSON.stringify({ ...result, status: 'accepted' });
  for (let kill = 0; kill < 4; kill += 1) {
    const service = await stage.start(environment);
    const enough = 200 + answers.size + random.below(700);
    const client = async (n: number): Promise<void> => {
      for (let at = n; at < events.length; at += 16) {
        const batch = events.slice(at * 5, at * 5 + 10);
        if (batch.length === 0) return;
        const answer = await service.call('POST', '/v1/events', batch).catch(() => undefined);
        if (answer === undefined) return;
        expect(answer.status).toBe(200);
        for (const result of answer.body['results'] as readonly { readonly id: string; readonly status: string }[]) {
          expect(result.status).toMatch(/accepted|duplicate/);
          const before = answers.get(result.id);
          if (before !== undefined) expect(comparable(result)).toBe(before);
          answers.set(result.id, comparable(result));
        }
        if (answers.size >= enough) service.child.kill('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, n) => client(n)));
    await service.ended;
  }
  const service = await stage.start(environment);
  for (let at = 0; at < events.length; at += 1_000) {
    const answer = await service.call('POST', '/v1/events', events.slice(at, at + 1_000));
    for (const result of answer.body['results'] as readonly { readonly id: string; readonly status: string }[]) {
      const acknowledged = answers.get(result.id);
      if (acknowledged === undefined) continue;
      expect(result.status).toBe('duplicate');
      expect(comparable(result)).toBe(acknowledged);
    }
  }
  expect(answers.size).toBeGreaterThan(800);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
  expect(await stage.cli(['verify', '--json'], environment)).toMatchObject({ code: 0 });
}, 120_000);
