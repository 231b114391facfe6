import { afterEach, describe, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../../test/support/engine.ts';
import { historyOf } from '../../../test/support/history.ts';
import { quietLog } from '../../../test/support/log.ts';
import { dumpState } from '../../../test/support/state.ts';
import { createCatalogs } from '../catalogs.ts';
import { checkRebuild } from './rebuild.ts';

const open: TestEngine[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

async function world(catalog: string): Promise<TestEngine> {
  const one = await createTestEngine(catalog);
  open.push(one);
  return one;
}

/** What was there at first. */
const FIRST = `
diana: 1
name: first
currencies: { points: {} }
metrics:
  commits: { count: code.commit }
  repos: { distinct: event.data.repo, on: 'code.*' }
  earned: { earned: points }
streaks:
  daily: { on: 'code.*', every: day }
levels: { metric: earned, thresholds: [0, 100, 1000] }
rules: [{ id: commit, on: code.commit, award: { points: 10 }, limit: { max: 3, per: day } }]
achievements:
  - { id: committer, metric: commits, tiers: [{ id: one, at: 1, award: { points: 5 } }, { id: many, at: 40 }] }
boards:
  - { id: weekly, metric: earned, period: week }
`;

/** What came to it: each kind of metric, a streak, boards over what began and over what goes on, achievements over both. */
const MORE = FIRST.replace(
  'streaks:',
  `  files: { sum: event.data.files, on: 'code.*' }
  biggest: { max: event.data.files, on: 'code.*' }
  where: { distinct: event.data.repo, on: code.commit }
  tidy: { run: code.commit, while: 'event.data.files <= 3' }
  early: { count: 'code.*', when: 'event.local.hour < 9' }
  income: { earned: points }
  days: { streak: daily }
  wealth: { balance: points }
  level: { level: true }
  tested: { streak: testing }
streaks:
  testing: { on: code.test, every: day }`,
)
  .replace(
    'boards:',
    `  - { id: tidy, metric: tidy, tiers: [{ id: five, at: 5 }, { id: ten, at: 10 }] }
  - { id: steady, metric: days, tiers: [{ id: two, at: 2 }, { id: four, at: 4 }] }
  - { id: known, metric: commits, requires: [tidy.five], tiers: [{ id: ten, at: 10 }] }
boards:`,
  )
  .concat(
    `  - { id: files, metric: files, period: month }
  - { id: places, metric: where, period: week }
  - { id: everywhere, metric: repos, period: month }
  - { id: commits, metric: commits, period: month }
  - { id: all-commits, metric: commits }
  - { id: all-files, metric: files }
  - { id: days, metric: days, period: month }
`,
  );

const EVENTS = historyOf(7, 700, 12);

async function send({ submit }: TestEngine, events: readonly object[]): Promise<void> {
  for (let at = 0; at < events.length; at += 200) {
    for (const result of await submit(events.slice(at, at + 200))) expect(result.status).toBe('accepted');
  }
}

async function apply({ engine }: TestEngine, catalog: string): Promise<void> {
  const applied = await engine.applyCatalog(catalog, ADMIN);
  if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
}

async function backfill({ engine }: TestEngine, silent = false): Promise<void> {
  expect((await engine.backfills.start({ silent }, ADMIN)).ok).toBe(true);
  const outcome = await engine.backfills.run();
  expect(outcome).toMatchObject({ ok: true, value: { state: 'done', failed: 0 } });
}

/** The dump without versions of the catalog, which differ by nature. */
async function dump({ test: { owner } }: TestEngine): Promise<readonly string[]> {
  return (await dumpState(owner))
    .split('\n')
    .map((line) => (line.startsWith('unlock') ? line.replace(/, \d+(, (?:true|false), \d+, [^,]+\])$/, '$1') : line));
}

async function rebuilt({ test: { database }, clock }: TestEngine): Promise<object> {
  const catalogs = await createCatalogs(database, clock, quietLog);
  return database.snapshot((tx) => checkRebuild(database, tx, catalogs.current(), catalogs.rulebooks, () => undefined));
}

async function factsOf({ test: { owner } }: TestEngine, type: string): Promise<readonly Record<string, unknown>[]> {
  const rows = await owner`select p.id, l.data from events.log l join users.person p using (account)
    where l.type = ${type} order by l.position`;
  return rows.map(({ id, data }) => ({ user: id, ...(data as object) }));
}

describe('what begins with a version', () => {
  test('has by a backfill the very values that it would have, had it been there from the beginning', async () => {
    const late = await world(FIRST);
    await send(late, EVENTS.slice(0, 600));
    await apply(late, MORE);
    await backfill(late);
    await send(late, EVENTS.slice(600));
    const early = await world(MORE);
    await send(early, EVENTS);
    expect(await dump(late)).toEqual(await dump(early));
    expect(await rebuilt(late)).toMatchObject({ ok: true, first: [], skipped: 0 });
  });

  test('counts what came between the version and its backfill once, at its place', async () => {
    // What shows a state is on boards from the first event on that meets them, and achievements are unlocked when they are due.
    const counted = MORE.replace(/ {2}- \{ id: (tidy|steady|known|days), .*\n/g, '');
    const late = await world(FIRST);
    await send(late, EVENTS.slice(0, 300));
    await apply(late, counted);
    await send(late, EVENTS.slice(300, 500));
    await backfill(late);
    await send(late, EVENTS.slice(500));
    const early = await world(counted);
    await send(early, EVENTS);
    expect(await dump(late)).toEqual(await dump(early));
    expect(await rebuilt(late)).toMatchObject({ ok: true, first: [], skipped: 0 });
  });

  test('comes to the same when it is broken off anywhere and resumed, by whatever process', async () => {
    const whole = await world(FIRST);
    const broken = await world(FIRST);
    for (const one of [whole, broken]) {
      await send(one, EVENTS.slice(0, 600));
      await apply(one, MORE);
    }
    await backfill(whole);
    await broken.engine.backfills.start({ silent: false }, ADMIN);
    for (let breaks = 0; breaks < 2; breaks += 1) {
      const process = await broken.another();
      const killed = process.backfills.run(() => {
        throw new Error('killed');
      });
      await expect(killed).rejects.toThrow('killed');
    }
    expect(await broken.engine.backfills.status()).toMatchObject({ state: 'running', done: 8 });
    expect(await (await broken.another()).backfills.run()).toMatchObject({ ok: true, value: { state: 'done' } });
    const strip = async (one: TestEngine) => (await dump(one)).map((line) => line.replace(/^(unlock .*), [\d.]+\]$/, '$1'));
    expect(await strip(broken)).toEqual(await strip(whole));
  });

  test('is computed once: again changes nothing, and two processes at once do no more than one', async () => {
    const one = await world(FIRST);
    await send(one, EVENTS.slice(0, 300));
    await apply(one, MORE);
    await one.engine.backfills.start({ silent: false }, ADMIN);
    const another = await one.another();
    const outcomes = await Promise.all([one.engine.backfills.run(), another.backfills.run()]);
    expect(outcomes.some(({ ok }) => ok)).toBe(true);
    for (const outcome of outcomes) if (!outcome.ok) expect(outcome.refusal.code).toBe('busy');
    await one.engine.backfills.run();
    const before = await dump(one);
    const position = (await one.test.owner`select position from events.head`)[0]?.['position'];
    await backfill(one);
    expect(await dump(one)).toEqual(before);
    expect((await one.test.owner`select position from events.head`)[0]?.['position']).toBe(position);
    expect(await rebuilt(one)).toMatchObject({ ok: true });
  });

  test('is left where the catalog in force no longer has it', async () => {
    const one = await world(FIRST);
    await send(one, EVENTS.slice(0, 100));
    await apply(one, MORE);
    await one.engine.backfills.start({ silent: false }, ADMIN);
    await apply(one, FIRST);
    const before = await dump(one);
    await one.engine.backfills.run();
    expect(await dump(one)).toEqual(before);
  });
});

const SHOP = `
diana: 1
name: shop
currencies: { points: {}, karma: {} }
metrics:
  wins: { count: quiz.won }
  earned: { earned: points }
rules:
  - { id: quiz, on: quiz.won, award: { points: 10 } }
  - { id: echo, on: achievement.unlocked, award: { karma: 1 } }
boards: [{ id: top, metric: earned }]
`;

const STARS = `${SHOP}achievements:
  - { id: winner, metric: wins, tiers: [{ id: two, at: 2, award: { points: 50 } }, { id: nine, at: 9 }] }
  - { id: rich, metric: earned, tiers: [{ id: first, at: 60, award: { karma: 5 } }] }
`;

const win = (user: string, n: number) => ({ id: `${user}-${n}`, type: 'quiz.won', user, time: '2026-11-20T12:00:00Z' });

async function shop(): Promise<TestEngine> {
  const one = await world(SHOP);
  await send(one, [win('ada', 1), win('ada', 2), win('ada', 3), win('bob', 1)]);
  return one;
}

async function balances({ test: { owner } }: TestEngine): Promise<Readonly<Record<string, number>>> {
  const rows = await owner`select p.id, b.currency, b.available from ledger.account b join users.person p using (account)`;
  return Object.fromEntries(rows.map(({ id, currency, available }) => [`${id} ${currency}`, Number(available)]));
}

describe('achievements that are due', () => {
  test('are announced and rewarded, and rules hear of them', async () => {
    const one = await shop();
    await apply(one, STARS);
    await backfill(one);
    // 30 and the reward of `two`, which makes `rich` due; `echo` hears both.
    expect(await balances(one)).toEqual({ 'ada points': 80, 'ada karma': 7, 'bob points': 10 });
    expect(await factsOf(one, 'achievement.unlocked')).toEqual([
      { user: 'ada', achievement: 'winner', tier: 'two' },
      { user: 'ada', achievement: 'rich', tier: 'first' },
    ]);
    const rewards = await one.test
      .owner`select catalog_version, rule from ledger.transfer where rule like 'achievement:%' order by rule`;
    expect(rewards).toMatchObject([
      { rule: 'achievement:rich:first', catalog_version: 2 },
      { rule: 'achievement:winner:two', catalog_version: 2 },
    ]);
    expect(await rebuilt(one)).toMatchObject({ ok: true, first: [] });
    // What was reached counts on from there.
    const [result] = await one.submit([win('ada', 4)]);
    expect(result).toMatchObject({ status: 'accepted', achievements: [] });
  });

  test('are unlocked silently without a word and without a reward: nothing that was there is another', async () => {
    const one = await shop();
    await apply(one, STARS);
    const before = await dump(one);
    await backfill(one, true);
    const after = await dump(one);
    expect(after.filter((line) => !line.startsWith('unlock ') && !line.startsWith('counters '))).toEqual(
      before.filter((line) => !line.startsWith('counters ')),
    );
    expect(after.filter((line) => line.startsWith('unlock '))).toEqual([expect.stringContaining('"winner", "two"')]);
    expect(await factsOf(one, 'achievement.unlocked')).toEqual([]);
    expect(await factsOf(one, 'metrics.backfilled')).toEqual([{ user: 'ada', version: 2, events: 0, unlocked: ['winner two'] }]);
    expect(await rebuilt(one)).toMatchObject({ ok: true, first: [] });
  });

  test('though only at some time in the past, are unlocked as of then', async () => {
    const one = await world(SHOP);
    const answer = (n: number, right: boolean) => ({
      id: `a${n}`,
      type: 'quiz.answered',
      user: 'ada',
      time: `2026-11-2${n}T10:00:00Z`,
      data: { right },
    });
    one.clock.set('2026-11-30T12:00:00Z');
    await send(one, [answer(0, true), answer(1, true), answer(2, true), answer(3, false)]);
    await apply(
      one,
      `${SHOP}achievements: [{ id: sharp, metric: right, tiers: [{ id: three, at: 3 }] }]\n`.replace(
        'metrics:',
        "metrics:\n  right: { run: quiz.answered, while: 'event.data.right' }",
      ),
    );
    await backfill(one);
    const [unlock] = await one.test.owner`select tier, unlocked_at from achievements.unlock`;
    expect(unlock).toMatchObject({ tier: 'three', unlocked_at: new Date('2026-11-22T10:00:00Z') });
  });

  test('and were granted before stay as they were', async () => {
    const one = await world(STARS);
    await send(one, [win('ada', 1), win('ada', 2)]);
    const before = await dump(one);
    await apply(one, STARS.replace('at: 2,', 'at: 1,').replace('points: 50', 'points: 70'));
    await backfill(one);
    expect(await dump(one)).toEqual(before);
  });
});

test('people who are erased on the way are passed', async () => {
  const one = await world(FIRST);
  await send(one, EVENTS.slice(0, 200));
  await apply(one, MORE);
  await one.engine.backfills.start({ silent: false }, ADMIN);
  let erased: Promise<unknown> | undefined;
  const [last] = await one.test.owner`select id from users.person order by account desc limit 1`;
  await one.engine.backfills.run(() => {
    erased ??= one.engine.eraseUser(String(last?.['id']), null, ADMIN);
  });
  await erased;
  expect(await one.engine.backfills.status()).toMatchObject({ state: 'done' });
  expect(await rebuilt(one)).toMatchObject({ ok: true });
});

test('leaves an audit row', async () => {
  const one = await shop();
  await apply(one, STARS);
  await backfill(one, true);
  const rows = await one.test.owner`select actor, target, after from access.audit where action = 'catalog.backfill'`;
  expect(rows).toMatchObject([{ actor: ADMIN.id, target: 'catalog/2', after: { version: 2, silent: true } }]);
});

test('a milestone that was paid since the streak began is not paid again once the past is counted', async () => {
  const visits = (streaks: string): string => `
diana: 1
currencies: { points: {} }
${streaks}
rules: []
`;
  const one = await world(visits(''));
  const visit = async (day: number): Promise<void> => {
    one.clock.set(`2126-12-0${day}T12:00:00Z`);
    await send(one, [{ id: `v${day}`, type: 'club.visit', user: 'ada' }]);
  };
  for (const day of [1, 2, 3]) await visit(day);
  await apply(one, visits('streaks: { daily: { on: club.visit, every: day, milestones: [{ at: 2, award: { points: 30 } }] } }'));
  for (const day of [4, 5]) await visit(day);
  await backfill(one);
  await visit(6);
  expect([...(await one.test.owner`select amount::int from ledger.transfer`)]).toEqual([{ amount: 30 }]);
});

test('what is looked at within a period counts what came in it before, and is what the log bears out', async () => {
  const visits = (achievements: string): string => `
diana: 1
currencies: { points: {} }
metrics: { visits: { count: club.visit } }
rules: []
${achievements}
`;
  const one = await world(visits(''));
  one.clock.set('2126-12-05T12:00:00Z');
  const visit = (n: number): object => ({ id: `v${n}`, type: 'club.visit', user: 'ada' });
  await send(one, [1, 2, 3].map(visit));
  await apply(one, visits('achievements: [{ id: busy, metric: visits, within: week, tiers: [{ id: five, at: 5 }] }]'));
  await backfill(one);
  expect(await rebuilt(one)).toMatchObject({ ok: true });
  await send(one, [4, 5].map(visit));
  expect([...(await one.test.owner`select tier from achievements.unlock`)]).toEqual([{ tier: 'five' }]);
  expect(await rebuilt(one)).toMatchObject({ ok: true });
});

test('what repeats by periods is not unlocked again in a period by a version that brings it back', async () => {
  const visits = (achievements: string): string => `
diana: 1
currencies: { points: {} }
metrics: { visits: { count: club.visit } }
rules: []
${achievements}
`;
  const busy =
    'achievements: [{ id: busy, metric: visits, within: week, repeatable: true, tiers: [{ id: two, at: 2, award: { points: 9 } }] }]';
  const one = await world(visits(busy));
  one.clock.set('2126-12-05T12:00:00Z');
  const visit = (n: number): object => ({ id: `v${n}`, type: 'club.visit', user: 'ada' });
  const paid = async (): Promise<number> => (await one.test.owner`select 1 from ledger.transfer`).length;
  await send(one, [1, 2].map(visit));
  await apply(one, visits(''));
  await apply(one, visits(busy));
  await backfill(one);
  await send(one, [visit(3)]);
  expect(await paid()).toBe(1);
  const other = await world(visits(''));
  other.clock.set('2126-12-05T12:00:00Z');
  await send(other, [1, 2].map(visit));
  await apply(other, visits(busy));
  await backfill(other);
  await send(other, [visit(3)]);
  expect(await other.test.owner`select 1 from ledger.transfer`).toHaveLength(1);
  for (const each of [one, other]) await dump(each);
});
