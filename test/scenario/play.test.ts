import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database.ts';
import { ADMIN_KEY, createStage, type HttpAnswer, type Service } from '../support/service.ts';

const CATALOG = `
diana: 1
name: played
currencies: { gems: { name: Gems, reversal: clamp, adjust: clamp, transfers: { max: 50, per: day } } }
metrics:
  wins: { count: game.won }
  earned: { earned: gems }
streaks: { daily: { on: game.won, every: day, milestones: [{ at: 3, award: { gems: 9 } }] } }
levels: { metric: earned, thresholds: [0, 20, 60] }
rules: [{ id: win, on: game.won, award: { gems: 10 } }]
achievements:
  - { id: winner, metric: wins, tiers: [{ id: three, at: 3, award: { gems: 30 } }] }
  - { id: hero, manual: true }
boards:
  - { id: weekly, metric: earned, period: week, rewards: [{ rank: 1, award: { gems: 5 } }] }
`;

const stage = createStage();
let database: TestDatabase;
let environment: Readonly<Record<string, string>>;
let one: Service;
let other: Service;

beforeAll(async () => {
  database = await createTestDatabase();
  const file = join(await stage.directory(), 'catalog.yaml');
  await writeFile(file, CATALOG);
  environment = { DIANA_DATABASE_URL: urlOf(database.target), DIANA_ADMIN_KEY: ADMIN_KEY, DIANA_CATALOG: file };
  [one, other] = await Promise.all([stage.start(environment), stage.start(environment)]);
});
afterAll(async () => {
  await Promise.all([one.stop(), other.stop()]);
  await stage.dispose();
  await database.drop();
});

const win = (user: string, n: number, day: number): Promise<HttpAnswer> =>
  one.call('POST', '/v1/events', {
    id: `${user}-${n}`,
    type: 'game.won',
    user,
    time: `2026-11-${String(day).padStart(2, '0')}T10:00:00Z`,
  });

async function profile(user: string): Promise<HttpAnswer['body']> {
  return (await other.call('GET', `/v1/users/${user}`)).body;
}

async function proven(): Promise<void> {
  expect(await stage.cli(['verify', '--json'], environment)).toMatchObject({ code: 0 });
  const rebuilt = await stage.cli(['rebuild', '--check', '--json'], environment);
  expect(JSON.parse(rebuilt.out)).toMatchObject({ ok: true, differences: 0, skipped: 0 });
  expect(rebuilt.code).toBe(0);
}

describe('undo', () => {
  test('a dry run tells what undoing then does, on whichever process, once', async () => {
    for (const [n, day] of [
      [1, 2],
      [2, 3],
      [3, 4],
    ] as const)
      await win('ada', n, day);
    expect(await profile('ada')).toMatchObject({ balances: { gems: 69 }, level: 3 });
    const body = { reason: 'a bot played' };
    const dry = await one.call('POST', '/v1/events/ada-2/undo', { ...body, dryRun: true });
    expect(dry.status).toBe(200);
    expect(await profile('ada')).toMatchObject({ balances: { gems: 69 }, level: 3 });
    const answers = await Promise.all([one, other, one, other].map((at) => at.call('POST', '/v1/events/ada-2/undo', body)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 201]);
    const [first] = answers;
    expect(first?.body).toMatchObject({
      achievements: { revoked: [{ id: 'winner', tier: 'three', left: 0 }], kept: [] },
      level: dry.body['level'],
      metrics: { wins: { before: 3, after: 2 } },
      streaks: { daily: { before: 3, after: 1 } },
    });
    expect(await profile('ada')).toMatchObject({
      balances: { gems: 29 },
      level: 2,
      streaks: [{ id: 'daily', length: 1, longest: 1 }],
    });
    const told = await one.call('GET', '/v1/events/ada-2');
    expect(told.body).toMatchObject({ undone: { at: expect.any(String), position: first?.body['position'] } });
    await proven();
  });

  test('of points that are spent takes what the catalog lets it take', async () => {
    await win('bob', 1, 5);
    await one.call('POST', '/v1/transfers', { id: 'b-1', kind: 'spend', user: 'bob', currency: 'gems', amount: 8 });
    const undone = await one.call('POST', '/v1/events/bob-1/undo', { reason: 'no game' });
    expect(undone.body).toMatchObject({ reversed: [{ amount: -2, short: 8, balance: 0 }] });
    const back = await one.call('POST', '/v1/transfers/b-1/reverse', { reason: 'refund' });
    expect(back).toMatchObject({ status: 201, body: { reversed: [{ amount: 8, balance: 8 }] } });
    expect((await other.call('POST', '/v1/transfers/b-1/reverse', { reason: 'again' })).status).toBe(200);
    await proven();
  });

  test.each([
    ['/v1/events/nobody/undo', { reason: 'x' }, 404, 'unknown_event'],
    ['/v1/transfers/nobody/reverse', { reason: 'x' }, 404, 'unknown_transfer'],
    ['/v1/events/ada-1/undo', {}, 400, 'malformed'],
    ['/v1/events/ada-1/undo', { reason: 'x', keep: ['streaks'] }, 400, 'malformed'],
    ['/v1/events/ada-1/undo', { reason: 'x', dryrun: true }, 400, 'malformed'],
  ])('%s with %j is refused', async (path, body, status, code) => {
    expect(await one.call('POST', path, body)).toMatchObject({ status, body: { code } });
  });
});

test('what is done to a user by hand holds on every process, and after both were killed', async () => {
  await win('carla', 1, 6);
  await win('carla', 2, 7);
  const steps: readonly (readonly [string, string, object])[] = [
    ['POST', '/v1/users/carla/achievements/hero/grant', { reason: 'saved the day' }],
    ['POST', '/v1/holds', { id: 'h-1', user: 'carla', currency: 'gems', amount: 12 }],
    ['POST', '/v1/holds/h-1/capture', { id: 'c-1', amount: 5 }],
    ['POST', '/v1/boosts', { id: 'double', user: 'carla', factor: 2, until: '2099-01-01T00:00:00Z', reason: 'sorry' }],
  ];
  for (const [method, path, body] of steps) {
    const answer = await one.call(method, path, body);
    expect(answer.status, answer.text).toBe(201);
  }
  one.child.kill('SIGKILL');
  other.child.kill('SIGKILL');
  await Promise.all([one.ended, other.ended]);
  [one, other] = await Promise.all([stage.start(environment), stage.start(environment)]);
  await win('carla', 3, 8);
  // Three wins before the boost, 9 for three days, 30 for three wins; 12 are held, of which 5 were captured.
  expect(await profile('carla')).toMatchObject({ balances: { gems: 57 }, held: { gems: 7 } });
  await other.call('POST', '/v1/events', { id: 'carla-now', type: 'game.won', user: 'carla' });
  expect(await profile('carla')).toMatchObject({ balances: { gems: 77 } });
  const again = await other.call('POST', '/v1/holds/h-1/capture', { id: 'c-1', amount: 5 });
  expect(again.status).toBe(200);
  expect((await one.call('POST', '/v1/holds/h-1/release', {})).status).toBe(201);
  const over = await one.call('POST', '/v1/transfers', {
    id: 't-1',
    kind: 'transfer',
    user: 'carla',
    to: 'dan',
    currency: 'gems',
    amount: 51,
  });
  expect(over).toMatchObject({ status: 422, body: { code: 'limit_reached' } });
  const achievements = await one.call('GET', '/v1/users/carla/achievements');
  expect(achievements.body['achievements']).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ id: 'hero', tiers: [expect.objectContaining({ unlockedAt: expect.any(String) })] }),
    ]),
  );
  await proven();
});
