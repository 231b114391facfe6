import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import { REFUSALS } from '../../kernel/refusals.ts';
import { renderErrorReference } from './error-reference.ts';
import { PROBLEM_CODES } from './problems.ts';

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: { $ref?: string } }>> }>>;
}

let http: StubbedHttp;
let document: {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly securitySchemes: object };
};
beforeAll(async () => {
  http = await startStubbedHttp();
  document = (await http.call('GET', '/openapi.json', { key: null })).body as unknown as typeof document;
});
afterAll(async () => {
  await http.close();
});

describe('the description of the API', () => {
  test('is OpenAPI 3.1 and has every route of the contract', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.toSorted()).toEqual([
      'DELETE /v1/boosts/{id}',
      'DELETE /v1/keys/{id}',
      'DELETE /v1/subscriptions/{name}',
      'DELETE /v1/users/{user}',
      'DELETE /v1/users/{user}/streaks/{streak}/pauses/{from}',
      'GET /livez',
      'GET /metrics',
      'GET /problems/{code}',
      'GET /readyz',
      'GET /v1/audit',
      'GET /v1/boards/{id}',
      'GET /v1/boards/{id}/periods',
      'GET /v1/boards/{id}/closings',
      'GET /v1/boards/{id}/leagues/{user}',
      'GET /v1/boards/{id}/preview',
      'GET /v1/boards/{id}/standings',
      'GET /v1/boards/{id}/users/{user}',
      'GET /v1/boosts',
      'GET /v1/bus',
      'GET /v1/catalog',
      'GET /v1/catalog/backfill',
      'GET /v1/catalog/schema',
      'GET /v1/catalog/versions',
      'GET /v1/catalog/versions/{version}',
      'GET /v1/dead-letters',
      'GET /v1/dead-letters/{id}',
      'GET /v1/events/{id}',
      'GET /v1/flows',
      'GET /v1/flows/summary',
      'GET /v1/holds/{id}',
      'GET /v1/keys',
      'GET /v1/set-aside',
      'GET /v1/stream',
      'GET /v1/subscriptions',
      'GET /v1/subscriptions/{name}',
      'GET /v1/summary',
      'GET /v1/traces/{correlationId}',
      'GET /v1/users/{user}',
      'GET /v1/users/{user}/achievements',
      'GET /v1/users/{user}/export',
      'GET /v1/users/{user}/holds',
      'GET /v1/users/{user}/transfers',
      'GET /v1/users/{user}/why',
      'PATCH /v1/subscriptions/{name}',
      'POST /v1/boards/{id}/among',
      'POST /v1/boosts',
      'POST /v1/catalog',
      'POST /v1/catalog/backfill',
      'POST /v1/catalog/plan',
      'POST /v1/dead-letters/discard',
      'POST /v1/dead-letters/redrive',
      'POST /v1/events',
      'POST /v1/holds',
      'POST /v1/holds/{id}/capture',
      'POST /v1/holds/{id}/release',
      'POST /v1/keys',
      'POST /v1/subscriptions',
      'POST /v1/subscriptions/{name}/pause',
      'POST /v1/subscriptions/{name}/replay',
      'POST /v1/subscriptions/{name}/resume',
      'POST /v1/subscriptions/{name}/secret',
      'POST /v1/transfers',
      'POST /v1/users/{user}/achievements/{achievement}/grant',
      'POST /v1/users/{user}/achievements/{achievement}/revoke',
      'POST /v1/users/{user}/streaks/{streak}/pauses',
      'POST /v1/users/{user}/streaks/{streak}/restore',
      'PUT /v1/users/{user}',
      'PUT /v1/users/{user}/boards-visibility',
    ]);
  });

  test('says of every route what it does, who may call it, and which problems it answers', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods)) {
        expect(operation.summary, path).toBeTruthy();
        expect(operation.description, path).toMatch(/key/i);
        if (!path.startsWith('/v1/')) continue;
        expect(operation.security).toEqual([{ key: [] }]);
        for (const status of ['401', '403', '429', '500', '503']) {
          expect(operation.responses[status]?.content?.['application/problem+json']?.schema.$ref).toBe(
            '#/components/schemas/Problem',
          );
        }
      }
    }
  });

  test('has no reference that leads nowhere', () => {
    for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name?.replace('#/components/schemas/', ''));
    }
  });

  test('names the content types of events and catalogs', () => {
    const types = (path: string) => Object.keys(document.paths[path]?.['post']?.requestBody?.content ?? {});
    expect(types('/v1/events')).toEqual([
      'application/json',
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
    ]);
    expect(types('/v1/catalog')).toEqual(['application/yaml', 'text/yaml', 'application/json']);
  });
});

describe('docs/reference/errors.md', () => {
  test('is what the table says', async () => {
    expect(await readFile('docs/reference/errors.md', 'utf8')).toBe(renderErrorReference());
  });

  test('has every refusal and every problem code', async () => {
    const text = await readFile('docs/reference/errors.md', 'utf8');
    for (const code of [...Object.keys(REFUSALS), ...PROBLEM_CODES]) expect(text).toContain(`| \`${code}\` |`);
  });

  test('is where the type of a problem leads to, in short', async () => {
    for (const code of PROBLEM_CODES)
      expect((await http.call('GET', `/problems/${code}`, { key: null })).body).toMatchObject({ code });
  });
});
