import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { quietLog } from '../../test/support/log.ts';
import { type Origins, parseCatalog } from '../catalog/index.ts';
import { createLiveBoards, type LiveBoards } from './live.ts';

const EVER = '  - { id: ever, metric: steps }\n';
const catalog = (count: string, ever = EVER): string => `
diana: 1
name: live
metrics:
  steps: { count: '${count}' }
boards:
  - { id: weekly, metric: steps, period: week }
  - { id: shared, metric: steps, ties: shared }
${ever}`;

let engine: TestEngine;
let boards: LiveBoards;
let ids = 0;
beforeAll(async () => {
  engine = await createTestEngine(catalog('walk.*'));
});
afterAll(() => engine.close());
beforeEach(async () => {
  boards = await open(await head());
});

async function head(): Promise<number> {
  const [row] = await engine.test.owner.unsafe('select position::int as position from events.head');
  return Number(row?.['position']);
}

/** Boards as a process has them that began at a position, under the catalog in force now. */
async function open(start: number): Promise<LiveBoards> {
  const inForce = async (): Promise<{ version: number; source: string; origins: Origins }> => {
    const [row] = await engine.test.owner.unsafe(
      'select version, source, origins from catalog.version order by version desc limit 1',
    );
    return row as unknown as { version: number; source: string; origins: Origins };
  };
  let current = await inForce();
  refresh = async () => {
    current = await inForce();
  };
  return createLiveBoards({
    database: engine.test.database,
    clock: engine.clock,
    log: quietLog,
    start,
    boards() {
      const parsed = parseCatalog(current.source);
      if (!parsed.ok) throw new Error('the catalog is faulty');
      const boards = parsed.catalog.boards.map((board) => ({ ...board, key: current.origins.boards[board.id]?.key ?? board.id }));
      return { version: current.version, timezone: 'UTC', boards };
    },
    async accountOf(user) {
      const [row] = await engine.test.owner.unsafe('select account from users.person where id = $1', [user]);
      return row === undefined ? undefined : Number(row['account']);
    },
  });
}
let refresh: () => Promise<void> = async () => undefined;

/** Answers the position of the last one. */
async function walk(user: string, times: number, type = 'walk.step'): Promise<number> {
  const results = await engine.submit(Array.from({ length: times }, () => ({ id: `w${(ids += 1)}`, type, user })));
  return Math.max(...results.map((result) => (result.status === 'refused' ? 0 : result.position)));
}

async function top(board: string, after?: number): Promise<string> {
  const page = await boards.page(board, { period: 'current', offset: 0, limit: 10, ...(after === undefined ? {} : { after }) });
  return page.ok ? page.value.entries.map(({ rank, user, score }) => `${rank} ${user} ${score}`).join(', ') : page.fault;
}

test('a board is built from the tables, and learns what others commit up to the position that a reader asks for', async () => {
  await walk('ann', 3);
  await walk('bob', 5);
  expect(await top('ever')).toBe('1 bob 5, 2 ann 3');
  const position = await walk('ann', 4);
  expect(await top('ever', position)).toBe('1 ann 7, 2 bob 5');
  expect(await top('weekly', position)).toBe('1 ann 7, 2 bob 5');
  expect(boards.position()).toBeGreaterThanOrEqual(position);
});

test('a person who is erased leaves the board', async () => {
  await walk('eve', 9);
  expect(await top('ever')).toContain('1 eve 9');
  await engine.engine.eraseUser('eve', null, ADMIN);
  expect(await top('ever', await head())).toBe('1 ann 7, 2 bob 5');
  const position = await walk('eve', 1);
  expect(await top('ever', position)).toBe('1 ann 7, 2 bob 5, 3 eve 1');
});

test('around a user, and whoever is not ranked or not known', async () => {
  const around = await boards.around('ever', 'bob', { period: 'current', around: 1 });
  expect(around).toMatchObject({
    ok: true,
    value: { rank: 2, user: 'bob', score: 5, entries: [{ rank: 1 }, { rank: 2 }, { rank: 3 }] },
  });
  await engine.engine.putUser('idle', {}, ADMIN);
  expect(await boards.around('ever', 'idle', { period: 'current', around: 1 })).toEqual({ ok: false, fault: 'not_ranked' });
  expect(await boards.around('ever', 'nobody', { period: 'current', around: 1 })).toEqual({ ok: false, fault: 'unknown_user' });
  expect(await boards.page('none', { period: 'current', offset: 0, limit: 1 })).toEqual({ ok: false, fault: 'unknown_board' });
  for (const period of ['2026-W54', 'today', '2026']) {
    expect(await boards.page('weekly', { period, offset: 0, limit: 1 })).toEqual({ ok: false, fault: 'unknown_period' });
  }
});

test('a reader who asks for a position that never comes gets what there is', async () => {
  const page = await boards.page('ever', { period: 'current', offset: 0, limit: 1, after: 1_000_000 });
  expect(page).toMatchObject({ ok: true, value: { total: 3 } });
});

test('a board whose metric means something else from now on shows nothing of before', async () => {
  expect(await top('weekly')).toContain('ann');
  engine.clock.set('2026-11-21T12:00:01Z');
  expect((await engine.engine.applyCatalog(catalog('swim.*'), ADMIN)).ok).toBe(true);
  await refresh();
  expect(await top('weekly')).toBe('');
  const position = await walk('cyd', 2, 'swim.lap');
  expect(await top('weekly', position)).toBe('1 cyd 2');
});

async function apply(source: string): Promise<void> {
  expect((await engine.engine.applyCatalog(source, ADMIN)).ok).toBe(true);
}

test.each([
  ['saw it leave', true],
  ['did not see it leave', false],
])('a board that comes back shows what happened meanwhile, to a process that %s', async (_, sees) => {
  await apply(catalog('run.*'));
  await refresh();
  const before = await walk('dan', 2, 'run.mile');
  expect(await top('ever', before)).toContain('dan');
  await apply(catalog('run.*', ''));
  if (sees) {
    await refresh();
    await boards.follow();
  }
  const meanwhile = await walk('dan', 5, 'run.mile');
  await apply(catalog('run.*'));
  await refresh();
  expect(await top('ever')).toBe(await top('shared', meanwhile));
  expect(await top('ever', await walk('dan', 1, 'run.mile'))).toBe(await top('shared'));
});
