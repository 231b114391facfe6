import { Type } from 'typebox';
import type { BoardAnswer } from '../../boards/index.ts';
import { type Reply, sendJson, sendProblem, sendRefusal } from './answers.ts';
import {
  among,
  BoardParams,
  entry,
  MAX_AROUND,
  MAX_LIMIT,
  MAX_PERIODS,
  page,
  period,
  segment,
  VisibilityIn,
  VisibilityOut,
} from './boards-schemas.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import type { ProblemCode } from './problems.ts';
import { after, text, UserParams } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { describingBodyCompiler } from './validation.ts';

type Fault = Extract<BoardAnswer<unknown>, { readonly ok: false }>['fault'];

/** What may be wrong with a question about a board. */
export const BOARD_FAULTS: Readonly<
  Record<Fault, { readonly code: ProblemCode; readonly detail: string; readonly path: string; readonly hidden?: true }>
> = {
  unknown_board: { code: 'unknown_board', detail: 'the catalog in force has no board of this id', path: '/params/id' },
  unknown_period: {
    code: 'unknown_period',
    detail:
      'this is no period of the board, or none goes on now: period takes previous, or a key that GET /v1/boards/{id}/periods lists',
    path: '/query/period',
  },
  unknown_user: { code: 'unknown_user', detail: 'there is no user of this id', path: '/params/user' },
  not_ranked: { code: 'not_ranked', detail: 'the user has no score on this board in this period', path: '/params/user' },
  hidden: { code: 'not_ranked', detail: 'the user is hidden on this board', path: '/params/user', hidden: true },
  no_segments: { code: 'malformed', detail: 'the board has no segments: its definition has no `by`', path: '/query/segment' },
};

export function registerBoards(server: HttpServer, { boards, engine }: HttpDependencies): void {
  server.get(
    '/v1/boards/:id',
    {
      config: { access: 'client' },
      schema: {
        summary: 'A page of a board',
        tags: ['boards'],
        params: BoardParams,
        querystring: Type.Object({
          period,
          limit: Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: 10 }),
          offset: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
          segment,
          after,
        }),
        response: { 200: Type.Object(page), ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const { period: key, limit, offset, ...rest } = request.query;
      return sendAnswer(reply, await boards.page(request.params.id, { period: key, limit, offset, ...optional(rest) }));
    },
  );

  server.get(
    '/v1/boards/:id/users/:user',
    {
      config: { access: 'own' },
      schema: {
        summary: 'Rank of a user, and the neighbours',
        tags: ['boards', 'users'],
        params: Type.Object({ ...BoardParams.properties, ...UserParams.properties }),
        querystring: Type.Object({
          period,
          around: Type.Integer({ minimum: 0, maximum: MAX_AROUND, default: 5 }),
          segment,
          after,
        }),
        response: {
          200: Type.Object({ ...entry, ...page }),
          ...describeProblems(400, 404),
        },
      },
    },
    async (request, reply) => {
      const { period: key, around, ...rest } = request.query;
      const { id, user } = request.params;
      return sendAnswer(reply, await boards.around(id, user, { period: key, around, ...optional(rest) }));
    },
  );

  server.post(
    '/v1/boards/:id/among',
    {
      config: { access: 'client' },
      schema: {
        summary: 'Some users, ranked among themselves',
        description: 'Friends, a class, any list: `total` counts those who have a rank, `missing` names the others.',
        tags: ['boards'],
        params: BoardParams,
        querystring: Type.Object({ period, after }),
        body: among.in,
        response: {
          200: among.out,
          ...describeProblems(400, 404, 413, 415),
        },
      },
    },
    async (request, reply) => {
      const { period: key, ...rest } = request.query;
      const { users, limit } = request.body;
      const query = { period: key, ...(limit === undefined ? {} : { limit }), ...optional(rest) };
      return sendAnswer(reply, await boards.among(request.params.id, users, query));
    },
  );

  server.get(
    '/v1/boards/:id/periods',
    {
      config: { access: 'client' },
      schema: {
        summary: 'Periods of a board that have scores',
        description: 'Newest first, with how many users stand there.',
        tags: ['boards'],
        params: BoardParams,
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: MAX_PERIODS, default: 20 }) }),
        response: {
          200: Type.Object({ board: text, periods: Type.Array(Type.Object({ period: text, total: Type.Integer() })) }),
          ...describeProblems(400, 404),
        },
      },
    },
    async (request, reply) => sendAnswer(reply, await boards.periods(request.params.id, { limit: request.query.limit })),
  );

  server.put(
    '/v1/users/:user/boards-visibility',
    {
      config: { access: 'service' },
      schema: {
        summary: 'Hide a user on boards, or show one again',
        description: 'Who is hidden takes no rank, keeps scoring, and stands where the score is once shown again.',
        tags: ['boards', 'users'],
        params: UserParams,
        body: VisibilityIn,
        response: { 200: VisibilityOut, ...describeProblems(400, 403, 404, 413, 415) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const { user } = request.params;
      const outcome = await engine.setVisibility(user, request.body, request.actor);
      return outcome.ok ? sendJson(reply, 200, { user, ...outcome.value }) : sendRefusal(reply, outcome.refusal);
    },
  );
}

/** What of a question was left out stays left out. */
function optional({ segment: name, after: position }: { readonly segment?: string; readonly after?: number }): {
  segment?: string;
  after?: number;
} {
  return { ...(name === undefined ? {} : { segment: name }), ...(position === undefined ? {} : { after: position }) };
}

function sendAnswer<R extends Reply>(reply: R, answer: BoardAnswer<object>): R {
  if (answer.ok) return sendJson(reply, 200, answer.value);
  const { code, ...details } = BOARD_FAULTS[answer.fault];
  return sendProblem(reply, code, details);
}
