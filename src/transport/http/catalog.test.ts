import { afterEach, describe, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import type { HttpDependencies } from './port.ts';

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

const serveEngine = (engine: Partial<HttpDependencies['engine']>) =>
  startStubbedHttp({ engine: engine as HttpDependencies['engine'] });

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
    http = await startStubbedHttp({ catalog: { current: () => current } });
    expect((await http.call('GET', '/v1/catalog')).body['code']).toBe('not_found');
    current = { version: 1, source: 'diana: 1', appliedAt: '2026-11-21T10:00:00.000Z' };
    expect((await http.call('GET', '/v1/catalog')).body).toEqual(current);
  });
});
