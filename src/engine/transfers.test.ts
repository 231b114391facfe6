import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../test/support/engine.ts';
import type { Actor } from '../access/index.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine(`
diana: 1
name: transfers
currencies: { points: { name: Points }, credit: { name: Credit, overdraft: allow } }
metrics: { earned: { earned: points } }
boards:
  - { id: weekly, metric: earned, period: week }
`);
});
afterAll(() => engine.close());

let ids = 0;
/** What a transfer answers: its balance, or the code of its refusal. */
async function transfer(command: object, actor: Actor = ADMIN): Promise<number | string> {
  const outcome = await engine.engine.transfer({ id: `t${(ids += 1)}`, currency: 'points', ...command }, actor);
  return outcome.ok ? outcome.value.result.balance : outcome.refusal.code;
}

async function balances(user: string): Promise<Record<string, number>> {
  const rows = await engine.test.owner.unsafe(
    'select currency, available::int as available from ledger.account join users.person using (account) where id = $1 order by currency',
    [user],
  );
  return Object.fromEntries(rows.map((row) => [String(row['currency']), Number(row['available'])]));
}

const exists = async (user: string): Promise<boolean> =>
  (await engine.test.owner.unsafe('select 1 from users.person where id = $1', [user])).length === 1;

test('each kind moves points the way its name says', async () => {
  expect(await transfer({ kind: 'award', user: 'a', amount: 100 }, SERVICE)).toBe(100);
  expect(await transfer({ kind: 'spend', user: 'a', amount: 30 }, SERVICE)).toBe(70);
  expect(await transfer({ kind: 'transfer', user: 'a', to: 'b', amount: 20 }, SERVICE)).toBe(50);
  expect(await transfer({ kind: 'adjust', user: 'a', amount: -5, reason: 'counted twice' })).toBe(45);
  expect(await transfer({ kind: 'adjust', user: 'a', amount: 5, reason: 'counted once after all' })).toBe(50);
  expect(await transfer({ kind: 'force', user: 'a', amount: 1, reason: 'flagged by mistake' })).toBe(51);
  expect(await balances('a')).toEqual({ points: 51 });
  expect(await balances('b')).toEqual({ points: 20 });
});

test('only awards count as earned', async () => {
  await transfer({ kind: 'award', user: 'earner', amount: 10 });
  await transfer({ kind: 'force', user: 'earner', amount: 5, reason: 'x' });
  await transfer({ kind: 'adjust', user: 'earner', amount: 100, reason: 'x' });
  await transfer({ kind: 'spend', user: 'earner', amount: 50 });
  await transfer({ kind: 'award', user: 'giver', amount: 7 });
  await transfer({ kind: 'transfer', user: 'giver', to: 'earner', amount: 7 });
  const rows = await engine.test.owner.unsafe(
    `select p.id, a.state #>> '{metrics,earned,0}' as earned, s.score from users.person p join engine.account a using (account)
     left join boards.score s using (account) where p.id in ('earner', 'giver') order by p.id`,
  );
  expect(rows.map((row) => [row['id'], Number(row['earned']), row['score']])).toEqual([
    ['earner', 15, 15],
    ['giver', 7, 7],
  ]);
});

describe('overdraft', () => {
  test('is refused by default, to the last point', async () => {
    await transfer({ kind: 'award', user: 'o', amount: 10 });
    for (const command of [
      { kind: 'spend', user: 'o', amount: 11 },
      { kind: 'transfer', user: 'o', to: 'p', amount: 11 },
      { kind: 'adjust', user: 'o', amount: -11, reason: 'x' },
    ]) {
      expect(await transfer(command)).toBe('insufficient_balance');
    }
    expect(await transfer({ kind: 'spend', user: 'o', amount: 10 })).toBe(0);
    expect(await exists('p')).toBe(false);
  });

  test('is allowed where the currency says so', async () => {
    await transfer({ kind: 'award', user: 'q', amount: 1, currency: 'credit' });
    expect(await transfer({ kind: 'spend', user: 'q', amount: 40, currency: 'credit' })).toBe(-39);
    expect(await transfer({ kind: 'transfer', user: 'q', to: 'r', amount: 1, currency: 'credit' })).toBe(-40);
    expect(await transfer({ kind: 'adjust', user: 'q', amount: -2, currency: 'credit', reason: 'x' })).toBe(-42);
    expect(await balances('q')).toEqual({ credit: -42 });
  });
});

test('what gives to an unknown user creates it; what takes from one is refused and creates nobody', async () => {
  expect(await transfer({ kind: 'award', user: 'new-1', amount: 1 })).toBe(1);
  expect(await transfer({ kind: 'force', user: 'new-2', amount: 1, reason: 'x' })).toBe(1);
  expect(await transfer({ kind: 'adjust', user: 'new-3', amount: 1, reason: 'x' })).toBe(1);
  expect(await transfer({ kind: 'transfer', user: 'new-1', to: 'new-4', amount: 1 })).toBe(0);
  expect(await transfer({ kind: 'spend', user: 'gone-1', amount: 1, currency: 'credit' })).toBe('unknown_user');
  expect(await transfer({ kind: 'adjust', user: 'gone-2', amount: -1, reason: 'x', currency: 'credit' })).toBe('unknown_user');
  expect(await transfer({ kind: 'transfer', user: 'gone-3', to: 'gone-4', amount: 1, currency: 'credit' })).toBe('unknown_user');
  for (const user of ['new-1', 'new-2', 'new-3', 'new-4']) expect(await exists(user)).toBe(true);
  for (const user of ['gone-1', 'gone-2', 'gone-3', 'gone-4']) expect(await exists(user)).toBe(false);
  const created = await engine.test.owner.unsafe(
    `select count(*)::int as n from events.log l join users.person p using (account) where l.type = 'user.created' and p.id like 'new-%'`,
  );
  expect(created[0]?.['n']).toBe(4);
});

test('a malformed transfer tells the path of its first fault', async () => {
  const good = { id: 'x', kind: 'award', user: 'a', currency: 'points', amount: 1 };
  const faults: readonly (readonly [object | null, string])[] = [
    ...[0, 1.5, Number.NaN, 1e21, '10', 2 ** 53, -1, null].map((amount) => [{ ...good, amount }, '/amount'] as const),
    [{ ...good, kind: 'steal' }, '/kind'],
    [{ ...good, to: 'b' }, '/to'],
    [{ ...good, kind: 'transfer' }, '/to'],
    [{ ...good, kind: 'adjust' }, '/reason'],
    [{ ...good, kind: 'force' }, '/reason'],
    [{ ...good, kind: 'adjust', amount: 0, reason: 'x' }, '/amount'],
    [{ ...good, reason: 'x'.repeat(1_001) }, '/reason'],
    [{ ...good, user: 'nul\u0000' }, '/user'],
    [{ ...good, id: '\ud800' }, '/id'],
    [{ ...good, extra: 1 }, '/extra'],
    [null, ''],
    [[good] as object, ''],
  ];
  for (const [command, path] of faults) {
    const outcome = await engine.engine.transfer(command, ADMIN);
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'malformed', path } });
  }
  expect(await transfer({ kind: 'transfer', user: 'a', to: 'a', amount: 1 })).toBe('same_user');
});

test('balances beyond the exact integers are refused, never rounded', async () => {
  const most = Number.MAX_SAFE_INTEGER;
  expect(await transfer({ kind: 'award', user: 'rich', amount: most })).toBe(most);
  expect(await transfer({ kind: 'award', user: 'rich', amount: 1 })).toBe('balance_overflow');
  await transfer({ kind: 'award', user: 'poor', amount: 1 });
  expect(await transfer({ kind: 'transfer', user: 'poor', to: 'rich', amount: 1 })).toBe('balance_overflow');
  expect(await transfer({ kind: 'spend', user: 'rich', amount: most })).toBe(0);
});

test('adjust and force need an admin key and leave an audit row; nobody transfers with a client key', async () => {
  const client: Actor = { id: 'key_client', role: 'client', account: 1 };
  for (const kind of ['adjust', 'force'])
    expect(await transfer({ kind, user: 'a', amount: 1, reason: 'x' }, SERVICE)).toBe('forbidden');
  for (const kind of ['award', 'spend']) expect(await transfer({ kind, user: 'a', amount: 1 }, client)).toBe('forbidden');
  const audit = async (): Promise<readonly Record<string, unknown>[]> =>
    (
      await engine.test.owner.unsafe(
        `select actor, action, target, before, after from access.audit where action like 'transfer.%' order by id`,
      )
    ).map((row) => ({ ...row }));
  const before = (await audit()).length;
  await transfer({ kind: 'award', user: 'audited', amount: 10 });
  await transfer({ kind: 'adjust', user: 'audited', amount: -3, reason: 'x' });
  await transfer({ kind: 'force', user: 'audited', amount: 2, reason: 'y' });
  await transfer({ kind: 'adjust', user: 'audited', amount: -300, reason: 'refused' });
  expect((await audit()).slice(before)).toEqual([
    expect.objectContaining({ actor: ADMIN.id, action: 'transfer.adjust', before: { available: 10 }, after: { available: 7 } }),
    expect.objectContaining({ actor: ADMIN.id, action: 'transfer.force', before: { available: 7 }, after: { available: 9 } }),
  ]);
});

test('opposite transfers between two users, from two processes, all succeed', async () => {
  const other = await engine.another();
  await transfer({ kind: 'award', user: 'left', amount: 1_000 });
  await transfer({ kind: 'award', user: 'right', amount: 1_000 });
  const one = (n: number): object => ({
    id: `op-${n}`,
    kind: 'transfer',
    currency: 'points',
    amount: 1,
    ...(n % 2 === 0 ? { user: 'left', to: 'right' } : { user: 'right', to: 'left' }),
  });
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, (_, n) => (n % 3 === 0 ? other : engine.engine).transfer(one(n), SERVICE)),
  );
  expect(outcomes.every(({ ok }) => ok)).toBe(true);
  expect([await balances('left'), await balances('right')]).toEqual([{ points: 1_000 }, { points: 1_000 }]);
  await other.drain();
});
