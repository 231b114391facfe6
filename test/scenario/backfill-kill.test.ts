import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database.ts';
import { until } from '../support/embedded.ts';
import { historyOf } from '../support/history.ts';
import { createRandom } from '../support/random.ts';
import { createStage } from '../support/service.ts';
import { dumpState } from '../support/state.ts';

const stage = createStage();
const databases: TestDatabase[] = [];
afterAll(async () => {
  await stage.dispose();
  for (const database of databases) await database.drop();
});

const CATALOG = fileURLToPath(new URL('../../examples/git-history/catalog.yaml', import.meta.url));
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_122);
const PEOPLE = 200;
const KILLS = 5;

/** A metric, an achievement with a reward, and boards over what is new and what is not. */
function grown(source: string): string {
  return source
    .replace('metrics:\n', "metrics:\n  mornings: { count: 'code.*', when: 'event.local.hour < 9' }\n")
    .replace(
      'achievements:\n',
      'achievements:\n  - { id: early, metric: mornings, tiers: [{ id: one, at: 1 }, { id: five, at: 5, award: { points: 100 } }] }\n',
    )
    .concat('  - { id: mornings, metric: mornings, period: month }\n  - { id: repos, metric: repos, period: year }\n');
}

async function progressOf({ owner }: TestDatabase): Promise<{ readonly done: number; readonly state: string }> {
  const [row] = await owner.unsafe(`select done::int as done, state from engine.backfill`);
  return { done: Number(row?.['done'] ?? 0), state: String(row?.['state']) };
}

const STARTED = Date.now();

/** Rewards are given when the backfill comes to somebody: the time of that is another one in each run. */
async function dump({ owner }: TestDatabase): Promise<string> {
  const isLate = (ms: number): boolean => ms >= STARTED;
  return (await dumpState(owner)).replaceAll(/\b(\d{13}|\d{10}\.\d{6})\b/g, (time) =>
    isLate(time.includes('.') ? Number(time) * 1_000 : Number(time)) ? '<now>' : time,
  );
}

test(`a backfill that is killed ${KILLS} times and resumed ends like one clean run (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  const directory = await stage.directory();
  const file = join(directory, 'history.ndjson');
  const catalog = join(directory, 'grown.yaml');
  await writeFile(
    file,
    historyOf(SEED, 4_000, PEOPLE)
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(''),
  );
  await writeFile(catalog, grown(await readFile(CATALOG, 'utf8')));
  const fresh = async (): Promise<TestDatabase> => {
    const database = await createTestDatabase();
    databases.push(database);
    const imported = await stage.cli(['import', file, '--catalog', CATALOG], { DIANA_DATABASE_URL: urlOf(database.target) });
    expect(imported.code).toBe(0);
    return database;
  };
  const [clean, killed] = [await fresh(), await fresh()];
  const on = (database: TestDatabase) => ({ DIANA_DATABASE_URL: urlOf(database.target) });

  expect((await stage.cli(['apply', catalog, '--backfill'], on(clean))).code).toBe(0);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = stage.spawn(kill === 0 ? ['apply', catalog, '--backfill'] : ['backfill'], on(killed));
    const exited = once(child, 'exit');
    const target = ((kill + random.next()) / (KILLS + 2)) * PEOPLE;
    const isThere = async (): Promise<boolean> => child.exitCode !== null || (await progressOf(killed)).done >= target;
    await until(`the backfill gets to user ${Math.floor(target)}`, 30_000, isThere);
    await sleep(random.below(20));
    child.kill('SIGKILL');
    const [, signal] = (await exited) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
  }
  expect((await progressOf(killed)).state).toBe('running');
  const resumed = await stage.cli(['backfill', '--json'], on(killed));
  expect(JSON.parse(resumed.out)).toMatchObject({ backfill: { version: 2, state: 'done', failed: 0 } });
  expect(await dump(killed)).toBe(await dump(clean));
  for (const command of [['verify'], ['rebuild', '--check']]) {
    const answer = await stage.cli(command, on(killed));
    expect(answer.err + answer.out).toContain(command[0] === 'verify' ? 'every account holds' : 'as the log bears out');
    expect(answer.code).toBe(0);
  }
  // Again, in whatever way, changes nothing.
  const before = await dump(killed);
  expect((await stage.cli(['apply', catalog, '--backfill', '--silent'], on(killed))).code).toBe(0);
  expect((await stage.cli(['backfill'], on(killed))).code).toBe(0);
  expect(await dump(killed)).toBe(before);
}, 240_000);
