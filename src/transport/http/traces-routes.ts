import { Type } from 'typebox';
import { sendJson, sendProblem } from './answers.ts';
import { FlowOut } from './flows-routes.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { anyObject, MAX_USER, optionalText, text, time } from './schemas.ts';
import type { HttpServer } from './server-type.ts';

/** As many events as a trace tells at once. */
const MAX_EVENTS = 1_000;

const { correlationId, ...flow } = FlowOut.properties;

const EventOut = Type.Object({
  id: { ...text, description: '`evt_<position>` for what Diana announced' },
  source: { ...optionalText, description: '`diana` for what Diana announced; null once erased' },
  type: text,
  user: optionalText,
  time,
  recordedAt: time,
  position: Type.Integer({ description: 'Place in the log' }),
  causationId: { ...optionalText, description: 'Id of what caused it; it need not be in the trace' },
  deliveries: Type.Array(
    Type.Object({
      subscription: text,
      state: Type.Union([Type.Literal('waiting'), Type.Literal('retrying'), Type.Literal('dead')]),
      attempts: Type.Integer(),
      dueAt: Type.Optional(time),
      error: Type.Optional({ ...text, description: 'Of the last attempt' }),
    }),
    { description: 'What is not delivered: what was is not told' },
  ),
  children: Type.Array(anyObject, { description: 'What it caused: events of this same shape' }),
});

const TraceOut = Type.Object({
  correlationId,
  events: Type.Integer({ description: 'How many are shown' }),
  truncated: Type.Boolean({ description: 'Whether there are more, which came later' }),
  pending: Type.Integer({ description: 'Deliveries that are still to come' }),
  failed: Type.Integer({ description: 'Deliveries that were given up' }),
  flows: Type.Array(Type.Object(flow)),
  roots: Type.Array(EventOut),
});

export function registerTraces(server: HttpServer, { reports }: HttpDependencies): void {
  server.get(
    '/v1/traces/:correlationId',
    {
      config: { access: 'service' },
      schema: {
        summary: 'What one cause brought about: the events of a correlation as a tree, and what of it is not delivered',
        description: 'The id of an event leads to the trace that it belongs to.',
        tags: ['events'],
        params: Type.Object({
          correlationId: Type.String({
            minLength: 1,
            maxLength: MAX_USER,
            description: 'A `correlationId`, or the id of an event',
          }),
        }),
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: MAX_EVENTS, default: MAX_EVENTS }) }),
        response: { 200: TraceOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const trace = await reports.trace(request.params.correlationId, { limit: request.query.limit });
      if (trace === undefined)
        return sendProblem(reply, 'unknown_trace', {
          detail: `nothing belongs to "${request.params.correlationId}"`,
          path: '/params/correlationId',
        });
      return sendJson(reply, 200, trace);
    },
  );
}
