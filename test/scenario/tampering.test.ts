import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database.ts';
import { ADMIN, createTestEngine } from '../support/engine.ts';
import { createStage } from '../support/service.ts';

const stage = createStage();
const CATALOG = fileURLToPath(new URL('./catalog.yaml', import.meta.url));
let golden: string;
let drop: () => Promise<void>;
const databases: TestDatabase[] = [];

/** A ledger with some life in it, from which each test takes a copy to forge. */
beforeAll(async () => {
  const engine = await createTestEngine(await readFile(CATALOG, 'utf8'));
  await engine.submit(Array.from({ length: 40 }, (_, n) => ({ id: `e${n}`, type: 'quiz.completed', user: `user-${n % 4}` })));
  for (let n = 0; n < 4; n += 1) {
    await engine.engine.transfer(
      {
        id: `s${n}`,
        kind: 'transfer',
        user: `user-${n}`,
        to: `user-${(n + 1) % 4}`,
        currency: 'points',
        amount: 5,
        reason: `because ${n}`,
      },
      ADMIN,
    );
  }
  await engine.engine.drain();
  await engine.test.release();
  golden = engine.test.target.database;
  drop = engine.test.drop;
});
afterAll(async () => {
  await stage.dispose();
  for (const database of databases) await database.drop();
  await drop();
});

/** As the owner of the database, with every trigger off. */
async function forge(statements: (sql: postgres.TransactionSql) => Promise<unknown>): Promise<{
  readonly code: number | null;
  readonly report: { readonly ok: boolean; readonly faults: readonly Record<string, unknown>[] };
}> {
  const database = await createTestDatabase(golden);
  databases.push(database);
  await database.owner.begin(async (sql) => {
    await sql.unsafe(`set local session_replication_role = 'replica'`);
    await statements(sql);
  });
  const verified = await stage.cli(['verify', '--json'], { DIANA_DATABASE_URL: urlOf(database.target) });
  return { code: verified.code, report: JSON.parse(verified.out) as { ok: boolean; faults: Record<string, unknown>[] } };
}

/** The transfer that is entry `n` of user-1, as the database and as people name it. */
async function entry(sql: postgres.TransactionSql, n: number): Promise<{ readonly id: string; readonly name: string }> {
  const [row] = await sql.unsafe(
    `select t.id from ledger.transfer t join users.person p on p.account = t.credit where p.id = 'user-1' and t.credit_entry = $1`,
    [n],
  );
  const id = String(row?.['id']);
  return { id, name: `tr_${id.replaceAll('-', '')}` };
}

test('an untouched ledger verifies', async () => {
  expect(await forge(async () => undefined)).toMatchObject({ code: 0, report: { ok: true, faults: [] } });
});

test.each([
  ['one amount', 4, (id: string) => `update ledger.transfer set amount = amount + 1 where id = '${id}'`],
  ['one time', 5, (id: string) => `update ledger.transfer set occurred_at = occurred_at + interval '1 ms' where id = '${id}'`],
  [
    'one time of recording',
    5,
    (id: string) => `update ledger.transfer set recorded_at = recorded_at - interval '1 day' where id = '${id}'`,
  ],
  ['one rule', 2, (id: string) => `update ledger.transfer set rule = 'other' where id = '${id}'`],
  ['an entry removed from the middle', 6, (id: string) => `delete from ledger.transfer where id = '${id}'`],
])('%s altered is found, and the entry named', async (_, n, statement) => {
  let name = '';
  const { code, report } = await forge(async (sql) => {
    const found = await entry(sql, n);
    name = found.name;
    await sql.unsafe(statement(found.id));
  });
  expect(code).toBe(1);
  expect(report.ok).toBe(false);
  const [first] = report.faults;
  expect(first).toMatchObject({ account: expect.stringMatching(/^acct_/), currency: 'points' });
  expect(first?.['entry'] === n || first?.['transfer'] === name || String(first?.['what']).includes(name)).toBe(true);
});

test('one reason altered is found', async () => {
  const { code, report } = await forge((sql) =>
    sql.unsafe(`update ledger.note set reason = 'another story' where reason = 'because 2'`),
  );
  expect(code).toBe(1);
  expect(report.faults[0]).toMatchObject({ transfer: expect.stringMatching(/^tr_/) });
});

test('the last entry removed is found, with the balance set back to match', async () => {
  const { code, report } = await forge(async (sql) => {
    await sql.unsafe(`
      with gone as (delete from ledger.transfer t using users.person p where p.id = 'user-1' and t.debit = p.account and t.currency = 'points'
        and t.debit_entry = (select max(x.debit_entry) from ledger.transfer x where x.debit = p.account and x.currency = 'points') returning t.*)
      update ledger.account a set entries = a.entries - 1, debited = a.debited - gone.amount, available = a.available + gone.amount from gone where a.account = gone.debit and a.currency = gone.currency`);
  });
  expect(code).toBe(1);
  expect(report.faults.length).toBeGreaterThan(0);
});

test('two entries swapped are found', async () => {
  const { code, report } = await forge(async (sql) => {
    const [one, two] = [await entry(sql, 3), await entry(sql, 4)];
    await sql.unsafe(`update ledger.transfer set credit_entry = -credit_entry where id in ('${one.id}', '${two.id}')`);
    await sql.unsafe(
      `update ledger.transfer set credit_entry = case id when '${one.id}' then 4 else 3 end where id in ('${one.id}', '${two.id}')`,
    );
  });
  expect(code).toBe(1);
  expect(report.faults[0]).toMatchObject({ entry: expect.any(Number), currency: 'points' });
});

test('commands work alone, without a running service, and leave no server behind', async () => {
  const dataDirectory = join(await stage.directory(), 'data');
  const environment = { DIANA_DATA_DIR: dataDirectory };
  expect(await stage.cli(['apply', CATALOG, '--json'], environment)).toMatchObject({ code: 0 });
  const doctor = await stage.cli(['doctor', '--json'], environment);
  expect(doctor.code).toBe(0);
  expect(JSON.parse(doctor.out)).toMatchObject({ ok: true, place: { kind: 'embedded' }, catalog: { version: 1 } });
  expect(await stage.cli(['verify', '--json'], environment)).toMatchObject({ code: 0 });
  expect(
    await stage.cli(['keys', 'create', '--role', 'client', '--name', 'x', '--user', 'nobody', '--json'], environment),
  ).toMatchObject({ code: 1 });
  expect(await stage.cli(['plan', join(dataDirectory, 'not-there.yaml')], environment)).toMatchObject({
    code: 1,
    err: expect.stringContaining('cannot read'),
  });
  expect(await stage.cli(['doctor'], { ...environment, DIANA_PORT: 'x', DIANA_QEUE: '1' })).toMatchObject({
    code: 1,
    err: expect.stringMatching(/2 faults.*DIANA_QEUE.*DIANA_PORT/s),
  });
});
