import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, SERVICE } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports();
});
afterAll(() => world.close());

describe('a profile', () => {
  test('shows what somebody is and has', async () => {
    await world.engine.putUser('pia', { zone: 'Europe/Madrid', name: 'Pia', attributes: { vip: true } }, ADMIN);
    await world.submit([
      { id: 'pia-1', type: 'quiz.won', user: 'pia' },
      { id: 'pia-2', type: 'gem.found', user: 'pia' },
    ]);
    await world.transfer({ id: 'pia-3', kind: 'spend', user: 'pia', amount: 4, reason: 'tea' });
    expect(await world.reports.profile('pia')).toEqual({
      id: 'pia',
      zone: 'Europe/Madrid',
      locale: null,
      name: 'Pia',
      attributes: { vip: true },
      createdAt: '2026-11-21T12:00:00.000Z',
      balances: { gems: 1, points: 6 },
      held: {},
      expiring: {},
      level: 1,
      levelProgress: null,
      streaks: [],
      metrics: { wins: 1, earned: 10 },
    });
  });

  test('of somebody who has nothing yet is empty, of nobody is none', async () => {
    await world.engine.putUser('new', {}, ADMIN);
    expect(await world.reports.profile('new')).toMatchObject({ balances: {}, held: {}, metrics: { wins: 0, earned: 0 } });
    expect(await world.reports.profile('nobody')).toBeUndefined();
  });

  test('tells held amounts apart', async () => {
    await world.transfer({ id: 'held-1', kind: 'award', user: 'hal', amount: 9 });
    await world.test
      .owner`update ledger.account set available = 6, held = 3 where account = (select account from users.person where id = 'hal')`;
    expect(await world.reports.profile('hal')).toMatchObject({ balances: { points: 6 }, held: { points: 3 } });
  });
});

describe('an event', () => {
  test('is told with its outcome, why, and what was announced because of it', async () => {
    world.clock.set('2026-11-21T14:00:00Z');
    const posted = {
      id: 'eva-1',
      source: 'bot',
      type: 'quiz.won',
      user: 'eva',
      time: '2026-11-21T01:30:00-05:30',
      data: { score: 3 },
      correlationId: 'c-1',
    };
    const [answer] = await world.submit([posted]);
    const report = await world.reports.event('bot', 'eva-1');
    expect(report).toMatchObject({
      id: 'eva-1',
      source: 'bot',
      type: 'quiz.won',
      user: 'eva',
      time: '2026-11-21T01:30:00.000-05:30',
      recordedAt: '2026-11-21T14:00:00.000Z',
      localDay: '2026-11-21',
      data: { score: 3 },
      correlationId: 'c-1',
      facts: [
        { type: 'user.created', data: {} },
        { type: 'points.awarded', data: { rule: 'quiz', amount: 10 } },
      ],
    });
    expect(report?.outcome).toEqual(answer);
    const position = answer?.status === 'accepted' ? answer.position : 0;
    expect(report?.facts.map(({ id }) => id)).toEqual([`evt_${position + 1}`, `evt_${position + 2}`]);
    expect(await world.reports.event('default', 'eva-1')).toBeUndefined();
  });

  test('that was limited says so', async () => {
    await world.submit([1, 2, 3].map((n) => ({ id: `lim-${n}`, type: 'quiz.won', user: 'lim' })));
    expect((await world.reports.event('default', 'lim-3'))?.outcome).toMatchObject({
      status: 'accepted',
      awards: [],
      skipped: [{ rule: 'quiz', code: 'limit_reached' }],
    });
  });

  test('that was refused for its state is remembered as refused', async () => {
    await world.transfer({ id: 'ref-0', kind: 'award', user: 'ref', amount: Number.MAX_SAFE_INTEGER });
    const [answer] = await world.submit([{ id: 'ref-1', type: 'quiz.won', user: 'ref' }], SERVICE);
    expect(answer).toMatchObject({ status: 'refused', code: 'balance_overflow' });
    expect(await world.reports.event('default', 'ref-1')).toEqual({
      id: 'ref-1',
      source: 'default',
      type: null,
      user: 'ref',
      time: null,
      recordedAt: null,
      localDay: null,
      data: null,
      correlationId: null,
      outcome: answer,
      facts: [],
      rules: [],
      sentences: [
        'The event was refused as balance_overflow, so it moved nothing and no rule saw it: ' +
          'the balance in points would leave the exact integers.',
      ],
      arm: null,
      undone: null,
      verdict: null,
    });
  });

  test('of somebody erased keeps what counts and tells nobody', async () => {
    await world.submit([{ id: 'ern-1', type: 'quiz.won', user: 'ern', data: { secret: 'x' }, correlationId: 'c' }]);
    await world.engine.eraseUser('ern', null, ADMIN);
    const report = await world.reports.event('default', 'ern-1');
    expect(report).toMatchObject({
      type: 'quiz.won',
      user: null,
      data: null,
      correlationId: null,
      outcome: { status: 'accepted' },
    });
    expect(report?.facts).toMatchObject([
      { type: 'user.created', data: {} },
      { type: 'points.awarded', data: {} },
    ]);
  });
});

describe('an export', () => {
  test('holds everything known about one person, and nothing of others', async () => {
    await world.submit([
      { id: 'xia-1', type: 'quiz.won', user: 'xia', data: { a: 1 } },
      { id: 'yan-1', type: 'quiz.won', user: 'yan', data: { b: 2 } },
    ]);
    await world.transfer({ id: 'xia-2', kind: 'transfer', user: 'xia', to: 'yan', amount: 1, reason: 'thanks' });
    const document = await world.reports.exportUser('xia');
    expect(document).toMatchObject({
      profile: { id: 'xia', balances: { points: 9 } },
      transfers: [
        { kind: 'award', amount: 10 },
        { kind: 'transfer', amount: -1, counterparty: 'yan', reason: 'thanks' },
      ],
      events: [
        {
          id: 'xia-1',
          source: 'default',
          type: 'quiz.won',
          data: { a: 1 },
          facts: [{ type: 'user.created' }, { type: 'points.awarded' }],
        },
        { source: null, type: 'points.transferred', data: { amount: 1, direction: 'out' }, facts: [] },
      ],
      achievements: [],
      streaks: [],
      scores: [{ board: 'weekly', period: '2026-W47', score: 10 }],
      limits: [{ rule: 'quiz', used: 1 }],
      keys: [],
    });
    expect(JSON.stringify(document)).not.toContain('yan-1');
    expect(await world.reports.exportUser('nobody')).toBeUndefined();
  });
});
