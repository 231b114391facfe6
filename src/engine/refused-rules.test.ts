import { afterEach, expect, test } from 'vitest';
import { createTestEngine, type TestEngine } from '../../test/support/engine.ts';

let world: TestEngine;
afterEach(() => world.close());

test('a rule that cannot take what it wants does not keep a streak from being told broken, and its timer is not tried for ever', async () => {
  world = await createTestEngine(`
diana: 1
currencies: { points: {} }
streaks: { daily: { on: club.visit, every: day } }
rules:
  - { id: visit, on: club.visit, award: { points: 10 } }
  - { id: fine, on: streak.broken, adjust: { points: -50 } }
`);
  await world.submit([{ id: 'v1', type: 'club.visit', user: 'ada' }]);
  world.clock.set('2026-11-23T00:00:01Z');
  await world.engine.runDueTimers();
  const told = await world.test.owner`select type from events.log where type in ('streak.broken', 'points.adjusted')`;
  expect([...told]).toEqual([{ type: 'streak.broken' }]);
  expect([...(await world.test.owner`select key from timers.timer`)]).toEqual([]);
});
