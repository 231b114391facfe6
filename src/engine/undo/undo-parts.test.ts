import { afterEach, expect, test } from 'vitest';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../../test/support/engine.ts';
import { balanceOf, expectProven, give } from '../../../test/support/points.ts';
import { rebuildReport } from '../../../test/support/rebuild.ts';
import { decodeHotRow } from '../state.ts';

let world: TestEngine;
afterEach(() => world.close());

const catalog = (achievements: string, currency = '{}'): string => `
diana: 1
currencies: { points: ${currency} }
metrics:
  visits: { count: club.visit }
  earned: { earned: points }
  spent: { spent: points }
  medals: { count: achievement.unlocked }
streaks: { daily: { on: club.visit, every: day, milestones: [{ at: 2, award: { points: 30 } }] } }
rules:
  - { id: visit, on: club.visit, award: { points: 10 } }
  - { id: echo, on: achievement.unlocked, award: { points: 1 }, limit: { max: 9, per: day } }
achievements:
${achievements}
boards:
  - { id: weekly, metric: earned, period: week }
  - { id: regulars, metric: visits, period: week, rewards: [{ rank: 1, award: { points: 40 } }] }
`;

const PAIRS = '  - { id: pairs, metric: visits, repeatable: true, tiers: [{ id: two, at: 2, award: { points: 100 } }] }';
const FIRST = '  - { id: first, metric: visits, tiers: [{ id: one, at: 1, award: { points: 100 } }] }';
const HERO = '  - { id: hero, manual: true, tiers: [{ id: done, at: 1, award: { points: 100 } }] }';

async function visit(n: number, time = `2026-11-20T10:0${n}:00Z`): Promise<void> {
  await world.submit([{ id: `v${n}`, type: 'club.visit', user: 'ada', time }]);
}

async function undo(n: number, more: object = {}): Promise<void> {
  const outcome = await world.engine.undos.undoEvent('default', `v${n}`, { reason: 'a mistake', ...more }, ADMIN);
  if (!outcome.ok) throw new Error(outcome.refusal.message);
}

async function reverse(id: string): Promise<string> {
  const outcome = await world.engine.undos.reverseTransfer(id, { reason: 'a mistake' }, ADMIN);
  return outcome.ok ? 'reversed' : outcome.refusal.code;
}

async function metrics(): Promise<Readonly<Record<string, number>>> {
  const [row] = await world.test.owner`select state from engine.account`;
  const kept = decodeHotRow(row?.['state']).metrics;
  return Object.fromEntries(world.rulebook().catalog.metrics.map(({ name, key }) => [name, kept.get(key)?.value ?? 0]));
}

async function points(): Promise<number> {
  return (await balanceOf(world, 'ada'))[0];
}

async function transferOf(rule: string): Promise<string> {
  const [row] = await world.test.owner`select id from ledger.transfer where rule like ${rule} or kind = ${rule}`;
  return `tr_${String(row?.['id']).replaceAll('-', '')}`;
}

async function proven(): Promise<void> {
  await expectProven(world);
  expect((await rebuildReport(world)).first).toEqual([]);
}

test('an event that unlocked an earlier time of what repeats takes its own reward with it, and no later one', async () => {
  world = await createTestEngine(catalog(PAIRS));
  for (const n of [1, 2, 3, 4]) await visit(n);
  expect(await points()).toBe(242);
  await undo(2);
  expect(await points()).toBe(131);
  expect(await metrics()).toMatchObject({ earned: 131, medals: 1 });
  await undo(3);
  expect(await metrics()).toMatchObject({ earned: 121, medals: 1 });
  await undo(4);
  expect(await points()).toBe(10);
  expect(await metrics()).toMatchObject({ earned: 10, medals: 0 });
  await proven();
});

test('of what comes once in a period, the reward of that period is taken back', async () => {
  const weekly =
    '  - { id: busy, metric: visits, within: week, repeatable: true, tiers: [{ id: two, at: 2, award: { points: 100 } }] }';
  world = await createTestEngine(catalog(weekly));
  for (const n of [1, 2]) await visit(n, `2026-11-10T10:0${n}:00Z`);
  for (const n of [3, 4]) await visit(n);
  await undo(1);
  const scores = await world.test.owner`
    select period, score from boards.score where board like 'weekly%' order by period`;
  expect(scores.map(({ period, score }) => [period, Number(score)])).toEqual([
    ['2026-W46', 11],
    ['2026-W47', 121],
  ]);
  await proven();
});

test('a later time that is kept keeps its reward', async () => {
  world = await createTestEngine(catalog(PAIRS));
  for (const n of [1, 2, 3, 4]) await visit(n);
  await undo(4, { keep: ['achievements'] });
  expect(await points()).toBe(231);
  expect(await metrics()).toMatchObject({ earned: 231, medals: 2 });
  await proven();
});

test('a milestone that goes with its event leaves the cap as it was, for it was not counted', async () => {
  world = await createTestEngine(catalog(PAIRS.replace('at: 2', 'at: 1000'), '{ cap: { max: 50, per: day } }'));
  await visit(1, '2026-11-19T10:00:00Z');
  for (const n of [2, 3, 4, 5, 6]) await visit(n);
  await undo(2);
  for (const n of [7, 8, 9]) await visit(n);
  expect(await points()).toBe(60);
});

test('a rule that fired several times in one event gives all its places back', async () => {
  world = await createTestEngine(catalog(`${FIRST}\n${FIRST.replace('first', 'again')}`));
  await visit(1);
  await undo(1);
  const uses = await world.test.owner`select rule from rules.usage where used > 0`;
  expect([...uses]).toEqual([]);
});

test('a reward of which nothing was left to take is not taken later', async () => {
  world = await createTestEngine(catalog(FIRST, '{ reversal: clamp }'));
  await visit(1);
  await world.engine.transfer({ id: 's', kind: 'spend', user: 'ada', currency: 'points', amount: 111 }, SERVICE);
  const award = await transferOf('visit');
  await undo(1);
  await give(world, 'ada', 500);
  await visit(2);
  await undo(2);
  expect(await points()).toBe(500);
  expect(await reverse(award)).toBe('already_undone');
  expect(await points()).toBe(500);
  await proven();
});

test('what timers and commands without an id paid or took counts no more once it is reversed', async () => {
  world = await createTestEngine(catalog(HERO));
  world.clock.set('2126-12-05T12:00:00Z');
  await world.engine.tendBoards();
  await visit(1, '2126-12-05T10:00:00Z');
  await world.engine.grants.grant('ada', 'hero', { reason: 'brave' }, ADMIN);
  await world.engine.createHold({ id: 'h', user: 'ada', currency: 'points', amount: 5 }, SERVICE);
  await world.engine.captureHold('h', {}, SERVICE);
  world.clock.set('2126-12-20T12:00:00Z');
  while ((await world.engine.runDueTimers()) > 0);
  expect(await metrics()).toMatchObject({ earned: 151, spent: 5 });
  for (const rule of ['board:%', 'achievement:%', 'capture']) expect(await reverse(await transferOf(rule))).toBe('reversed');
  expect(await metrics()).toMatchObject({ earned: 11, spent: 0 });
  await proven();
});

test('of somebody who was erased nothing is left to take back', async () => {
  world = await createTestEngine(catalog(FIRST));
  await visit(1);
  await world.engine.transfer({ id: 'g', kind: 'transfer', user: 'ada', to: 'bob', currency: 'points', amount: 5 }, SERVICE);
  await world.engine.eraseUser('ada', null, ADMIN);
  for (const more of [{}, { dryRun: true }]) {
    const outcome = await world.engine.undos.undoEvent('default', 'v1', { reason: 'late', ...more }, ADMIN);
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'unknown_user' } });
  }
  for (const id of ['g', await transferOf('visit')]) expect(await reverse(id)).toBe('unknown_user');
});

test('what was unlocked in a period and undone is unlocked in it again', async () => {
  const busy =
    '  - { id: busy, metric: visits, within: week, repeatable: true, tiers: [{ id: two, at: 2, award: { points: 100 } }] }';
  world = await createTestEngine(catalog(busy));
  for (const n of [1, 2]) await visit(n, `2026-11-10T10:0${n}:00Z`);
  for (const n of [3, 4]) await visit(n);
  await undo(4);
  await visit(5);
  expect(await points()).toBe(242);
  await proven();
});

test('what one undoing left of an event is taken by a later one, and counts no more', async () => {
  world = await createTestEngine(catalog(FIRST));
  await visit(1);
  await visit(2);
  await undo(1);
  expect(await metrics()).toMatchObject({ earned: 110, medals: 1 });
  await undo(2);
  expect(await points()).toBe(0);
  expect(await metrics()).toMatchObject({ earned: 0, medals: 0 });
  await proven();
});

test('a pause holds, and a milestone stays paid, whatever is undone meanwhile', async () => {
  world = await createTestEngine(catalog(FIRST));
  world.clock.set('2126-12-05T12:00:00Z');
  for (const n of [4, 5]) await visit(n, `2126-12-0${n}T10:00:00Z`);
  await visit(6, '2126-12-05T11:00:00Z');
  await world.engine.pauseStreak('ada', 'daily', { from: '2126-12-06', to: '2126-12-08' }, SERVICE);
  await undo(6);
  world.clock.set('2126-12-09T12:00:00Z');
  const [next] = await world.submit([{ id: 'v9', type: 'club.visit', user: 'ada' }]);
  expect(next).toMatchObject({ streaks: [{ id: 'daily', length: 3 }] });
  const milestones = await world.test.owner`select 1 from ledger.transfer where rule = 'streak:daily:2'`;
  expect(milestones).toHaveLength(1);
  await proven();
});
