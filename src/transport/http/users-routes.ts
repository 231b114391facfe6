import { Type } from 'typebox';
import { accountId } from '../../kernel/ids.ts';
import { type Reply, sendJson, sendProblem, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { parseBoards, ranksOf } from './ranks.ts';
import { after, AfterQuery, anyObject, ReasonQuery, text, UserParams } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { AchievementsOut, MAX_RANKS, ProfileOut, RankedProfileOut, UserIn } from './user-schemas.ts';
import { describingBodyCompiler } from './validation.ts';

/** Twice as many characters as the ids of that many boards have, which are at most 64 long. */
const MAX_BOARDS = MAX_RANKS * 128;

export function registerUsers(server: HttpServer, dependencies: HttpDependencies): void {
  const { engine, reports, boards, boardList, access, findAccount } = dependencies;

  server.get(
    '/v1/users/:user',
    {
      config: { access: 'own' },
      schema: {
        summary: 'Profile of a user',
        tags: ['users'],
        params: UserParams,
        querystring: Type.Object({
          boards: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: MAX_BOARDS,
              description: `Adds the ranks on these boards: up to ${MAX_RANKS} ids, separated by commas`,
            }),
          ),
          after,
        }),
        response: { 200: RankedProfileOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const { user } = request.params;
      const { boards: list, after: position } = request.query;
      const known = boardList().map(({ id }) => id);
      const asked = list === undefined ? undefined : parseBoards(list, known);
      if (asked !== undefined && 'fault' in asked)
        return sendProblem(reply, 'malformed', { detail: asked.fault, path: '/query/boards' });
      const profile = await reports.profile(user);
      if (profile === undefined) return sendUnknownUser(reply);
      if (asked === undefined) return sendJson(reply, 200, profile);
      return sendJson(reply, 200, { ...profile, ranks: await ranksOf(boards, user, asked, position) });
    },
  );

  server.put(
    '/v1/users/:user',
    {
      config: { access: 'service' },
      schema: {
        summary: 'Create a user, or change what is known about one',
        description: 'What is left out stays as it is.',
        tags: ['users'],
        params: UserParams,
        body: UserIn,
        response: {
          200: { ...ProfileOut, description: 'Changed' },
          201: { ...ProfileOut, description: 'Created' },
          ...describeProblems(400, 413, 415),
        },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const { user } = request.params;
      const outcome = await engine.putUser(user, request.body, request.actor);
      if (!outcome.ok) return sendRefusal(reply, outcome.refusal);
      const profile = await reports.profile(user);
      // Erased between the two: by now there is no such user.
      return profile === undefined ? sendUnknownUser(reply) : sendJson(reply, outcome.value.created ? 201 : 200, profile);
    },
  );

  server.delete(
    '/v1/users/:user',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Erase a person',
        description: 'Destroys everything that names the person. The ledger keeps its entries under the bare account.',
        tags: ['users'],
        params: UserParams,
        querystring: ReasonQuery,
        response: { 200: Type.Object({ account: text }), ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const outcome = await engine.eraseUser(request.params.user, request.query.reason ?? null, request.actor);
      if (outcome.ok) return sendJson(reply, 200, outcome.value);
      return outcome.refusal.code === 'unknown_user' ? sendUnknownUser(reply) : sendRefusal(reply, outcome.refusal);
    },
  );

  server.get(
    '/v1/users/:user/export',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Everything known about a person, as one document',
        tags: ['users'],
        params: UserParams,
        querystring: ReasonQuery,
        response: { 200: anyObject, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const { user } = request.params;
      const account = await findAccount(user);
      const document = account === undefined ? undefined : await reports.exportUser(user);
      if (account === undefined || document === undefined) return sendUnknownUser(reply);
      // On record before it leaves, and without the name: the audit log outlives the person's data.
      const deed = { action: 'user.export', target: accountId(account), before: null, after: null };
      await access.recordDeed(request.actor, { ...deed, reason: request.query.reason ?? null });
      return sendJson(reply, 200, document);
    },
  );

  server.get(
    '/v1/users/:user/achievements',
    {
      config: { access: 'own' },
      schema: {
        summary: 'Achievements of a user',
        tags: ['users'],
        params: UserParams,
        querystring: AfterQuery,
        response: { 200: AchievementsOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const achievements = await reports.achievements(request.params.user);
      return achievements === undefined ? sendUnknownUser(reply) : sendJson(reply, 200, { achievements });
    },
  );
}

export function sendUnknownUser<R extends Reply>(reply: R): R {
  return sendProblem(reply, 'unknown_user', { detail: 'there is no user of this id', path: '/params/user' });
}
