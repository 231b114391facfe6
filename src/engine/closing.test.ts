import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';

const catalog = (boards: string, timezone = 'UTC'): string => `
diana: 1
name: closing
timezone: ${timezone}
currencies: { points: { name: Points } }
metrics:
  steps: { sum: event.data.n, on: walk.step }
  earned: { earned: points }
  placed: { count: board.placed }
boards:
${boards}`;

let world: TestEngine;
let ids = 0;
async function open(boards: string, timezone?: string): Promise<void> {
  world = await createTestEngine(catalog(boards, timezone));
  world.clock.set('2026-11-21T12:00:00Z');
  await world.engine.tendBoards();
}
afterEach(() => world.close());
beforeEach(() => {
  ids = 0;
});

async function step(user: string, n: number, time?: string): Promise<readonly string[]> {
  const [result] = await world.submit([
    { id: `s${(ids += 1)}`, type: 'walk.step', user, data: { n }, ...(time === undefined ? {} : { time }) },
  ]);
  if (result === undefined || result.status === 'refused') throw new Error(JSON.stringify(result));
  return result.skipped.map(({ board, code }) => `${board ?? ''} ${code}`);
}

async function run(engines = [world.engine]): Promise<void> {
  for (const engine of engines) await engine.tendBoards();
  for (;;) {
    const done = await Promise.all(engines.map((engine) => engine.runDueTimers()));
    if (done.every((count) => count === 0)) return;
  }
}

async function rows(statement: string): Promise<readonly unknown[]> {
  return [...(await world.test.owner.unsafe(statement))];
}
const standings = (board = 'weekly'): Promise<readonly unknown[]> =>
  rows(`select period, rank, id as user, score, award->>'points' as points from boards.standing join users.person using (account)
        where board = '${board}' order by period, place`);
const balances = (): Promise<readonly unknown[]> =>
  rows(
    `select id, (select available from ledger.account a where a.account = p.account) as points from users.person p order by id`,
  );
const facts = (type: string): Promise<readonly unknown[]> =>
  rows(`select data from events.log where type = '${type}' order by position`).then((found) =>
    found.map((row) => (row as { data: unknown }).data),
  );

const WEEKLY =
  '  - { id: weekly, metric: steps, period: week, zone: UTC, rewards: [{ rank: 1, award: { points: 500 } }, { ranks: 2-3, award: { points: 100 } }] }';

test('a period is frozen, announced and paid once, by two engines at once', async () => {
  await open(WEEKLY);
  const other = await world.another();
  for (const [user, n] of [
    ['ann', 30],
    ['bob', 20],
    ['cy', 20],
    ['dee', 5],
  ] as const)
    await step(user, n);
  world.clock.set('2026-11-23T00:00:00Z');
  await run([world.engine, other]);
  await run([world.engine, other]);
  expect(await standings()).toEqual([
    { period: '2026-W47', rank: 1, user: 'ann', score: 30, points: '500' },
    { period: '2026-W47', rank: 2, user: 'bob', score: 20, points: '100' },
    { period: '2026-W47', rank: 3, user: 'cy', score: 20, points: '100' },
    { period: '2026-W47', rank: 4, user: 'dee', score: 5, points: null },
  ]);
  expect(await balances()).toEqual([
    { id: 'ann', points: '500' },
    { id: 'bob', points: '100' },
    { id: 'cy', points: '100' },
    { id: 'dee', points: null },
  ]);
  expect(await facts('board.closed')).toEqual([{ board: 'weekly', period: '2026-W47', total: 4, rewarded: 3 }]);
  expect(await facts('board.placed')).toHaveLength(3);
  expect(await rows('select kind from timers.timer')).toEqual([{ kind: 'board.close' }]);
});
