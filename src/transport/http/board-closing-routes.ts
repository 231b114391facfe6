import { Type } from 'typebox';
import type { ClosingAnswer } from '../../boards/index.ts';
import { type Reply, sendJson, sendProblem } from './answers.ts';
import { BoardParams, PERIOD_KEYS } from './boards-schemas.ts';
import { BOARD_FAULTS } from './boards-routes.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import type { ProblemCode } from './problems.ts';
import { optionalText, text, time, UserParams } from './schemas.ts';
import type { HttpServer } from './server-type.ts';

const MAX_LIMIT = 1_000;
const limit = (maximum: number) => Type.Integer({ minimum: 1, maximum, default: 10 });
const count = Type.Integer({ minimum: 0 });
const zone = Type.Union([Type.Literal('promotion'), Type.Literal('relegation'), Type.Null()]);

const FinalEntries = Type.Array(
  Type.Object({
    rank: Type.Integer(),
    user: text,
    score: Type.Number(),
    reward: Type.Union([Type.Record(Type.String(), Type.Integer()), Type.Null()], { description: 'Points by currency' }),
    league: Type.Optional(
      Type.Object(
        { tier: text, cohort: Type.Integer(), rank: Type.Integer(), next: text },
        { description: 'On boards with leagues' },
      ),
    ),
  }),
);

type Fault = Extract<ClosingAnswer<unknown>, { readonly ok: false }>['fault'];

const FAULTS: Readonly<Record<Fault, { readonly code: ProblemCode; readonly detail: string; readonly path: string }>> = {
  ...BOARD_FAULTS,
  period_open: {
    code: 'period_open',
    detail:
      'the period has no final standings: GET /v1/boards/{id}/closings tells when periods close, GET /v1/boards/{id}/preview what would be frozen now',
    path: '/query/period',
  },
  no_leagues: { code: 'no_leagues', detail: 'the board has no leagues', path: '/params/id' },
};

export function registerBoardClosing(server: HttpServer, { closings }: HttpDependencies): void {
  server.get(
    '/v1/boards/:id/preview',
    {
      config: { access: 'service' },
      schema: {
        summary: 'What would be frozen and paid if the current period ended now',
        tags: ['boards'],
        params: BoardParams,
        querystring: Type.Object({ limit: limit(MAX_LIMIT) }),
        response: {
          200: Type.Object({
            board: text,
            period: text,
            closesAt: optionalText,
            total: count,
            rewarded: count,
            entries: FinalEntries,
          }),
          ...describeProblems(400, 404),
        },
      },
    },
    async (request, reply) => sendAnswer(reply, await closings.preview(request.params.id, request.query.limit)),
  );

  server.get(
    '/v1/boards/:id/standings',
    {
      config: { access: 'client' },
      schema: {
        summary: 'Final standings of a closed period, with what was paid',
        tags: ['boards'],
        params: BoardParams,
        querystring: Type.Object({
          period: Type.String({ ...PERIOD_KEYS, default: 'previous' }),
          limit: limit(MAX_LIMIT),
          offset: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
        }),
        response: {
          200: Type.Object({ board: text, period: text, closedAt: time, total: count, rewarded: count, entries: FinalEntries }),
          ...describeProblems(400, 404, 409),
        },
      },
    },
    async (request, reply) => sendAnswer(reply, await closings.standings(request.params.id, request.query)),
  );

  server.get(
    '/v1/boards/:id/closings',
    {
      config: { access: 'service' },
      schema: {
        summary: 'How far the last periods of a board are, newest first',
        tags: ['boards'],
        params: BoardParams,
        querystring: Type.Object({ limit: limit(100) }),
        response: {
          200: Type.Object({
            board: text,
            closings: Type.Array(
              Type.Object({
                period: text,
                state: Type.Union([Type.Literal('open'), Type.Literal('closing'), Type.Literal('closed')]),
                closesAt: time,
                closedAt: optionalText,
                total: Type.Union([count, Type.Null()]),
                rewarded: Type.Union([count, Type.Null()]),
              }),
            ),
          }),
          ...describeProblems(400, 404),
        },
      },
    },
    async (request, reply) => sendAnswer(reply, await closings.closings(request.params.id, request.query.limit)),
  );

  server.get(
    '/v1/boards/:id/leagues/:user',
    {
      config: { access: 'own' },
      schema: {
        summary: 'The tier of a user, and the cohort with its ranks and zones',
        tags: ['boards', 'users'],
        params: Type.Object({ ...BoardParams.properties, ...UserParams.properties }),
        querystring: Type.Object({ period: Type.String({ ...PERIOD_KEYS, default: 'current' }) }),
        response: {
          200: Type.Object({
            board: text,
            period: text,
            user: text,
            tier: text,
            cohort: Type.Union([Type.Integer(), Type.Null()], { description: 'Null until the user has scored in this period' }),
            rank: Type.Union([Type.Integer(), Type.Null()]),
            zone,
            entries: Type.Array(Type.Object({ rank: Type.Integer(), user: text, score: Type.Number(), zone })),
          }),
          ...describeProblems(400, 404),
        },
      },
    },
    async (request, reply) => {
      const { id, user } = request.params;
      return sendAnswer(reply, await closings.league(id, user, request.query.period));
    },
  );
}

function sendAnswer<R extends Reply>(reply: R, answer: ClosingAnswer<object>): R {
  if (answer.ok) return sendJson(reply, 200, answer.value);
  const { code, detail, path } = FAULTS[answer.fault];
  return sendProblem(reply, code, { detail, path });
}
