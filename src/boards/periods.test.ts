import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { dumpState } from '../../test/support/state.ts';

const catalog = (boards: string): string => `
diana: 1
name: periods
timezone: UTC
currencies: { points: { name: Points } }
metrics:
  steps: { count: walk.step }
  earned: { earned: points }
rules:
  - { id: step, on: walk.step, award: { points: 10 } }
boards:
${boards}`;
const BOARDS = `  - { id: daily, metric: earned, period: day }
  - { id: weekly, metric: steps, period: week }
  - { id: berlin, metric: steps, period: day, zone: Europe/Berlin }
  - { id: ever, metric: steps }
`;

let engine: TestEngine;
let ids = 0;
beforeAll(async () => {
  engine = await createTestEngine(catalog(BOARDS));
});
beforeEach(() => engine.clock.set('2026-11-21T12:00:00Z'));
afterAll(() => engine.close());

async function step(user: string, time: string): Promise<readonly string[]> {
  const [result] = await engine.submit([{ id: `s${(ids += 1)}`, type: 'walk.step', user, time }]);
  if (result === undefined || result.status === 'refused') throw new Error(JSON.stringify(result));
  return result.skipped.map(({ board, code }) => `${board ?? ''} ${code}`).toSorted();
}

async function scores(user: string): Promise<Record<string, number>> {
  const rows = await engine.test.owner.unsafe(
    'select board, period, score from boards.score join users.person using (account) where id = $1 order by board, period',
    [user],
  );
  return Object.fromEntries(rows.map((row) => [`${String(row['board'])} ${String(row['period'])}`, Number(row['score'])]));
}

test('an event counts in the period of its local day, and of its moment where the board has a zone', async () => {
  await step('ann', '2026-11-21T00:30:00+05:00');
  await step('ann', '2026-11-20T23:30:00-05:00');
  expect(await scores('ann')).toEqual({
    'berlin 2026-11-20': 1,
    'berlin 2026-11-21': 1,
    'daily 2026-11-20': 10,
    'daily 2026-11-21': 10,
    'ever all': 2,
    'weekly 2026-W47': 2,
  });
});

test('a late event in a closed period says so, counts in metrics, and leaves the board', async () => {
  engine.clock.set('2026-11-25T12:00:00Z');
  expect(await step('late', '2026-11-22T10:00:00Z')).toEqual([
    'berlin period_closed',
    'daily period_closed',
    'weekly period_closed',
  ]);
  expect(await scores('late')).toEqual({ 'ever all': 1 });
  expect(await step('late', '2026-11-25T10:00:00Z')).toEqual([]);
  expect(await scores('late')).toMatchObject({ 'ever all': 2, 'daily 2026-11-25': 10, 'weekly 2026-W48': 1 });
  const state = await dumpState(engine.test.owner);
  expect(state).toMatch(/counters late .*"steps": \[2, /);
});

test('a period by local days closes twelve hours after its end in UTC, one with a zone at its end there', async () => {
  engine.clock.set('2026-11-26T11:59:59.999Z');
  expect(await step('edge', '2026-11-25T10:00:00Z')).toEqual(['berlin period_closed']);
  engine.clock.set('2026-11-26T12:00:00Z');
  expect(await step('edge', '2026-11-25T10:00:00Z')).toEqual(['berlin period_closed', 'daily period_closed']);
  engine.clock.set('2026-11-27T22:59:59.999Z');
  expect(await step('edge', '2026-11-27T10:00:00Z')).toEqual([]);
  engine.clock.set('2026-11-27T23:00:00Z');
  expect(await step('edge', '2026-11-27T10:00:00Z')).toEqual(['berlin period_closed']);
});

test('a period that ended before the board existed is computed', async () => {
  expect(await step('old', '2025-03-01T10:00:00Z')).toEqual([]);
  expect(await scores('old')).toEqual({ 'berlin 2025-03-01': 1, 'daily 2025-03-01': 10, 'ever all': 1, 'weekly 2025-W09': 1 });
});

test('an award by hand counts on the boards of the day it was given', async () => {
  await engine.engine.transfer({ id: 'by-hand', kind: 'award', user: 'hand', currency: 'points', amount: 7 }, ADMIN);
  expect(await scores('hand')).toEqual({ 'daily 2026-11-21': 7 });
});

test('a board over all time that comes later starts from what its metric already is', async () => {
  await step('early', '2026-11-21T10:00:00Z');
  const applied = await engine.engine.applyCatalog(catalog(`${BOARDS}  - { id: fame, metric: earned, order: asc }\n`), ADMIN);
  expect(applied.ok).toBe(true);
  expect(await scores('early')).toMatchObject({ 'fame all': 10 });
  await step('early', '2026-11-21T11:00:00Z');
  expect(await scores('early')).toMatchObject({ 'fame all': 20 });
});

test('a board that is taken away and comes back goes on where it was, one over all time with what its metric is now', async () => {
  await step('gone', '2026-11-21T10:00:00Z');
  expect(await scores('gone')).toMatchObject({ 'weekly 2026-W47': 1 });
  const without = BOARDS.replace(/^.*id: (weekly|ever).*\n/gm, '');
  expect((await engine.engine.applyCatalog(catalog(without), ADMIN)).ok).toBe(true);
  await step('gone', '2026-11-21T10:10:00Z');
  engine.clock.set('2026-11-21T13:00:00Z');
  expect((await engine.engine.applyCatalog(catalog(BOARDS), ADMIN)).ok).toBe(true);
  const [version] = await engine.test.owner.unsafe('select origins from catalog.version order by version desc limit 1');
  expect(version?.['origins']).toMatchObject({ boards: { weekly: { key: 'weekly', since: '2026-11-21T12:00:00.000Z' } } });
  expect(await scores('gone')).toMatchObject({ 'weekly 2026-W47': 1, 'ever all': 2 });
  await step('gone', '2026-11-21T12:20:00Z');
  expect(await scores('gone')).toMatchObject({ 'weekly 2026-W47': 2, 'ever all': 3 });
});

test('a board that comes back with another meaning begins anew', async () => {
  await step('other', '2026-11-21T10:00:00Z');
  const without = BOARDS.replace(/^.*id: weekly.*\n/m, '');
  expect((await engine.engine.applyCatalog(catalog(without), ADMIN)).ok).toBe(true);
  engine.clock.set('2026-11-21T13:00:00Z');
  const monthly = BOARDS.replace('period: week', 'period: month');
  expect((await engine.engine.applyCatalog(catalog(monthly), ADMIN)).ok).toBe(true);
  const [version] = await engine.test.owner.unsafe('select version, origins from catalog.version order by version desc limit 1');
  const key = `weekly@${String(version?.['version'])}`;
  expect(version?.['origins']).toMatchObject({ boards: { weekly: { key, since: '2026-11-21T13:00:00.000Z' } } });
  await step('other', '2026-11-21T12:20:00Z');
  expect(await scores('other')).toMatchObject({ [`${key} 2026-11`]: 1, 'weekly 2026-W47': 1 });
});
