import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Catalog, parseCatalog } from '../../src/catalog/index.ts';
import type { EventResult } from '../../src/engine/index.ts';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../test/support/engine.ts';
import { openLiveBoards } from '../../test/support/live-boards.ts';
import { expectProven } from '../../test/support/points.ts';
import { rebuildReport } from '../../test/support/rebuild.ts';

const SOURCE = await readFile(fileURLToPath(new URL('./catalog.yaml', import.meta.url)), 'utf8');

/** What happened, but for its id and its user. */
interface Happened {
  readonly type: string;
  readonly data?: object;
  readonly time?: string;
}
type Accepted = Exclude<EventResult, { readonly status: 'refused' }>;

let world: TestEngine;
let ids = 0;
beforeEach(async () => {
  world = await createTestEngine(SOURCE);
});
afterEach(async () => {
  await expectProven(world);
  expect(await rebuildReport(world)).toMatchObject({ ok: true, first: [] });
  await world.close();
});

/** In this order. All of them must be accepted. */
async function happens(user: string, ...events: readonly Happened[]): Promise<readonly Accepted[]> {
  const results = await world.submit(events.map((event) => ({ id: `e${(ids += 1)}`, user, ...event })));
  return results.map((result) => {
    if (result.status !== 'accepted') throw new Error(JSON.stringify(result));
    return result;
  });
}

const times = (count: number, event: (n: number) => Happened): readonly Happened[] =>
  Array.from({ length: count }, (_, n) => event(n));
/** `rule amount`. */
const paid = (result: Accepted | undefined): readonly string[] =>
  result?.awards.map(({ rule, amount }) => `${rule} ${amount}`) ?? [];
/** `factor id`, of the first award. */
const factors = (result: Accepted | undefined): string =>
  result?.awards[0]?.multipliers.map(({ id, factor }) => `${id} ${factor}`).join(', ') ?? '';
const at = (time: string): void => world.clock.set(time);
const day = (n: number, hour = '08:00:00'): string => `2026-11-${String(n).padStart(2, '0')}T${hour}Z`;

async function earns(user: string, amount: number): Promise<void> {
  const outcome = await world.engine.transfer(
    { id: `t${(ids += 1)}`, kind: 'award', user, currency: 'besitos', amount },
    SERVICE,
  );
  expect(outcome.ok).toBe(true);
}

async function becomesVip(user: string): Promise<void> {
  expect((await world.engine.putUser(user, { attributes: { vip: true } }, SERVICE)).ok).toBe(true);
}

/** `rank user score`. */
async function ranking(board: string): Promise<readonly string[]> {
  const answer = await (await openLiveBoards(world)).page(board, { period: 'current', offset: 0, limit: 10 });
  if (!answer.ok) throw new Error(answer.fault);
  return answer.value.entries.map(({ rank, user, score }) => `${rank} ${user} ${score}`);
}

describe('rules', () => {
  const HOUR = 3_600_000;
  const answered = (difficulty: number | null, correct = true): Happened => {
    return { type: 'trivia.answered', data: { correct, ...(difficulty === null ? {} : { difficulty }) } };
  };

  test.each<[rule: string, base: number, max: number, window: number, event: Happened]>([
    ['daily-login', 50, 1, 24 * HOUR, { type: 'user.login' }],
    ['message', 5, 100, HOUR, { type: 'community.message' }],
    ['trivia', 100, 20, HOUR, answered(null)],
    ['story-chapter', 150, 10, HOUR, { type: 'reading.chapter', data: { chapter: 'one' } }],
    ['story-decision', 25, 50, HOUR, { type: 'reading.decision' }],
    ['referral', 500, 5, 24 * HOUR, { type: 'community.referral' }],
  ])('%s gives %i, %i times in its span', async (rule, base, max, window, event) => {
    const first = Date.parse('2026-11-21T00:00:00Z');
    at(new Date(first).toISOString());
    const results = await happens('ana', ...times(max + 1, () => event));
    const bases = results.map(({ awards }) => awards.find((award) => award.rule === rule)?.base);
    expect(bases).toEqual([...times(max, () => event).map(() => base), undefined]);
    expect(results.map(({ skipped }) => skipped.some((skip) => skip.rule === rule && skip.code === 'limit_reached'))).toEqual([
      ...times(max, () => event).map(() => false),
      true,
    ]);
    at(new Date(first + window - 1).toISOString());
    expect((await happens('ana', event))[0]?.skipped).toMatchObject([{ rule, code: 'limit_reached' }]);
    at(new Date(first + window).toISOString());
    expect((await happens('ana', event))[0]?.skipped).toEqual([]);
  });

  test.each<[rule: string, amount: number, event: Happened]>([
    ['login', 10, { type: 'user.login' }],
    ['community', 30, { type: 'community.contribution' }],
    ['vip-purchase', 1000, { type: 'vip.purchased' }],
    ['vip-renewal', 2000, { type: 'vip.renewed' }],
  ])('%s gives %i each time', async (rule, base, event) => {
    const results = await happens('ana', ...times(3, () => event));
    expect(results.map(({ awards }) => awards.find((award) => award.rule === rule)?.base)).toEqual([base, base, base]);
  });

  test('a difficult question gives 20 more for each degree, from 1 to 5', async () => {
    const results = await happens('ana', ...[null, 0, 1, 3, 5, 6, -2].map((difficulty) => answered(difficulty)));
    expect(results.map(({ awards }) => awards[0]?.base)).toEqual([100, 100, 120, 160, 200, 200, 100]);
  });

  test('a wrong answer gives nothing and uses no limit up', async () => {
    const results = await happens('ana', ...times(25, () => answered(5, false)), ...times(20, () => answered(null)));
    expect(results.slice(0, 25).flatMap(paid)).toEqual([]);
    expect(results.slice(25).every(({ awards }) => awards.length === 1)).toBe(true);
  });

  test('what Diana will tell of its own stories nobody sends', async () => {
    const [result] = await world.submit([{ id: 's', type: 'story.chapter_completed', user: 'ana' }]);
    expect(result).toMatchObject({ status: 'refused', code: 'reserved_type', path: '/type' });
  });
});

describe('factors', () => {
  test('a streak counts from 3, 7, 14 and 30 days', async () => {
    const told: Record<number, string> = {};
    for (let n = 1; n <= 30; n += 1) {
      at(`2026-10-${String(n).padStart(2, '0')}T08:00:00Z`);
      told[n] = factors((await happens('ana', { type: 'user.login' }))[0]).replace(/, level.*/, '');
    }
    const changes = Object.entries(told).filter(([n, factor]) => factor !== (told[Number(n) - 1] ?? ''));
    expect(changes).toEqual([
      ['3', 'streak 1.1'],
      ['7', 'streak 1.2'],
      ['14', 'streak 1.3'],
      ['30', 'streak 1.5'],
    ]);
  });

  test('a level is each 5 %, exactly, and comes at the squares of thousands', async () => {
    let total = 0;
    for (const [earned, level, factor] of [
      [969, 1, ''],
      [1_000, 2, 'level 1.05'],
      [3_967, 2, 'level 1.05'],
      [4_000, 3, 'level 1.1'],
      [9_000, 4, 'level 1.15'],
      [196_000, 15, 'level 1.7'],
      [1_000_000, 32, 'level 2.55'],
    ] as const) {
      await earns('ana', earned - total);
      const [result] = await happens('ana', { type: 'community.contribution' });
      expect([result?.level, factors(result)]).toEqual([level, factor]);
      total = earned + (result?.awards[0]?.amount ?? 0);
    }
  });

  test('a double week doubles from its first moment to its last', async () => {
    const contributed = (time: string): Happened => ({ type: 'community.contribution', time });
    const results = await happens(
      'ana',
      contributed('2026-02-08T23:59:59.999Z'),
      contributed('2026-02-09T00:00:00Z'),
      contributed('2026-02-15T23:59:59.999Z'),
      contributed('2026-02-16T00:00:00Z'),
    );
    expect(results.map((result) => result.awards[0]?.amount)).toEqual([30, 60, 60, 30]);
  });

  test('all of them are multiplied, and the product is rounded once', async () => {
    await becomesVip('ana');
    await earns('ana', 9_000);
    const results = await happens(
      'ana',
      ...times(30, (n) => ({
        type: 'user.login',
        time: new Date(Date.parse('2026-01-13T12:00:00Z') + n * 86_400_000).toISOString(),
      })),
    );
    const last = results.at(-1);
    expect(factors(last)).toBe('vip 1.5, streak 1.5, level 1.15, double-week 2');
    // 50 × 5.175 = 258.75; 10 × 5.175 = 51.75
    expect(paid(last)).toEqual(['daily-login 258', 'login 51']);
  });

  test('what is paid for, or brings people, has none', async () => {
    await becomesVip('ana');
    await earns('ana', 9_000);
    const results = await happens('ana', { type: 'vip.purchased' }, { type: 'vip.renewed' }, { type: 'community.referral' });
    expect(results.flatMap(paid)).toEqual(['vip-purchase 1000', 'vip-renewal 2000', 'referral 500']);
  });
});

describe('achievements', () => {
  const catalog = parsed();

  test('there are bronze, silver and gold of each, and they pay nothing', () => {
    const tiers = catalog.achievements.map(({ id, tiers }) => [id, tiers.map((tier) => tier.at).join('/')]);
    expect(Object.fromEntries(tiers)).toEqual({
      'first-steps': '1/10/50',
      collector: '1000/10000/100000',
      faithful: '7/30/100',
      'early-bird': '10/50/200',
      reader: '5/15/30',
      'path-finder': '3/7/15',
      social: '10/50/200',
      mentor: '1/5/20',
    });
    for (const { tiers: each } of catalog.achievements) {
      expect(each.map(({ id, rewards }) => [id, rewards])).toEqual(['bronze', 'silver', 'gold'].map((id) => [id, []]));
    }
  });

  test.each<[string, readonly number[], (n: number) => Happened]>([
    ['first-steps', [1, 10, 50], () => ({ type: 'anything.else' })],
    [
      'early-bird',
      [10, 50, 200],
      (n) => ({ type: 'anything.else', time: n % 2 === 0 ? day(20, '08:59:59') : day(20, '03:00:00') }),
    ],
    ['reader', [5, 15, 30], (n) => ({ type: 'reading.chapter', data: { chapter: `${n}` } })],
    ['path-finder', [3, 7, 15], (n) => ({ type: 'reading.ending', data: { ending: `${n}` } })],
    ['social', [10, 50, 200], () => ({ type: 'community.message' })],
    ['mentor', [1, 5, 20], () => ({ type: 'community.referral' })],
    [
      'faithful',
      [7, 30, 100],
      (n) => ({ type: 'user.login', time: new Date(Date.parse('2026-03-01T12:00:00Z') + n * 86_400_000).toISOString() }),
    ],
  ])('%s is reached at %j, not before', async (id, marks, event) => {
    const results = await happens('ana', ...times(marks.at(-1) ?? 0, event));
    const reached = results.flatMap(({ achievements }, n) => achievements.filter((one) => one.id === id).map(() => n + 1));
    expect(reached).toEqual(marks);
  });

  // A decision gives 25, with the factor of the level.
  test.each([
    ['bronze', 975],
    ['silver', 9_972],
    ['gold', 99_964],
  ])('%s of a collector is reached by the besito that was missing, though all of them are spent', async (tier, earned) => {
    for (const [user, short] of [
      ['ana', 0],
      ['bea', 1],
    ] as const) {
      await earns(user, earned - short);
      const spend = { id: `s-${user}`, kind: 'spend', user, currency: 'besitos', amount: earned - short };
      expect((await world.engine.transfer(spend, SERVICE)).ok).toBe(true);
      const [result] = await happens(user, { type: 'reading.decision' });
      const reached = (result?.achievements ?? []).filter(({ id }) => id === 'collector');
      expect([user, reached]).toEqual([user, short === 0 ? [{ id: 'collector', tier }] : []]);
    }
  });

  test('nine in the morning is early no more, and a chapter is read once', async () => {
    const late = await happens('ana', ...times(12, () => ({ type: 'anything.else', time: day(20, '09:00:00') })));
    const again = await happens('ana', ...times(6, () => ({ type: 'reading.chapter', data: { chapter: 'one' } })));
    const unlocked = [...late, ...again].flatMap(({ achievements }) => achievements.map(({ id }) => id));
    expect(unlocked).toEqual(['first-steps', 'first-steps']);
  });
});

test('a week of one person, the prizes at its end, and a day that is missed', async () => {
  const { engine } = world;
  const login: Happened = { type: 'user.login' };
  const week: readonly (readonly [day: number, readonly Happened[], readonly string[], balance: number])[] = [
    [16, [login], ['daily-login 50', 'login 10'], 60],
    [
      17,
      [
        login,
        { type: 'reading.chapter', data: { chapter: 'one' } },
        { type: 'reading.decision' },
        { type: 'trivia.answered', data: { correct: true, difficulty: 3 } },
      ],
      ['daily-login 50', 'login 10', 'story-chapter 150', 'story-decision 25', 'trivia 160'],
      455,
    ],
    // 1.1 by the streak; the purchase brings level 2.
    [18, [login, { type: 'vip.purchased' }], ['daily-login 55', 'login 11', 'vip-purchase 1000'], 1_521],
    // 1.5 × 1.1 × 1.05 = 1.7325
    [
      19,
      [login, { type: 'community.referral' }, { type: 'community.contribution' }],
      ['daily-login 86', 'login 17', 'referral 500', 'community 51'],
      2_175,
    ],
    [
      20,
      [login, { type: 'community.message' }, { type: 'vip.renewed' }],
      ['daily-login 86', 'login 17', 'message 8', 'vip-renewal 2000'],
      4_286,
    ],
    // Level 3: 1.5 × 1.1 × 1.1 = 1.815
    [21, [login], ['daily-login 90', 'login 18'], 4_394],
    // 1.5 × 1.2 × 1.1 = 1.98
    [22, [login], ['daily-login 99', 'login 19'], 4_512],
  ];
  at(day(16, '07:00:00'));
  await engine.tendBoards();
  const badges: string[] = [];
  for (const [n, events, awards, balance] of week) {
    at(day(n));
    if (n === 19) await becomesVip('ana');
    await engine.runDueTimers();
    const results = await happens('ana', ...events);
    expect([n, results.flatMap(paid), results.at(-1)?.awards.at(-1)?.balance]).toEqual([n, awards, balance]);
    badges.push(...results.flatMap(({ achievements }) => achievements.map(({ id, tier }) => `${id} ${tier}`)));
  }
  expect(badges).toEqual([
    'first-steps bronze',
    'collector bronze',
    'mentor bronze',
    'first-steps silver',
    'early-bird bronze',
    'faithful bronze',
  ]);

  await happens(
    'bea',
    login,
    { type: 'reading.ending', data: { ending: 'alone' } },
    ...times(3, (k) => ({ type: 'trivia.answered', data: { correct: k > 0 } })),
  );
  expect(await ranking('weekly-besitos')).toEqual(['1 ana 4512', '2 bea 260']);
  expect(await ranking('current-streak')).toEqual(['1 ana 7', '2 bea 1']);
  expect(await ranking('narrative-master')).toEqual(['1 bea 10', '2 ana 6']);
  expect(await ranking('trivia-champion')).toEqual(['1 bea 2', '2 ana 1']);

  // The week ends at Sunday's midnight, and closes when it is over everywhere.
  at(day(23, '12:00:00'));
  for (let done = 1; done > 0; ) {
    await engine.tendBoards();
    done = await engine.runDueTimers();
  }
  const prizes = await world.test.owner`
    select p.id as user, t.rule, t.amount::int from ledger.transfer t join users.person p on p.account = t.credit
    where t.rule like 'board:%' order by t.rule`;
  expect(prizes.map(({ user, rule, amount }) => `${user} ${rule} ${amount}`)).toEqual([
    'ana board:weekly-besitos:2026-W47:1 500',
    'bea board:weekly-besitos:2026-W47:2 250',
  ]);

  // A week earned a freeze: Monday is missed, and Tuesday goes on.
  at(day(24));
  const [back] = await happens('ana', login);
  expect([back?.streaks, factors(back)]).toEqual([[{ id: 'daily', length: 8 }], 'vip 1.5, streak 1.2, level 1.1']);
});

test('who gives back what they bought and spent owes it', async () => {
  const { engine } = world;
  await world.submit([{ id: 'bought', type: 'vip.purchased', user: 'ana' }]);
  await engine.transfer({ id: 'gift', kind: 'spend', user: 'ana', currency: 'besitos', amount: 900 }, SERVICE);
  const undone = await engine.undos.undoEvent('default', 'bought', { reason: 'refunded' }, ADMIN);
  expect(undone).toMatchObject({ ok: true, value: { result: { reversed: [{ amount: -1_000, short: 0, balance: -900 }] } } });
  expect((await happens('ana', { type: 'community.contribution' }))[0]?.awards[0]?.balance).toBe(-870);
});

test('a lost streak may be bought back within three days', async () => {
  const { engine } = world;
  for (const n of [1, 2, 3]) {
    at(day(n));
    await happens('ana', { type: 'user.login' });
  }
  await earns('ana', 500);
  at(day(6));
  const before = await world.test.owner`select available::int as balance from ledger.account`;
  const restored = await engine.restoreStreak('ana', 'daily', { id: 'back' }, SERVICE);
  expect(restored).toMatchObject({ ok: true, value: { result: { length: 3, price: { besitos: 500 } } } });
  const after = await world.test.owner`select available::int as balance from ledger.account`;
  expect(after[0]?.['balance']).toBe(before[0]?.['balance'] - 500);
});

function parsed(): Catalog {
  const outcome = parseCatalog(SOURCE);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults));
  return outcome.catalog;
}
