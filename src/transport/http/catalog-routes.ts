import { Type } from 'typebox';
import { type CatalogFault, catalogSchema } from '../../catalog/index.ts';
import type { BackfillStatus } from '../../engine/index.ts';
import { type Reply, sendJson, sendJsonText, sendProblem, sendRefusal } from './answers.ts';
import { bodyReader, parseJson } from './body.ts';
import { BackfillOut, HistoryOut } from './history-schemas.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { ProblemError } from './problems.ts';
import { anyObject, nextCursor, optionalText, pageQuery, text, time } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { describingBodyCompiler } from './validation.ts';

const YAML_TYPES = ['application/yaml', 'text/yaml', 'application/x-yaml', 'text/x-yaml'];

const CatalogIn = {
  content: {
    'application/yaml': { schema: Type.String({ description: 'The catalog' }) },
    'text/yaml': { schema: Type.String() },
    'application/json': {
      schema: Type.Union([Type.Object({ source: Type.String({ description: 'The catalog as YAML' }) }), anyObject], {
        description: 'The catalog itself, or its YAML under `source`',
      }),
    },
  },
};

const ChangesOut = Type.Array(
  Type.Object({
    change: Type.Enum(['added', 'removed', 'changed']),
    noun: text,
    id: text,
    before: optionalText,
    after: optionalText,
    note: optionalText,
  }),
);

/** What the database has room for. */
const MAX_VERSION = 2_147_483_647;

const VersionOut = {
  version: Type.Integer(),
  appliedAt: time,
  actor: Type.String({ description: 'Id of the key that applied it, or `@cli`, `@system`, `@embedded`' }),
  name: Type.Union([Type.String(), Type.Null()], { description: '`name` of the catalog; null for very old versions' }),
  digest: Type.String({ description: 'SHA-256 of the source, in hex' }),
  changes: Type.Union([Type.Integer(), Type.Null()], {
    description: 'How many definitions differ from the version before; null for very old versions',
  }),
};

export function registerCatalog(server: HttpServer, { engine, catalog, reports }: HttpDependencies): void {
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser('application/json', bodyReader(sourceOfJson));
  server.addContentTypeParser(
    YAML_TYPES,
    bodyReader((source) => source),
  );

  server.get(
    '/v1/catalog',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'The catalog in force',
        tags: ['catalog'],
        response: { 200: Type.Object({ version: Type.Integer(), source: text, appliedAt: time }), ...describeProblems(404) },
      },
    },
    (_request, reply) => {
      const current = catalog.current();
      if (current === undefined) sendProblem(reply, 'not_found', { detail: 'no catalog was applied yet' });
      else sendJson(reply, 200, current);
    },
  );

  const schemaText = JSON.stringify(catalogSchema());
  server.get(
    '/v1/catalog/schema',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'JSON Schema of the catalog, by which editors complete and check',
        tags: ['catalog'],
        response: { 200: anyObject },
      },
    },
    (_request, reply) => sendJsonText(reply, 200, schemaText),
  );

  registerVersions(server, catalog);

  server.post(
    '/v1/catalog/plan',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Check a catalog, and tell what it would change',
        description:
          'With `history=true` the draft is also run over all stored events, in memory, and the answer tells who would have gained or lost what. One draft at a time; another one is `busy`.',
        tags: ['catalog'],
        querystring: Type.Object({ history: Type.Boolean({ default: false }) }),
        body: CatalogIn,
        response: {
          200: Type.Object({ changes: ChangesOut, history: Type.Optional(HistoryOut) }),
          ...describeProblems(400, 413, 415, 422, 503),
        },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const source = sourceOf(request.body);
      const planned = engine.planCatalog(source);
      if (!planned.ok) return sendFaults(reply, planned.faults);
      if (!request.query.history) return sendJson(reply, 200, planned.value);
      const replayed = await reports.history(source);
      if (replayed.ok) return sendJson(reply, 200, { ...planned.value, history: replayed.value });
      return 'faults' in replayed ? sendFaults(reply, replayed.faults) : sendRefusal(reply, replayed.refusal);
    },
  );

  server.post(
    '/v1/catalog',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Apply a catalog',
        description:
          'The one in force already is no new version: `applied` is false. With `backfill=true`, what begins with it is computed over all events before it, while the service goes on; `GET /v1/catalog/backfill` tells how far that is. `silent=true` unlocks what is due without announcing it and without rewards.',
        tags: ['catalog'],
        querystring: Type.Object({ backfill: Type.Boolean({ default: false }), silent: Type.Boolean({ default: false }) }),
        body: CatalogIn,
        response: {
          200: Type.Object({
            version: Type.Integer(),
            applied: Type.Boolean(),
            changes: ChangesOut,
            backfill: Type.Optional(BackfillOut),
          }),
          ...describeProblems(400, 413, 415, 422),
        },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const { backfill, silent } = request.query;
      if (silent && !backfill) {
        return sendProblem(reply, 'malformed', { detail: 'goes with backfill=true', path: '/query/silent' });
      }
      const applied = await engine.applyCatalog(sourceOf(request.body), request.actor);
      if (!applied.ok) return sendFaults(reply, applied.faults);
      if (!backfill) return sendJson(reply, 200, applied.value);
      const started = await engine.backfills.start({ silent }, request.actor);
      if (!started.ok) return sendRefusal(reply, started.refusal);
      engine.backfills.runInBackground();
      return sendJson(reply, 200, { ...applied.value, backfill: started.value });
    },
  );

  registerBackfill(server, engine.backfills);
}

function registerBackfill(server: HttpServer, backfills: HttpDependencies['engine']['backfills']): void {
  const response = { 200: BackfillOut, ...describeProblems(404) };

  server.get(
    '/v1/catalog/backfill',
    {
      config: { access: 'admin' },
      schema: { summary: 'How far the newest backfill is', tags: ['catalog'], response },
    },
    async (_request, reply) => sendBackfill(reply, await backfills.status()),
  );

  server.post(
    '/v1/catalog/backfill',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Resume the backfill that is under way',
        description: 'After a restart. Where none is under way, or this process is at it, nothing is done.',
        tags: ['catalog'],
        response,
      },
    },
    async (_request, reply) => {
      backfills.runInBackground();
      return sendBackfill(reply, await backfills.status());
    },
  );
}

function sendBackfill<R extends Reply>(reply: R, status: BackfillStatus | null): R {
  if (status === null) return sendProblem(reply, 'not_found', { detail: 'no backfill was ever begun' });
  return sendJson(reply, 200, status);
}

function registerVersions(server: HttpServer, catalog: HttpDependencies['catalog']): void {
  server.get(
    '/v1/catalog/versions',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Every version of the catalog that was ever in force; newest first',
        tags: ['catalog'],
        querystring: Type.Object(pageQuery(50, 1_000)),
        response: {
          200: Type.Object({ versions: Type.Array(Type.Object(VersionOut)), cursor: nextCursor }),
          ...describeProblems(400),
        },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      if (cursor !== undefined && !/^[1-9]\d{0,8}$/.test(cursor)) {
        return sendProblem(reply, 'malformed', { detail: 'is no cursor of this list', path: '/query/cursor' });
      }
      const versions = await catalog.versions({ limit, ...(cursor === undefined ? {} : { before: Number(cursor) }) });
      const last = versions.length === limit ? versions.at(-1) : undefined;
      return sendJson(reply, 200, { versions, cursor: last === undefined ? null : String(last.version) });
    },
  );

  server.get(
    '/v1/catalog/versions/:version',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'One version of the catalog with its source',
        description: 'To go back to it, apply its `source`: that makes a new version.',
        tags: ['catalog'],
        params: Type.Object({ version: Type.Integer({ minimum: 1, maximum: MAX_VERSION }) }),
        response: { 200: Type.Object({ ...VersionOut, source: text }), ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const { version } = request.params;
      const found = await catalog.version(version);
      if (found !== undefined) return sendJson(reply, 200, found);
      return sendProblem(reply, 'unknown_version', { detail: `there is no version ${version}`, path: '/params/version' });
    },
  );
}

/** JSON is YAML, so the text goes on as it was written and faults keep their lines; only tabs would not be read alike. */
function sourceOfJson(body: string): string {
  const value = parseJson(body);
  if (value === undefined) return '';
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProblemError('malformed', 'a catalog is an object', '');
  const source = (value as { readonly source?: unknown }).source;
  if (typeof source === 'string') return source;
  return body.includes('\t') ? JSON.stringify(value, null, 2) : body;
}

function sourceOf(body: unknown): string {
  if (typeof body === 'string' && body !== '') return body;
  throw new ProblemError('malformed', 'a catalog is required', '');
}

function sendFaults<R extends Reply>(reply: R, faults: readonly CatalogFault[]): R {
  const detail = faults.length === 1 ? 'the catalog has 1 fault' : `the catalog has ${faults.length} faults`;
  return sendProblem(reply, 'catalog_invalid', { detail, errors: faults });
}
