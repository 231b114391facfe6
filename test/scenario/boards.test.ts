import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database.ts';
import { ADMIN_KEY, createStage, type Service } from '../support/service.ts';

const CATALOG = `
diana: 1
name: shown
metrics:
  points: { sum: event.data.points, on: game.won }
boards:
  - { id: weekly, metric: points, period: week, ties: shared, by: user.attributes.country, record: { game: event.data.game } }
`;

const stage = createStage();
let database: TestDatabase;
let one: Service;
let other: Service;
let service: string;
let client: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const directory = await stage.directory();
  const file = join(directory, 'catalog.yaml');
  await writeFile(file, CATALOG);
  const environment = { DIANA_DATABASE_URL: urlOf(database.target), DIANA_ADMIN_KEY: ADMIN_KEY, DIANA_CATALOG: file };
  [one, other] = await Promise.all([stage.start(environment), stage.start(environment)]);
  for (const [user, country] of [
    ['ana', 'ES'],
    ['eva', 'ES'],
    ['rosa', 'MX'],
  ] as const) {
    await one.call('PUT', `/v1/users/${user}`, { attributes: { country } });
  }
  const token = async (body: object): Promise<string> => {
    const answer = await one.call('POST', '/v1/keys', body);
    expect(answer.status).toBe(201);
    return String(answer.body['key']);
  };
  service = await token({ role: 'service', name: 'bot' });
  client = await token({ role: 'client', name: 'app', user: 'ana' });
});
afterAll(async () => {
  await Promise.all([one.stop(), other.stop()]);
  await stage.dispose();
  await database.drop();
});

/** Answers the position. */
async function win(at: Service, id: string, user: string, points: number): Promise<number> {
  const event = { id, type: 'game.won', user, data: { points, game: id } };
  const answer = await at.call('POST', '/v1/events', event);
  const [result] = answer.body['results'] as readonly { readonly position: number }[];
  return result?.position ?? 0;
}

async function ranks(at: Service, query: string): Promise<unknown> {
  const answer = await at.call('GET', `/v1/boards/weekly?${query}`, undefined, { key: client });
  const { total, entries } = answer.body as {
    total: number;
    entries: readonly { rank: number; user: string; record: { game: string } }[];
  };
  return [total, ...entries.map(({ rank, user, record }) => `${rank} ${user} ${record.game}`)];
}

test('what one process takes and hides, the other shows so, in every view', async () => {
  await win(one, 'g1', 'ana', 3);
  await win(other, 'g2', 'rosa', 5);
  const after = await win(one, 'g3', 'eva', 3);
  for (const at of [one, other]) {
    expect(await ranks(at, `after=${after}`)).toEqual([3, '1 rosa g2', '2 ana g1', '2 eva g3']);
    expect(await ranks(at, `after=${after}&segment=ES`)).toEqual([2, '1 ana g1', '1 eva g3']);
  }

  const put = (body: object, key: string) => other.call('PUT', '/v1/users/rosa/boards-visibility', body, { key });
  expect((await put({ hidden: true }, client)).status).toBe(403);
  const hide = await put({ hidden: true, board: 'weekly', reason: 'on leave' }, service);
  expect(hide).toMatchObject({ status: 200, body: { user: 'rosa', hidden: [{ board: 'weekly', kind: 'opted_out' }] } });
  // The process that did it shows it at once, the other from the position on.
  expect(await ranks(other, '')).toEqual([2, '1 ana g1', '1 eva g3']);
  const hidden = Number(hide.body['position']);
  expect(await ranks(one, `after=${hidden}`)).toEqual([2, '1 ana g1', '1 eva g3']);
  for (const at of [one, other]) {
    const own = await at.call('GET', '/v1/boards/weekly/users/rosa');
    expect(own).toMatchObject({ status: 404, body: { code: 'not_ranked', hidden: true } });
    const profile = await at.call('GET', '/v1/users/rosa?boards=weekly');
    expect(profile.body['ranks']).toMatchObject([{ board: 'weekly', rank: null, total: 2 }]);
    const friends = await at.call('POST', '/v1/boards/weekly/among', { users: ['rosa', 'eva'] }, { key: client });
    expect(friends.body).toMatchObject({ total: 1, missing: ['rosa'], entries: [{ user: 'eva', rank: 1, globalRank: 1 }] });
    const periods = await at.call('GET', '/v1/boards/weekly/periods', undefined, { key: client });
    expect(periods.body).toMatchObject({ board: 'weekly', periods: [{ total: 2 }] });
  }
  const audit = await one.call('GET', '/v1/audit?limit=1');
  expect(audit.text).toContain('on leave');

  await win(one, 'g4', 'rosa', 1);
  const show = await put({ hidden: false, board: 'weekly' }, service);
  for (const at of [one, other]) {
    expect(await ranks(at, `after=${Number(show.body['position'])}`)).toEqual([3, '1 rosa g4', '2 ana g1', '2 eva g3']);
  }
});

test('what is asked wrongly is said so', async () => {
  const problem = async (method: string, path: string, body?: object, key?: string): Promise<unknown> => {
    const answer = await one.call(method, path, body, key === undefined ? {} : { key });
    return [answer.status, answer.body['code'], answer.body['path']];
  };
  const visibility = '/v1/users/ana/boards-visibility';
  expect(await problem('PUT', visibility, { hidden: true, board: 'monthly' })).toEqual([400, 'malformed', '/board']);
  expect(await problem('PUT', visibility, {})).toEqual([400, 'malformed', '/hidden']);
  expect(await problem('PUT', '/v1/users/nobody/boards-visibility', { hidden: true })).toEqual([404, 'unknown_user', '/user']);
  expect(await problem('PUT', visibility, { hidden: true, kind: 'hidden' }, service)).toEqual([403, 'forbidden', '/kind']);
  await one.call('PUT', visibility, { hidden: true });
  expect(await problem('PUT', visibility, { hidden: false }, service)).toEqual([403, 'forbidden', '/hidden']);
  await one.call('PUT', visibility, { hidden: false });
  expect(await problem('POST', '/v1/boards/monthly/among', { users: ['ana'] })).toEqual([404, 'unknown_board', '/params/id']);
  expect(await problem('GET', '/v1/boards/weekly?segment=')).toEqual([400, 'malformed', '/query/segment']);
});

test('an export tells what is kept with scores, and where the person is hidden', async () => {
  await one.call('PUT', '/v1/users/eva/boards-visibility', { hidden: true });
  const { body } = await one.call('GET', '/v1/users/eva/export');
  expect(body).toMatchObject({
    scores: [{ board: 'weekly', score: 3, segment: 'ES', record: { game: 'g3' } }],
    hidden: [{ board: null, kind: 'hidden' }],
  });
});
