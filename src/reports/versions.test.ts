import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import type { Reports } from './index.ts';
import { CATALOG } from './progress.fixture.ts';

/** The same economy without the achievement that `old` unlocked, and with another factor. */
const RENAMED = CATALOG.replace('- id: committer', '- id: coder')
  .replace('requires: [committer.silver, owl]', 'requires: [owl]')
  .replace('1 + 0.5 * (user.level - 1)', '3 - user.level');
/** Without a tier of it. */
const SHORTENED = CATALOG.replace('{ id: bronze, at: 1, award: { points: 5 } }, ', '');

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  await world.submit([{ id: 'o-1', type: 'code.commit', user: 'old', time: '2026-11-09T12:00:00Z' }]);
});
afterAll(() => world.close());

async function apply(source: string): Promise<void> {
  const applied = await world.engine.applyCatalog(source, ADMIN);
  if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
}

async function awardsOf(reports: Reports, id: string): Promise<unknown> {
  const outcome = (await reports.event('default', id))?.outcome;
  return outcome?.status === 'accepted' ? outcome.awards : undefined;
}

const bronze = { id: 'bronze', at: 1, unlockedAt: '2026-11-09T12:00:00.000Z', award: { points: 5 }, retired: true, rarity: 100 };

test('the reasons of an event are those of the catalog that decided it', async () => {
  await apply(RENAMED);
  await world.submit([{ id: 'o-2', type: 'code.commit', user: 'old', time: '2026-11-10T12:00:00Z' }]);
  expect(await awardsOf(world.reports, 'o-1')).toMatchObject([
    { multipliers: [{ id: 'level', reason: '1 + 0.5 * (user.level - 1)' }] },
    { reason: 'unlocked committer bronze at 1' },
  ]);
  expect(await awardsOf(world.reports, 'o-2')).toMatchObject([
    { multipliers: [{ id: 'streak' }, { id: 'level', reason: '3 - user.level' }, { id: 'spree' }] },
    { reason: 'unlocked coder bronze at 1' },
  ]);
});

test('an achievement that left the catalog is still had, as it was', async () => {
  expect((await world.reports.achievements('old'))?.at(-1)).toEqual({
    id: 'committer',
    name: 'Committer',
    secret: false,
    progress: 1,
    percent: 100,
    requires: [],
    tiers: [bronze],
    retired: true,
  });
});

test('so is a tier that did, behind those that are there', async () => {
  await apply(SHORTENED);
  const achievements = await world.reports.achievements('old');
  expect(achievements?.map(({ id, retired }) => [id, retired])).toEqual([
    ['committer', undefined],
    ['tester', undefined],
    ['coder', true],
  ]);
  expect(achievements?.[0]).toMatchObject({
    progress: 2,
    percent: 66,
    tiers: [{ id: 'silver', unlockedAt: null }, { id: 'gold' }, bronze],
  });
});

test('a version that is no longer understood gives no reasons, and what was had under it is had', async () => {
  await world.test.owner`alter table catalog.version disable trigger append_only`;
  await world.test.owner`update catalog.version set source = 'diana: 0' where version = 1`;
  const reports = world.freshReports();
  const [award, reward] = (await awardsOf(reports, 'o-1')) as readonly { readonly multipliers: readonly object[] }[];
  expect(award?.multipliers).toEqual([{ id: 'level', factor: 1 }]);
  expect(reward).not.toHaveProperty('reason');
  expect((await reports.achievements('old'))?.[0]?.tiers.at(-1)).toEqual({
    id: 'bronze',
    at: null,
    unlockedAt: '2026-11-09T12:00:00.000Z',
    rarity: 100,
    retired: true,
  });
});
