import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../../test/support/engine.ts';
import { headOf, openLiveBoards } from '../../../test/support/live-boards.ts';
import type { Actor } from '../../access/index.ts';
import type { LiveBoards } from '../../boards/index.ts';
import type { Visibility } from '../model.ts';

const CATALOG = `
diana: 1
name: hiding
metrics:
  points: { sum: event.data.points, on: game.won }
boards:
  - { id: weekly, metric: points, period: week, ties: dense, by: event.data.team }
  - { id: ever, metric: points }
`;

let engine: TestEngine;
/** Boards of two processes on one database. */
let boards: LiveBoards;
let others: LiveBoards;
let ids = 0;
beforeEach(async () => {
  engine = await createTestEngine(CATALOG);
  boards = await openLiveBoards(engine);
  others = await openLiveBoards(engine);
  for (const [user, points] of [
    ['ann', 3],
    ['bob', 2],
    ['cyd', 2],
    ['dan', 1],
  ] as const)
    await win(user, points);
});
afterEach(() => engine.close());

async function win(user: string, points: number): Promise<void> {
  const data = { points, team: 'red' };
  const [result] = await engine.submit([{ id: `h${(ids += 1)}`, type: 'game.won', user, data }]);
  if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
}

/** What hides the user afterwards, or the code of the refusal. */
async function set(user: string, change: object, actor: Actor = SERVICE): Promise<Visibility['hidden'] | string> {
  const outcome = await engine.engine.setVisibility(user, change, actor);
  return outcome.ok ? outcome.value.hidden : outcome.refusal.code;
}

const AT = '2026-11-21T12:00:00.000Z';
const optedOut = (board: string | null) => ({ board, kind: 'opted_out', at: AT });
const hidden = (board: string | null) => ({ board, kind: 'hidden', at: AT });

/** As both processes show it, and one that begins now. */
async function shown(board: string, segment?: string): Promise<string> {
  const query = {
    period: 'current',
    offset: 0,
    limit: 20,
    after: await headOf(engine),
    ...(segment === undefined ? {} : { segment }),
  };
  const fresh = await openLiveBoards(engine);
  const [one, ...rest] = await Promise.all([boards, others, fresh].map((process) => process.page(board, query)));
  for (const other of rest) expect(other).toEqual(one);
  if (one?.ok !== true) return one?.fault ?? '';
  expect(one.value.total).toBe(one.value.entries.length);
  return one.value.entries.map(({ rank, user, score }) => `${rank} ${user} ${score}`).join(', ');
}

test('who is hidden takes no rank, keeps scoring, and comes back to where the score stands', async () => {
  expect(await shown('weekly')).toBe('1 ann 3, 2 bob 2, 2 cyd 2, 3 dan 1');
  expect(await shown('weekly', 'red')).toBe('1 ann 3, 2 bob 2, 2 cyd 2, 3 dan 1');
  expect(await set('ann', { hidden: true })).toEqual([optedOut(null)]);
  for (const board of ['weekly', 'ever']) expect(await shown(board)).not.toContain('ann');
  expect(await shown('weekly')).toBe('1 bob 2, 1 cyd 2, 2 dan 1');
  expect(await shown('weekly', 'red')).toBe('1 bob 2, 1 cyd 2, 2 dan 1');
  await win('ann', 5);
  await win('dan', 4);
  expect(await shown('weekly')).toBe('1 dan 5, 2 bob 2, 2 cyd 2');
  expect(await set('ann', { hidden: false })).toEqual([]);
  expect(await shown('weekly')).toBe('1 ann 8, 2 dan 5, 3 bob 2, 3 cyd 2');
  expect(await shown('weekly', 'red')).toBe('1 ann 8, 2 dan 5, 3 bob 2, 3 cyd 2');
});

test('asked for, a hidden user is not ranked, and missing among others', async () => {
  await set('bob', { hidden: true });
  const after = await headOf(engine);
  for (const process of [boards, others]) {
    const around = await process.around('ever', 'bob', { period: 'current', around: 1, after });
    expect(around).toEqual({ ok: false, fault: 'hidden' });
    const among = await process.among('ever', ['bob', 'cyd'], { period: 'current' });
    expect(among).toMatchObject({ value: { total: 1, entries: [{ user: 'cyd', rank: 1, globalRank: 2 }], missing: ['bob'] } });
  }
  expect(await boards.periods('weekly', { limit: 1 })).toMatchObject({ value: { periods: [{ total: 3 }] } });
});

test('one board hides a user, and the others do not', async () => {
  expect(await set('bob', { hidden: true, board: 'ever' })).toEqual([optedOut('ever')]);
  expect(await shown('ever')).toBe('1 ann 3, 2 cyd 2, 3 dan 1');
  expect(await shown('weekly')).toContain('bob');
  expect(await set('bob', { hidden: true })).toEqual([optedOut(null), optedOut('ever')]);
  expect(await set('bob', { hidden: false })).toEqual([optedOut('ever')]);
  expect(await shown('ever')).not.toContain('bob');
  expect(await shown('weekly')).toContain('bob');
  expect(await set('bob', { hidden: true, board: 'nothing' })).toBe('malformed');
});

test('what an admin hid, only an admin shows; a wish to stay out is a thing of its own', async () => {
  expect(await set('cyd', { hidden: true, kind: 'hidden' })).toBe('forbidden');
  expect(await set('cyd', { hidden: true }, ADMIN)).toEqual([hidden(null)]);
  expect(await set('cyd', { hidden: false })).toBe('forbidden');
  expect(await set('cyd', { hidden: true })).toEqual([hidden(null), optedOut(null)]);
  expect(await set('cyd', { hidden: false })).toEqual([hidden(null)]);
  expect(await shown('ever')).not.toContain('cyd');
  expect(await set('cyd', { hidden: true })).toHaveLength(2);
  expect(await set('cyd', { hidden: false }, ADMIN)).toEqual([optedOut(null)]);
  expect(await shown('ever')).not.toContain('cyd');
  expect(await set('cyd', { hidden: false, kind: 'opted_out' }, ADMIN)).toEqual([]);
  expect(await shown('ever')).toContain('cyd');
});

test('each change leaves one audit row and one fact, and a repeat leaves none', async () => {
  const reason = 'asked for it in a letter';
  for (let i = 0; i < 2; i += 1) await set('dan', { hidden: true, reason });
  await Promise.all([set('dan', { hidden: false }), set('dan', { hidden: false })]);
  const rows = await engine.test.owner.unsafe(
    `select action, actor, reason, before -> 'hidden' as was, after -> 'kind' as kind from access.audit
     where action like 'boards.%' order by id`,
  );
  expect(rows.map((row) => ({ ...row }))).toEqual([
    { action: 'boards.hide', actor: 'key_service', reason, was: false, kind: 'opted_out' },
    { action: 'boards.show', actor: 'key_service', reason: null, was: true, kind: 'opted_out' },
  ]);
  const [facts] = await engine.test.owner.unsafe(`select count(*)::int as count from events.log where type = 'user.updated'`);
  expect(facts?.['count']).toBe(2);
});

test('who is erased while hidden leaves nothing behind, and comes back as somebody new', async () => {
  await set('ann', { hidden: true }, ADMIN);
  await engine.engine.eraseUser('ann', null, ADMIN);
  const [left] = await engine.test.owner.unsafe('select count(*)::int as count from boards.hidden');
  expect(left?.['count']).toBe(0);
  await win('ann', 9);
  expect(await shown('ever')).toBe('1 ann 9, 2 bob 2, 3 cyd 2, 4 dan 1');
});

test.each([
  ['nobody is hidden', 'eve', { hidden: true }, 'unknown_user'],
  ['hidden is no text', 'ann', { hidden: 'yes' }, 'malformed'],
  ['hidden is needed', 'ann', {}, 'malformed'],
  ['there are two kinds', 'ann', { hidden: true, kind: 'banned' }, 'malformed'],
  ['a slip is told', 'ann', { hidden: true, boards: 'ever' }, 'malformed'],
  ['a reason says something', 'ann', { hidden: true, reason: '' }, 'malformed'],
])('%s', async (_, user, change, code) => {
  expect(await set(user, change, ADMIN)).toBe(code);
  expect(await set(user, change, { id: 'key_client', role: 'client', account: 1 })).toBe(
    code === 'malformed' ? code : 'forbidden',
  );
});
