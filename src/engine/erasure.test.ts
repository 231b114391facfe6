import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { until } from '../../test/support/embedded.ts';
import { tracesOf } from '../../test/support/traces.ts';
import { createAccess } from '../access/index.ts';
import { verifyLedger } from '../ledger/index.ts';
import { systemRandomness } from '../platform/randomness.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine(`
diana: 1
name: erasure
currencies: { points: { name: Points } }
metrics:
  said: { count: 'chat.*' }
  earned: { earned: points }
rules:
  - { id: said, on: chat.said, award: { points: 10 }, limit: { max: 5, within: 1h } }
  - { id: odd, on: chat.said, when: 'event.data[event.data.text] > 5', award: { points: 1 } }
  - { id: fine, on: chat.rude, adjust: { points: -500 } }
boards:
  - { id: weekly, metric: earned, period: week }
  - { id: all, metric: said, by: event.data.text, record: { text: event.data.text } }
streaks: { daily: { on: chat.said, every: day } }
achievements: [{ id: hero, manual: true, tiers: [{ id: done, at: 1 }] }]
`);
});
afterAll(() => engine.close());

/** Each stands in another place when the person is there. */
const TRACES = [
  'zaphod-outside',
  'zaphod-name',
  'zaphod-event',
  'zaphod-source',
  'zaphod-said',
  'zaphod-thread',
  'zaphod-reason',
  'zaphod-trait',
  'zaphod-gift',
  'zaphod-hold',
  'zaphod-boost',
  'zaphod-hidden',
  'zaphod-pause',
  'zaphod-grant',
  'zaphod-undo',
  'Betelgeuse',
];

async function live(user: string): Promise<void> {
  const { engine: face } = engine;
  await face.putUser(
    user,
    { name: 'zaphod-name', zone: 'Europe/Berlin', attributes: { city: 'Betelgeuse', 'zaphod-trait': 1 } },
    ADMIN,
  );
  const said = {
    type: 'chat.said',
    user,
    source: 'zaphod-source',
    correlationId: 'zaphod-thread',
    data: { text: 'zaphod-said' },
  };
  await engine.submit([1, 2, 3].map((n) => ({ ...said, id: `zaphod-event-${n}` })));
  await engine.submit([{ ...said, type: 'chat.rude', id: 'zaphod-event-rude' }], ADMIN);
  const move = { currency: 'points', amount: 3, reason: 'zaphod-reason' };
  await face.transfer({ ...move, id: 'zaphod-event-award', kind: 'award', user }, ADMIN);
  await face.transfer({ ...move, id: 'zaphod-event-adjust', kind: 'adjust', user }, ADMIN);
  await face.transfer({ ...move, id: 'zaphod-event-force', kind: 'force', user }, ADMIN);
  await face.transfer({ ...move, id: 'zaphod-event-spend', kind: 'spend', user }, ADMIN);
  await face.transfer({ ...move, id: 'zaphod-event-poor', kind: 'spend', user, amount: 100_000 }, ADMIN);
  await face.transfer({ ...move, id: 'gave', kind: 'transfer', user, to: 'friend' }, ADMIN);
  await face.transfer(
    { ...move, id: 'got', kind: 'transfer', user: 'friend', to: user, amount: 1, reason: 'zaphod-gift' },
    ADMIN,
  );
  const done = [
    await face.createHold({ id: 'zaphod-hold', user, currency: 'points', amount: 1, reason: 'zaphod-hold' }, ADMIN),
    await face.grantBoost({ id: 'spree', user, factor: 2, until: '2027-01-01T00:00:00Z', reason: 'zaphod-boost' }, ADMIN),
    await face.setVisibility(user, { hidden: true, reason: 'zaphod-hidden' }, ADMIN),
    await face.pauseStreak(user, 'daily', { from: '2026-12-24', to: '2026-12-26', reason: 'zaphod-pause' }, ADMIN),
    await face.grants.grant(user, 'hero', { reason: 'zaphod-grant' }, ADMIN),
    await face.undos.undoEvent('zaphod-source', 'zaphod-event-3', { reason: 'zaphod-undo' }, ADMIN),
  ];
  expect(done.filter(({ ok }) => !ok)).toEqual([]);
}

const verified = async (): Promise<unknown> => (await verifyLedger(engine.test.database, { now: engine.clock.now })).faults;

test('of a person who is erased nothing is left in any table, and every chain still verifies', async () => {
  await live('zaphod-outside');
  await engine.submit([{ id: 'friend-1', type: 'chat.said', user: 'friend', data: { text: 'hello' } }]);
  expect(await verified()).toEqual([]);
  const before = await tracesOf(engine.test.owner, TRACES);
  for (const word of TRACES) expect(before.join('\n')).toContain(word);
  const [ledger] = await engine.test.owner.unsafe('select count(*)::int as n, sum(amount)::int as amount from ledger.transfer');

  const erased = await engine.engine.eraseUser('zaphod-outside', 'asked for it', ADMIN);
  expect(erased.ok).toBe(true);
  expect(await tracesOf(engine.test.owner, TRACES)).toEqual([]);
  expect(await verified()).toEqual([]);
  const [after] = await engine.test.owner.unsafe('select count(*)::int as n, sum(amount)::int as amount from ledger.transfer');
  expect(after).toEqual(ledger);
  const friend = await engine.test.owner.unsafe(
    `select available::int as n from ledger.account join users.person using (account) where id = 'friend'`,
  );
  expect(friend[0]?.['n']).toBe(12);
});

test('erasing is on record by the bare account, and announced', async () => {
  const [deed] = await engine.test.owner.unsafe(`select actor, target, reason from access.audit where action = 'user.erase'`);
  expect(deed).toMatchObject({ actor: ADMIN.id, reason: 'asked for it' });
  expect(String(deed?.['target'])).toMatch(/^acct_[0-9a-z]+$/);
  const announced = await engine.test.owner.unsafe(`select 1 from events.log where type = 'user.erased'`);
  expect(announced).toHaveLength(1);
});

test('the same outside id afterwards is a new user; old events are still known and cannot be taken twice', async () => {
  const event = {
    id: 'zaphod-event-1',
    type: 'chat.said',
    user: 'zaphod-outside',
    source: 'zaphod-source',
    correlationId: 'zaphod-thread',
    data: { text: 'zaphod-said' },
  };
  const [old] = await engine.submit([event]);
  expect(old).toMatchObject({ status: 'duplicate', awards: [{ amount: 10, balance: 10 }] });
  expect(await tracesOf(engine.test.owner, TRACES)).toEqual([]);
  const [fresh] = await engine.submit([{ id: 'second-life', type: 'chat.said', user: 'zaphod-outside', data: {} }]);
  expect(fresh).toMatchObject({ status: 'accepted', awards: [{ amount: 10, balance: 10 }] });
  const spend = await engine.engine.transfer(
    { id: 'too-much', kind: 'spend', user: 'zaphod-outside', currency: 'points', amount: 11 },
    ADMIN,
  );
  expect(spend).toMatchObject({ refusal: { code: 'insufficient_balance' } });
});

test('an unknown person cannot be erased', async () => {
  expect(await engine.engine.eraseUser('nobody', null, ADMIN)).toMatchObject({ refusal: { code: 'unknown_user' } });
});

test('the keys of a person end with them', async () => {
  const access = createAccess({ database: engine.test.database, randomness: systemRandomness, clock: engine.clock });
  await engine.submit([{ id: 'keyed-1', type: 'chat.said', user: 'keyed', data: {} }]);
  const [row] = await engine.test.owner.unsafe(`select account from users.person where id = 'keyed'`);
  const created = await access.createKey({ role: 'client', name: 'phone', account: Number(row?.['account']) }, ADMIN, null);
  await engine.engine.eraseUser('keyed', null, ADMIN);
  const elsewhere = createAccess({ database: engine.test.open(), randomness: systemRandomness, clock: engine.clock });
  expect(created.ok && (await elsewhere.authenticate(created.value.token))).toBeUndefined();
});

test('an event that arrives while its user is being erased belongs to a new user', async () => {
  await engine.submit([{ id: 'racing-1', type: 'chat.said', user: 'racing', data: { text: 'before' } }]);
  // The erasure is held up after its work and before its commit, while the event waits for the lock.
  await engine.test.owner.unsafe(`
    create function hold_up() returns trigger language plpgsql as $$ begin
      if new.action = 'user.erase' then perform pg_advisory_xact_lock(77); end if; return new;
    end $$;
    create trigger hold_up before insert on access.audit for each row execute function hold_up()`);
  const waiting = async (event: string): Promise<boolean> =>
    (
      await engine.test.owner.unsafe(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and wait_event = '${event}'`,
      )
    ).length > 0;
  const other = await engine.another();
  let erasing: Promise<unknown> = Promise.resolve();
  let arriving: ReturnType<typeof engine.submit> = Promise.resolve([]);
  await engine.test.owner.begin(async (holder) => {
    await holder.unsafe('select pg_advisory_xact_lock(77)');
    erasing = other.eraseUser('racing', null, ADMIN);
    await until('the erasure is held up', 5_000, () => waiting('advisory'));
    arriving = engine.submit([{ id: 'racing-2', type: 'chat.said', user: 'racing', data: { text: 'after' } }]);
    await until('the event waits for it', 5_000, async () => (await waiting('transactionid')) || (await waiting('tuple')));
  });
  await erasing;
  expect(await arriving).toMatchObject([{ status: 'accepted', awards: [{ balance: 10 }] }]);
  const left = await engine.test.owner.unsafe(
    `select l.id from events.log l left join users.person p using (account) where p.account is null and l.account is not null and (l.id is not null or l.source is not null)`,
  );
  expect(left).toHaveLength(0);
  expect(await verified()).toEqual([]);
  await engine.test.owner.unsafe('drop trigger hold_up on access.audit');
  await other.drain();
});
