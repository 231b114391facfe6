import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestReports, type TestReports } from '../../../test/support/reports.ts';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';

const CATALOG = `
diana: 1
currencies: { points: { name: Points } }
metrics: { commits: { count: code.commit } }
achievements:
  - { id: hero, name: Hero, manual: true, secret: true, tiers: [ { id: done, at: 1, award: { points: 50 } } ] }
  - { id: tens, metric: commits, repeatable: true, tiers: [ { id: two, at: 2 } ] }
  - { id: busy, metric: commits, within: week, tiers: [ { id: three, at: 3 }, { id: six, at: 6 } ] }
`;

let world: TestReports;
let http: StubbedHttp;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  http = await startStubbedHttp({ engine: world.engine, reports: world.reports });
  for (const user of ['ada', 'bob', 'cyd']) {
    await world.submit(
      [1, 2, 3, 4, 5].map((n) => ({ id: `${user}-${n}`, type: 'code.commit', user, time: `2026-11-1${n + 4}T12:00:00Z` })),
    );
  }
});
afterAll(async () => {
  await http.close();
  await world.close();
});

const post = (path: string, body: object, key = 'admin-key') => http.call('POST', `/v1/users/${path}`, { body, key });
const shown = async (user: string) => (await http.call('GET', `/v1/users/${user}/achievements`)).body['achievements'];

test('progress, how often, and how rare each tier is', async () => {
  expect(await shown('ada')).toEqual([
    {
      id: 'tens',
      name: 'tens',
      secret: false,
      progress: 5,
      percent: 50,
      requires: [],
      repeatable: true,
      tiers: [{ id: 'two', at: 2, unlockedAt: '2026-11-16T12:00:00.000Z', times: 2, rarity: 100 }],
    },
    {
      id: 'busy',
      name: 'busy',
      secret: false,
      // Since Monday, the 16th.
      progress: 4,
      percent: 66,
      requires: [],
      tiers: [
        { id: 'three', at: 3, unlockedAt: '2026-11-18T12:00:00.000Z', rarity: 100 },
        { id: 'six', at: 6, unlockedAt: null, rarity: 0 },
      ],
    },
  ]);
});

test('granting answers 201, the same again under its id 200, and otherwise 409', async () => {
  const body = { reason: 'saved the day', id: 'g-1' };
  const result = { achievement: 'hero', tier: 'done', paid: { points: 50 } };
  expect(await post('bob/achievements/hero/grant', body)).toMatchObject({ status: 201, body: result });
  expect(await post('bob/achievements/hero/grant', body)).toMatchObject({ status: 200, body: result });
  expect(await post('bob/achievements/hero/grant', { reason: 'again' })).toMatchObject({
    status: 409,
    body: { code: 'already_unlocked', path: '/tier' },
  });
  expect(await post('bob/achievements/hero/grant', { ...body, reason: 'other' })).toMatchObject({
    status: 409,
    body: { code: 'id_reused' },
  });
});

test('what was granted is told as such, what was revoked too, and counts are told as of half a minute ago', async () => {
  world.clock.set('2026-11-21T12:01:00Z');
  await shown('ada');
  await http.call('GET', '/v1/users/ada/achievements');
  expect(await shown('bob')).toMatchObject([
    { id: 'hero', manual: true, tiers: [{ granted: true, award: { points: 50 }, rarity: 33.3 }] },
    {},
    {},
  ]);
  expect(await post('bob/achievements/busy/revoke', { reason: 'a script', tier: 'three' })).toMatchObject({
    status: 200,
    body: { achievement: 'busy', tier: 'three' },
  });
  expect(await post('bob/achievements/busy/revoke', { reason: 'a script', tier: 'three' })).toMatchObject({
    status: 409,
    body: { code: 'not_unlocked' },
  });
  const busy = (rarity: number) => [
    {},
    {},
    { id: 'busy', tiers: [{ id: 'three', unlockedAt: null, revoked: true, rarity }, {}] },
  ];
  expect(await shown('bob')).toMatchObject(busy(100));
  world.clock.set('2026-11-21T12:02:00Z');
  await shown('bob');
  expect(await shown('bob')).toMatchObject(busy(66.7));
  // A secret one that was taken away is a secret again.
  await post('bob/achievements/hero/revoke', { reason: 'it was somebody else' });
  expect(await shown('bob')).toMatchObject([{ id: 'tens' }, { id: 'busy' }]);
});

test.each([
  ['nobody/achievements/hero/grant', { reason: 'x' }, 404, 'unknown_user', '/params/user'],
  ['ada/achievements/nope/grant', { reason: 'x' }, 404, 'unknown_achievement', '/params/achievement'],
  ['ada/achievements/busy/revoke', { reason: 'x', tier: 'nine' }, 404, 'unknown_achievement', '/tier'],
  ['ada/achievements/busy/grant', { reason: 'x' }, 400, 'malformed', '/tier'],
  ['ada/achievements/hero/grant', {}, 400, 'malformed', '/reason'],
  ['ada/achievements/hero/revoke', { reason: 'x', takeBack: true }, 400, 'malformed', '/takeBack'],
])('%s with %j is %i %s', async (path, body, status, code, fault) => {
  expect(await post(path, body)).toMatchObject({ status, body: { code, path: fault } });
});

test('only an admin key may', async () => {
  for (const key of ['service-key', 'client-key']) {
    expect(await post('ada/achievements/hero/grant', { reason: 'x' }, key)).toMatchObject({ status: 403 });
    expect(await post('ada/achievements/tens/revoke', { reason: 'x' }, key)).toMatchObject({ status: 403 });
  }
});
