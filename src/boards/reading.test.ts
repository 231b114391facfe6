import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../test/support/engine.ts';
import { headOf, openLiveBoards } from '../../test/support/live-boards.ts';
import { dumpState } from '../../test/support/state.ts';
import type { LiveBoards } from './live.ts';

const CATALOG = `
diana: 1
name: reading
currencies: { points: { name: Points } }
metrics:
  points: { sum: event.data.points, on: game.won }
  best: { max: event.data.points, on: game.won }
  fastest: { min: event.data.seconds, on: 'lap.*' }
  newest: { last: event.data.points, on: game.won }
  unlocked: { count: achievement.unlocked }
  earned: { earned: points }
rules:
  - { id: won, on: game.won, award: { points: 5 } }
achievements:
  - { id: winner, metric: points, tiers: [{ id: bronze, at: 1 }] }
boards:
  - { id: weekly, metric: points, period: week, ties: shared, by: user.attributes.country }
  - { id: total, metric: points, by: user.attributes.country, record: { game: event.data.game } }
  - id: best
    metric: best
    period: week
    record: { level: event.data.level, car: event.data.car, late: event.local.hour >= 12, missing: event.data.nothing }
  - { id: laps, metric: fastest, order: asc, record: { track: event.data.track } }
  - { id: mood, metric: newest, period: month, record: { game: event.data.game } }
  - { id: tiers, metric: unlocked, by: event.data.tier, record: { achievement: event.data.achievement } }
  - { id: rich, metric: earned, by: event.data.game, record: { rule: event.data.game } }
  - { id: plain, metric: points }
`;

let engine: TestEngine;
/** Boards of two processes on one database: nothing that the engine commits is told to either. */
let boards: LiveBoards;
let others: LiveBoards;
let ids = 0;
beforeAll(async () => {
  engine = await createTestEngine(CATALOG);
  boards = await openLiveBoards(engine);
  others = await openLiveBoards(engine);
});
afterAll(() => engine.close());

async function send(type: string, user: string, data: object, time = '2026-11-21T11:00:00Z'): Promise<void> {
  const [result] = await engine.submit([{ id: `r${(ids += 1)}`, type, user, data, time }]);
  if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
}

const win = (user: string, points: number, more: object = {}, time?: string): Promise<void> =>
  send('game.won', user, { points, ...more }, time);

async function from(country: string | null, ...users: readonly string[]): Promise<void> {
  for (const user of users) await engine.engine.putUser(user, { attributes: country === null ? {} : { country } }, SERVICE);
}

/** `1 ann 7, 2 bob 5`, as each of the two processes shows it. */
async function shown(board: string, segment?: string): Promise<string> {
  const query = {
    period: 'current',
    offset: 0,
    limit: 20,
    after: await headOf(engine),
    ...(segment === undefined ? {} : { segment }),
  };
  const [one, other] = await Promise.all([boards, others].map((process) => process.page(board, query)));
  expect(other).toEqual(one);
  if (one?.ok !== true) return one?.fault ?? '';
  expect(one.value.total).toBe(one.value.entries.length);
  return one.value.entries.map(({ rank, user, score }) => `${rank} ${user} ${score}`).join(', ');
}

async function records(board: string): Promise<unknown> {
  const page = await boards.page(board, { period: 'current', offset: 0, limit: 20, after: await headOf(engine) });
  return page.ok ? Object.fromEntries(page.value.entries.map(({ user, score, record }) => [user, [score, record]])) : page.fault;
}

test('a segment ranks its own from 1 on, in the order of all', async () => {
  await from('ES', 'ana', 'eva', 'leo');
  await from('MX', 'rosa');
  for (const [user, points] of [
    ['ana', 3],
    ['rosa', 9],
    ['eva', 5],
    ['leo', 5],
    ['tom', 7],
  ] as const)
    await win(user, points);
  expect(await shown('weekly')).toBe('1 rosa 9, 2 tom 7, 3 eva 5, 3 leo 5, 5 ana 3');
  expect(await shown('weekly', 'ES')).toBe('1 eva 5, 1 leo 5, 3 ana 3');
  expect(await shown('weekly', 'MX')).toBe('1 rosa 9');
  expect(await shown('weekly', 'FR')).toBe('');
  const around = await boards.around('weekly', 'ana', { period: 'current', around: 1, segment: 'ES' });
  expect(around).toMatchObject({
    ok: true,
    value: { rank: 3, total: 3, entries: [{ user: 'eva' }, { user: 'leo' }, { user: 'ana' }] },
  });
  const stranger = await boards.around('weekly', 'rosa', { period: 'current', around: 1, segment: 'ES' });
  expect(stranger).toEqual({ ok: false, fault: 'not_ranked' });
});

test('whoever moves to another segment leaves the first one with the next score', async () => {
  await from('MX', 'ana');
  expect(await shown('weekly', 'ES')).toContain('ana');
  await win('ana', 1);
  expect(await shown('weekly', 'ES')).toBe('1 eva 5, 1 leo 5');
  expect(await shown('weekly', 'MX')).toBe('1 rosa 9, 2 ana 4');
  await from(null, 'ana');
  await win('ana', 1);
  expect(await shown('weekly', 'MX')).toBe('1 rosa 9');
  expect(await shown('weekly')).toContain('ana 5');
});

test('a board without segments refuses to be asked for one', async () => {
  expect(await shown('plain', 'ES')).toBe('no_segments');
  const around = await boards.around('plain', 'ana', { period: 'current', around: 1, segment: 'ES' });
  expect(around).toEqual({ ok: false, fault: 'no_segments' });
});

test('what is no segment: nothing, the empty text, more than 64 characters', async () => {
  await win('nil', 1);
  await from('', 'nil');
  await win('nil', 1);
  await from('x'.repeat(65), 'nil');
  await win('nil', 1);
  const [row] = await engine.test.owner.unsafe(
    `select segment from boards.score join users.person using (account) where id = 'nil' and board = 'weekly'`,
  );
  expect(row?.['segment']).toBeNull();
  await from('x'.repeat(64), 'nil');
  await win('nil', 1);
  expect(await shown('weekly', 'x'.repeat(64))).toBe('1 nil 4');
});

test('what moves a score says what is kept with it: a fact, or the event that points were earned by', async () => {
  await win('fay', 2, { game: 'chess' });
  expect(await records('tiers')).toMatchObject({ fay: [1, { achievement: 'winner' }] });
  expect(await shown('tiers', 'bronze')).toContain('fay');
  expect(await records('rich')).toMatchObject({ fay: [5, { rule: 'chess' }] });
  expect(await shown('rich', 'chess')).toBe('1 fay 5');
});

test('the best keeps its whole record, and never the best of each field', async () => {
  await win('max', 10, { level: 3, car: 'red' });
  await win('max', 8, { level: 9, car: 'blue' });
  expect(await records('best')).toMatchObject({ max: [10, { level: 3, car: 'red', late: false }] });
  await win('max', 12, { level: 1 }, '2026-11-21T12:00:00Z');
  expect((await records('best')) as object).toMatchObject({ max: [12, { level: 1, late: true }] });
  expect(JSON.stringify(await records('best'))).not.toContain('missing');
  // Of the same score the first event that reached it counts, also when it comes late.
  await win('max', 12, { level: 2, car: 'old' }, '2026-11-21T10:00:00Z');
  expect(await records('best')).toMatchObject({ max: [12, { level: 2, car: 'old', late: false }] });
});

test('best times: the smallest leads, and what is slower leaves it as it is', async () => {
  await send('lap.done', 'ana', { seconds: 61.5, track: 'north' });
  await send('lap.done', 'eva', { seconds: 60, track: 'south' });
  await send('lap.done', 'ana', { seconds: 59.25, track: 'west' });
  await send('lap.done', 'eva', { seconds: 70, track: 'east' });
  expect(await shown('laps')).toBe('1 ana 59.25, 2 eva 60');
  expect(await records('laps')).toEqual({ ana: [59.25, { track: 'west' }], eva: [60, { track: 'south' }] });
});

test('a sum has the record of the newest event that moved it, whatever comes late', async () => {
  await win('sue', 1, { game: 'go' }, '2026-11-21T10:00:00Z');
  await win('sue', 1, { game: 'chess' }, '2026-11-21T11:00:00Z');
  await win('sue', 1, { game: 'late' }, '2026-11-21T09:00:00Z');
  expect(await records('total')).toMatchObject({ sue: [3, { game: 'chess' }] });
  await win('sue', 0, { game: 'nothing' }, '2026-11-21T11:30:00Z');
  expect(await records('total')).toMatchObject({ sue: [3, { game: 'chess' }] });
  await win('sue', 1, {}, '2026-11-21T11:45:00Z');
  expect(await records('total')).toMatchObject({ sue: [4, undefined] });
});

test('the last value is that of the newest event, of equal times the one accepted later', async () => {
  await win('lou', 5, { game: 'a' }, '2026-11-21T11:00:00Z');
  await win('lou', 3, { game: 'b' }, '2026-11-21T10:00:00Z');
  expect(await records('mood')).toMatchObject({ lou: [5, { game: 'a' }] });
  await win('lou', 5, { game: 'c' }, '2026-11-21T11:00:00Z');
  expect(await records('mood')).toMatchObject({ lou: [5, { game: 'c' }] });
  await win('lou', 4, { game: 'd' }, '2026-11-21T11:00:00Z');
  expect(await records('mood')).toMatchObject({ lou: [4, { game: 'd' }] });
});

test('users are ranked among each other, with their rank among all, and the others are told as missing', async () => {
  const asked = ['leo', 'nobody', 'tom', 'eva', 'tom', 'ana', 'nobody'];
  const query = { period: 'current', after: await headOf(engine) };
  const among = await boards.among('weekly', asked, query);
  const ranks = (entries: readonly { user: string; rank: number; globalRank: number }[]): readonly unknown[] =>
    entries.map(({ user, rank, globalRank }) => [user, rank, globalRank]);
  if (!among.ok) throw new Error(among.fault);
  const globally = await boards.page('weekly', { period: 'current', offset: 0, limit: 100 });
  const rankOf = (user: string): number | undefined =>
    globally.ok ? globally.value.entries.find((entry) => entry.user === user)?.rank : undefined;
  expect(ranks(among.value.entries)).toEqual([
    ['tom', 1, rankOf('tom')],
    ['ana', 2, rankOf('ana')],
    ['eva', 2, rankOf('eva')],
    ['leo', 2, rankOf('leo')],
  ]);
  expect(among.value).toMatchObject({ total: 4, missing: ['nobody'] });
  const first = await boards.among('weekly', asked, { ...query, limit: 1 });
  expect(first).toMatchObject({ ok: true, value: { total: 4, entries: [{ user: 'tom' }], missing: ['nobody'] } });
  expect(await boards.among('best', ['max', 'eva'], query)).toMatchObject({
    value: { entries: [{ user: 'max', record: { level: 2 } }, { user: 'eva' }] },
  });
});

test('past periods are listed, newest first, and stay readable', async () => {
  await win('old', 2, {}, '2026-11-12T12:00:00Z').catch(() => undefined);
  await win('old', 2, {}, '2026-11-16T12:00:00Z');
  const periods = async (limit: number): Promise<unknown> => {
    const answer = await boards.periods('mood', { limit });
    return answer.ok ? answer.value.periods.map(({ period }) => period) : answer.fault;
  };
  await engine.test.owner.unsafe(
    `insert into boards.score (account, board, period, score, reached_at)
     select account, 'mood', unnest(array['2026-08', '2026-09', '2025-12']), 3, now() from users.person where id in ('old', 'eva')`,
  );
  expect(await periods(10)).toEqual(['2026-11', '2026-09', '2026-08', '2025-12']);
  expect(await periods(2)).toEqual(['2026-11', '2026-09']);
  const answer = await boards.periods('mood', { limit: 2 });
  expect(answer).toMatchObject({ value: { periods: [{}, { period: '2026-09', total: 2 }] } });
  expect(await boards.periods('nothing', { limit: 2 })).toEqual({ ok: false, fault: 'unknown_board' });
  expect(await boards.page('mood', { period: '2025-12', offset: 0, limit: 5 })).toMatchObject({ value: { total: 2 } });
});

test('a score that is taken back leaves the board, for a process that only hears of the user', async () => {
  await win('zoe', 1);
  expect(await shown('plain')).toContain('zoe');
  await engine.test.owner.unsafe(
    `delete from boards.score where account = (select account from users.person where id = 'zoe') and board <> 'rich'`,
  );
  await engine.engine.putUser('zoe', { name: 'Zoe' }, SERVICE);
  expect(await shown('plain')).not.toContain('zoe');
  expect(await shown('weekly')).not.toContain('zoe');
  expect(await shown('rich')).toContain('zoe');
  await engine.engine.eraseUser('zoe', null, ADMIN);
});

test('copies in the hot rows are what the tables say, and a process that begins now shows the same', async () => {
  await dumpState(engine.test.owner);
  const fresh = await openLiveBoards(engine);
  const after = await headOf(engine);
  for (const board of ['weekly', 'total', 'best', 'laps', 'mood', 'tiers', 'rich', 'plain']) {
    for (const segment of [undefined, ...(['weekly', 'total'].includes(board) ? ['ES', 'MX'] : [])]) {
      const query = { period: 'current', offset: 0, limit: 100, after, ...(segment === undefined ? {} : { segment }) };
      expect(await fresh.page(board, query)).toEqual(await boards.page(board, query));
    }
  }
});

test('what is kept with scores is in the log, so that it can be folded again', async () => {
  const [row] = await engine.test.owner.unsafe(
    `select moves -> 'b' as kept from events.log where type = 'lap.done' order by position limit 1`,
  );
  expect(row?.['kept']).toEqual([['laps', null, { track: 'north' }]]);
});

test('another `by` holds for newer scores', async () => {
  const changed = CATALOG.replace('ties: shared, by: user.attributes.country', 'ties: shared, by: event.data.game');
  expect(engine.engine.planCatalog(changed)).toMatchObject({
    value: { changes: [{ id: 'weekly', note: expect.stringContaining('older scores keep theirs') }] },
  });
  expect((await engine.engine.applyCatalog(changed, ADMIN)).ok).toBe(true);
  expect(await shown('weekly', 'ES')).toBe('1 eva 5, 1 leo 5');
  await win('eva', 1, { game: 'go' });
  expect(await shown('weekly', 'ES')).toBe('1 leo 5');
  expect(await shown('weekly', 'go')).toBe('1 eva 6');
});
