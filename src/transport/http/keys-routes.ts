import { Type } from 'typebox';
import { type Key, type NewKey, ROLES } from '../../access/index.ts';
import { accountId } from '../../kernel/ids.ts';
import { sendJson, sendProblem, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { ProblemError } from './problems.ts';
import { MAX_REASON, MAX_USER, nextCursor, optionalText, pageQuery, ReasonQuery, text, time } from './schemas.ts';
import type { HttpServer } from './server-type.ts';

const KeyIn = Type.Object(
  {
    role: Type.Enum([...ROLES]),
    name: Type.String({ minLength: 1, maxLength: 200, description: 'What it is for' }),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_USER, description: 'The one user a client key speaks for' })),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_REASON })),
  },
  { additionalProperties: false },
);

const KeyOut = Type.Object({
  id: text,
  role: Type.Enum([...ROLES]),
  name: text,
  account: optionalText,
  createdAt: time,
  revokedAt: Type.Union([time, Type.Null()]),
});

export function registerKeys(server: HttpServer, { access, findAccount }: HttpDependencies): void {
  server.post(
    '/v1/keys',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Create a key',
        tags: ['access'],
        body: KeyIn,
        response: {
          201: Type.Object({
            ...KeyOut.properties,
            key: Type.String({ description: 'The key itself: told here and never again' }),
          }),
          ...describeProblems(400, 404, 413, 415),
        },
      },
    },
    async (request, reply) => {
      const { role, name, user, reason } = request.body;
      const input = await newKey(role, name, user, findAccount);
      if (input === undefined)
        return sendProblem(reply, 'unknown_user', { detail: 'there is no user of this id', path: '/user' });
      const outcome = await access.createKey(input, request.actor, reason ?? null);
      if (!outcome.ok) return sendRefusal(reply, outcome.refusal);
      return sendJson(reply, 201, { ...shown(outcome.value.key), key: outcome.value.token });
    },
  );

  server.get(
    '/v1/keys',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Keys, newest first',
        tags: ['access'],
        querystring: Type.Object(pageQuery(100, 1_000)),
        response: { 200: Type.Object({ keys: Type.Array(KeyOut), cursor: nextCursor }), ...describeProblems(400) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const keys = await access.listKeys({ limit, ...(cursor === undefined ? {} : { after: cursor }) });
      const last = keys.length === limit ? keys.at(-1) : undefined;
      return sendJson(reply, 200, { keys: keys.map(shown), cursor: last?.id ?? null });
    },
  );

  server.delete(
    '/v1/keys/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Revoke a key',
        description: 'Other processes notice within five seconds.',
        tags: ['access'],
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: MAX_USER }) }),
        querystring: ReasonQuery,
        response: { 200: KeyOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const key = await access.revokeKey(request.params.id, request.actor, request.query.reason ?? null);
      if (key === undefined)
        return sendProblem(reply, 'unknown_key', { detail: 'there is no key of this id', path: '/params/id' });
      return sendJson(reply, 200, shown(key));
    },
  );
}

/** Undefined where the user of a client key is unknown. */
async function newKey(
  role: (typeof ROLES)[number],
  name: string,
  user: string | undefined,
  findAccount: HttpDependencies['findAccount'],
): Promise<NewKey | undefined> {
  if (role !== 'client') {
    if (user !== undefined) throw new ProblemError('malformed', 'belongs to client keys only', '/user');
    return { role, name };
  }
  if (user === undefined) throw new ProblemError('malformed', 'is required: the one user that a client key speaks for', '/user');
  const account = await findAccount(user);
  return account === undefined ? undefined : { role, name, account };
}

function shown(key: Key): object {
  const { id, role, name, account, createdAt, revokedAt } = key;
  return { id, role, name, account: account === null ? null : accountId(account), createdAt, revokedAt };
}
