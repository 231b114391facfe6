import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ADMIN, SERVICE } from '../../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../../test/support/reports.ts';
import { checkRebuild } from '../history/rebuild.ts';
import { createCatalogs } from '../catalogs.ts';
import { quietLog } from '../../../test/support/log.ts';

const CATALOG = `
diana: 1
currencies: { points: {} }
metrics: { days: { streak: daily }, spent: { spent: points }, earned: { earned: points } }
streaks:
  plain: { on: 'code.*', every: day }
  weekly: { on: 'code.*', every: week }
  daily:
    on: 'code.*'
    every: day
    restore: { within: 3d, price: { points: 200 } }
    milestones: [{ at: 3, award: { points: 50 } }, { at: 5, award: { points: 70 } }]
  frozen: { on: 'code.*', every: day, freezes: { start: 1, every: 7, max: 3 } }
  night: { on: 'code.*', every: day, grace: 3h, restore: { within: 2d } }
multipliers: { going: { streak: plain, tiers: [{ from: 2, factor: 2 }] } }
rules: [{ id: chat, on: chat.line, award: { points: 10 } }]
boards: [{ id: current, metric: days }]
achievements: [{ id: steady, metric: days, tiers: [{ id: four, at: 4 }] }]
`;

let world: TestReports;
beforeEach(async () => {
  world = await createTestReports(CATALOG);
});
afterEach(async () => {
  const { database } = world.test;
  const catalogs = await createCatalogs(database, world.clock, quietLog);
  const report = await database.snapshot((tx) =>
    checkRebuild(database, tx, catalogs.current(), catalogs.rulebooks, () => undefined),
  );
  await world.close();
  expect(report).toMatchObject({ ok: true, first: [] });
});

let sent = 0;
async function commit(time: string, user = 'ada') {
  sent += 1;
  const [result] = await world.submit([{ id: `e${sent}`, type: 'code.commit', user, time }]);
  if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
  return Object.fromEntries(result.streaks.map(({ id, length }) => [id, length]));
}

/** An event on each day of November at a moment of that day, and the clock with it. */
async function live(days: readonly number[], hour = '12:00:00Z', user = 'ada') {
  let lengths: Readonly<Record<string, number>> = {};
  for (const day of days) {
    world.clock.set(at(day, hour));
    await world.engine.runDueTimers();
    lengths = await commit(at(day, hour), user);
  }
  return lengths;
}

const at = (day: number, hour = '12:00:00Z'): string => `2026-11-${String(day).padStart(2, '0')}T${hour}`;

async function streak(id: string, user = 'ada') {
  const profile = await world.reports.profile(user);
  return profile?.streaks.find((one) => one.id === id);
}

/** What was announced of a streak, in order. */
async function told(id: string): Promise<readonly object[]> {
  const rows = await world.test.owner.unsafe(
    `select type, data from events.log where type like 'streak.%' and type <> 'streak.extended' and data ->> 'streak' = $1 order by position`,
    [id],
  );
  return rows.map((row) => {
    const { streak: _, ...data } = row['data'] as Record<string, unknown>;
    return { type: row['type'] as string, ...data };
  });
}

const spent = async (): Promise<number | undefined> => (await world.reports.profile('ada'))?.metrics['spent'];

describe('a pause', () => {
  test('planned ahead neither counts nor breaks, shows while it lasts, and is announced', async () => {
    await live([2, 3]);
    const planned = await world.engine.pauseStreak(
      'ada',
      'plain',
      { from: '2026-11-04', to: '2026-11-08', reason: 'ill' },
      SERVICE,
    );
    expect(planned).toMatchObject({ ok: true, value: { result: { streak: 'plain', from: '2026-11-04', to: '2026-11-08' } } });
    world.clock.set(at(7));
    await world.engine.runDueTimers();
    expect(await streak('plain')).toMatchObject({ current: 2, length: 2, pausedUntil: '2026-11-08' });
    expect(await streak('daily')).toMatchObject({ current: 0, length: 2 });
    expect(await live([9, 10])).toMatchObject({ plain: 4, daily: 2 });
    expect(await streak('plain')).toEqual({ id: 'plain', current: 4, length: 4, longest: 4 });
    expect(await told('plain')).toEqual([{ type: 'streak.paused', from: '2026-11-04', to: '2026-11-08' }]);
  });

  test('is one, however often it is asked for, and lasts until it is cancelled', async () => {
    await live([2, 3]);
    const pause = () => world.engine.pauseStreak('ada', 'plain', { from: '2026-11-04', to: '2026-11-20' }, SERVICE);
    expect((await Promise.all([pause(), pause()])).every(({ ok }) => ok)).toBe(true);
    expect(await live([6])).toMatchObject({ plain: 3 });
    const cancel = () => world.engine.cancelPause('ada', 'plain', '2026-11-04', SERVICE);
    expect(await cancel()).toMatchObject({ ok: true, value: { result: { cancelled: true } } });
    expect(await cancel()).toMatchObject({ ok: true, value: { result: { cancelled: false } } });
    // What was paused until then stays paused: the chain is whole.
    expect(await live([7, 8])).toMatchObject({ plain: 5 });
    expect(await live([10])).toMatchObject({ plain: 1 });
    expect(await told('plain')).toEqual([
      { type: 'streak.paused', from: '2026-11-04', to: '2026-11-20' },
      { type: 'streak.paused', from: '2026-11-04', cancelled: true },
      { type: 'streak.broken', length: 5 },
    ]);
  });

  test('may be planned before anything happened, and a late event in it counts', async () => {
    await world.engine.putUser('ada', {}, ADMIN);
    world.clock.set(at(2));
    await world.engine.pauseStreak('ada', 'plain', { from: '2026-11-03', to: '2026-11-04' }, SERVICE);
    expect(await streak('plain')).toEqual({ id: 'plain', current: 0, length: 0, longest: 0 });
    expect(await live([2, 5])).toMatchObject({ plain: 2 });
    expect(await commit(at(3))).toMatchObject({ plain: 3 });
  });

  test('of a streak of weeks covers whole weeks', async () => {
    await live([2]);
    const planned = await world.engine.pauseStreak('ada', 'weekly', { from: '2026-11-11', to: '2026-11-12' }, SERVICE);
    expect(planned).toMatchObject({ ok: true, value: { result: { from: '2026-11-09', to: '2026-11-15' } } });
    expect(await live([19])).toMatchObject({ weekly: 2 });
  });

  test.each([
    ['yesterday', 'plain', { from: '2026-11-20', to: '2026-11-23' }, 'malformed', '/from'],
    ['backwards', 'plain', { from: '2026-11-23', to: '2026-11-22' }, 'malformed', '/to'],
    ['no date', 'plain', { from: '2026-11-31', to: '2026-12-02' }, 'malformed', '/from'],
    ['more than 60 days', 'plain', { from: '2026-12-01', to: '2027-01-30' }, 'malformed', '/to'],
    ['more than 90 days of a year', 'plain', { from: '2027-03-01', to: '2027-04-15' }, 'limit_reached', '/to'],
    ['another field', 'plain', { from: '2026-12-01', to: '2026-12-02', why: '' }, 'malformed', '/why'],
    ['no streak', 'nightly', { from: '2026-12-01', to: '2026-12-02' }, 'unknown_streak', '/params/streak'],
  ])('is refused: %s', async (_, id, command, code, path) => {
    world.clock.set(at(21));
    await live([21]);
    await world.engine.pauseStreak('ada', 'plain', { from: '2027-01-01', to: '2027-02-28' }, SERVICE);
    expect(await world.engine.pauseStreak('ada', id, command, SERVICE)).toMatchObject({ ok: false, refusal: { code, path } });
    expect(await world.engine.pauseStreak('bob', 'plain', command, SERVICE)).toMatchObject({ ok: false });
  });
});

describe('a broken streak', () => {
  test('is announced once by two processes, when the day that it needed is over', async () => {
    const other = await world.another();
    await live([2, 3, 4]);
    world.clock.set(at(5, '23:59:59Z'));
    await Promise.all([world.engine.runDueTimers(), other.runDueTimers()]);
    expect(await told('plain')).toEqual([]);
    world.clock.set(at(6, '00:00:00Z'));
    await Promise.all([world.engine.runDueTimers(), other.runDueTimers()]);
    await Promise.all([world.engine.runDueTimers(), other.runDueTimers()]);
    expect(await told('plain')).toEqual([{ type: 'streak.broken', length: 3 }]);
    expect(await told('night')).toEqual([]);
    world.clock.set(at(6, '03:00:00Z'));
    await world.engine.runDueTimers();
    expect(await told('night')).toEqual([{ type: 'streak.broken', length: 3 }]);
  });

  test('leads no board, until it is kept again; factors go by the length of what was kept', async () => {
    await live([2, 3]);
    const score = async () => {
      const [row] = await world.test.owner.unsafe(`select score from boards.score where board like 'current%'`);
      return row?.['score'];
    };
    const factor = async (day: number) => {
      sent += 1;
      const [result] = await world.submit([{ id: `e${sent}`, type: 'chat.line', user: 'ada', time: at(day) }]);
      return result?.status === 'accepted' ? result.awards[0]?.amount : undefined;
    };
    expect(await score()).toBe(2);
    world.clock.set(at(6));
    await world.engine.runDueTimers();
    expect([await score(), await factor(6)]).toEqual([0, 20]);
    // What comes late brings nothing back.
    expect([await factor(4), await score()]).toEqual([20, 0]);
    expect(await live([6])).toMatchObject({ daily: 1 });
    expect(await score()).toBe(1);
    // Neither does taking something else back.
    world.clock.set(at(8));
    await world.engine.runDueTimers();
    expect(await world.engine.undos.undoEvent('default', `e${sent - 1}`, { reason: 'late' }, ADMIN)).toMatchObject({ ok: true });
    expect(await score()).toBe(0);
  });

  test('goes by the zone of the user, or by the offset that was written', async () => {
    await world.engine.putUser('ada', { zone: 'America/Los_Angeles' }, ADMIN);
    world.clock.set('2026-11-02T20:00:00Z');
    await commit('2026-11-02T12:00:00-08:00');
    await commit('2026-11-02T12:00:00-08:00', 'bob');
    for (const [now, broken] of [
      ['2026-11-04T07:59:59Z', 0],
      ['2026-11-04T08:00:00Z', 2],
    ] as const) {
      world.clock.set(now);
      await world.engine.runDueTimers();
      expect(await told('plain')).toHaveLength(broken);
    }
  });

  test('that late events repair is announced again', async () => {
    await live([2, 3]);
    world.clock.set(at(6));
    await world.engine.runDueTimers();
    expect(await commit(at(4))).toMatchObject({ plain: 3 });
    expect(await commit(at(5))).toMatchObject({ plain: 4 });
    expect(await told('plain')).toEqual([
      { type: 'streak.broken', length: 2 },
      { type: 'streak.restored', length: 4, reason: 'late event' },
    ]);
    world.clock.set(at(8));
    await world.engine.runDueTimers();
    expect(await commit(at(8))).toMatchObject({ plain: 1 });
    world.clock.set(at(9));
    expect(await commit(at(7))).toMatchObject({ plain: 2 });
    expect(await commit(at(6))).toMatchObject({ plain: 7 });
    expect((await told('plain')).slice(2)).toEqual([
      { type: 'streak.broken', length: 4 },
      { type: 'streak.restored', length: 7, reason: 'late event' },
    ]);
  });

  test('is not news where it was over before anybody here heard of it', async () => {
    world.clock.set(at(20));
    for (const day of [2, 3, 7, 8]) await commit(at(day));
    await world.engine.runDueTimers();
    expect(await told('plain')).toEqual([]);
  });
});

describe('freezes', () => {
  test('are used by themselves, are announced as they are, and never count', async () => {
    await live([2, 3]);
    expect(await streak('frozen')).toMatchObject({ current: 2, freezes: 1 });
    world.clock.set(at(5));
    await world.engine.runDueTimers();
    expect(await told('frozen')).toEqual([{ type: 'streak.frozen', length: 2, freezes: 0, date: '2026-11-04' }]);
    expect(await streak('frozen')).toMatchObject({ current: 2, freezes: 1, atRisk: true });
    expect(await live([5])).toMatchObject({ frozen: 3, plain: 1 });
    expect(await streak('frozen')).toMatchObject({ current: 3, freezes: 0 });
    world.clock.set(at(7));
    await world.engine.runDueTimers();
    expect(await streak('frozen')).toMatchObject({ current: 0, length: 3, longest: 3 });
    expect((await told('frozen')).slice(1)).toEqual([{ type: 'streak.broken', length: 3 }]);
  });
});

describe('grace', () => {
  test('lets the first hours of a day keep the day before, and the rest of it its own', async () => {
    await live([2, 3]);
    world.clock.set(at(5, '02:59:59Z'));
    await world.engine.runDueTimers();
    expect(await streak('night')).toMatchObject({ current: 2, atRisk: true });
    expect(await commit(at(5, '02:59:59Z'))).toMatchObject({ night: 3, plain: 1 });
    expect(await live([5])).toMatchObject({ night: 4 });
    world.clock.set(at(7, '03:00:00Z'));
    expect(await commit(at(7, '03:00:00Z'))).toMatchObject({ night: 1 });
    expect(await commit(at(7, '02:00:00Z'))).toMatchObject({ night: 6 });
  });
});

describe('restoring', () => {
  const restore = (id: string, streakId = 'daily') => world.engine.restoreStreak('ada', streakId, { id }, SERVICE);

  beforeEach(async () => {
    await live([2, 3, 4]);
    await world.transfer({ id: 'gift', kind: 'award', user: 'ada', amount: 500 });
  });

  test('spends the price once, also when it is asked for twice at once, and joins what the gap parted', async () => {
    await live([6]);
    expect(await streak('daily')).toMatchObject({
      current: 1,
      length: 1,
      longest: 3,
      restorable: { until: '2026-11-09T00:00:00.000Z', price: { points: 200 } },
      nextMilestone: 5,
    });
    const [one, two] = await Promise.all([restore('r1'), restore('r1')]);
    const result = { streak: 'daily', length: 4, from: '2026-11-05', to: '2026-11-05', price: { points: 200 } };
    expect([one, two].map((outcome) => outcome.ok && outcome.value.result)).toEqual([result, result]);
    expect(await spent()).toBe(200);
    expect(await restore('r2')).toMatchObject({ ok: false, refusal: { code: 'not_restorable' } });
    expect(await streak('daily')).toEqual({ id: 'daily', current: 4, length: 4, longest: 4, nextMilestone: 5 });
    // The length that it has now is one that something waited for.
    const achievements = await world.reports.achievements('ada');
    expect(achievements?.[0]?.tiers[0]?.unlockedAt).toBe('2026-11-06T12:00:00.000Z');
    expect(await live([7])).toMatchObject({ daily: 5 });
    expect(await told('daily')).toEqual([
      { type: 'streak.milestone', at: 3 },
      { type: 'streak.broken', length: 3 },
      { type: 'streak.restored', length: 4, reason: 'paid' },
      { type: 'streak.milestone', at: 5 },
    ]);
  });

  test('two at once with two ids spend once', async () => {
    await live([6]);
    const both = await Promise.all([restore('r1'), restore('r2')]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await spent()).toBe(200);
  });

  test('lets a streak go on that nothing followed yet', async () => {
    world.clock.set(at(7));
    await world.engine.runDueTimers();
    expect(await restore('r1')).toMatchObject({
      ok: true,
      value: { result: { length: 3, from: '2026-11-05', to: '2026-11-06' } },
    });
    expect(await streak('daily')).toMatchObject({ current: 3, atRisk: true });
    expect(await live([7])).toMatchObject({ daily: 4 });
    world.clock.set(at(9));
    await world.engine.runDueTimers();
    expect((await told('daily')).at(-1)).toEqual({ type: 'streak.broken', length: 4 });
  });

  test.each([
    ['what is not broken', 4, 'daily', 'not_restorable'],
    ['what was broken too long ago', 9, 'daily', 'not_restorable'],
    ['what the catalog does not let be restored', 6, 'plain', 'not_restorable'],
    ['what is no streak', 6, 'nightly', 'unknown_streak'],
  ])('is refused: %s', async (_, day, id, code) => {
    world.clock.set(at(day));
    expect(await restore('r1', id)).toMatchObject({ ok: false, refusal: { code } });
    expect(await spent()).toBe(0);
  });

  test('is refused where there are too few points, and nothing changes', async () => {
    world.clock.set(at(6));
    await world.transfer({ id: 'gone', kind: 'spend', user: 'ada', amount: 400 });
    expect(await restore('r1')).toMatchObject({ ok: false, refusal: { code: 'insufficient_balance' } });
    expect(await streak('daily')).toMatchObject({ current: 0, length: 3 });
  });

  test('costs nothing where the catalog names no price', async () => {
    world.clock.set(at(6, '04:00:00Z'));
    expect(await restore('r1', 'night')).toMatchObject({ ok: true, value: { result: { length: 3, price: {} } } });
    expect(await restore('r1', 'daily')).toMatchObject({ ok: false, refusal: { code: 'id_reused' } });
  });
});

describe('a milestone', () => {
  const earned = async (): Promise<number | undefined> => (await world.reports.profile('ada'))?.metrics['earned'];

  test('is paid once for ever, also by a streak that begins again', async () => {
    await live([2, 3, 4]);
    expect(await earned()).toBe(50);
    await live([10, 11, 12]);
    expect(await earned()).toBe(50);
    expect(await streak('daily')).toMatchObject({ length: 3, nextMilestone: 5 });
    await live([13, 14]);
    expect(await earned()).toBe(120);
    const { transfers } = (await world.reports.transfers('ada', { limit: 10 })) ?? { transfers: [] };
    expect(transfers.map(({ rule, amount }) => [rule, amount])).toEqual([
      ['streak:daily:5', 70],
      ['streak:daily:3', 50],
    ]);
  });

  test('is paid when a late event makes the length jump over several', async () => {
    await live([2, 3, 5, 6]);
    expect(await earned()).toBe(0);
    expect(await commit(at(4))).toMatchObject({ daily: 5 });
    expect(await earned()).toBe(120);
    expect((await told('daily')).filter((fact) => 'at' in fact)).toEqual([
      { type: 'streak.milestone', at: 3 },
      { type: 'streak.milestone', at: 5 },
    ]);
  });
});

describe('who travels', () => {
  const move = (zone: string) => world.engine.putUser('ada', { zone }, SERVICE);

  test('east loses no day: the date that was cut short neither counts nor breaks', async () => {
    await move('America/Los_Angeles');
    await live([2, 3], '20:00:00Z');
    // At 08:00 of the 4th in Los Angeles it is the 5th in Tokyo.
    world.clock.set('2026-11-04T16:00:00Z');
    await move('Asia/Tokyo');
    world.clock.set('2026-11-05T03:00:00Z');
    expect(await commit('2026-11-05T03:00:00Z')).toMatchObject({ plain: 3 });
    // Again within seven days covers nothing.
    await move('America/Los_Angeles');
    world.clock.set('2026-11-06T16:00:00Z');
    await move('Asia/Tokyo');
    world.clock.set('2026-11-07T03:00:00Z');
    expect(await commit('2026-11-07T03:00:00Z')).toMatchObject({ plain: 1 });
  });

  test('west has a long day, which counts once', async () => {
    await move('Asia/Tokyo');
    world.clock.set('2026-11-02T03:00:00Z');
    expect(await commit('2026-11-02T03:00:00Z')).toMatchObject({ plain: 1 });
    await move('America/Los_Angeles');
    world.clock.set('2026-11-02T20:00:00Z');
    expect(await commit('2026-11-02T20:00:00Z')).toMatchObject({ plain: 1 });
    world.clock.set('2026-11-03T20:00:00Z');
    expect(await commit('2026-11-03T20:00:00Z')).toMatchObject({ plain: 2 });
  });

  test('to and fro between zones gains no day', async () => {
    await move('Asia/Tokyo');
    world.clock.set('2026-11-10T15:30:00Z');
    const lengths = [];
    for (const zone of [
      'Asia/Tokyo',
      'America/Los_Angeles',
      'Asia/Tokyo',
      'Pacific/Kiritimati',
      'Pacific/Pago_Pago',
      'Asia/Tokyo',
    ]) {
      await move(zone);
      lengths.push((await commit('2026-11-10T15:30:00Z'))['plain']);
    }
    // The dates of that one moment: the 10th and the 11th, and the 10th again and again; never more.
    expect(lengths).toEqual([1, 2, 2, 2, 2, 2]);
  });
});

test('a date that a zone leaves out breaks nothing, whatever comes first', async () => {
  // Samoa had no 30 December 2011.
  const days = ['2011-12-28', '2011-12-29', '2011-12-31', '2012-01-01'].map((day) => `${day}T12:00:00`);
  for (const [user, order] of [
    ['in-order', [0, 1, 2, 3]],
    ['late', [2, 3, 1, 0]],
    ['mixed', [3, 0, 2, 1]],
  ] as const) {
    await world.engine.putUser(user, { zone: 'Pacific/Apia' }, ADMIN);
    let lengths: Readonly<Record<string, number>> = {};
    for (const i of order) lengths = await commit(`${days[i]}${i < 2 ? '-10:00' : '+14:00'}`, user);
    expect(lengths).toMatchObject({ plain: 4, frozen: 4, night: 4 });
    expect(await streak('plain', user)).toMatchObject({ longest: 4 });
  }
});

test('erasing leaves no days, covers or timers behind', async () => {
  await live([2, 3]);
  await live([5], '01:00:00Z');
  await world.engine.pauseStreak('ada', 'plain', { from: '2026-11-06', to: '2026-11-07', reason: 'private' }, SERVICE);
  await world.engine.eraseUser('ada', null, ADMIN);
  for (const table of ['streaks.run', 'streaks.early', 'streaks.cover', 'timers.timer'])
    expect(await world.test.owner.unsafe(`select * from ${table}`)).toEqual([]);
});

test.each([1, 2, 3])('any order of arrival in any batches comes to the same, %i', async (seed) => {
  let state = seed;
  const below = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const events = Array.from({ length: 60 }, (_, i) => ({
    id: `s${i}`,
    type: 'code.commit',
    time: at(1 + below(20), below(2) === 0 ? '01:30:00Z' : '12:00:00Z'),
  }));
  const users = ['one', 'two', 'three'];
  for (const user of users) {
    await world.engine.putUser(user, { zone: 'Pacific/Apia' }, ADMIN);
    await world.engine.putUser(user, { zone: 'UTC' }, ADMIN);
    world.clock.set(at(1, '00:00:00Z'));
    await world.engine.pauseStreak(user, 'frozen', { from: '2026-11-05', to: '2026-11-06' }, SERVICE);
    await world.engine.pauseStreak(user, 'plain', { from: '2026-11-09', to: '2026-11-09' }, SERVICE);
    world.clock.set(at(21));
    const order = events.map((event) => ({ event, key: below(1_000_000) })).toSorted((a, b) => a.key - b.key);
    for (let from = 0, size = 1 + below(12); from < order.length; from += size, size = 1 + below(12)) {
      const batch = order.slice(from, from + size).map(({ event }) => ({ ...event, id: `${user}-${event.id}`, user }));
      const results = await world.submit(batch);
      expect(results.every(({ status }) => status === 'accepted')).toBe(true);
    }
  }
  const [one, ...others] = await Promise.all(users.map(async (user) => (await world.reports.profile(user))?.streaks));
  for (const other of others) expect(other).toEqual(one);
});
