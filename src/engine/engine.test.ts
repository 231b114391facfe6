import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestEngine, type TestEngine } from '../../test/support/engine.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine(`
diana: 1
name: test
currencies: { points: { name: Points } }
metrics:
  commits: { count: code.commit }
  earned: { earned: points }
rules:
  - id: commit
    on: code.commit
    award: { points: 10 }
    limit: { max: 3, per: day }
boards:
  - { id: weekly, metric: earned, period: week }
  - { id: all, metric: commits }
`);
});
afterAll(() => engine.close());

test('an event earns what its rule says, once', async () => {
  const event = { id: 'a', type: 'code.commit', user: 'alice', time: '2026-01-01T10:00:00+01:00' };
  const [first] = await engine.submit([event]);
  expect(first).toMatchObject({ id: 'a', status: 'accepted', awards: [{ rule: 'commit', amount: 10, balance: 10 }] });
  const [again] = await engine.submit([event]);
  expect(again).toEqual({ ...first, status: 'duplicate' });
});
