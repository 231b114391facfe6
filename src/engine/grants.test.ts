import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../test/support/engine.ts';
import { rebuildReport } from '../../test/support/rebuild.ts';
import { dumpState } from '../../test/support/state.ts';

const CATALOG = `
diana: 1
currencies: { points: { name: Points } }
metrics:
  commits: { count: code.commit }
  earned: { earned: points }
  files: { sum: event.data.files, on: code.commit }
  losses: { count: achievement.revoked }
achievements:
  - { id: hero, manual: true, tiers: [ { id: done, at: 1, award: { points: 50 } } ] }
  - { id: committer, metric: commits, tiers: [ { id: bronze, at: 2, award: { points: 5 } }, { id: silver, at: 3 } ] }
  - { id: rich, metric: earned, tiers: [ { id: first, at: 50 } ] }
  - { id: legend, all: [ hero, committer.bronze ], tiers: [ { id: done, at: 2, award: { points: 1 } } ] }
  - { id: tens, metric: files, repeatable: true, tiers: [ { id: ten, at: 10, award: { points: 1 } } ] }
  - { id: busy, metric: commits, within: week, repeatable: true, tiers: [ { id: two, at: 2 } ] }
`;

let bench: TestEngine;
beforeAll(async () => {
  bench = await createTestEngine(CATALOG);
});
/** The copies in the hot rows are what the tables say, and both are what the log bears out. */
afterAll(async () => {
  await dumpState(bench.test.owner);
  expect(await rebuildReport(bench)).toMatchObject({ ok: true, skipped: 0, first: [] });
  await bench.close();
});

let ids = 0;
let user = '';
beforeEach(async () => {
  user = `user-${(ids += 1)}`;
  await bench.engine.putUser(user, {}, SERVICE);
});

const reason = 'because';
const grant = (achievement: string, command: object = {}, who = user) =>
  bench.engine.grants.grant(who, achievement, { reason, ...command }, ADMIN);
const revoke = (achievement: string, command: object = {}) =>
  bench.engine.grants.revoke(user, achievement, { reason, ...command }, ADMIN);

async function commit(files = 0, time = '2026-11-16T10:00:00Z'): Promise<readonly string[]> {
  ids += 1;
  const [result] = await bench.submit([{ id: `e${ids}`, type: 'code.commit', user, time, data: { files } }]);
  if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
  return result.achievements.map(({ id, tier, times }) => `${id}.${tier}${times === undefined ? '' : ` ${times}`}`);
}

async function unlocks(): Promise<readonly string[]> {
  const rows = await bench.test.owner.unsafe(
    `select achievement || '.' || tier || case when granted then ' granted' else '' end as line
     from achievements.unlock join users.person using (account) where id = $1 order by 1`,
    [user],
  );
  return rows.map((row) => String(row['line']));
}

async function balance(): Promise<number> {
  const [row] = await bench.test.owner.unsafe(
    'select available from ledger.account join users.person using (account) where id = $1',
    [user],
  );
  return Number(row?.['available'] ?? 0);
}

async function facts(): Promise<readonly object[]> {
  const rows = await bench.test.owner.unsafe(
    `select l.type, l.data from events.log l join users.person p using (account)
     where p.id = $1 and l.type like 'achievement.%' order by position`,
    [user],
  );
  return rows.map((row) => ({ type: row['type'] as string, ...(row['data'] as object) }));
}

describe('granting', () => {
  test('unlocks, pays, announces, counts as earned and may complete others, all in one', async () => {
    expect(await grant('hero')).toEqual({
      ok: true,
      value: { result: { achievement: 'hero', tier: 'done', paid: { points: 50 } }, first: true, position: expect.any(Number) },
    });
    expect(await unlocks()).toEqual(['hero.done granted', 'rich.first']);
    expect(await balance()).toBe(50);
    expect(await facts()).toEqual([
      { type: 'achievement.unlocked', achievement: 'hero', tier: 'done', granted: true },
      { type: 'achievement.unlocked', achievement: 'rich', tier: 'first' },
    ]);
    await commit();
    expect(await commit()).toEqual(['committer.bronze', 'legend.done', 'busy.two 1']);
  });

  test('leaves an audit row with what was before and after', async () => {
    await grant('committer', { tier: 'silver', reason: 'for the talk' });
    const [row] = await bench.test.owner.unsafe(
      `select action, target, before, after, reason from access.audit order by id desc limit 1`,
    );
    expect(row).toEqual({
      action: 'achievement.grant',
      target: expect.stringMatching(/^acct_.*\/committer\.silver$/),
      before: { unlocked: false, times: 0 },
      after: { unlocked: true, times: 1 },
      reason: 'for the talk',
    });
  });

  test('without its reward pays nothing', async () => {
    expect(await grant('hero', { reward: false })).toMatchObject({ value: { result: { paid: {} } } });
    expect([await balance(), await unlocks()]).toEqual([0, ['hero.done granted']]);
  });

  test('twice, and side by side, it has one effect', async () => {
    const outcomes = await Promise.all([grant('hero'), grant('hero'), grant('hero')]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    for (const outcome of [...outcomes.filter(({ ok }) => !ok), await grant('hero')]) {
      expect(outcome).toMatchObject({ ok: false, refusal: { code: 'already_unlocked', path: '/tier' } });
    }
    expect(await balance()).toBe(50);
  });

  test('under an id, a repeat gets the first answer, also after it was revoked', async () => {
    const id = `grant-${user}`;
    expect(await Promise.all([grant('hero', { id }), grant('hero', { id })])).toMatchObject([{ ok: true }, { ok: true }]);
    await revoke('hero');
    expect(await grant('hero', { id })).toMatchObject({ ok: true, value: { first: false, result: { tier: 'done' } } });
    expect(await unlocks()).toEqual(['rich.first']);
    expect(await grant('hero', { id, reward: false })).toMatchObject({ ok: false, refusal: { code: 'id_reused' } });
  });

  test('a tier ahead of the progress: what is below it is still unlocked in its turn', async () => {
    await grant('committer', { tier: 'silver' });
    await commit();
    expect(await commit()).toEqual(['committer.bronze', 'busy.two 1']);
    expect(await commit()).toEqual([]);
  });

  test.each<[string, object, string, object]>([
    ['nope', {}, 'unknown_achievement', { path: '/params/achievement' }],
    ['hero', { tier: 'gold' }, 'unknown_achievement', { path: '/tier' }],
    ['committer', {}, 'malformed', { path: '/tier', message: 'is required: committer has the tiers bronze, silver' }],
    ['hero', { reason: ' ' }, 'malformed', { path: '/reason' }],
    ['hero', { reason: undefined }, 'malformed', { path: '/reason' }],
    ['hero', { reward: 'no' }, 'malformed', { path: '/reward' }],
    ['hero', { tier: 7 }, 'malformed', { path: '/tier' }],
    ['hero', { id: '' }, 'malformed', { path: '/id' }],
    ['hero', { user: 'ada' }, 'malformed', { path: '/user' }],
  ])('of %s with %j is refused: %s', async (achievement, command, code, details) => {
    expect(await grant(achievement, command)).toMatchObject({ ok: false, refusal: { code, ...details } });
    expect(await unlocks()).toEqual([]);
  });

  test('nobody is made by it', async () => {
    expect(await grant('hero', {}, 'nobody')).toMatchObject({ ok: false, refusal: { code: 'unknown_user' } });
  });
});

describe('revoking', () => {
  test('takes the tier away, keeps what was paid, and announces why', async () => {
    await grant('hero');
    expect(await revoke('hero', { reason: 'cheated' })).toMatchObject({
      ok: true,
      value: { result: { achievement: 'hero', tier: 'done' }, first: true },
    });
    expect([await unlocks(), await balance()]).toEqual([['rich.first'], 50]);
    expect((await facts()).at(-1)).toEqual({ type: 'achievement.revoked', achievement: 'hero', tier: 'done', reason: 'cheated' });
    const [row] = await bench.test.owner.unsafe(
      `select action, before, after, reason from access.audit order by id desc limit 1`,
    );
    expect(row).toMatchObject({
      action: 'achievement.revoke',
      before: { unlocked: true, times: 1 },
      after: { unlocked: false, times: 0 },
      reason: 'cheated',
    });
  });

  test('twice, and side by side, it has one effect', async () => {
    await grant('hero');
    const outcomes = await Promise.all([revoke('hero'), revoke('hero')]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await revoke('hero')).toMatchObject({ ok: false, refusal: { code: 'not_unlocked' } });
    expect((await facts()).filter((fact) => (fact as { type: string }).type === 'achievement.revoked')).toHaveLength(1);
  });

  test('it stays locked, whatever the progress, until it is granted; the tiers above do not wait for it', async () => {
    await commit();
    await commit();
    await revoke('committer', { tier: 'bronze' });
    expect(await commit()).toEqual(['committer.silver']);
    expect(await commit()).toEqual([]);
    expect(await grant('committer', { tier: 'bronze' })).toMatchObject({ ok: true });
    expect(await unlocks()).toEqual(['busy.two', 'committer.bronze granted', 'committer.silver']);
  });

  test('a composite that was made with it stays; one that is not yet, waits', async () => {
    await grant('hero');
    await revoke('hero');
    await commit();
    expect(await commit()).toEqual(['committer.bronze', 'busy.two 1']);
    await grant('hero', { reward: false });
    expect(await unlocks()).toContain('legend.done');
    await revoke('hero');
    expect(await unlocks()).toContain('legend.done');
  });

  test('of a repeatable one, it goes on where it stood once it is granted again', async () => {
    expect(await commit(25)).toEqual(['tens.ten 1', 'tens.ten 2']);
    await revoke('tens');
    expect(await commit(10)).toEqual(['committer.bronze', 'busy.two 1']);
    await grant('tens', { reward: false });
    expect(await commit(1)).toEqual(['committer.silver', 'tens.ten 3']);
    const points = await balance();
    await revoke('busy');
    expect(await commit(0, '2026-11-10T10:00:00Z')).toEqual([]);
    await grant('busy');
    expect(await balance()).toBe(points);
    // The clock stands in the week of the 16th, which has it by the grant.
    expect(await commit(0, '2026-11-17T10:00:00Z')).toEqual([]);
    expect(await commit(0, '2026-11-11T10:00:00Z')).toEqual(['busy.two 2']);
  });
});

test('whoever is erased leaves nothing of it behind', async () => {
  await grant('hero');
  await revoke('hero');
  await grant('busy');
  const [person] = await bench.test.owner.unsafe('select account from users.person where id = $1', [user]);
  await bench.engine.eraseUser(user, null, ADMIN);
  const [left] = await bench.test.owner.unsafe(
    `select (select count(*)::integer from achievements.revocation where account = $1)
          + (select count(*)::integer from achievements.occurrence where account = $1)
          + (select count(*)::integer from achievements.unlock where account = $1) as rows`,
    [String(person?.['account'])],
  );
  expect(left).toEqual({ rows: 0 });
});
