import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { dumpState } from '../../test/support/state.ts';
import type { AcceptedResult } from './index.ts';

const CATALOG = `
diana: 1
name: whole
currencies: { points: { name: Points }, gems: { name: Gems } }
events:
  code.commit: { data: { files: integer, repo: string } }
metrics:
  commits: { count: code.commit }
  biggest: { max: event.data.files, on: code.commit }
  repos: { distinct: event.data.repo, on: code.commit }
  in-a-row: { run: quiz.answered, while: 'event.data.correct' }
  earned: { earned: points }
  spent: { spent: points }
  pocket: { balance: points }
  level: { level: true }
  level-by-day: { level: true, when: 'event.local.hour < 24' }
  days: { streak: daily }
streaks:
  daily: { on: 'code.*', every: day }
levels: { metric: earned, thresholds: [0, 100, 300, 1000] }
multipliers:
  streak: { streak: daily, tiers: [ { from: 2, factor: 1.5 }, { from: 3, factor: 2 } ] }
  vip: { when: 'user.attributes.vip == true', factor: 3 }
rules:
  - { id: commit, on: code.commit, award: { points: 10 }, limit: [ { max: 3, per: day }, { max: 2, within: 1m } ] }
  - { id: promoted, on: level.reached, award: { gems: 1 } }
achievements:
  - { id: committer, metric: commits, tiers: [ { id: bronze, at: 1, award: { points: 90 } }, { id: silver, at: 3 } ] }
  - { id: traveller, metric: repos, requires: [ committer.silver ], tiers: [ { id: two, at: 2, award: { gems: 5 } } ] }
  - { id: steady, metric: days, secret: true, tiers: [ { id: three, at: 3 } ] }
  - { id: grown, metric: level, tiers: [ { id: two, at: 2 } ] }
  - { id: known, metric: level-by-day, tiers: [ { id: two, at: 2 } ] }
boards:
  - { id: repos-weekly, metric: repos, period: week }
  - { id: biggest-daily, metric: biggest, period: day }
  - { id: rows, metric: in-a-row, period: month }
`;

let bench: TestEngine;
beforeAll(async () => {
  bench = await createTestEngine(CATALOG);
});
afterAll(() => bench.close());

let ids = 0;
async function commit(user: string, time: string, data: object = { files: 1, repo: 'a' }): Promise<AcceptedResult> {
  ids += 1;
  const [result] = await bench.submit([{ id: `c${ids}`, type: 'code.commit', user, time, data }]);
  if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
  return result;
}

async function answer(user: string, time: string, correct: boolean): Promise<void> {
  ids += 1;
  await bench.submit([{ id: `c${ids}`, type: 'quiz.answered', user, time, data: { correct } }]);
}

async function score(user: string, board: string): Promise<readonly (readonly [string, number])[]> {
  const rows = await bench.test.owner.unsafe(
    'select period, score from boards.score join users.person using (account) where id = $1 and board = $2 order by period',
    [user, board],
  );
  return rows.map((row) => [String(row['period']), Number(row['score'])]);
}

describe('an event and all that the catalog says', () => {
  test('awards, rewards, unlocks, streaks and the level come in one answer', async () => {
    const first = await commit('ada', '2026-11-02T10:00:00Z');
    expect(first).toMatchObject({
      awards: [
        {
          rule: 'commit',
          base: 10,
          amount: 10,
          balance: 10,
          limits: [
            { used: 1, max: 3, per: 'day' },
            { used: 1, max: 2, within: '1m' },
          ],
          failed: ['vip'],
        },
        { rule: 'achievement:committer:bronze', base: 90, amount: 90, balance: 100, multipliers: [] },
        { rule: 'promoted', currency: 'gems', amount: 1 },
      ],
      achievements: [
        { id: 'committer', tier: 'bronze' },
        { id: 'grown', tier: 'two' },
        { id: 'known', tier: 'two' },
      ],
      streaks: [{ id: 'daily', length: 1 }],
      level: 2,
      skipped: [],
    });
    const second = await commit('ada', '2026-11-03T10:00:00Z', { files: 7, repo: 'b' });
    expect(second.awards).toMatchObject([{ amount: 15, multipliers: [{ id: 'streak', factor: 1.5, length: 2 }] }]);
    expect(second).toMatchObject({ achievements: [], streaks: [{ id: 'daily', length: 2 }], level: 2 });
    // What it requires came later than its own progress.
    const third = await commit('ada', '2026-11-04T10:00:00Z');
    expect(third.achievements).toEqual([
      { id: 'committer', tier: 'silver' },
      { id: 'traveller', tier: 'two' },
      { id: 'steady', tier: 'three' },
    ]);
    expect(third.awards).toMatchObject([
      { amount: 20 },
      { rule: 'achievement:traveller:two', currency: 'gems', amount: 5, balance: 6 },
    ]);
    await dumpState(bench.test.owner);
  });

  test('a streak is mended by late events, in any order', async () => {
    for (const [day, length] of [
      [5, 1],
      [9, 1],
      [7, 1],
      [8, 3],
      [6, 5],
      [1, 5],
      [6, 5],
    ] as const) {
      const { streaks } = await commit('late', `2026-11-0${day}T12:00:00Z`);
      expect([day, streaks]).toEqual([day, [{ id: 'daily', length }]]);
    }
    const rows = await bench.test.owner.unsafe(
      `select r.first, r.last from streaks.run r join users.person using (account) where id = 'late'`,
    );
    expect(rows.map(({ first, last }) => [first, last])).toEqual([[20_758, 20_758]]);
    await dumpState(bench.test.owner);
  });

  test('a board follows its kind of metric within its period', async () => {
    const at = (day: number): string => `2026-11-${day}T12:00:00Z`;
    await commit('bo', at(16), { files: 5, repo: 'a' });
    await commit('bo', at(17), { files: 3, repo: 'a' });
    await commit('bo', at(17), { files: 9, repo: 'b' });
    await commit('bo', at(21), { files: 4, repo: 'c' });
    expect(await score('bo', 'repos-weekly')).toEqual([['2026-W47', 3]]);
    expect(await score('bo', 'biggest-daily')).toEqual([
      ['2026-11-16', 5],
      ['2026-11-17', 9],
      ['2026-11-21', 4],
    ]);
    for (const correct of [true, true, false, true]) await answer('bo', at(20), correct);
    expect(await score('bo', 'rows')).toEqual([['2026-11', 1]]);
    await dumpState(bench.test.owner);
  });

  test('what is spent, given and taken outside the rules moves metrics and levels', async () => {
    const give = await bench.engine.transfer({ id: 't1', kind: 'award', user: 'cy', currency: 'points', amount: 350 }, ADMIN);
    expect(give.ok).toBe(true);
    await bench.engine.transfer({ id: 't2', kind: 'spend', user: 'cy', currency: 'points', amount: 50 }, ADMIN);
    const rows = await bench.test.owner.unsafe(
      `select state from engine.account join users.person using (account) where id = 'cy'`,
    );
    const [{ state }] = rows as unknown as [{ state: object }];
    const { metrics } = state as { metrics: Record<string, readonly number[]> };
    expect([metrics['earned']?.[0], metrics['spent']?.[0], metrics['pocket']?.[0], metrics['level']?.[0]]).toEqual([
      350, 50, 300, 3,
    ]);
    const facts = await bench.test.owner.unsafe(
      `select type, data from events.log join users.person using (account) where users.person.id = 'cy' order by position`,
    );
    expect(
      facts.map((row) => [
        row['type'],
        (row['data'] as Record<string, unknown>)['level'] ?? (row['data'] as Record<string, unknown>)['achievement'] ?? null,
      ]),
    ).toEqual([
      ['user.created', null],
      ['points.awarded', null],
      ['achievement.unlocked', 'grown'],
      ['level.reached', 3],
      ['achievement.unlocked', 'known'],
      ['points.awarded', null],
      ['points.spent', null],
    ]);
  });
});

test('boards of what mirrors a state show it as it is, and a condition says when a metric looks', async () => {
  const mirrors = await createTestEngine(`
diana: 1
currencies: { points: {} }
metrics:
  n: { count: a }
  rich: { balance: points }
  rich-at-b: { balance: points, when: "event.type == 'b'" }
  days-at-b: { streak: daily, when: "event.type == 'b'" }
  level-at-b: { level: true, when: "event.type == 'b'" }
streaks: { daily: { on: '*', every: day } }
levels: { metric: n, thresholds: [0, 1] }
rules:
  - { id: give, on: a, award: { points: 5 } }
  - { id: fix, on: admin.fix, adjust: { points: event.data.n } }
  - { id: back, on: net.zero, award: { points: 5 } }
  - { id: forth, on: net.zero, adjust: { points: -5 } }
achievements:
  - { id: looked, metric: level-at-b, tiers: [ { id: two, at: 2 } ] }
boards:
  - { id: day, metric: rich, period: day }
  - { id: all, metric: rich }
`);
  try {
    let n = 0;
    const send = async (user: string, type: string, time: string, data = {}): Promise<AcceptedResult> => {
      const [result] = await mirrors.submit([{ id: `m${(n += 1)}`, user, type, time: `2026-11-${time}Z`, data }], ADMIN);
      if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
      return result;
    };
    const scores = async (user: string): Promise<readonly unknown[]> => {
      const rows = await mirrors.test.owner.unsafe(
        `select board, period, score, extract(day from reached_at at time zone 'UTC')::int as day
         from boards.score join users.person using (account) where id = $1 order by board, period`,
        [user],
      );
      return rows.map((row) => [row['board'], row['period'], row['score'], row['day']]);
    };
    await send('ann', 'admin.fix', '20T09:00:00', { n: 9 });
    await send('ann', 'admin.fix', '21T10:00:00', { n: -9 });
    expect(await scores('ann')).toEqual([
      ['all', 'all', 0, 21],
      ['day', '2026-11-20', 9, 20],
      ['day', '2026-11-21', 0, 21],
    ]);
    await send('bob', 'net.zero', '21T10:00:00');
    expect(await scores('bob')).toEqual([]);
    expect((await send('cyd', 'a', '21T10:00:00')).achievements).toEqual([]);
    const counters = async (): Promise<unknown> =>
      (
        await mirrors.test.owner.unsafe(`select state from engine.account join users.person using (account) where id = 'cyd'`)
      )[0]?.['state'];
    expect(await counters()).toMatchObject({ metrics: { rich: [5, expect.any(Number)] } });
    expect((await send('cyd', 'b', '21T11:00:00')).achievements).toEqual([{ id: 'looked', tier: 'two' }]);
    expect(await counters()).toMatchObject({
      metrics: {
        'rich-at-b': [5, expect.any(Number)],
        'days-at-b': [1, expect.any(Number)],
        'level-at-b': [2, expect.any(Number)],
      },
    });
  } finally {
    await mirrors.close();
  }
});

test('a process that has not heard of a catalog yet does not refuse what that one takes', async () => {
  const first = await createTestEngine('diana: 1\nstrictEvents: true');
  const other = await first.another();
  const third = await first.another();
  try {
    const applied = await first.engine.applyCatalog(
      'diana: 1\nstrictEvents: true\ncurrencies: { points: {} }\nevents: { quiz.done: { data: { n: integer } } }',
      ADMIN,
    );
    expect(applied.ok).toBe(true);
    const award = { id: '1', kind: 'award', user: 'ann', currency: 'points', amount: 1 };
    expect(await other.transfer(award, ADMIN)).toMatchObject({ ok: true, value: { first: true } });
    expect(await third.submit([{ id: 'e', type: 'quiz.done', user: 'ann', data: { n: 1 } }], ADMIN)).toMatchObject([
      { status: 'accepted' },
    ]);
  } finally {
    await Promise.all([other.drain(), third.drain()]);
    await first.close();
  }
});

test('a level that is lost and won again is announced once; what is newer than a value catches up with it', async () => {
  const catalog = (formula: string, more = ''): string => `
diana: 1
currencies: { points: {}, gems: {} }
metrics:
  earned: { earned: points }
  best: { max: event.data.n, on: a }
  tenths: { sum: event.data.tenth, on: a }
  level: { level: true }
levels: { metric: earned, formula: '${formula}' }
rules:
  - { id: a, on: a, award: { points: 10 } }
  - { id: risen, on: level.reached, award: { gems: 100 } }
boards:
  - { id: levels, metric: level }
${more}`;
  const growing = await createTestEngine(catalog('floor(value / 10) + 1'));
  try {
    let n = 0;
    const send = async (): Promise<AcceptedResult> => {
      const [result] = await growing.submit([{ id: `g${(n += 1)}`, user: 'ann', type: 'a', data: { n: 30 - n, tenth: 0.1 } }]);
      if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
      return result;
    };
    const apply = async (formula: string, more?: string): Promise<void> => {
      expect(await growing.engine.applyCatalog(catalog(formula, more), ADMIN)).toMatchObject({ ok: true });
    };
    const gems = ({ awards }: AcceptedResult): number => awards.filter(({ currency }) => currency === 'gems').length;
    expect([gems(await send()), gems(await send()), gems(await send())]).toEqual([1, 1, 1]);
    await apply('floor(value / 20) + 1');
    const lower = await send();
    expect([lower.level, gems(lower)]).toEqual([3, 0]);
    const score = async (): Promise<unknown> =>
      (await growing.test.owner.unsafe(`select score from boards.score where board = 'levels'`))[0]?.['score'];
    expect(await score()).toBe(3);
    await apply(
      'floor(value / 10) + 1',
      'achievements: [{ id: bold, metric: best, tiers: [{ id: low, at: 20 }] }, { id: whole, metric: tenths, tiers: [{ id: one, at: 1 }] }]',
    );
    const risen = await send();
    expect([risen.level, gems(risen), risen.achievements]).toEqual([6, 1, [{ id: 'bold', tier: 'low' }]]);
    for (let more = 0; more < 4; more += 1) await send();
    expect((await send()).achievements).toEqual([{ id: 'whole', tier: 'one' }]);
  } finally {
    await growing.close();
  }
});
