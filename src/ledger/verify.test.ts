import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../test/support/engine.ts';
import { CATALOG, createTestLedger, entryOf, tamper, verify } from '../../test/support/ledger.ts';
import { lastVerification, saveVerification, verifyLedger } from './index.ts';

let engine: TestEngine;
beforeEach(async () => {
  engine = await createTestLedger();
});
afterEach(() => engine.close());

describe('a ledger that nobody touched', () => {
  test('holds, and what was issued less what was destroyed is what users have', async () => {
    const report = await verify(engine);
    expect(report.faults).toEqual([]);
    expect(report).toMatchObject({ ok: true, accounts: 6, entries: 35, totalFaults: 0 });
    expect(report.currencies).toEqual({
      gems: { issued: 15, spent: 0, expired: 0, adjusted: 0, held: 0, balances: 15 },
      points: { issued: 154, spent: 7, expired: 0, adjusted: -3, held: 0, balances: 144 },
    });
  });

  test('gives the same hash over all heads however it is fetched, and another one after another entry', async () => {
    const { heads } = await verify(engine);
    expect(heads).toMatch(/^[0-9a-f]{64}$/);
    expect((await verify(engine, 1_000)).heads).toBe(heads);
    await engine.submit([{ id: 'more', type: 'quiz.won', user: 'ada' }], SERVICE);
    expect((await verify(engine)).heads).not.toBe(heads);
  });

  test('tells how far it is', async () => {
    const seen: [number, number][] = [];
    await verifyLedger(engine.test.database, { now: () => 0, chunk: 10, onProgress: (done, total) => seen.push([done, total]) });
    expect(seen[0]).toEqual([0, 35]);
    expect(seen.at(-1)).toEqual([35, 35]);
  });

  test('holds after a person was erased, reasons and announcements gone', async () => {
    const erased = await engine.engine.eraseUser('bob', null, ADMIN);
    expect(erased.ok).toBe(true);
    expect(await verify(engine)).toMatchObject({ ok: true, faults: [], accounts: 6 });
    await engine.submit([{ id: 'again', type: 'quiz.won', user: 'bob' }], SERVICE);
    expect(await verify(engine)).toMatchObject({ ok: true, faults: [], accounts: 7 });
  });

  test('an empty one holds', async () => {
    await engine.close();
    engine = await createTestEngine(CATALOG);
    expect(await verify(engine)).toMatchObject({ ok: true, accounts: 0, entries: 0, currencies: {}, faults: [] });
  });

  test('the result is kept, the first fault with it', async () => {
    const { database } = engine.test;
    expect(await lastVerification(database)).toBeUndefined();
    const good = await verify(engine);
    await database.transaction((tx) => saveVerification(tx, good));
    expect(await lastVerification(database)).toEqual({ startedAt: 0, finishedAt: 0, accounts: 6, entries: 35, fault: null });
    await tamper(engine, 'update ledger.transfer set amount = amount + 1 where id = $1', [(await entryOf(engine, 'ada', 2)).id]);
    const bad = await verify(engine);
    await database.transaction((tx) => saveVerification(tx, bad));
    expect((await lastVerification(database))?.fault).toMatch(/^acct_\w+ points entry 2 tr_\w{32}: /);
  });
});

describe('entries are never changed', () => {
  const DEEDS = [
    ['update', 'update ledger.transfer set amount = 1'],
    ['delete', 'delete from ledger.transfer'],
    ['truncate', 'truncate ledger.transfer'],
  ] as const;

  test.each(DEEDS)('the service has no right to %s them', async (_, statement) => {
    await expect(engine.test.database.transaction((tx) => tx.query(statement))).rejects.toThrow(
      'permission denied for table transfer',
    );
  });

  test.each(DEEDS)('a trigger stops the owner from %s', async (_, statement) => {
    await expect(engine.test.owner.unsafe(statement)).rejects.toThrow('entries are never changed');
  });

  test('the service can neither drop the trigger nor become the owner again', async () => {
    const attempt = (statement: string): Promise<unknown> => engine.test.database.transaction((tx) => tx.query(statement));
    await expect(attempt('alter table ledger.transfer disable trigger all')).rejects.toThrow('must be owner of table transfer');
    await expect(attempt('drop table ledger.transfer')).rejects.toThrow('must be owner of table transfer');
  });
});
