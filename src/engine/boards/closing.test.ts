import { afterEach, describe, expect, test } from 'vitest';
import { closingCatalog, type ClosingWorld, openClosing } from '../../../test/support/closing.ts';
import { ADMIN } from '../../../test/support/engine.ts';

let world: ClosingWorld;
afterEach(async () => {
  await world.prove();
  await world.close();
});

const WEEKLY =
  '  - { id: weekly, metric: steps, period: week, zone: UTC, rewards: [{ rank: 1, award: { points: 500 } }, { ranks: 2-3, award: { points: 100 } }] }';
const DAILY = '  - { id: daily, metric: steps, period: day, zone: UTC, rewards: [{ rank: 1, award: { points: 10 } }] }';

describe('once', () => {
  const expectClosed = async (): Promise<void> => {
    expect(await world.frozen('weekly')).toEqual({ '2026-W47': ['1 ann 30 500', '2 bob 20 100', '3 cy 20 100', '4 dee 5'] });
    expect(await world.balances()).toEqual({ ann: 500, bob: 100, cy: 100 });
    expect(await world.facts('board.closed')).toEqual([{ board: 'weekly', period: '2026-W47', total: 4, rewarded: 3 }]);
    expect(await world.facts('board.placed')).toHaveLength(3);
    expect(await world.rows(`select key from timers.timer`)).toEqual([{ key: 'weekly 2026-W48' }]);
    expect(await world.rows(`select data->>'rule' as rule from events.log where type = 'points.awarded' order by 1`)).toEqual(
      [1, 2, 3].map((rank) => ({ rule: `board:weekly:2026-W47:${rank}` })),
    );
  };
  const play = async (): Promise<void> => {
    world = await openClosing(WEEKLY);
    for (const [user, n] of Object.entries({ ann: 30, bob: 20, cy: 20, dee: 5 })) await world.step(user, n);
    world.clock.set('2026-11-23T00:00:00Z');
  };

  test('by two engines at once', async () => {
    await play();
    const other = await world.another();
    await world.run(world.engine, other);
    await world.run(other, world.engine);
    await expectClosed();
  });

  test('after a crash between shutting and freezing, by another engine', async () => {
    await play();
    expect(await world.engine.runDueTimers()).toBe(1);
    expect(await world.rows('select state from boards.closing')).toEqual([{ state: 'closing' }]);
    expect(await world.closings.standings('weekly', { period: 'previous', limit: 10, offset: 0 })).toEqual({
      ok: false,
      fault: 'period_open',
    });
    await world.run(await world.another());
    await expectClosed();
  });

  test('after a failure in the middle of freezing, and one in the middle of paying', async () => {
    await play();
    await world.engine.runDueTimers();
    await world.rows(`
      create function fail() returns trigger language plpgsql as $$ begin raise exception 'crash'; end $$;
      create trigger fail before update on boards.closing for each row execute function fail();
      create trigger fail before insert on ledger.transfer for each row when (new.amount = 500) execute function fail();`);
    await world.run();
    expect(await world.frozen('weekly')).toEqual({});
    expect(await world.rows('select kind from timers.timer where due_at > now() or attempts > 0')).toContainEqual({
      kind: 'board.freeze',
    });
    await world.rows('drop trigger fail on boards.closing');
    world.clock.set('2026-11-23T00:00:10Z');
    await world.run();
    expect(await world.balances()).toEqual({});
    // One who cannot be paid keeps nobody else waiting for long.
    world.clock.set('2026-11-23T00:00:20Z');
    await world.run();
    expect(await world.balances()).toEqual({ bob: 100, cy: 100 });
    await world.rows('drop trigger fail on ledger.transfer');
    world.clock.set('2026-11-23T00:00:30Z');
    await world.run();
    await expectClosed();
  });
});

describe('an event that was accepted before the end and commits', () => {
  /** Holds the counter, so that whoever wants positions waits in the order in which they came. */
  async function race(first: 'event' | 'close'): Promise<readonly string[]> {
    world = await openClosing(WEEKLY);
    await world.step('ann', 1, '2026-11-21T11:00:00Z');
    const holder = await world.test.owner.reserve();
    await holder`begin`;
    await holder`select position from events.head for update`;
    const waiting = async (count: number): Promise<void> => {
      for (let seen = 0; seen < count; ) {
        const [row] = await world.rows(
          `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        seen = Number(row?.['n']);
      }
    };
    const event = (): Promise<readonly string[]> => {
      world.clock.set('2026-11-22T23:59:59.999Z');
      return world.step('ann', 100);
    };
    const close = (): Promise<number> => {
      world.clock.set('2026-11-23T00:00:00Z');
      return world.engine.runDueTimers();
    };
    let skipped: Promise<readonly string[]>;
    let closing: Promise<number>;
    if (first === 'event') {
      skipped = event();
      await waiting(1);
      closing = close();
    } else {
      closing = close();
      await waiting(1);
      skipped = event();
    }
    await waiting(2);
    await holder`commit`;
    holder.release();
    await closing;
    const answer = await skipped;
    world.clock.set('2026-11-23T00:00:00Z');
    await world.run();
    return answer;
  }

  test('before it is shut counts', async () => {
    expect(await race('event')).toEqual([]);
    expect(await world.frozen('weekly')).toEqual({ '2026-W47': ['1 ann 101 500'] });
  });

  test('after it was shut is too late', async () => {
    expect(await race('close')).toEqual(['weekly period_closed']);
    expect(await world.frozen('weekly')).toEqual({ '2026-W47': ['1 ann 1 500'] });
  });
});

test('periods that ended while nobody ran are closed one by one, those before the board began never', async () => {
  world = await openClosing(DAILY);
  await world.step('old', 9, '2026-11-01T10:00:00Z');
  for (const day of ['21', '22', '24']) {
    world.clock.set(`2026-11-${day}T13:00:00Z`);
    await world.step('ann', Number(day));
  }
  await world.rows('delete from timers.timer');
  world.clock.set('2026-11-25T09:00:00Z');
  await world.run(await world.another(), await world.another());
  expect(await world.frozen('daily')).toEqual({
    '2026-11-21': ['1 ann 21 10'],
    '2026-11-22': ['1 ann 22 10'],
    '2026-11-24': ['1 ann 24 10'],
  });
  expect(await world.balances()).toEqual({ ann: 30 });
  const standings = (period: string) => world.closings.standings('daily', { period, limit: 10, offset: 0 });
  expect(await standings('2026-11-23')).toMatchObject({ ok: true, value: { total: 0, entries: [] } });
  expect(await standings('2026-11-01')).toEqual({ ok: false, fault: 'period_open' });
  expect(await standings('current')).toEqual({ ok: false, fault: 'period_open' });
});

test('a board that was away when its period ended closes it when it comes back', async () => {
  world = await openClosing(DAILY);
  await world.step('ann', 5);
  expect((await world.engine.applyCatalog(closingCatalog(WEEKLY), ADMIN)).ok).toBe(true);
  world.clock.set('2026-11-22T09:00:00Z');
  await world.run();
  expect(await world.frozen('daily')).toEqual({});
  expect((await world.engine.applyCatalog(closingCatalog(DAILY), ADMIN)).ok).toBe(true);
  await world.run();
  expect(await world.frozen('daily')).toEqual({ '2026-11-21': ['1 ann 5 10'] });
});

test.each([
  ['first', ['1 ann 9 50', '2 bob 5 20', '3 cy 5', '4 dee 1'], ['1 ann 9 7', '2 bob 5 7', '3 cy 5', '4 dee 1']],
  ['shared', ['1 ann 9 50', '2 bob 5 20', '2 cy 5 20', '4 dee 1'], ['1 ann 9 7', '2 bob 5 7', '2 cy 5 7', '4 dee 1']],
  ['dense', ['1 ann 9 50', '2 bob 5 20', '2 cy 5 20', '3 dee 1'], ['1 ann 9 7', '2 bob 5 7', '2 cy 5 7', '3 dee 1']],
])('equals at the edge of a reward, ties %s: by rank, and by share', async (ties, byRank, byShare) => {
  const board = (id: string, rewards: string) =>
    `  - { id: ${id}, metric: steps, period: day, zone: UTC, ties: ${ties}, rewards: [${rewards}] }`;
  world = await openClosing(
    [
      board('ranks', '{ rank: 1, award: { points: 50 } }, { rank: 2, award: { points: 20 } }'),
      board('share', '{ top: 30%, award: { points: 7 } }'),
    ].join('\n'),
  );
  for (const [user, n] of Object.entries({ ann: 9, bob: 5, cy: 5, dee: 1 })) await world.step(user, n);
  world.clock.set('2026-11-22T00:00:00Z');
  await world.run();
  expect(await world.frozen('ranks')).toEqual({ '2026-11-21': byRank });
  expect(await world.frozen('share')).toEqual({ '2026-11-21': byShare });
});

test('the first reward that fits is paid, an ascending board pays the lowest, and rewards count as earned', async () => {
  world = await openClosing(
    `  - { id: low, metric: steps, period: day, zone: UTC, order: asc, rewards: [{ rank: 1, award: { points: 9 } }, { top: 100%, award: { points: 1 } }] }
  - { id: rich, metric: earned }`,
  );
  for (const [user, n] of Object.entries({ ann: 9, bob: 5 })) await world.step(user, n);
  world.clock.set('2026-11-22T00:00:00Z');
  await world.run();
  expect(await world.frozen('low')).toEqual({ '2026-11-21': ['1 bob 5 9', '2 ann 9 1'] });
  expect(await world.rows(`select score from boards.score where board = 'rich' order by score`)).toEqual([
    { score: 1 },
    { score: 9 },
  ]);
});

test('by local days a period closes twelve hours after its end in UTC', async () => {
  world = await openClosing('  - { id: local, metric: steps, period: day }');
  await world.step('ann', 1);
  world.clock.set('2026-11-22T11:59:59.999Z');
  await world.run();
  expect(await world.frozen('local')).toEqual({});
  expect(await world.step('bob', 2, '2026-11-21T23:00:00-11:00')).toEqual([]);
  world.clock.set('2026-11-22T12:00:00Z');
  await world.run();
  expect(await world.frozen('local')).toEqual({ '2026-11-21': ['1 bob 2', '2 ann 1'] });
});

test('a period between firings of a pattern closes at the next one', async () => {
  world = await openClosing("  - { id: friday, metric: steps, period: { cron: '0 18 * * 5' } }", 'Europe/Madrid');
  await world.step('ann', 1);
  world.clock.set('2026-11-27T16:59:59.999Z');
  await world.step('ann', 1);
  await world.run();
  expect(await world.frozen('friday')).toEqual({});
  world.clock.set('2026-11-27T17:00:00Z');
  await world.step('ann', 5);
  await world.run();
  expect(await world.frozen('friday')).toEqual({ '2026-11-20T18-00': ['1 ann 2'] });
  expect(await world.rows(`select period, score from boards.score order by period`)).toEqual([
    { period: '2026-11-20T18-00', score: 2 },
    { period: '2026-11-27T18-00', score: 5 },
  ]);
});

test('seasons close at their end, which may be put off; between them nothing scores', async () => {
  const season = (to: string) =>
    `  - { id: league, metric: steps, period: { seasons: [{ name: autumn, from: 2026-09-01, to: ${to} }, { name: advent, from: 2026-12-05, to: 2026-12-24T18:00:00Z }] } }`;
  world = await openClosing(season('2026-12-01'));
  await world.step('ann', 1);
  expect((await world.engine.applyCatalog(closingCatalog(season('2026-12-03')), ADMIN)).ok).toBe(true);
  world.clock.set('2026-12-02T00:00:00Z');
  await world.step('ann', 1);
  await world.run();
  expect(await world.frozen('league')).toEqual({});
  world.clock.set('2026-12-04T00:00:00Z');
  expect(await world.step('ann', 10)).toEqual([]);
  await world.run();
  expect(await world.frozen('league')).toEqual({ autumn: ['1 ann 2'] });
  expect(await world.closings.preview('league', 10)).toEqual({ ok: false, fault: 'unknown_period' });
  expect(await world.closings.standings('league', { period: 'previous', limit: 10, offset: 0 })).toMatchObject({
    value: { period: 'autumn' },
  });
  world.clock.set('2026-12-24T17:59:59Z');
  await world.step('ann', 100);
  await world.run();
  world.clock.set('2026-12-24T18:00:00Z');
  await world.run();
  expect(await world.frozen('league')).toEqual({ advent: ['1 ann 100'], autumn: ['1 ann 2'] });
});

test('the preview is what is then frozen and paid, and whoever was erased is passed over', async () => {
  world = await openClosing(WEEKLY);
  for (const [user, n] of Object.entries({ ann: 30, bob: 20, cy: 20, dee: 5 })) await world.step(user, n);
  const preview = await world.closings.preview('weekly', 10);
  expect(preview).toMatchObject({
    ok: true,
    value: { period: '2026-W47', closesAt: '2026-11-23T00:00:00.000Z', total: 4, rewarded: 3 },
  });
  world.clock.set('2026-11-23T00:00:00Z');
  await world.engine.runDueTimers();
  await world.engine.runDueTimers();
  const standings = await world.closings.standings('weekly', { period: 'previous', limit: 10, offset: 0 });
  expect(standings.ok && preview.ok && standings.value.entries).toEqual(preview.ok && preview.value.entries);
  expect(await world.closings.standings('weekly', { period: '2026-W47', limit: 2, offset: 1 })).toMatchObject({
    value: {
      total: 4,
      entries: [
        { rank: 2, user: 'bob', reward: { points: 100 } },
        { rank: 3, user: 'cy' },
      ],
    },
  });
  await world.engine.eraseUser('bob', null, ADMIN);
  await world.run();
  expect(await world.balances()).toEqual({ ann: 500, cy: 100 });
  expect(await world.frozen('weekly')).toEqual({ '2026-W47': ['1 ann 30 500', '3 cy 20 100', '4 dee 5'] });
  expect(await world.closings.closings('weekly', 10)).toMatchObject({
    value: {
      closings: [
        { period: '2026-W48', state: 'open' },
        { period: '2026-W47', state: 'closed', total: 4, rewarded: 3 },
      ],
    },
  });
});
