import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import type { StreakWhy } from './index.ts';
import { CATALOG } from './why.fixture.ts';

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(
    CATALOG.replace(
      '  daily: {',
      `  walks: { on: walk, every: day, freezes: { start: 1, every: 3, max: 2 }, milestones: [{ at: 30, award: { points: 1 } }] }
  weeks: { on: read, every: week }
  reading: { on: read, every: day, restore: { within: 3d, price: { points: 30 } } }
  daily: {`,
    ),
  );
});
afterAll(() => world.close());

async function ask(user: string, id = 'daily'): Promise<StreakWhy> {
  const answer = await world.reports.why(user, { about: 'streak', id });
  if (!answer.ok || answer.value.about !== 'streak') throw new Error(JSON.stringify(answer));
  return answer.value;
}

/** Something at noon UTC on each of these days of November 2026. */
async function commits(user: string, days: readonly number[], type = 'code.commit'): Promise<void> {
  await world.submit(
    days.map((day) => ({
      id: `${user}-${day}`,
      type,
      user,
      time: `2026-11-${String(day).padStart(2, '0')}T12:00:00Z`,
    })),
  );
}

test('a streak that goes on says until when, on the clocks of the user', async () => {
  await world.engine.putUser('kim', { zone: 'America/New_York' }, ADMIN);
  // The event of the 18th comes last and joins two runs.
  await commits('kim', [10, 11, 17, 19, 20, 18]);
  const told = await ask('kim');
  expect(told).toEqual({
    about: 'streak',
    user: 'kim',
    sentences: [
      'Streak "daily" counts days with code.commit.',
      'It goes on with 4 days.',
      'Today has not counted yet; to keep it going, something has to count before 2026-11-22 at 00:00 (America/New_York).',
      'It began anew after a gap: nothing counted on 2026-11-12 to 2026-11-16.',
      'The longest was 4 days.',
      'Days are those of America/New_York.',
    ],
    arm: null,
    verdict: null,
    streak: 'daily',
    every: 'day',
    definition: 'days with code.commit',
    current: 4,
    length: 4,
    longest: 4,
    today: '2026-11-21',
    zone: 'America/New_York',
    counted: false,
    keptUntil: '2026-11-22T05:00:00.000Z',
    freezes: null,
    restorable: null,
    nextMilestone: null,
    runs: [
      { first: '2026-11-17', last: '2026-11-20', length: 4 },
      { first: '2026-11-10', last: '2026-11-11', length: 2 },
    ],
    gaps: [{ first: '2026-11-12', last: '2026-11-16', missing: 5, covered: 0, bridged: false }],
    covers: [],
  });
  await commits('kim', [21]);
  expect(await ask('kim')).toMatchObject({ current: 5, counted: true, keptUntil: '2026-11-23T05:00:00.000Z' });
});

test('a broken one says which days broke it', async () => {
  await commits('bo', [3, 15, 16]);
  const told = await ask('bo');
  expect(told).toMatchObject({
    current: 0,
    length: 2,
    keptUntil: null,
    gaps: [
      { first: '2026-11-17', last: '2026-11-20', missing: 4, bridged: false },
      { first: '2026-11-04', last: '2026-11-14', missing: 11, bridged: false },
    ],
  });
  expect(told.sentences.slice(1)).toEqual([
    'It is broken: nothing counted on 2026-11-17 to 2026-11-20. It was 2 days long, until 2026-11-16.',
    'The longest was 2 days.',
    "Days are those of events as they came, and of the catalog's zone, Europe/Berlin.",
  ]);
});

test('what covered a gap is told: freezes, a pause, and how long they carry it on', async () => {
  // A freeze to begin with and one at each third day; the 13th is frozen, and the pause from the 16th covers two days.
  await commits('fay', [10, 11, 12, 14, 15], 'walk');
  const paused = await world.engine.pauseStreak('fay', 'walks', { from: '2026-11-22', to: '2026-11-23' }, ADMIN);
  expect(paused).toMatchObject({ ok: true });
  await commits('fay', [16, 17, 18, 19, 20, 21], 'walk');
  const told = await ask('fay', 'walks');
  expect(told).toMatchObject({
    every: 'day',
    current: 11,
    freezes: 2,
    gaps: [{ first: '2026-11-13', last: '2026-11-13', missing: 1, covered: 0, bridged: true }],
    covers: [{ kind: 'pause', first: '2026-11-22', last: '2026-11-23' }],
    nextMilestone: 30,
    // Two days of the pause, two of freezes, and the day that would break it.
    keptUntil: '2026-11-26T23:00:00.000Z',
  });
  expect(told.sentences).toContain('It went on over a gap: nothing counted on 2026-11-13 (1 freeze used).');
  expect(told.sentences).toContain('A pause covers 2026-11-22 to 2026-11-23.');
});

test('weeks are told by their dates', async () => {
  await commits('wim', [3, 12, 19], 'read');
  const told = await ask('wim', 'weeks');
  expect(told).toMatchObject({ every: 'week', current: 3, runs: [{ first: '2026-11-02', last: '2026-11-22', length: 3 }] });
  expect(told.sentences.slice(1, 3)).toEqual([
    'It goes on with 3 weeks.',
    'This week counts already; to keep it going, something has to count before 2026-11-30 at 00:00 (Europe/Berlin).',
  ]);
});

test('one that may be restored says until when, and for how much', async () => {
  await commits('rob', [12, 13, 14, 15, 16, 17, 18], 'read');
  const told = await ask('rob', 'reading');
  expect(told).toMatchObject({ current: 0, restorable: { until: '2026-11-22T23:00:00.000Z', price: { points: 30 } } });
  expect(told.sentences).toContain('It may be restored until 2026-11-23 at 00:00 (Europe/Berlin) for 30 points.');
});

test('one that never began says so, and what is unknown is said', async () => {
  await world.engine.putUser('new', {}, ADMIN);
  expect((await ask('new')).sentences[1]).toBe('It has not begun: nothing of that has happened to new.');
  expect(await world.reports.why('new', { about: 'streak', id: 'weekly' })).toEqual({ ok: false, fault: 'unknown_streak' });
  expect(await world.reports.why('nobody', { about: 'streak', id: 'daily' })).toEqual({ ok: false, fault: 'unknown_user' });
});
