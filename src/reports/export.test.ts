import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';

const CATALOG = `
diana: 1
name: exports
currencies: { points: { name: Points } }
metrics: { wins: { count: quiz.won } }
achievements:
  - { id: winner, metric: wins, tiers: [{ id: first, at: 1 }] }
  - { id: pairs, metric: wins, repeatable: true, tiers: [{ id: two, at: 1 }] }
  - { id: hero, manual: true, tiers: [{ id: done, at: 1 }] }
boards:
  - id: duel
    metric: wins
    period: day
    zone: UTC
    rewards: [{ rank: 1, award: { points: 7 } }]
    leagues: { tiers: [bronze, silver], size: 3, promote: 1, relegate: 1 }
`;

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  await world.submit([1, 2].map((n) => ({ id: `a-${n}`, type: 'quiz.won', user: 'ada' })));
  await world.submit([{ id: 'b-1', type: 'quiz.won', user: 'bob' }]);
  await world.engine.grants.grant('ada', 'hero', { reason: 'a good deed' }, ADMIN);
  await world.engine.grants.revoke('ada', 'winner', { reason: 'a mistake' }, ADMIN);
  await world.engine.tendBoards();
  world.clock.set('2026-11-22T00:00:00Z');
  while ((await world.engine.runDueTimers()) > 0);
});
afterAll(() => world.close());

test('a person is told of final places, leagues, what was granted and what was taken away', async () => {
  expect(await world.reports.exportUser('ada')).toMatchObject({
    achievements: [
      { id: 'hero', tier: 'done', granted: true },
      { id: 'pairs', tier: 'two', times: 2 },
    ],
    revoked: [{ id: 'winner', tier: 'first', revokedAt: '2026-11-21T12:00:00.000Z' }],
    standings: [
      {
        board: 'duel',
        period: '2026-11-21',
        rank: 1,
        score: 2,
        reward: { points: 7 },
        league: { tier: 'bronze', next: 'silver' },
      },
    ],
    leagues: [{ board: 'duel', tier: 'silver' }],
  });
});

/** What is not told, though it belongs to an account: it repeats what is told, or is digests that nobody can read. */
const UNTOLD = [
  'achievements.occurrence', // times that were paid; `times` tells how many
  'boards.league_entry', // seats; standings tell the tier
  'bus.dead_letter', // deliveries of events that are told
  'bus.delivery',
  'engine.account', // the hot row: profile, streaks and metrics tell it
  'events.identity', // answers to the events and transfers that are told
  'flows.flow', // times of events that are told
  'ledger.account', // balances
  'ledger.lot', // what expires, in the profile
  'ledger.transfer', // transfers, by `debit` and `credit`
  'metrics.seen', // digests
  'streaks.early', // days of events that are told
  'timers.timer', // follows from all of it
];
const TOLD = [
  'access.key',
  'achievements.revocation',
  'achievements.unlock',
  'boards.hidden',
  'boards.league_place',
  'boards.score',
  'boards.standing',
  'events.log',
  'ledger.hold',
  'rules.boost',
  'rules.usage',
  'streaks.cover',
  'streaks.run',
  'users.person',
];

test('no table of an account is forgotten', async () => {
  const rows = await world.test.owner<{ table: string }[]>`
    select distinct table_schema || '.' || table_name as table from information_schema.columns
    where column_name in ('account', 'debit') and table_schema not in ('pg_catalog', 'information_schema')`;
  expect(rows.map(({ table }) => table).toSorted()).toEqual([...TOLD, ...UNTOLD].toSorted());
});
