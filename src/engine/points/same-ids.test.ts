import { afterEach, expect, test } from 'vitest';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../../test/support/engine.ts';
import { give } from '../../../test/support/points.ts';

let world: TestEngine;
afterEach(() => world.close());

test('one id at once on two processes is one boost and one hold, whoever they are for', async () => {
  world = await createTestEngine('diana: 1\ncurrencies: { points: {} }\nrules: []\n');
  const engines = [world.engine, await world.another()];
  for (const user of ['ada', 'bob']) await give(world, user, 10);
  const boost = { factor: 2, until: '2127-01-01T00:00:00Z', reason: 'a feast' };
  for (let n = 0; n < 5; n += 1) {
    const granted = await Promise.all(engines.map((engine) => engine.grantBoost({ id: `feast-${n}`, ...boost }, ADMIN)));
    expect(granted.map((one) => one.ok && one.value.first).toSorted()).toEqual([false, true]);
    const users = ['ada', 'bob'];
    const held = await Promise.all(
      engines.map((engine, i) => engine.createHold({ id: `order-${n}`, user: users[i], currency: 'points', amount: 1 }, SERVICE)),
    );
    expect(held.map((one) => (one.ok ? 'held' : one.refusal.code)).toSorted()).toEqual(['held', 'id_reused']);
  }
});
