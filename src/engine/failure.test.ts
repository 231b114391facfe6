import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { until } from '../../test/support/embedded.ts';

const CATALOG = `
diana: 1
name: failure
currencies: { points: { name: Points } }
metrics: { earned: { earned: points } }
rules:
  - { id: step, on: 'game.*', award: { points: 10 } }
`;

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine(CATALOG, { maxBatch: 100 });
  // The owner plants a trap in the database: one type of event makes the statement of its whole batch fail.
  await engine.test.owner.unsafe(`
    create function pg_temp_trap() returns trigger language plpgsql as $$ begin
      if new.type = 'game.trap' then raise exception 'trap' using errcode = coalesce(new.data ->> 'errcode', '22000'); end if;
      return new;
    end $$;
    create trigger trap before insert on events.log for each row execute function pg_temp_trap()`);
});
afterEach(() => engine.test.owner.unsafe('alter table events.log enable trigger trap'));
afterAll(() => engine.close());

const step = (id: string, user: string): object => ({ id, type: 'game.step', user });
const trap = (id: string, user: string, errcode: string): object => ({ id, type: 'game.trap', user, data: { errcode } });

async function errorsAnnounced(): Promise<readonly { code: string; kind: string }[]> {
  const rows = await engine.test.owner.unsafe(`select data from events.log where type = 'system.error' order by position`);
  return rows.map((row) => row['data'] as { code: string; kind: string });
}

test.each(['22012', '23514', 'P0001'])(
  'of a batch that fails with SQLSTATE %s only the guilty event is refused',
  async (errcode) => {
    const before = (await errorsAnnounced()).length;
    const events = Array.from({ length: 60 }, (_, n) => step(`${errcode}-${n}`, `user-${n % 9}`));
    events.splice(23, 0, trap(`${errcode}-trap`, 'user-3', errcode));
    const results = await engine.submit(events);
    const [guilty] = results.slice(23, 24);
    expect(guilty).toMatchObject({ status: 'refused', code: 'internal_error', retryable: true });
    expect(results.filter(({ status }) => status === 'accepted')).toHaveLength(60);
    await until('system.error is announced', 5_000, async () => (await errorsAnnounced()).length > before);
    const announced = (await errorsAnnounced()).slice(before);
    expect(announced).toEqual([expect.objectContaining({ kind: 'event', code: errcode })]);
    expect(JSON.stringify(announced)).not.toContain('user-3');
    // Its id stayed free: once the machinery is mended, the same event is taken.
    await engine.test.owner.unsafe('alter table events.log disable trigger trap');
    const [mended] = await engine.submit([trap(`${errcode}-trap`, 'user-3', errcode)]);
    expect(mended).toMatchObject({ status: 'accepted' });
  },
);

test('two guilty events of one batch are both found', async () => {
  const events = Array.from({ length: 30 }, (_, n) =>
    n % 13 === 4 ? trap(`two-${n}`, `user-${n}`, '22000') : step(`two-${n}`, `user-${n}`),
  );
  const results = await engine.submit(events);
  const refused = results.flatMap((result, n) => (result.status === 'refused' ? [`${n} ${result.code}`] : []));
  expect(refused).toEqual(['4 internal_error', '17 internal_error']);
});

test('a guilty transfer is found, too', async () => {
  await engine.test.owner.unsafe(`
    create function trap_transfer() returns trigger language plpgsql as $$ begin
      if new.amount = 666 then raise exception 'trap' using errcode = '23514'; end if; return new;
    end $$;
    create trigger trap before insert on ledger.transfer for each row execute function trap_transfer()`);
  const award = (n: number, amount: number): object => ({
    id: `t-${n}-${amount}`,
    kind: 'award',
    user: `taker-${n % 5}`,
    currency: 'points',
    amount,
  });
  const amounts = Array.from({ length: 20 }, (_, n) => (n === 11 ? 666 : n + 1));
  const outcomes = await Promise.all(amounts.map((amount, n) => engine.engine.transfer(award(n, amount), ADMIN)));
  expect(outcomes.map((outcome) => (outcome.ok ? 'done' : outcome.refusal.code))).toEqual(
    amounts.map((amount) => (amount === 666 ? 'internal_error' : 'done')),
  );
  await engine.test.owner.unsafe('drop trigger trap on ledger.transfer');
});

test('beyond the bound of the queue everything is refused busy, and nothing that was admitted is lost', async () => {
  const small = await createTestEngine(CATALOG, { capacity: 1_000, maxBatch: 50 });
  try {
    const waves = Array.from({ length: 12 }, (_, w) =>
      Array.from({ length: 200 }, (_, n) => step(`w${w}-${n}`, `user-${(w * 200 + n) % 50}`)),
    );
    const answers = await Promise.all(waves.map((wave) => small.submit(wave)));
    const turnedAway = answers.filter((results) => results.some((result) => result.status === 'refused'));
    expect(turnedAway).toHaveLength(7);
    for (const results of turnedAway) {
      expect(results.every((result) => result.status === 'refused' && result.code === 'busy' && result.retryable)).toBe(true);
    }
    const [row] = await small.test.owner.unsafe('select count(*)::int as n from events.identity');
    expect(row?.['n']).toBe(1_000);
    expect(small.engine.status().queued).toBe(0);
    const again = await Promise.all(waves.slice(5, 10).map((wave) => small.submit(wave)));
    expect(again.flat().every(({ status }) => status === 'accepted')).toBe(true);
  } finally {
    await small.close();
  }
});

test('a drain finishes what was admitted and refuses what is new', async () => {
  const other = await engine.another();
  const admitted = other.submit(
    Array.from({ length: 300 }, (_, n) => step(`drain-${n}`, `user-${n}`)),
    ADMIN,
  );
  const drained = other.drain();
  const late = await other.submit([step('drain-late', 'user-1')], ADMIN);
  expect(late[0]).toMatchObject({ status: 'refused', code: 'unavailable', retryable: true });
  expect(await other.transfer({ id: 'late', kind: 'award', user: 'user-1', currency: 'points', amount: 1 }, ADMIN)).toMatchObject(
    { refusal: { code: 'unavailable' } },
  );
  await drained;
  expect(other.status()).toMatchObject({ queued: 0, draining: true });
  expect((await admitted).every(({ status }) => status === 'accepted')).toBe(true);
  expect((await engine.submit([step('drain-late', 'user-1')]))[0]?.status).toBe('accepted');
});
