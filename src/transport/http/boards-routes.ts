import { Type } from 'typebox';
import type { BoardAnswer } from '../../boards/index.ts';
import { type Reply, sendJson, sendProblem } from './answers.ts';
import { BoardParams, PERIOD_KEYS } from './board-schemas.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import type { ProblemCode } from './problems.ts';
import { after, text, UserParams } from './schemas.ts';
import type { HttpServer } from './server-type.ts';

const period = Type.String({ ...PERIOD_KEYS, default: 'current' });
/** Entries of one page: more is a download, not a leaderboard. */
const MAX_LIMIT = 1_000;
/** Neighbours on each side. */
const MAX_AROUND = 100;

const page = {
  board: text,
  period: Type.String({ description: 'The resolved key' }),
  position: Type.Integer({ description: 'Position of the log that this answer reflects' }),
  total: Type.Integer(),
  entries: Type.Array(Type.Object({ rank: Type.Integer(), user: text, score: Type.Number() })),
};

type Fault = Extract<BoardAnswer<unknown>, { readonly ok: false }>['fault'];

const FAULTS: Readonly<Record<Fault, { readonly code: ProblemCode; readonly detail: string; readonly path: string }>> = {
  unknown_board: { code: 'unknown_board', detail: 'the catalog in force has no board of this id', path: '/params/id' },
  unknown_period: { code: 'unknown_period', detail: 'this is no period of the board', path: '/query/period' },
  unknown_user: { code: 'unknown_user', detail: 'there is no user of this id', path: '/params/user' },
  not_ranked: { code: 'not_ranked', detail: 'the user has no score on this board in this period', path: '/params/user' },
};

export function registerBoards(server: HttpServer, { boards }: HttpDependencies): void {
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
          after,
        }),
        response: { 200: Type.Object(page), ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const { period: key, limit, offset, after: position } = request.query;
      const query = { period: key, limit, offset, ...(position === undefined ? {} : { after: position }) };
      return sendAnswer(reply, await boards.page(request.params.id, query));
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
        querystring: Type.Object({ period, around: Type.Integer({ minimum: 0, maximum: MAX_AROUND, default: 5 }), after }),
        response: {
          200: Type.Object({ rank: Type.Integer(), user: text, score: Type.Number(), ...page }),
          ...describeProblems(400, 404),
        },
      },
    },
    async (request, reply) => {
      const { period: key, around, after: position } = request.query;
      const query = { period: key, around, ...(position === undefined ? {} : { after: position }) };
      return sendAnswer(reply, await boards.around(request.params.id, request.params.user, query));
    },
  );
}

function sendAnswer<R extends Reply>(reply: R, answer: BoardAnswer<object>): R {
  if (answer.ok) return sendJson(reply, 200, answer.value);
  const { code, detail, path } = FAULTS[answer.fault];
  return sendProblem(reply, code, { detail, path });
}
