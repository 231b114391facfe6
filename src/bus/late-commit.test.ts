import type postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BusBench, type BusProcess, createBusBench, eventually } from '../../test/support/bus.ts';
import { createRandom } from '../../test/support/random.ts';
import type { BusEvent } from './index.ts';

const SEED = Number(process.env['TEST_SEED'] ?? 20_261_127);

let bench: BusBench;
let one: BusProcess;
let other: BusProcess;
beforeAll(async () => {
  bench = await createBusBench();
  one = await bench.open();
  other = await bench.open();
  await one.submit([{ id: 'first-of-all', type: 'trip.planned', user: 'ada' }]);
});
afterAll(() => bench.close());

/** What each of several subscribers was given, in the order in which it came: two handlers of two processes, and a stream. */
async function subscribers(type: string): Promise<{ readonly seen: readonly BusEvent[][]; end(): Promise<void> }> {
  const seen: BusEvent[][] = [[], [], []];
  const name = type.replaceAll('.', '-');
  const wide = await one.bus.subscribe('trip.*', (event) => void seen[0]?.push(event), { name: `${name}-wide` });
  const narrow = await other.bus.subscribe(type, (event) => void seen[1]?.push(event), {
    name: `${name}-narrow`,
    transaction: 'each',
  });
  const opened = await other.bus.stream({ types: [type], filter: null, cursor: null, from: 'now' });
  if (!opened.ok) throw new Error(opened.refusal.message);
  const { feed } = opened.value;
  const reading = (async () => {
    for (;;) {
      const portion = await feed.next(100);
      if (portion === undefined) return;
      seen[2]?.push(...portion.events);
    }
  })();
  return {
    seen,
    async end() {
      feed.close();
      await Promise.all([wide.stop(), narrow.stop(), reading]);
    },
  };
}

function promise<T>(): { readonly settled: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const settled = new Promise<T>((done) => (resolve = done));
  return { settled, resolve };
}

const ids = (seen: readonly BusEvent[][]): readonly string[][] => seen.map((events) => events.map(({ id }) => id));

test('of two transactions the one that began first commits last, and nobody misses either', async () => {
  const { seen, end } = await subscribers('trip.begun');
  const event = (id: string) => ({ id, type: 'trip.begun', user: 'ada' });
  const gate = promise<void>();
  const begun = promise<string>();

  const transactionId = `select pg_current_xact_id()::text as id`;
  const slow = one.bus.transaction(async (tx) => {
    const [row] = await tx.query<{ id: string }>(transactionId);
    one.bus.publish(tx, event('began-first'));
    begun.resolve(row?.id ?? '');
    await gate.settled;
  });
  const older = await begun.settled;
  const younger = await other.bus.transaction(async (tx) => {
    other.bus.publish(tx, event('began-second'));
    return (await tx.query<{ id: string }>(transactionId))[0]?.id ?? '';
  });
  expect(BigInt(younger)).toBeGreaterThan(BigInt(older));
  // All have read past it before the older one commits.
  await eventually(
    'the second is there',
    () => ids(seen),
    (all) => all.every((some) => some.includes('began-second')),
  );
  expect(ids(seen)).toEqual([['began-second'], ['began-second'], ['began-second']]);
  gate.resolve();
  await slow;
  await eventually(
    'the first is there',
    () => ids(seen),
    (all) => all.every((some) => some.includes('began-first')),
  );
  for (const events of seen) {
    expect(events.map(({ id }) => id)).toEqual(['began-second', 'began-first']);
    expect((events[1]?.position ?? 0) - (events[0]?.position ?? 0)).toBe(1);
  }
  await end();
});

/** What every writer of the log does last in its transaction: the counter, then the row. */
async function append(tx: Pick<postgres.Sql, 'unsafe'>, id: string): Promise<number> {
  const [row] = await tx.unsafe(
    `with head as (update events.head set position = position + 1 returning position)
     insert into events.log (position, type, account, id, source, occurred_at, recorded_at, data, catalog_version)
     select head.position, 'trip.ended', p.account, $1, 'default', now(), clock_timestamp(), '{}', 1 from head, users.person p limit 1
     returning position::int`,
    [id],
  );
  return Number(row?.['position']);
}

test('who holds the counter makes the next one wait, so a reader in between sees neither and skips none', async () => {
  const { seen, end } = await subscribers('trip.ended');
  const { owner } = bench.test;
  const read = async (after: number): Promise<readonly string[]> =>
    (await one.database.read<{ id: string }>('select id from events.log where position > $1 order by position', [after])).map(
      ({ id }) => id,
    );
  const [head] = await one.database.read<{ position: number }>('select position from events.head');
  const before = head?.position ?? 0;

  const positions: Record<string, number> = {};
  let second: Promise<unknown> = Promise.resolve();
  await owner.begin(async (holds) => {
    positions['holds'] = await append(holds, 'holds');
    const backend = promise<number>();
    second = owner.begin(async (waits) => {
      backend.resolve(Number((await waits.unsafe('select pg_backend_pid() as pid'))[0]?.['pid']));
      positions['waits'] = await append(waits, 'waits');
    });
    const pid = await backend.settled;
    await eventually(
      'the second one waits for the first',
      async () => (await one.database.read<{ n: number }>('select cardinality(pg_blocking_pids($1)) as n', [pid]))[0]?.n,
      (n) => n === 1,
    );
    expect(await read(before)).toEqual([]);
    expect(ids(seen)).toEqual([[], [], []]);
  });
  await second;
  expect(positions).toEqual({ holds: before + 1, waits: before + 2 });
  expect(await read(before)).toEqual(['holds', 'waits']);
  await eventually(
    'both are there',
    () => ids(seen),
    (all) => all.every((some) => some.length === 2),
  );
  for (const events of seen) expect(events.map(({ position }) => position)).toEqual([before + 1, before + 2]);
  await end();
});

test(`writers that commit in any order never make a reader by position skip one (seed ${SEED})`, async () => {
  const { seen, end } = await subscribers('trip.shuffled');
  const random = createRandom(SEED);
  const written = Array.from({ length: 60 }, (_, n) =>
    (n % 2 === 0 ? one : other).bus.transaction(async (tx) => {
      const { bus } = n % 2 === 0 ? one : other;
      bus.publish(tx, { id: `shuffled-${n}`, type: 'trip.shuffled', user: `user-${n % 5}` });
      await new Promise((resolve) => setTimeout(resolve, random.below(40)));
    }),
  );
  await Promise.all(written);
  await eventually(
    'all are there',
    () => seen.map((events) => events.length),
    (lengths) => lengths.every((length) => length >= 60),
  );
  const rows = await one.database.read<{ position: number; user: string }>(
    `select l.position, p.id as "user" from events.log l join users.person p using (account) where type = 'trip.shuffled' order by position`,
  );
  const inOrder = rows.map(({ position }) => position);
  expect([seen[0], seen[2]].map((events) => events?.map(({ position }) => position))).toEqual([inOrder, inOrder]);
  // A subscription that takes users side by side keeps the order of each.
  for (const user of new Set(rows.map((row) => row.user))) {
    const wanted = rows.filter((row) => row.user === user).map(({ position }) => position);
    for (const events of seen)
      expect(events.filter((event) => event.user === user).map(({ position }) => position)).toEqual(wanted);
  }
  expect(seen.map((events) => events.length)).toEqual([60, 60, 60]);
  await end();
});
