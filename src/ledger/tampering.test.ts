import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestEngine } from '../../test/support/engine.ts';
import { createTestLedger, entryOf, tamper, verify } from '../../test/support/ledger.ts';

let engine: TestEngine;
beforeEach(async () => {
  engine = await createTestLedger();
});
afterEach(() => engine.close());

describe('tampering by the owner of the database is found, and the first fault names the entry:', () => {
  test.each([
    ['an amount', 'amount = amount + 1'],
    ['the time of the event', `occurred_at = occurred_at + interval '1 hour'`],
    ['the moment of acceptance', `recorded_at = recorded_at - interval '1 millisecond'`],
    ['less than a millisecond', `occurred_at = occurred_at + interval '1 microsecond'`],
    ['a time out of all time', `occurred_at = 'infinity'`],
    ['a rule', `rule = 'other'`],
    ['a rule taken away', 'rule = null'],
    ['a kind', `kind = 'force'`],
    ['a cause', 'cause = gen_random_uuid()'],
    ['the version of the catalog', 'catalog_version = 7'],
    ['an actor', `actor = 'key_other'`],
    ['a counterparty', 'debit = -2'],
    ['the balance after it', 'credit_balance = credit_balance + 1'],
    ['a balance beyond every number', 'credit_balance = 9223372036854775807'],
    ['a hash', `credit_hash = decode(repeat('00', 32), 'hex')`],
    ['a commitment to a reason', `reason_commitment = decode(repeat('00', 32), 'hex')`],
  ])('%s', async (_, change) => {
    const entry = await entryOf(engine, 'ada', 3);
    await tamper(engine, `update ledger.transfer set ${change} where id = $1`, [entry.id]);
    const report = await verify(engine);
    expect(report.ok).toBe(false);
    expect(report.faults[0]).toMatchObject(entry.named);
  });

  test('an entry removed from the middle', async () => {
    const entry = await entryOf(engine, 'ada', 3);
    await tamper(engine, 'delete from ledger.transfer where id = $1', [entry.id]);
    const { faults } = await verify(engine);
    expect(faults[0]).toMatchObject({ ...entry.named, transfer: null, what: 'entry 3 is missing' });
    // The log still knows which one it was.
    expect(faults.at(-1)).toMatchObject({
      account: entry.named.account,
      transfer: entry.named.transfer,
    });
  });

  test('an entry removed from the beginning', async () => {
    const entry = await entryOf(engine, 'cyd', 1);
    await tamper(engine, 'delete from ledger.transfer where id = $1', [entry.id]);
    expect((await verify(engine)).faults[0]).toMatchObject({ ...entry.named, transfer: null, what: 'entry 1 is missing' });
  });

  test('an entry removed from the end', async () => {
    const entry = await entryOf(engine, 'cyd', 6);
    await tamper(engine, 'delete from ledger.transfer where id = $1', [entry.id]);
    expect((await verify(engine)).faults[0]).toMatchObject({ ...entry.named, transfer: null, what: 'entry 6 is missing' });
  });

  test('an entry removed from the end, and the account made to match', async () => {
    const entry = await entryOf(engine, 'ada', 7);
    const before = await entryOf(engine, 'ada', 6);
    await tamper(engine, 'delete from ledger.transfer where id = $1', [entry.id]);
    await tamper(
      engine,
      `update ledger.account a set entries = 6, available = available - 4, credited = credited - 4, head = t.debit_hash
       from ledger.transfer t where t.id = $1 and a.account = $2 and a.currency = 'points'`,
      [before.id, entry.account],
    );
    const { faults, totalFaults } = await verify(engine);
    expect(totalFaults).toBe(1);
    expect(faults[0]).toMatchObject({ ...entry.named, entry: null });
    expect(faults[0]?.what).toContain('the ledger does not have it');
  });

  test('two entries that changed places', async () => {
    const third = await entryOf(engine, 'ada', 3);
    const fourth = await entryOf(engine, 'ada', 4);
    await tamper(engine, 'update ledger.transfer set credit_entry = 400 where id = $1', [third.id]);
    await tamper(engine, 'update ledger.transfer set credit_entry = 3 where id = $1', [fourth.id]);
    await tamper(engine, 'update ledger.transfer set credit_entry = 4 where id = $1', [third.id]);
    expect((await verify(engine)).faults[0]).toMatchObject({ ...fourth.named, entry: 3 });
  });

  test('two entries that changed places with balance and hash', async () => {
    const third = await entryOf(engine, 'ada', 3);
    const fourth = await entryOf(engine, 'ada', 4);
    await tamper(
      engine,
      `create temporary table kept as select id, credit_entry, credit_balance, credit_hash from ledger.transfer where id in ('${third.id}', '${fourth.id}')`,
    );
    await tamper(engine, 'update ledger.transfer set credit_entry = 400 where id = $1', [third.id]);
    const swap = `with k as (select * from (values ('${third.id}'::uuid, '${fourth.id}'::uuid), ('${fourth.id}', '${third.id}')) v (id, from_id))
      update ledger.transfer t set credit_balance = o.credit_balance, credit_hash = o.credit_hash
      from k join ledger.transfer o on o.id = k.from_id where t.id = k.id`;
    await tamper(engine, swap);
    await tamper(engine, 'update ledger.transfer set credit_entry = 3 where id = $1', [fourth.id]);
    await tamper(engine, 'update ledger.transfer set credit_entry = 4 where id = $1', [third.id]);
    expect((await verify(engine)).faults[0]).toMatchObject({ ...fourth.named, entry: 3 });
  });

  test('a reason altered', async () => {
    const entry = await entryOf(engine, 'cyd', 6);
    await tamper(engine, `update ledger.note set reason = 'a present' where transfer = $1`, [entry.id]);
    const { faults, totalFaults } = await verify(engine);
    expect(totalFaults).toBe(1);
    expect(faults[0]).toMatchObject(entry.named);
  });

  test('a reason removed', async () => {
    const entry = await entryOf(engine, 'cyd', 6);
    await tamper(engine, 'delete from ledger.note where transfer = $1', [entry.id]);
    expect((await verify(engine)).faults[0]).toMatchObject({
      ...entry.named,
      what: 'its reason is missing, and nobody in it is erased',
    });
  });

  test('a reason given afterwards', async () => {
    const entry = await entryOf(engine, 'ada', 7);
    await tamper(
      engine,
      `insert into ledger.note (transfer, nonce, reason) values ($1, decode(repeat('00', 32), 'hex'), 'late')`,
      [entry.id],
    );
    expect((await verify(engine)).faults[0]).toMatchObject(entry.named);
  });

  test('a reason for nothing', async () => {
    await tamper(
      engine,
      `insert into ledger.note (transfer, nonce, reason) values (gen_random_uuid(), decode(repeat('00', 32), 'hex'), 'late')`,
    );
    expect((await verify(engine)).faults).toMatchObject([
      { account: null, what: 'there is a reason for it, and no such transfer' },
    ]);
  });

  test('a balance altered in its account', async () => {
    const { account } = await entryOf(engine, 'ada', 1);
    await tamper(
      engine,
      `update ledger.account set available = available + 100, credited = credited + 100 where account = $1 and currency = 'points'`,
      [account],
    );
    const { faults } = await verify(engine);
    expect(faults[0]).toMatchObject({ account: `acct_${Number(account).toString(36)}`, currency: 'points', entry: null });
    // Seen a second time in what all users have together.
    expect(faults[1]).toMatchObject({
      account: null,
      currency: 'points',
      what: 'issued less destroyed is 144, all balances together are 244',
    });
  });

  test('points moved from available to held without an entry', async () => {
    const { account } = await entryOf(engine, 'ada', 1);
    await tamper(
      engine,
      `update ledger.account set available = available - 5, held = held + 5 where account = $1 and currency = 'points'`,
      [account],
    );
    const { faults } = await verify(engine);
    expect(faults[0]).toMatchObject({ entry: null, what: 'the account says 5 held, its entries 0' });
    expect(faults[1]).toMatchObject({ account: null, what: 'the entries hold 0, all accounts together 5' });
    expect(faults[2]).toMatchObject({ what: 'the account holds 5, its open holds come to 0' });
  });

  test('the head of an account altered', async () => {
    const { account } = await entryOf(engine, 'ada', 1);
    await tamper(
      engine,
      `update ledger.account set head = decode(repeat('00', 32), 'hex') where account = $1 and currency = 'points'`,
      [account],
    );
    expect((await verify(engine)).faults).toMatchObject([
      { currency: 'points', what: 'the head of the account is not the hash of its last entry' },
    ]);
  });

  test('an account removed', async () => {
    const { account } = await entryOf(engine, 'ada', 1);
    await tamper(engine, `delete from ledger.account where account = $1 and currency = 'points'`, [account]);
    expect((await verify(engine)).faults[0]).toMatchObject({ entry: null, what: 'there are entries, and no row of the account' });
  });

  test('an account invented', async () => {
    await tamper(
      engine,
      `insert into ledger.account (account, currency, available, held, credited, debited, entries, head)
       values (77, 'points', 5, 0, 5, 0, 0, decode(repeat('00', 32), 'hex'))`,
    );
    expect((await verify(engine)).faults[0]).toMatchObject({ account: 'acct_25', what: 'the account has a row and no entries' });
  });

  test('an entry moved to another currency', async () => {
    const entry = await entryOf(engine, 'cyd', 6);
    await tamper(engine, `update ledger.transfer set currency = 'gems' where id = $1`, [entry.id]);
    expect(await verify(engine)).toMatchObject({ ok: false });
    expect((await verify(engine)).faults[0]).toMatchObject({ currency: 'gems', entry: 6 });
  });

  test('an announcement removed', async () => {
    const entry = await entryOf(engine, 'ada', 3);
    await tamper(engine, `update events.log set data = null where data->>'transfer' = $1`, [
      `tr_${entry.id.replaceAll('-', '')}`,
    ]);
    expect((await verify(engine)).faults).toMatchObject([{ ...entry.named, what: 'the log does not announce it' }]);
  });

  test('an announcement made into something else', async () => {
    const entry = await entryOf(engine, 'ada', 3);
    await tamper(engine, `update events.log set data = '[1]' where data->>'transfer' = $1`, [`${entry.named.transfer}`]);
    expect((await verify(engine)).faults).toMatchObject([{ ...entry.named, what: 'the log does not announce it' }]);
  });

  test('an announcement that tells another amount', async () => {
    const entry = await entryOf(engine, 'ada', 3);
    await tamper(
      engine,
      `update events.log set data = jsonb_set(data::jsonb, '{amount}', '11')::json where data->>'transfer' = $1`,
      [`tr_${entry.id.replaceAll('-', '')}`],
    );
    expect((await verify(engine)).faults[0]?.what).toContain('tells it otherwise than the ledger');
  });

  test('everything at once: faults are counted, and the first ones are told', async () => {
    await tamper(engine, 'update ledger.transfer set amount = amount + 1');
    const { faults, totalFaults } = await verify(engine);
    expect(faults).toHaveLength(20);
    expect(totalFaults).toBeGreaterThan(35);
  });
});
