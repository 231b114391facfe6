import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { type AccountRun, type DayKey, deleteRuns, eraseRuns, loadRuns, saveRuns } from './index.ts';

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(() => fixture.drop());

const run = (account: number, streak: string, first: number, last: number): AccountRun => ({ account, streak, first, last });
const load = async (...keys: DayKey[]): Promise<readonly AccountRun[]> =>
  (await fixture.database.transaction((tx) => loadRuns(tx, keys))).toSorted((a, b) => a.account - b.account || a.first - b.first);
const on = (day: number, account = 7): DayKey => ({ account, streak: 'daily', day });

test('runs are found by the days that they touch, changed, deleted and erased', async () => {
  const quoted = 'a "quoted" name';
  const runs = [
    run(7, 'daily', -3, -1),
    run(7, 'daily', 5, 8),
    run(7, 'daily', 10, 10),
    run(7, quoted, 5, 6),
    run(8, 'daily', 5, 9),
  ];
  await fixture.database.transaction((tx) => saveRuns(tx, runs));

  expect(await load()).toEqual([]);
  expect(await load(on(9))).toEqual([runs[1], runs[2]]);
  expect(await load(on(6))).toEqual([runs[1]]);
  expect(await load(on(4))).toEqual([runs[1]]);
  expect(await load(on(3))).toEqual([]);
  expect(await load(on(11))).toEqual([runs[2]]);
  expect(await load(on(12))).toEqual([]);
  expect(await load(on(0))).toEqual([runs[0]]);
  expect(await load({ account: 7, streak: quoted, day: 7 })).toEqual([runs[3]]);
  // Days of one batch that touch the same run bring it once.
  expect(await load(on(6), on(7), on(9), on(9, 8))).toEqual([runs[1], runs[2], runs[4]]);

  await fixture.database.transaction(async (tx) => {
    await deleteRuns(tx, [runs[2]!, run(9, 'daily', 1, 1)]);
    await saveRuns(tx, [run(7, 'daily', 5, 10)]);
  });
  expect(await load(on(9))).toEqual([run(7, 'daily', 5, 10)]);

  await fixture.database.transaction((tx) => eraseRuns(tx, 7));
  expect(await load(on(9), on(0), on(9, 8))).toEqual([runs[4]]);
});

test('a run is deleted by its key, not by walking the table', async () => {
  await fixture.owner.unsafe(
    `insert into streaks.run select a, 'daily', 3 * n, 3 * n from generate_series(1, 200) a, generate_series(1, 50) n`,
  );
  const plan = await fixture.owner.begin(async (sql) => {
    await sql.unsafe('prepare gone as ' + (await statementOf((tx) => deleteRuns(tx, []))));
    return sql.unsafe(`explain execute gone ('{1,2}', '{daily,daily}', '{3,3}')`);
  });
  const text = plan.map((row) => String(row['QUERY PLAN'])).join('\n');
  expect(text).toMatch(/Tid Scan/);
  expect(text).not.toMatch(/Seq Scan/);
});

/** The statement that a function of the store sends. */
async function statementOf(send: (tx: Parameters<typeof deleteRuns>[0]) => Promise<unknown>): Promise<string> {
  let seen = '';
  await send({
    query: (statement) => {
      seen = statement;
      return Promise.resolve([]);
    },
    seal: () => undefined,
  });
  return seen;
}
