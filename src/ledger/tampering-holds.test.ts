import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SERVICE, type TestEngine } from '../../test/support/engine.ts';
import { createTestLedger, entryOf, takeBack, tamper, verify } from '../../test/support/ledger.ts';
import { hold } from '../../test/support/points.ts';

/** Of ada: entry 8 holds 20, entry 9 captures 5 of them for bob, entry 10 captures 5, entry 11 releases 3. 7 stay held. */
let engine: TestEngine;
beforeEach(async () => {
  engine = await createTestLedger();
  await hold(engine.engine, 'order', 20, { reason: 'an order' });
  await engine.engine.captureHold('order', { amount: 5, to: 'bob' }, SERVICE);
  await engine.engine.captureHold('order', { amount: 5 }, SERVICE);
  await engine.engine.releaseHold('order', { amount: 3 }, SERVICE);
});
afterEach(() => engine.close());

test('what is held, captured and released verifies, and is told of each currency', async () => {
  const report = await verify(engine);
  expect(report.faults).toEqual([]);
  // ada had 49 and captured 10 away, of which bob has 5; nothing else moved.
  expect(report.currencies['points']).toMatchObject({ held: 7, spent: 12, balances: 139, issued: 154, adjusted: -3 });
});

describe('tampering with what is held is found, and the first fault names the entry:', () => {
  test.each<[string, number, string]>([
    ['the amount of a hold', 8, 'amount = amount + 1'],
    ['the amount of a capture', 10, 'amount = amount - 1'],
    ['the amount of a release', 11, 'amount = amount + 1'],
    ['a hold made into something that was spent', 8, `kind = 'spend', credit = -2`],
    ['a capture made into something that was spent', 10, `kind = 'spend'`],
    ['something that was captured made into a gift', 9, `kind = 'transfer'`],
    ['a release made into an award', 11, `kind = 'award', debit = -1`],
    ['the balance after a hold', 8, 'debit_balance = debit_balance - 20'],
    ['the balance after a release', 11, 'credit_balance = credit_balance + 3'],
  ])('%s', async (_, number, change) => {
    const entry = await entryOf(engine, 'ada', number);
    await tamper(engine, `update ledger.transfer set ${change} where id = $1`, [entry.id]);
    const { faults, ok } = await verify(engine);
    expect(ok).toBe(false);
    // Accounts are proven in the order of their random numbers: where both sides are a user's, either may be told first.
    expect(faults[0]?.transfer).toBe(entry.named.transfer);
    expect(faults).toContainEqual(expect.objectContaining(entry.named));
  });

  test('a hold removed: more is taken from what is held than there is', async () => {
    const entry = await entryOf(engine, 'ada', 8);
    await tamper(engine, 'delete from ledger.transfer where id = $1', [entry.id]);
    const { faults } = await verify(engine);
    expect(faults[0]).toMatchObject({ ...entry.named, transfer: null, what: 'entry 8 is missing' });
    expect(faults[1]).toMatchObject({ entry: 9, what: 'more is taken from what is held than there is' });
  });

  test('held points made available, and the other way round', async () => {
    const { account } = await entryOf(engine, 'ada', 8);
    await tamper(
      engine,
      `update ledger.account set available = available + 7, held = 0 where account = $1 and currency = 'points'`,
      [account],
    );
    const faults = (await verify(engine)).faults.map(({ what }) => what);
    expect(faults).toEqual([
      'the account says 0 held, its entries 7',
      'the entries hold 7, all accounts together 0',
      'the account holds 0, its open holds come to 7',
    ]);
  });

  test('a hold that says more was captured than was', async () => {
    await tamper(engine, `update ledger.hold set captured = captured + 2`);
    expect((await verify(engine)).faults).toMatchObject([
      { currency: 'points', what: 'the account holds 7, its open holds come to 5' },
    ]);
  });

  test('a hold removed from the list of holds, and one that is made up', async () => {
    await tamper(
      engine,
      `insert into ledger.hold (id, name, account, currency, amount, state, created_at, transfer, cause)
      select gen_random_uuid(), 'made up', account, 'gems', 4, 'held', now(), gen_random_uuid(), gen_random_uuid() from ledger.hold`,
    );
    await tamper(engine, `delete from ledger.hold where name = 'order'`);
    expect((await verify(engine)).faults.map(({ currency, what }) => [currency, what])).toEqual([
      ['gems', 'the account holds 0, its open holds come to 4'],
      ['points', 'the account holds 7, its open holds come to 0'],
    ]);
  });

  test('an announcement of a capture removed', async () => {
    const entry = await entryOf(engine, 'ada', 10);
    await tamper(engine, `update events.log set data = null where data->>'transfer' = $1`, [`${entry.named.transfer}`]);
    expect((await verify(engine)).faults).toMatchObject([{ ...entry.named, what: 'the log does not announce it' }]);
  });
});

describe('an entry that takes another one back', () => {
  const reverse = () => takeBack(engine, 'ada', 7);

  test('has it in its hash, and each is taken back once', async () => {
    await reverse();
    const of = async () => (await verify(engine)).faults.filter(({ what }) => what !== 'the log does not announce it');
    expect(await of()).toEqual([]);
    await expect(reverse()).rejects.toMatchObject({ code: '23505' });
    const entry = await entryOf(engine, 'ada', 12);
    await tamper(engine, 'update ledger.transfer set reverses = gen_random_uuid() where id = $1', [entry.id]);
    expect(await of()).toMatchObject([{ ...entry.named, what: expect.stringContaining('its hash does not match') }]);
    await tamper(engine, 'update ledger.transfer set reverses = null where id = $1', [entry.id]);
    expect(await of()).toMatchObject([{ ...entry.named, what: expect.stringContaining('its hash does not match') }]);
  });
});
