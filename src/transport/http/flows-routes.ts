import { Type } from 'typebox';
import { FLOW_STATES } from '../../flows/index.ts';
import { sendJson, sendProblem } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { nextCursor, optionalText, pageQuery, text, time } from './schemas.ts';
import type { HttpServer } from './server-type.ts';

const state = Type.Union(FLOW_STATES.map((one) => Type.Literal(one)));
const optionalTime = (description: string) => ({ ...optionalText, description });

export const FlowOut = Type.Object({
  flow: text,
  correlationId: text,
  state,
  startedAt: { ...time, description: 'When Diana took the event that started it' },
  deadlineAt: optionalTime('Null where it may take for ever'),
  endedAt: optionalTime('Null while it is under way'),
  reason: { ...optionalText, description: 'Why it failed' },
});

const milliseconds = Type.Integer({ description: 'Milliseconds' });
const SummaryOut = Type.Object({
  flows: Type.Array(
    Type.Object({
      flow: text,
      open: Type.Integer(),
      finished: Type.Integer(),
      overdue: Type.Integer(),
      failed: Type.Integer(),
      durations: Type.Union([Type.Object({ p50: milliseconds, p95: milliseconds, max: milliseconds }), Type.Null()], {
        description: 'Of those that finished within 24 hours',
      }),
      retired: Type.Optional(Type.Boolean({ description: 'It is no longer in the catalog' })),
    }),
  ),
});

export function registerFlows(server: HttpServer, { reports }: HttpDependencies): void {
  server.get(
    '/v1/flows',
    {
      config: { access: 'service' },
      schema: {
        summary: 'Transactions that cross services, as the catalog declares them under `flows`; newest first',
        tags: ['events'],
        querystring: Type.Object({
          ...pageQuery(50, 1_000),
          flow: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_-]*$', maxLength: 64 })),
          state: Type.Optional(state),
        }),
        response: { 200: Type.Object({ flows: Type.Array(FlowOut), cursor: nextCursor }), ...describeProblems(400) },
      },
    },
    async (request, reply) => {
      const page = await reports.flows(request.query);
      if (page === undefined)
        return sendProblem(reply, 'malformed', { detail: 'is no cursor of this list', path: '/query/cursor' });
      return sendJson(reply, 200, page);
    },
  );

  server.get(
    '/v1/flows/summary',
    {
      config: { access: 'service' },
      schema: {
        summary: 'How many of each flow are in which state, and how long those took that finished within 24 hours',
        description: 'Reads a whole table: for a look now and then.',
        tags: ['events'],
        response: { 200: SummaryOut },
      },
    },
    async (_request, reply) => sendJson(reply, 200, { flows: await reports.flowSummary() }),
  );
}
