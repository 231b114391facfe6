import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { ADMIN, SERVICE } from '../../test/support/engine.ts';
import { historyOf } from '../../test/support/history.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import { decodeHotRow, type Replayed, runWhatIf, type UserState } from '../engine/index.ts';
import { NO_PAST, type Run } from '../streaks/index.ts';
import type { History } from './history-model.ts';
import { readHistory } from './history-store.ts';

let t: TestReports | undefined;
afterEach(async () => {
  await t?.close();
  t = undefined;
});

async function open(catalog: string): Promise<TestReports> {
  t = await createTestReports(catalog);
  return t;
}

async function planned({ reports }: TestReports, source: string): Promise<History> {
  const outcome = await reports.history(source);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

/** Everything that the tables hold of a user, in the form of the state that decisions read. */
async function liveStates({ test: database }: TestReports): Promise<ReadonlyMap<number, object>> {
  const rows = await database.owner`select account, state from engine.account`;
  const scores = await database.owner`
    select account, board || ' ' || period as id, score, round(extract(epoch from reached_at) * 1000)::float8 as at from boards.score`;
  const runs = await database.owner`select account, streak, first, last from streaks.run order by first`;
  const of = <T extends { account?: unknown }>(all: readonly T[], account: unknown): readonly T[] =>
    all.filter((one) => String(one.account) === String(account));
  return new Map(
    rows.map(({ account, state }) => [
      Number(account),
      comparable({
        ...decodeHotRow(state),
        scores: new Map(
          of(scores, account).map(({ id, score, at }) => [
            id as string,
            { score: Number(score), reachedAt: Number(at), segment: null, record: null },
          ]),
        ),
        pasts: byStreak(of(runs, account)),
      }),
    ]),
  );
}

function byStreak(rows: readonly { readonly [column: string]: unknown }[]): UserState['pasts'] {
  const runs = new Map<string, Run[]>();
  for (const { streak, first, last } of rows) {
    const key = String(streak);
    runs.set(key, [...(runs.get(key) ?? []), { first: Number(first), last: Number(last) }]);
  }
  return new Map([...runs].map(([key, older]) => [key, { ...NO_PAST, older }]));
}

type Compared = Pick<UserState, 'metrics' | 'balances' | 'scores' | 'streaks' | 'unlocks' | 'topLevel' | 'pasts'>;

/** Without the hashes of the chains, which a run over history has no use for. */
function comparable({ metrics, balances, scores, streaks, unlocks, topLevel, pasts }: Compared): object {
  const entries = <T>(map: ReadonlyMap<string, T>): object =>
    Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    metrics: entries(metrics),
    balances: entries(new Map([...balances].map(([code, { head: _head, ...balance }]) => [code, balance]))),
    scores: entries(scores),
    streaks: entries(streaks),
    unlocks,
    topLevel,
    olderRuns: entries(
      new Map(
        [...pasts]
          .filter(([, { older }]) => older.length > 0)
          .map(([key, { older }]) => [key, older.toSorted((a, b) => a.first - b.first)]),
      ),
    ),
  };
}

/** How everybody would stand, had the catalog in force decided everything. */
async function replayedStates({ test: { database }, draft }: TestReports, source: string): Promise<ReadonlyMap<number, object>> {
  const drafted = draft(source);
  if (!drafted.ok) throw new Error(JSON.stringify(drafted.faults));
  const { states } = await database.snapshot(async (tx) => {
    const people = await tx.query<Replayed & { account: number; [column: string]: unknown }>(
      'select account, id as "user", zone, attributes from users.person',
    );
    async function* pages() {
      yield await readHistory(tx, { after: 0, upTo: 1_000_000 }, true);
    }
    return runWhatIf(pages(), {
      rulebook: drafted.value,
      people: new Map(people.map((person) => [person.account, person])),
      adjusts: () => true,
      onProgress: () => undefined,
    });
  });
  return new Map([...states].map(([account, state]) => [account, comparable(state)]));
}

describe('the catalog in force, run over what it decided', () => {
  const SEED = 20_261_121;

  test('comes to the very balances, metrics, unlocks, streaks and scores that there are', async () => {
    const source = await readFile('examples/git-history/catalog.yaml', 'utf8');
    const live = await open(source);
    const events = historyOf(SEED, 1_500, 25);
    for (let at = 0; at < events.length; at += 500) await live.submit(events.slice(at, at + 500));
    const states = await liveStates(live);
    expect(states.size).toBeGreaterThan(10);
    expect(await replayedStates(live, source)).toEqual(states);
  });

  test('also with transfers, adjustments, zones, and rules that hear what is announced', async () => {
    const source = `
diana: 1
name: test
currencies: { points: { name: Points }, karma: { name: Karma, overdraft: allow } }
metrics:
  earned: { earned: points }
  spent: { spent: points }
  saved: { balance: points }
  days: { streak: daily }
streaks: { daily: { on: 'quiz.*', every: day } }
levels: { metric: earned, thresholds: [0, 50, 100, 500] }
rules:
  - { id: quiz, on: quiz.won, award: { points: event.data.points }, limit: { max: 3, per: day } }
  - { id: welcome, on: user.created, award: { points: 5 } }
  - { id: thanks, on: points.transferred, when: 'event.data.direction == "in"', award: { karma: 1 } }
  - { id: correction, on: admin.correction, adjust: { points: event.data.amount } }
achievements:
  - { id: rich, name: Rich, metric: saved, tiers: [{ id: one, at: 60, award: { karma: 2 } }, { id: two, at: 150 }] }
boards:
  - { id: all, metric: saved }
  - { id: weekly, metric: earned, period: week }
`;
    const live = await open(source);
    const { engine, clock } = live;
    const win = (id: string, user: string, points: number, time: string) => ({
      id,
      type: 'quiz.won',
      user,
      time,
      data: { points },
    });
    await engine.putUser('ada', { zone: 'Pacific/Auckland' }, ADMIN);
    await live.submit([win('1', 'ada', 40, '2026-11-20T11:30:00Z'), win('2', 'bob', 70, '2026-11-20T11:31:00+02:00')]);
    await live.transfer({ id: 't1', kind: 'award', user: 'cleo', amount: 30 });
    await live.transfer({ id: 't2', kind: 'transfer', user: 'bob', to: 'dora', amount: 25 });
    await live.transfer({ id: 't3', kind: 'spend', user: 'ada', amount: 15 });
    clock.set('2026-11-22T12:00:00Z');
    // Late: between two days that are there already.
    await live.submit([win('3', 'ada', 90, '2026-11-22T01:00:00Z'), win('4', 'ada', 1, '2026-11-21T01:00:00Z')]);
    await live.submit([{ id: '5', type: 'admin.correction', user: 'bob', data: { amount: -10 } }], ADMIN);
    await live.submit([{ id: '6', type: 'admin.correction', user: 'bob', data: { amount: -10 } }], SERVICE);
    await live.transfer({ id: 't4', kind: 'adjust', user: 'cleo', amount: -3, reason: 'a mistake' });
    await live.transfer({ id: 't5', kind: 'force', user: 'ada', amount: 8, reason: 'a prize' });
    await live.transfer({ id: 't6', kind: 'transfer', user: 'ada', to: 'bob', amount: 100 });
    const states = await liveStates(live);
    expect(states.size).toBe(4);
    expect(await replayedStates(live, source)).toEqual(states);
  });
});

const SHOP = `
diana: 1
name: shop
currencies: { points: { name: Points } }
events:
  quiz.won: { data: { score: integer } }
metrics:
  wins: { count: quiz.won }
  earned: { earned: points }
rules:
  - { id: quiz, on: quiz.won, award: { points: 10 } }
achievements:
  - { id: winner, name: Winner, metric: wins, tiers: [{ id: first, at: 3, award: { points: 5 } }] }
boards:
  - { id: top, metric: earned }
`;

const wins = (user: string, count: number, from = 1): readonly object[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `${user}-${from + n}`,
    type: 'quiz.won',
    user,
    time: '2026-11-20T12:00:00Z',
    data: { score: from + n },
  }));

describe('a draft', () => {
  test('is told by what it would have given, beside what was given, and changes nothing', async () => {
    const live = await open(SHOP);
    await live.submit([...wins('ada', 3), ...wins('bob', 1), ...wins('cleo', 2)]);
    const before = await liveStates(live);
    const draft = SHOP.replace('points: 10', "points: 'event.data.score * 6'").replace('at: 3', 'at: 2');
    const history = await planned(live, draft);
    expect(history).toMatchObject({
      events: { replayed: 6, erased: 0, refused: [] },
      users: 3,
      currencies: [
        {
          currency: 'points',
          // ada 35, bob 10, cleo 20; by the draft ada 6 + 12 + 18 + 5, bob 6, cleo 6 + 12 + 5.
          before: 65,
          after: 70,
          difference: 5,
          inflation: 7.7,
          users: { gain: 2, lose: 1, stay: 0 },
          quantiles: { min: -4, p50: 3, max: 6 },
          gainMost: [
            { user: 'ada', before: 35, after: 41, balanceBefore: 35, balanceAfter: 41 },
            { user: 'cleo', before: 20, after: 23 },
          ],
          loseMost: [{ user: 'bob', before: 10, after: 6 }],
        },
      ],
      rules: [
        { rule: 'quiz', currency: 'points', timesBefore: 6, timesAfter: 6, paidBefore: 60, paidAfter: 60, limited: 0 },
        { rule: 'achievement:winner:first', timesBefore: 1, timesAfter: 2, paidBefore: 5, paidAfter: 10 },
      ],
      achievements: [{ achievement: 'winner', tier: 'first', before: 1, after: 2 }],
      levels: [{ level: 1, before: 3, after: 3 }],
      boards: [
        {
          board: 'top',
          period: 'all',
          total: 3,
          entries: [
            { rank: 1, user: 'ada', score: 41, rankBefore: 1, scoreBefore: 35 },
            { rank: 2, user: 'cleo', score: 23, rankBefore: 2, scoreBefore: 20 },
            { rank: 3, user: 'bob', score: 6, rankBefore: 3, scoreBefore: 10 },
          ],
        },
      ],
      warnings: [],
    });
    expect(await liveStates(live)).toEqual(before);
  });

  test('that refuses transfers which were made is told so, and they are left out', async () => {
    const live = await open(SHOP);
    await live.submit(wins('ada', 2));
    await live.transfer({ id: 't1', kind: 'spend', user: 'ada', amount: 15 });
    await live.transfer({ id: 't2', kind: 'spend', user: 'ada', amount: 2 });
    const history = await planned(live, SHOP.replace('points: 10', 'points: 5'));
    expect(history.transfers).toEqual({
      replayed: 1,
      refused: [{ code: 'insufficient_balance', count: 1, message: '15 points needed, 10 available' }],
      leftOut: 0,
    });
    expect(history.currencies[0]?.loseMost).toMatchObject([{ before: 20, after: 10, balanceBefore: 3, balanceAfter: 8 }]);
    expect(history.warnings).toContain(
      'The draft refuses 1 transfer (insufficient_balance); first: 15 points needed, 10 available.',
    );
  });

  test('that takes no such events any more is told how many, and why', async () => {
    const live = await open(SHOP.replace(/events:\n.*\n/, ''));
    await live.submit([
      { id: '1', type: 'quiz.won', user: 'ada', data: { score: 'high' } },
      { id: '2', type: 'quiz.lost', user: 'ada' },
    ]);
    const history = await planned(live, `${SHOP}strictEvents: true\n`);
    expect(history.events).toMatchObject({
      replayed: 0,
      refused: [
        { code: 'invalid_data', count: 1 },
        { code: 'unknown_type', count: 1 },
      ],
    });
  });

  test('that is in force changes nothing, whatever was undone, granted by hand and paid for ranks', async () => {
    const source = `
diana: 1
name: same
currencies: { points: { name: Points } }
metrics: { wins: { count: quiz.won } }
rules: [{ id: quiz, on: quiz.won, award: { points: 10 } }]
achievements:
  - { id: hero, manual: true, tiers: [{ id: done, at: 1, award: { points: 50 } }] }
  - { id: champion, board: daily, rank: 1, tiers: [{ id: once, at: 1, award: { points: 5 } }] }
boards:
  - { id: daily, metric: wins, period: day, zone: UTC, rewards: [{ rank: 1, award: { points: 7 } }] }
  - { id: all, metric: wins }
`;
    const live = await open(source);
    const { engine } = live;
    await live.submit([...wins('ada', 3), ...wins('bob', 2)].map((event) => ({ ...event, time: '2026-11-21T12:00:00Z' })));
    await live.transfer({ id: 's1', kind: 'spend', user: 'bob', amount: 20 });
    await engine.tendBoards();
    const done = [
      await engine.grants.grant('bob', 'hero', { reason: 'a good deed' }, ADMIN),
      await engine.undos.undoEvent('default', 'ada-1', { reason: 'a bot' }, ADMIN),
      await engine.undos.reverseTransfer('s1', { reason: 'a broken lamp' }, ADMIN),
    ];
    expect(done.filter(({ ok }) => !ok)).toEqual([]);
    live.clock.set('2026-11-22T00:00:00Z');
    while ((await engine.runDueTimers()) > 0);

    const history = await planned(live, source);
    expect(history.currencies).toMatchObject([{ before: 40, after: 40, users: { gain: 0, lose: 0, stay: 2 } }]);
    expect(history.rules).toMatchObject([{ rule: 'quiz', timesBefore: 4, timesAfter: 4, paidBefore: 40, paidAfter: 40 }]);
    expect(history.achievements.map(({ before, after }) => before - after)).toEqual([0, 0]);
    expect(history.achievements.map(({ before }) => before)).toEqual([1, 1]);
    expect(history.boards.find(({ board }) => board === 'all')?.entries).toMatchObject([
      { user: 'ada', score: 2, rankBefore: 1 },
      { user: 'bob', score: 2, rankBefore: 2 },
    ]);
    expect(history.assumptions).toContain('What was undone is left out on both sides: 2 events and transfers.');
    expect(history.assumptions).toContainEqual(expect.stringMatching(/^Periods are not closed, and nothing is granted by hand/));
  });

  test('leaves out who was erased, on both sides', async () => {
    const live = await open(SHOP);
    await live.submit([...wins('ada', 3), ...wins('bob', 1)]);
    await live.transfer({ id: 't1', kind: 'transfer', user: 'ada', to: 'bob', amount: 20 });
    await live.engine.eraseUser('ada', null, ADMIN);
    const history = await planned(live, SHOP);
    expect(history.events).toMatchObject({ replayed: 1, erased: 3 });
    expect(history.users).toBe(1);
    // What ada gave stays with bob.
    expect(history.currencies).toMatchObject([{ before: 10, after: 10, users: { gain: 0, lose: 0, stay: 1 } }]);
    expect(history.assumptions).toContain('People who were erased are left out on both sides.');
    expect((await replayedStates(live, SHOP)).values().next().value).toMatchObject({ balances: { points: { available: 30 } } });
  });

  test('is warned about: a rule that never fires, a limit that bites, a condition without a value, attributes of now', async () => {
    const live = await open(SHOP);
    await live.submit(wins('ada', 5));
    const history = await planned(
      live,
      `${SHOP.replace('award: { points: 10 }', 'award: { points: 10 }, limit: { max: 2, per: day }')}
multipliers: { vip: { when: 'user.attributes.vip == true', factor: 2 } }
`.replace(
        'achievements:',
        `  - { id: never, on: quiz.lost, award: { points: 1 } }
  - { id: vague, on: quiz.won, when: 'user.attributes.level > 3', award: { points: 1 } }
achievements:`,
      ),
    );
    expect(history.warnings).toEqual([
      'Limits keep rule quiz from paying 3 times of 5: more than half.',
      'Rule never never fires.',
      'Rule vague never fires.',
      'A condition of multiplier vip has no value 2 times.',
      'A condition of rule vague has no value 5 times; first: user.attributes.level is missing.',
    ]);
    expect(history.assumptions).toContainEqual(expect.stringMatching(/^Attributes .* multipliers vip, rules vague\.$/));
  });

  test('of a board with periods is told by the newest one that would have scores', async () => {
    const live = await open(SHOP);
    await live.submit([
      ...wins('ada', 1),
      { id: 'b', type: 'quiz.won', user: 'bob', time: '2026-11-10T12:00:00Z', data: { score: 1 } },
    ]);
    const history = await planned(
      live,
      SHOP.replace('{ id: top, metric: earned }', '{ id: weekly, metric: wins, period: week }'),
    );
    expect(history.boards).toEqual([
      {
        board: 'weekly',
        period: '2026-W47',
        total: 1,
        entries: [{ rank: 1, user: 'ada', score: 1, rankBefore: null, scoreBefore: null }],
      },
    ]);
  });

  test('with faults is not run', async () => {
    const live = await open(SHOP);
    expect(await live.reports.history('diana: 2')).toMatchObject({ ok: false, faults: [{ path: 'diana' }] });
  });

  test('has to wait while another one is run', async () => {
    const live = await open(SHOP);
    await live.submit(wins('ada', 1));
    const [first, second] = await Promise.all([live.reports.history(SHOP), live.reports.history(SHOP)]);
    expect(first.ok).toBe(true);
    expect(second).toMatchObject({ ok: false, refusal: { code: 'busy' } });
    expect((await live.reports.history(SHOP)).ok).toBe(true);
  });
});
