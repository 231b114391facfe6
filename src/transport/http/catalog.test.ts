import { afterEach, describe, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import { catalogSchema } from '../../catalog/index.ts';
import { refused } from '../../kernel/outcome.ts';
import type { HttpDependencies } from './port.ts';

const BUSY = refused({ code: 'busy', message: 'another draft is being run' });

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

const serveEngine = (engine: Partial<HttpDependencies['engine']>) =>
  startStubbedHttp({ engine: engine as HttpDependencies['engine'] });

const serveCatalog = (catalog: Partial<HttpDependencies['catalog']>) =>
  startStubbedHttp({
    catalog: { current: () => undefined, versions: async () => [], version: async () => undefined, ...catalog },
  });

describe('the catalog', () => {
  const fault = { line: 3, path: 'rules[0].award', message: 'expected an integer' };

  test.each([
    ['application/yaml', 'diana: 1\n', 'diana: 1\n'],
    ['text/yaml; charset=utf-8', 'diana: 1\n', 'diana: 1\n'],
    ['application/json', '{"source":"diana: 1\\n"}', 'diana: 1\n'],
    ['application/json', '{\n  "diana": 1\n}', '{\n  "diana": 1\n}'],
    ['application/json', '{\n\t"diana": 1\n}', '{\n  "diana": 1\n}'],
  ])('is read from %s', async (type, body, source) => {
    const sources: string[] = [];
    http = await serveEngine({
      planCatalog: (text) => {
        sources.push(text);
        return { ok: true, value: { changes: [] } };
      },
      applyCatalog: async (text) => {
        sources.push(text);
        return { ok: true, value: { version: 2, applied: true, changes: [] } };
      },
    });
    expect((await http.call('POST', '/v1/catalog/plan', { body, type })).body).toEqual({ changes: [] });
    expect((await http.call('POST', '/v1/catalog', { body, type })).body).toEqual({ version: 2, applied: true, changes: [] });
    expect(sources).toEqual([source, source]);
  });

  test('with faults is 422 and lists each of them', async () => {
    http = await serveEngine({
      planCatalog: () => ({ ok: false, faults: [fault] }),
      applyCatalog: async () => ({ ok: false, faults: [fault] }),
    });
    for (const path of ['/v1/catalog', '/v1/catalog/plan']) {
      const answer = await http.call('POST', path, { body: 'diana: 1', type: 'application/yaml' });
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({ code: 'catalog_invalid', errors: [fault] });
    }
  });

  test('is run over history where that is asked for; one draft at a time', async () => {
    const history = { events: { replayed: 3 } };
    http = await startStubbedHttp({
      reports: { history: async (source: string) => (source === 'diana: 1' ? { ok: true, value: history } : BUSY) } as never,
    });
    const plan = (body: string) => http?.call('POST', '/v1/catalog/plan?history=true', { body, type: 'application/yaml' });
    expect(await plan('diana: 1')).toMatchObject({ status: 200, body: { changes: [], history } });
    const busy = await plan('another');
    expect(busy).toMatchObject({ status: 503, body: { code: 'busy' } });
    expect(busy?.headers.get('retry-after')).toBe('1');
    const answer = await http.call('POST', '/v1/catalog/plan?history=maybe', { body: 'diana: 1', type: 'application/yaml' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed', path: '/query/history' } });
  });

  test('is applied with a backfill, whose progress can be asked for', async () => {
    http = await startStubbedHttp();
    const apply = (query: string) => http?.call('POST', `/v1/catalog${query}`, { body: 'diana: 1', type: 'application/yaml' });
    const status = { version: 2, state: 'running', done: 1, total: 4 };
    expect(await apply('?backfill=true&silent=true')).toMatchObject({ status: 200, body: { version: 2, backfill: status } });
    expect(await apply('?silent=true')).toMatchObject({ status: 400, body: { path: '/query/silent' } });
    expect((await apply(''))?.body).not.toHaveProperty('backfill');
    expect(await http.call('GET', '/v1/catalog/backfill')).toMatchObject({ status: 200, body: status });
    expect(await http.call('POST', '/v1/catalog/backfill')).toMatchObject({ status: 200, body: status });
  });

  test('without a backfill has none to tell of', async () => {
    http = await serveEngine({ backfills: { status: async () => null } as HttpDependencies['engine']['backfills'] });
    expect(await http.call('GET', '/v1/catalog/backfill')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test.each([
    ['application/yaml', ''],
    ['application/json', ''],
    ['application/json', '[]'],
    ['application/json', '{'],
  ])('that is none is malformed (%s %j)', async (type, body) => {
    http = await startStubbedHttp();
    expect((await http.call('POST', '/v1/catalog', { body, type })).status).toBe(400);
  });

  test('in force is told, or that there is none', async () => {
    let current: ReturnType<HttpDependencies['catalog']['current']>;
    http = await serveCatalog({ current: () => current });
    expect((await http.call('GET', '/v1/catalog')).body['code']).toBe('not_found');
    current = { version: 1, source: 'diana: 1', appliedAt: '2026-11-21T10:00:00.000Z' };
    expect((await http.call('GET', '/v1/catalog')).body).toEqual(current);
  });
});

describe('versions of the catalog', () => {
  const version = (number: number) => ({
    version: number,
    appliedAt: '2026-11-21T10:00:00.000Z',
    actor: 'key_1',
    name: 'bot',
    digest: 'd1',
    changes: 3,
  });

  test('are listed newest first, a page at a time', async () => {
    const asked: object[] = [];
    http = await serveCatalog({
      versions: async (query) => {
        asked.push(query);
        return [3, 2, 1]
          .map(version)
          .filter((one) => one.version < (query.before ?? 9))
          .slice(0, query.limit);
      },
    });
    const first = await http.call('GET', '/v1/catalog/versions?limit=2');
    expect(first.body).toEqual({ versions: [version(3), version(2)], cursor: '2' });
    const second = await http.call('GET', '/v1/catalog/versions?limit=2&cursor=2');
    expect(second.body).toEqual({ versions: [version(1)], cursor: null });
    expect(asked).toEqual([{ limit: 2 }, { limit: 2, before: 2 }]);
  });

  test.each(['0', '-1', 'x', '1.5', '1e3'])('a cursor that no page gave out is malformed (%s)', async (cursor) => {
    http = await startStubbedHttp();
    const answer = await http.call('GET', `/v1/catalog/versions?cursor=${cursor}`);
    expect([answer.status, answer.body['code'], answer.body['path']]).toEqual([400, 'malformed', '/query/cursor']);
  });

  test('are told one by one with their source', async () => {
    http = await serveCatalog({ version: async (number) => (number === 2 ? { ...version(2), source: 'diana: 1' } : undefined) });
    expect((await http.call('GET', '/v1/catalog/versions/2')).body).toEqual({ ...version(2), source: 'diana: 1' });
    const unknown = await http.call('GET', '/v1/catalog/versions/3');
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'unknown_version']);
    for (const wrong of ['0', 'x', '1.5', '2147483648']) {
      expect((await http.call('GET', `/v1/catalog/versions/${wrong}`)).status).toBe(400);
    }
  });

  test('are for admins', async () => {
    http = await startStubbedHttp();
    for (const path of ['/v1/catalog/versions', '/v1/catalog/versions/1', '/v1/catalog/schema']) {
      expect((await http.call('GET', path, { key: 'service-key' })).status).toBe(403);
    }
  });
});

test('the schema of the catalog is what editors check by', async () => {
  http = await startStubbedHttp();
  const answer = await http.call('GET', '/v1/catalog/schema');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual(JSON.parse(JSON.stringify(catalogSchema())));
});
