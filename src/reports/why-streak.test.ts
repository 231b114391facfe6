import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import type { StreakWhy } from './index.ts';
import { CATALOG } from './why.fixture.ts';

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
});
afterAll(() => world.close());

async function ask(user: string): Promise<StreakWhy> {
  const answer = await world.reports.why(user, { about: 'streak', id: 'daily' });
  if (!answer.ok || answer.value.about !== 'streak') throw new Error(JSON.stringify(answer));
  return answer.value;
}

/** A commit at noon UTC on each of these days of November 2026. */
async function commits(user: string, days: readonly number[]): Promise<void> {
  await world.submit(
    days.map((day) => ({
      id: `${user}-${day}`,
      type: 'code.commit',
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
      'It goes on with 4 days, 2026-11-17 to 2026-11-20.',
      'Today has not counted yet; to keep it going, something has to count before 2026-11-22 at 00:00 (America/New_York).',
      'It began anew after 2026-11-12 to 2026-11-16, when nothing counted.',
      'The longest run was 4 days.',
      'Days are those of America/New_York.',
    ],
    arm: null,
    verdict: null,
    streak: 'daily',
    definition: 'days with code.commit',
    current: 4,
    length: 4,
    longest: 4,
    today: '2026-11-21',
    zone: 'America/New_York',
    countedToday: false,
    keptUntil: '2026-11-22T05:00:00.000Z',
    runs: [
      { first: '2026-11-17', last: '2026-11-20', length: 4 },
      { first: '2026-11-10', last: '2026-11-11', length: 2 },
    ],
    gaps: [{ first: '2026-11-12', last: '2026-11-16', days: 5 }],
  });
  await commits('kim', [21]);
  expect(await ask('kim')).toMatchObject({ current: 5, countedToday: true, keptUntil: '2026-11-23T05:00:00.000Z' });
});

test('a broken one says which days broke it', async () => {
  await commits('bo', [3, 15, 16]);
  const told = await ask('bo');
  expect(told).toMatchObject({
    current: 0,
    length: 2,
    keptUntil: null,
    gaps: [
      { first: '2026-11-17', last: '2026-11-20', days: 4 },
      { first: '2026-11-04', last: '2026-11-14', days: 11 },
    ],
  });
  expect(told.sentences.slice(1)).toEqual([
    'It is broken since 2026-11-17: nothing counted on 2026-11-17 to 2026-11-20. The run before was 2 days, 2026-11-15 to 2026-11-16.',
    'The longest run was 2 days.',
    "Days are those of events as they came, and of the catalog's zone, Europe/Berlin.",
  ]);
});

test('one that never began says so, and what is unknown is said', async () => {
  await world.engine.putUser('new', {}, ADMIN);
  expect((await ask('new')).sentences[1]).toBe('It has not begun: nothing of that has happened to new.');
  expect(await world.reports.why('new', { about: 'streak', id: 'weekly' })).toEqual({ ok: false, fault: 'unknown_streak' });
  expect(await world.reports.why('nobody', { about: 'streak', id: 'daily' })).toEqual({ ok: false, fault: 'unknown_user' });
});
