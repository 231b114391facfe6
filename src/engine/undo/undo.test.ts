import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../../test/support/engine.ts';
import { quietLog } from '../../../test/support/log.ts';
import { verifyLedger } from '../../ledger/index.ts';
import { createCatalogs } from '../catalogs.ts';
import { decodeHotRow } from '../state.ts';
import { checkRebuild } from '../history/rebuild.ts';

const CATALOG = `
diana: 1
currencies: { points: {} }
metrics:
  commits: { count: code.commit }
  biggest: { max: event.data.files, on: code.commit }
  repos: { distinct: event.data.repo, on: code.commit }
  earned: { earned: points }
  spent: { spent: points }
  wealth: { balance: points }
  medals: { count: achievement.unlocked }
streaks: { daily: { on: code.commit, every: day } }
levels: { metric: earned, thresholds: [0, 30, 100] }
rules: [{ id: commit, on: code.commit, award: { points: 10 }, limit: { max: 2, per: day } }]
achievements:
  - { id: committer, metric: commits, tiers: [{ id: three, at: 3, award: { points: 50 } }] }
  - { id: rich, metric: earned, tiers: [{ id: eighty, at: 80, award: { points: 7 } }] }
  - { id: pairs, metric: commits, repeatable: true, tiers: [{ id: two, at: 2, award: { points: 1 } }] }
boards:
  - { id: weekly, metric: earned, period: week }
  - { id: biggest, metric: biggest }
  - { id: wealth, metric: wealth }
`;

let world: TestEngine;
beforeEach(async () => {
  world = await createTestEngine(CATALOG);
});
afterEach(() => world.close());

const commit = (n: number, day: number, more: object = {}) => ({
  id: `c${n}`,
  type: 'code.commit',
  user: 'ada',
  time: `2026-11-${String(day).padStart(2, '0')}T10:00:00Z`,
  data: { files: n, repo: `r${n % 2}`, ...more },
});

async function stateOf(user = 'ada'): Promise<object> {
  const [row] = await world.test.owner.unsafe(
    `select a.state, (select json_agg(json_build_array(board, period, score) order by board, period) from boards.score s where s.account = a.account) as scores,
       (select json_agg(achievement || '.' || tier || ' ' || times order by 1) from (select * from achievements.unlock where account = a.account order by 1, 2, 3) u) as unlocks,
       (select json_agg(json_build_array(streak, first, last) order by first) from streaks.run r where r.account = a.account) as runs,
       (select json_agg(json_build_array(rule, span, bucket, used) order by rule, span, bucket) from rules.usage x where x.account = a.account and used > 0) as usage,
       (select count(*)::int from metrics.seen n where n.account = a.account) as seen
     from engine.account a join users.person p using (account) where p.id = $1`,
    [user],
  );
  const { metrics, streaks, balances, unlocks } = decodeHotRow(row?.['state']);
  return {
    ...row,
    state: null,
    metrics: Object.fromEntries([...metrics].map(([key, { value }]) => [key, value]).filter(([, value]) => value !== 0)),
    streaks: Object.fromEntries(streaks),
    bits: unlocks,
    available: balances.get('points')?.available,
  };
}

async function proven(): Promise<void> {
  const { database } = world.test;
  const report = await verifyLedger(database, { now: world.clock.now });
  expect(report.faults).toEqual([]);
  const catalogs = await createCatalogs(database, world.clock, quietLog);
  const rebuilt = await database.snapshot((tx) =>
    checkRebuild(database, tx, catalogs.current(), catalogs.rulebooks, () => undefined),
  );
  expect(rebuilt.first).toEqual([]);
}

const undo = (id: string, command: object = { reason: 'a mistake' }) =>
  world.engine.undos.undoEvent('default', id, command, ADMIN);

describe('an event that is undone', () => {
  test.each([
    ['the first', 1],
    ['one in the middle', 2],
    ['the last, which unlocked', 3],
  ])('leaves everything as if it had never come: %s', async (_, undone) => {
    const days = [1, 2, 4];
    await world.submit(days.map((day, i) => commit(i + 1, day)));
    const outcome = await undo(`c${undone}`);
    expect(outcome).toMatchObject({ ok: true, value: { first: true } });
    const after = await stateOf();
    await proven();
    await world.close();
    world = await createTestEngine(CATALOG);
    await world.submit(days.map((day, i) => commit(i + 1, day)).filter(({ id }) => id !== `c${undone}`));
    expect(after).toEqual(await stateOf());
  });

  test('takes with it what others unlocked by its help, and what that had paid', async () => {
    await world.submit([1, 2, 3].map((day, i) => commit(i + 1, day)));
    const outcome = await undo('c1');
    expect(outcome).toMatchObject({
      value: {
        result: {
          achievements: {
            revoked: expect.arrayContaining([
              { id: 'committer', tier: 'three', left: 0 },
              { id: 'rich', tier: 'eighty', left: 0 },
            ]),
          },
          level: { before: 2, after: 1 },
          metrics: { commits: { before: 3, after: 2 } },
          streaks: { daily: { before: 3, after: 2 } },
        },
      },
    });
    expect(await stateOf()).toMatchObject({ available: 21, metrics: { earned: 21, commits: 2, medals: 1 } });
    await proven();
  });

  test('keeps badges and levels where that is asked for', async () => {
    await world.submit([1, 2, 3].map((day, i) => commit(i + 1, day)));
    const before = await stateOf();
    await undo('c3', { reason: 'kept', keep: ['achievements', 'levels'] });
    expect(await stateOf()).toMatchObject({
      bits: (before as { bits: unknown }).bits,
      available: 78,
      metrics: { commits: 2, earned: 78, medals: 3 },
    });
    await proven();
    const level = await world.test.owner.unsafe(`select state -> 'levelFloor' as floor from engine.account`);
    expect(level[0]?.['floor']).toEqual(['earned', 2]);
  });

  test('is undone once, also in parallel, and a dry run changes nothing', async () => {
    await world.submit([1, 2, 3].map((day, i) => commit(i + 1, day)));
    const before = await stateOf();
    const dry = await undo('c2', { reason: 'try', dryRun: true });
    expect(await stateOf()).toEqual(before);
    const other = await world.another();
    const all = await Promise.all([
      ...Array.from({ length: 5 }, () => undo('c2')),
      ...Array.from({ length: 5 }, () => other.undos.undoEvent('default', 'c2', { reason: 'other' }, ADMIN)),
    ]);
    expect(all.filter((outcome) => outcome.ok && outcome.value.first)).toHaveLength(1);
    const results = new Set(all.map((outcome) => JSON.stringify(outcome.ok ? outcome.value.result : outcome)));
    expect(results.size).toBe(1);
    const [first] = all;
    const plain = (outcome: typeof dry | undefined) =>
      outcome?.ok === true
        ? {
            ...outcome.value.result,
            dryRun: null,
            reversed: outcome.value.result.reversed.map((r) => ({ ...r, transfer: null })),
          }
        : null;
    expect(plain(dry)).toEqual(plain(first));
    await proven();
  });

  test('is announced by the names that its sender gave it', async () => {
    await world.submit([commit(1, 1)]);
    await undo('c1');
    const [told] = await world.test.owner.unsafe(`select data from events.log where type = 'event.undone'`);
    const [event] = await world.test.owner.unsafe(`select position::int from events.log where type = 'code.commit'`);
    expect(told?.['data']).toEqual({ source: 'default', event: 'c1', position: event?.['position'] });
  });

  test('gives its place in a limit back', async () => {
    await world.submit([commit(1, 5), commit(2, 5), commit(3, 5)]);
    await undo('c1');
    const [again] = await world.submit([commit(4, 5)]);
    expect(again).toMatchObject({ awards: expect.arrayContaining([expect.objectContaining({ rule: 'commit', amount: 10 })]) });
    await proven();
  });

  test('can be earned again: a tier that was revoked is unlocked by the next event', async () => {
    await world.submit([1, 2, 3].map((day, i) => commit(i + 1, day)));
    await undo('c3');
    const [again] = await world.submit([commit(4, 6)]);
    expect(again).toMatchObject({ achievements: expect.arrayContaining([{ id: 'committer', tier: 'three' }]) });
    await proven();
  });
});

/** Another catalog, as if it had been the only one. */
async function begin(catalog: string): Promise<void> {
  await world.close();
  world = await createTestEngine(catalog);
}

const BADGES = `
diana: 1
currencies: { points: {}, gems: {} }
metrics: { commits: { count: code.commit }, earned: { earned: points }, medals: { count: achievement.unlocked } }
achievements:
  - { id: each, metric: commits, repeatable: true, tiers: [{ id: one, at: 1, award: { points: 10 } }] }
  - { id: first, metric: commits, tiers: [{ id: two, at: 2, award: { gems: 5 } }] }
boards: [{ id: weekly, metric: medals, period: week }, { id: earners, metric: earned, by: event.data.repo }]
`;

describe('what comes again', () => {
  test('loses the times of the event itself, with their rewards and no others', async () => {
    await begin(BADGES);
    await world.submit([1, 2, 3].map((n) => commit(n, 16 + n)));
    expect(await undo('c2')).toMatchObject({
      value: {
        result: { achievements: { revoked: [{ id: 'each', tier: 'one', left: 2 }], kept: [{ id: 'first', tier: 'two' }] } },
      },
    });
    expect(await stateOf()).toMatchObject({ available: 20, metrics: { commits: 2, earned: 20, medals: 3 } });
    await proven();
    // The tier that the undone event unlocked and kept goes with what is undone later.
    await undo('c3');
    expect(await stateOf()).toMatchObject({ available: 10, metrics: { commits: 1, earned: 10, medals: 1 } });
    await proven();
  });

  test('keeps each of its times with its reward where that is asked for', async () => {
    await begin(BADGES);
    await world.submit([1, 2, 3].map((n) => commit(n, 16 + n)));
    await undo('c2', { reason: 'kept', keep: ['achievements'] });
    expect(await stateOf()).toMatchObject({ available: 30, metrics: { commits: 2, earned: 30, medals: 4 } });
    await proven();
  });

  test('may be unlocked in its period again', async () => {
    await begin(BADGES.replace('repeatable: true', 'within: day, repeatable: true'));
    await world.submit([commit(1, 17), commit(2, 18), commit(3, 19)]);
    await undo('c3');
    const [again] = await world.submit([commit(4, 19)]);
    expect(again).toMatchObject({ achievements: [{ id: 'each', tier: 'one', times: 3 }] });
    // Of two periods the reward of the one that is lost goes, though the other is newer.
    await undo('c1');
    expect(await stateOf()).toMatchObject({ available: 20, metrics: { earned: 20 } });
    await proven();
  });
});

test('a board that was closed when an event came stays as it was, and segments are kept', async () => {
  await begin(BADGES);
  world.clock.set('2026-12-01T12:00:00Z');
  const [late] = await world.submit([commit(1, 21), commit(2, 22)]);
  expect(late).toMatchObject({ skipped: [{ board: 'weekly', code: 'period_closed' }] });
  const before = await stateOf();
  await undo('c1', { reason: 'kept', keep: ['achievements'] });
  const { scores } = before as { readonly scores: unknown };
  expect(scores).toEqual([['earners', 'all', 20]]);
  expect(await stateOf()).toMatchObject({ scores });
  const segments = await world.test.owner.unsafe(`select segment from boards.score where board = 'earners'`);
  expect(segments.map(({ segment }) => String(segment))).toEqual(['r0']);
  await proven();
});

const MILESTONES = `
diana: 1
currencies: { points: { cap: { max: 30, per: day }, reversal: clamp } }
metrics: { wealth: { balance: points }, earned: { earned: points } }
streaks: { daily: { on: code.commit, every: day, milestones: [{ at: 1, award: { points: 25 } }] } }
rules: [{ id: commit, on: code.commit, award: { points: 20 } }]
levels: { metric: earned, thresholds: [0, 30] }
`;

describe('a milestone', () => {
  test('is paid once for ever, also where nothing is left of its streak', async () => {
    await begin(MILESTONES);
    await world.submit([commit(1, 20)]);
    await undo('c1');
    expect(await stateOf()).toMatchObject({ available: 0 });
    const [again] = await world.submit([commit(2, 20)]);
    expect(again).toMatchObject({ awards: [{ rule: 'commit', amount: 20 }] });
    await proven();
  });

  test('gives no room under a cap back, which it did not take', async () => {
    await begin(MILESTONES);
    await world.submit([commit(1, 20), commit(2, 20)]);
    await undo('c1');
    const [again] = await world.submit([commit(3, 20)]);
    expect(again).toMatchObject({ awards: [{ rule: 'commit', amount: 20 }] });
    const [last] = await world.submit([commit(4, 20)]);
    expect(last).toMatchObject({ awards: [], skipped: [{ rule: 'commit', code: 'limit_reached' }] });
    await proven();
  });
});

test('what nothing was left of is taken back once, and a metric shows the balance that there is', async () => {
  await begin(MILESTONES.replace(/streaks:.*\n/, ''));
  const [result] = await world.submit([commit(1, 20)]);
  const transfer = result?.status === 'accepted' ? (result.awards[0]?.transfer ?? '') : '';
  await world.engine.transfer({ id: 's1', kind: 'spend', user: 'ada', currency: 'points', amount: 20 }, ADMIN);
  expect(await undo('c1')).toMatchObject({ value: { result: { reversed: [{ amount: 0, short: 20 }] } } });
  expect(await stateOf()).toMatchObject({ available: 0, metrics: {} });
  await proven();
  await world.engine.transfer({ id: 'a1', kind: 'award', user: 'ada', currency: 'points', amount: 50 }, ADMIN);
  expect(await world.engine.undos.reverseTransfer(transfer, { reason: 'again' }, ADMIN)).toMatchObject({
    refusal: { code: 'already_undone' },
  });
  expect(await stateOf()).toMatchObject({ available: 50, metrics: { earned: 50, wealth: 50 } });
  await proven();
});

describe('points that are spent already', () => {
  const spend = () => world.engine.transfer({ id: 's1', kind: 'spend', user: 'ada', currency: 'points', amount: 15 }, ADMIN);

  test.each([
    ['refuse', null, 5],
    ['clamp', 5, 0],
    ['debt', 10, -6],
  ])('%s', async (reversal, taken, left) => {
    await world.close();
    world = await createTestEngine(CATALOG.replace('points: {}', `points: { reversal: ${reversal} }`));
    await world.submit([commit(1, 1), commit(2, 2, { files: 0 })].map((event) => ({ ...event, type: 'code.commit' })));
    await world.engine.transfer({ id: 'zero', kind: 'spend', user: 'ada', currency: 'points', amount: 1 }, ADMIN);
    await spend();
    const outcome = await undo('c1');
    if (taken === null) expect(outcome).toMatchObject({ ok: false, refusal: { code: 'points_spent' } });
    else expect(outcome).toMatchObject({ ok: true });
    expect(await stateOf()).toMatchObject({ available: left });
    await proven();
  });
});

describe('a transfer that is reversed', () => {
  test('of an award counts as earned no more; again it gets the first answer; with its event it is not taken twice', async () => {
    const [result] = await world.submit([commit(1, 1)]);
    const transfer = result?.status === 'accepted' ? (result.awards[0]?.transfer ?? '') : '';
    const outcome = await world.engine.undos.reverseTransfer(transfer, { reason: 'no' }, ADMIN);
    expect(outcome).toMatchObject({
      ok: true,
      value: { first: true, result: { reversed: [{ reverses: transfer, amount: -10 }] } },
    });
    expect(await world.engine.undos.reverseTransfer(transfer, { reason: 'again' }, ADMIN)).toMatchObject({
      value: { first: false },
    });
    expect(await stateOf()).toMatchObject({ available: 0, metrics: { commits: 1 } });
    await proven();
    expect(await undo('c1')).toMatchObject({ ok: true, value: { result: { reversed: [] } } });
    expect(await stateOf()).toMatchObject({ available: 0, metrics: {} });
    await proven();
  });

  test('of what was spent comes back, and was not spent', async () => {
    await world.submit([commit(1, 1)]);
    await world.engine.transfer({ id: 's1', kind: 'spend', user: 'ada', currency: 'points', amount: 4 }, ADMIN);
    expect(await world.engine.undos.reverseTransfer('s1', { reason: 'refund' }, ADMIN)).toMatchObject({ ok: true });
    expect(await stateOf()).toMatchObject({ available: 10, metrics: { earned: 10, commits: 1 } });
    await proven();
  });

  test('between two users goes back from the one to the other', async () => {
    await world.submit([commit(1, 1)]);
    await world.engine.transfer({ id: 't1', kind: 'transfer', user: 'ada', to: 'bob', currency: 'points', amount: 6 }, ADMIN);
    await Promise.all([1, 2, 3].map(() => world.engine.undos.reverseTransfer('t1', { reason: 'back' }, ADMIN)));
    expect(await stateOf()).toMatchObject({ available: 10 });
    expect(await stateOf('bob')).toMatchObject({ available: 0 });
    await proven();
  });

  test('unknown ones, and reversals, are refused', async () => {
    expect(await world.engine.undos.reverseTransfer('nope', { reason: 'x' }, ADMIN)).toMatchObject({
      refusal: { code: 'unknown_transfer' },
    });
    expect(await undo('nope')).toMatchObject({ refusal: { code: 'unknown_event' } });
    await world.submit([commit(1, 1)]);
    const outcome = await undo('c1');
    const counter = outcome.ok ? (outcome.value.result.reversed[0]?.transfer ?? '') : '';
    expect(await world.engine.undos.reverseTransfer(counter, { reason: 'x' }, ADMIN)).toMatchObject({
      refusal: { code: 'malformed' },
    });
    expect(await undo('c1', { reason: '' })).toMatchObject({ refusal: { path: '/reason' } });
  });
});
