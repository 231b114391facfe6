import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Timer } from '../timers/index.ts';
import { armTimers, hastenTimers, setTimers } from '../timers/index.ts';
import { createTestEngine, type TestEngine } from '../../test/support/engine.ts';

let world: TestEngine;
beforeAll(async () => {
  world = await createTestEngine('diana: 1\ncurrencies: { points: {} }\nmetrics: { earned: { earned: points } }');
});
afterAll(() => world.close());

const timer = (key: string, dueAt: string): Timer => ({
  kind: 'nothing.known',
  key,
  dueAt: Date.parse(dueAt),
  account: null,
  data: { n: 1 },
  attempts: 0,
});

test('a timer that nobody knows stays, and is tried again later and later', async () => {
  const { engine, clock, test: database } = world;
  await database.database.transaction((tx) => setTimers(tx, [timer('a', '2026-11-21T12:00:00Z')]));
  expect(await engine.runDueTimers()).toBe(1);
  expect(await engine.runDueTimers()).toBe(0);
  clock.set('2026-11-21T12:00:05Z');
  expect(await engine.runDueTimers()).toBe(1);
  const [row] = await database.owner.unsafe('select attempts, due_at from timers.timer');
  expect(row).toMatchObject({ attempts: 2, due_at: new Date('2026-11-21T12:00:15Z') });
});

test('arming leaves a timer that is there as it is; setting moves it', async () => {
  const { test: database } = world;
  await database.database.transaction((tx) => setTimers(tx, [timer('b', '2026-12-01T00:00:00Z')]));
  await database.database.transaction((tx) =>
    armTimers(tx, [timer('b', '2026-12-02T00:00:00Z'), timer('c', '2026-12-03T00:00:00Z')]),
  );
  const rows = await database.owner.unsafe(`select key, due_at from timers.timer where key in ('b', 'c') order by key`);
  expect(rows.map((row) => [row['key'], (row['due_at'] as Date).toISOString()])).toEqual([
    ['b', '2026-12-01T00:00:00.000Z'],
    ['c', '2026-12-03T00:00:00.000Z'],
  ]);
});

test('hastening moves a timer to an earlier time, and never to a later one', async () => {
  const { test: database } = world;
  const hasten = (...timers: readonly Timer[]) => database.database.transaction((tx) => hastenTimers(tx, timers));
  await hasten(timer('d', '2026-12-05T00:00:00Z'), timer('e', '2026-12-05T00:00:00Z'));
  await hasten(timer('d', '2026-12-04T00:00:00Z'), timer('e', '2026-12-06T00:00:00Z'));
  const rows = await database.owner.unsafe(`select key, due_at from timers.timer where key in ('d', 'e') order by key`);
  expect(rows.map((row) => [row['key'], (row['due_at'] as Date).toISOString()])).toEqual([
    ['d', '2026-12-04T00:00:00.000Z'],
    ['e', '2026-12-05T00:00:00.000Z'],
  ]);
});
