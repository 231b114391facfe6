import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import type { Why } from './index.ts';

const CATALOG = `
diana: 1
name: later
currencies: { points: { name: Points } }
metrics: { wins: { count: quiz.won } }
rules: [{ id: quiz, on: quiz.won, award: { points: 10 } }]
achievements:
  - { id: champion, board: daily, rank: 1, tiers: [{ id: once, at: 1 }] }
boards: [{ id: daily, metric: wins, period: day, zone: UTC }]
`;

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  await world.submit([{ id: 'q-1', type: 'quiz.won', user: 'ada' }]);
  await world.engine.tendBoards();
});
afterAll(() => world.close());

async function sentencesOf(about: Why['about'], id: string): Promise<readonly string[]> {
  const answer = await world.reports.why('ada', { about, id });
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  return answer.value.sentences;
}

test('points that are held were not given up, and a hold whose time is over gives them back', async () => {
  const hold = { id: 'h-1', user: 'ada', currency: 'points', amount: 3, expiresIn: '15m' };
  expect(await world.engine.createHold(hold, ADMIN)).toMatchObject({ ok: true });
  world.clock.set('2026-11-21T12:15:00Z');
  expect(await world.engine.runDueTimers()).toBe(1);
  const page = await world.reports.transfers('ada', { limit: 10 });
  const of = (kind: string): string => page?.transfers.find((transfer) => transfer.kind === kind)?.id ?? '';
  expect((await sentencesOf('transfer', of('hold')))[0]).toBe(
    '3 points of ada were set apart on 2026-11-21 at 12:00 (UTC); the balance, with what is held, stayed at 10.',
  );
  expect(await sentencesOf('transfer', of('release'))).toEqual([
    '3 points of ada were given back on 2026-11-21 at 12:15 (UTC); the balance, with what is held, stayed at 10.',
    'It was given back by a hold whose time was over.',
  ]);
});

test('what final ranks unlocked says so', async () => {
  world.clock.set('2026-11-22T00:00:00Z');
  while ((await world.engine.runDueTimers()) > 0);
  expect(await sentencesOf('achievement', 'champion')).toContainEqual(
    expect.stringMatching(/^Tier once was unlocked on .*, by the final ranks of a period, when its progress had reached the 1/),
  );
});

test('what a backfill unlocked says so', async () => {
  const [version] = await world.test.owner.unsafe('select max(version)::int + 1 as next from catalog.version');
  const later = `${CATALOG}\n`.replace(
    'achievements:',
    'achievements:\n  - { id: winner, metric: all, tiers: [{ id: one, at: 1 }] }',
  );
  const source = later.replace('metrics: {', "metrics: { all: { count: 'quiz.*' },");
  expect(await world.engine.applyCatalog(source, ADMIN)).toMatchObject({ ok: true });
  await world.engine.backfills.start({ silent: true }, ADMIN);
  expect(await world.engine.backfills.run()).toMatchObject({ ok: true });
  expect(await sentencesOf('achievement', 'winner')).toContainEqual(
    expect.stringMatching(
      new RegExp(`^Tier one was unlocked on .*, by the backfill of version ${version?.['next']}, when all had`),
    ),
  );
});
