import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import type { AchievementWhy, WhyFault } from './index.ts';
import { CATALOG } from './why.fixture.ts';

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  await world.submit([
    { id: 'c-1', type: 'code.commit', user: 'cleo', time: '2026-11-20T10:00:00Z' },
    { id: 'c-2', type: 'code.commit', user: 'cleo', time: '2026-11-20T11:00:00Z' },
    { id: 't-1', type: 'code.test', user: 'cleo', time: '2026-11-20T11:00:00Z' },
  ]);
});
afterAll(() => world.close());

async function ask(id: string, user = 'cleo'): Promise<AchievementWhy> {
  const answer = await world.reports.why(user, { about: 'achievement', id });
  if (!answer.ok || answer.value.about !== 'achievement') throw new Error(JSON.stringify(answer));
  return answer.value;
}

async function fault(id: string, user = 'cleo'): Promise<WhyFault | undefined> {
  const answer = await world.reports.why(user, { about: 'achievement', id });
  return answer.ok ? undefined : answer.fault;
}

test('each tier says what unlocked it, or what is missing', async () => {
  const told = await ask('committer');
  expect(told).toMatchObject({
    achievement: { id: 'committer', name: 'Committer', secret: false, retired: false },
    progress: 2,
    metrics: ['commits'],
    countsSince: '2026-11-21T12:00:00.000Z',
    requires: [],
    tiers: [
      { id: 'bronze', at: 1, unlockedAt: '2026-11-20T10:00:00.000Z', catalogVersion: 1, missing: 0, event: { id: 'c-1' } },
      { id: 'silver', at: 3, unlockedAt: null, catalogVersion: null, missing: 1, event: null },
      { id: 'gold', missing: 98 },
    ],
    arm: null,
    verdict: null,
  });
  expect(told.sentences).toEqual([
    'cleo has 1 of 3 tiers of "Committer".',
    'It is: name "Committer", by commits, bronze at 1 gives 5 points, silver at 3, gold at 100.',
    'Tier bronze was unlocked on 2026-11-20 at 11:00 (Europe/Berlin), by code.commit "c-1" of 2026-11-20 at 11:00 (Europe/Berlin), ' +
      'when commits had reached the 1 that it took, under version 1 of the catalog.',
    'Tier silver is not unlocked: commits is at 2 of 3, so 1 is missing.',
    'Tier gold is not unlocked: commits is at 2 of 100, so 98 are missing.',
    'commits counts since 2026-11-21 at 13:00 (Europe/Berlin); what happened before is not in it.',
  ]);
});

test('one tier can be asked about by itself', async () => {
  const told = await ask('committer.silver');
  expect(told.tiers.map(({ id }) => id)).toEqual(['silver']);
  expect(told.sentences[0]).toBe('cleo does not have "Committer", tier silver.');
});

test('a requirement that is not met is named, with what is missing of it, and a secret one is not given away', async () => {
  const told = await ask('tester');
  expect(told.requires).toEqual([
    { id: 'committer.gold', met: false, sentence: 'committer.gold is not unlocked: commits is at 2 of 100.' },
    { id: null, met: false, sentence: 'Something that is secret has to be unlocked first.' },
  ]);
  expect(told.tiers).toMatchObject([
    {
      missing: 0,
      sentence:
        'Tier once is not unlocked: tests has reached 1, but committer.gold and something that is secret has to be unlocked first.',
    },
  ]);
  expect(JSON.stringify(told.sentences)).not.toMatch(/owl/i);
  expect((await ask('rich')).requires).toMatchObject([
    {
      id: 'tester',
      sentence: 'tester is not unlocked: tests is at 1 of 1, and it waits for committer.gold and something that is secret.',
    },
  ]);
});

test('what is secret is unknown until it is unlocked', async () => {
  expect(await fault('owl')).toBe('unknown_achievement');
  await world.submit([{ id: 'o-1', type: 'code.commit', user: 'olga', time: '2026-11-20T23:30:00+01:00' }]);
  expect(await ask('owl', 'olga')).toMatchObject({ achievement: { secret: true }, tiers: [{ event: { id: 'o-1' } }] });
  expect((await ask('tester', 'olga')).requires).toMatchObject([{ met: false }, { id: 'owl', met: true, sentence: null }]);
});

test('what was reached before an achievement was there waits for the next event, and what left the catalog is still explained', async () => {
  const applied = await world.engine.applyCatalog(
    CATALOG.replace('- id: committer', '- id: coder').replace('requires: [committer.gold, owl]', 'requires: [owl]'),
    ADMIN,
  );
  expect(applied).toMatchObject({ ok: true });
  expect((await ask('coder')).tiers[0]).toMatchObject({
    missing: 0,
    sentence: 'Tier bronze is not unlocked: commits has reached 1 already, and it is unlocked with the next event that moves it.',
  });
  const former = await ask('committer');
  expect(former).toMatchObject({
    achievement: { id: 'committer', name: 'Committer', retired: true },
    definition: null,
    tiers: [{ id: 'bronze', at: 1, event: { id: 'c-1' }, catalogVersion: 1 }],
  });
  expect(former.sentences.slice(0, 2)).toEqual([
    'cleo has "Committer", tier bronze.',
    'It is no longer in the catalog; what was unlocked stays.',
  ]);
  expect(await fault('committer', 'olga')).toBeUndefined();
});

test('who or what is unknown is said', async () => {
  expect(await fault('nothing')).toBe('unknown_achievement');
  expect(await fault('coder.platinum')).toBe('unknown_achievement');
  expect(await fault('coder.bronze.more')).toBe('unknown_achievement');
  expect(await fault('coder', 'nobody')).toBe('unknown_user');
});
