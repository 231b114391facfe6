import { Type } from 'typebox';
import { sendJson, sendProblem, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { MAX_USER, nextCursor, pageQuery } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { DeadLetterOut, DiscardIn, RedriveIn } from './subscription-schemas.ts';
import { describingBodyCompiler } from './validation.ts';

const filter = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: MAX_USER, description }));
const left = Type.Integer({ description: 'How many more fit: at most 10,000 are taken at once' });

export function registerDeadLetters(server: HttpServer, { bus }: HttpDependencies): void {
  server.get(
    '/v1/dead-letters',
    {
      config: { access: 'service' },
      schema: {
        summary: 'Deliveries that were given up after their last attempt; newest first',
        tags: ['bus'],
        querystring: Type.Object({
          ...pageQuery(50, 1_000),
          subscription: filter('Name of the subscription'),
          type: filter('Type of the event'),
          user: filter('Outside id of the user'),
          correlationId: filter('What the event belongs to'),
        }),
        response: {
          200: Type.Object({
            total: Type.Integer({ description: 'How many fit, on all pages' }),
            deadLetters: Type.Array(DeadLetterOut),
            cursor: nextCursor,
          }),
          ...describeProblems(400),
        },
      },
    },
    async (request, reply) => {
      const { limit, cursor, ...query } = request.query;
      const page = await bus.deadLetters(query, { limit, cursor });
      if (page.ok) return sendJson(reply, 200, page.value);
      return sendRefusal(reply, { ...page.refusal, path: `/query${page.refusal.path ?? ''}` });
    },
  );

  server.get(
    '/v1/dead-letters/:id',
    {
      config: { access: 'service' },
      schema: {
        summary: 'A dead letter, with its event and the errors of all attempts',
        tags: ['bus'],
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: MAX_USER }) }),
        response: { 200: DeadLetterOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const letter = await bus.deadLetter(request.params.id);
      if (letter !== undefined) return sendJson(reply, 200, letter);
      return sendProblem(reply, 'unknown_dead_letter', { detail: 'there is no dead letter of this id', path: '/params/id' });
    },
  );

  server.post(
    '/v1/dead-letters/redrive',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Try dead letters again, with all their attempts anew',
        description: 'Which: `ids`, a filter, or `all`. They come late: after later events of their users.',
        tags: ['bus'],
        body: RedriveIn,
        response: { 200: Type.Object({ redriven: Type.Integer(), left }), ...describeProblems(400, 413, 415) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const outcome = await bus.redrive(request.body, request.actor);
      return outcome.ok ? sendJson(reply, 200, outcome.value) : sendRefusal(reply, outcome.refusal);
    },
  );

  server.post(
    '/v1/dead-letters/discard',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Drop dead letters: they are never delivered to their subscriptions',
        description: 'Which: `ids`, a filter, or `all`.',
        tags: ['bus'],
        body: DiscardIn,
        response: { 200: Type.Object({ discarded: Type.Integer(), left }), ...describeProblems(400, 413, 415) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const outcome = await bus.discard(request.body, request.actor);
      return outcome.ok ? sendJson(reply, 200, outcome.value) : sendRefusal(reply, outcome.refusal);
    },
  );
}
