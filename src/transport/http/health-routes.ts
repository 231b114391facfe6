import { Type } from 'typebox';
import { sendJson, sendProblem } from './answers.ts';
import { meaningOf, PROBLEM_CODES, PROBLEMS } from './problems.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { anyObject, text } from './schemas.ts';
import type { HttpServer } from './server-type.ts';

const ReadinessOut = Type.Object({
  ready: Type.Boolean(),
  degraded: Type.Array(text, { description: 'What does not work as it should' }),
  details: Type.Optional(anyObject),
});

export function registerHealth(server: HttpServer, { readiness, metrics }: HttpDependencies): void {
  server.get(
    '/livez',
    {
      config: { access: 'probe' },
      schema: {
        summary: 'Whether the process answers',
        tags: ['health'],
        response: { 200: Type.Object({ status: Type.Literal('ok') }) },
      },
    },
    (_request, reply) => {
      sendJson(reply, 200, { status: 'ok' });
    },
  );

  server.get(
    '/readyz',
    {
      config: { access: 'probe' },
      schema: {
        summary: 'Whether to send traffic here, and what is degraded',
        tags: ['health'],
        response: { 200: ReadinessOut, 503: ReadinessOut },
      },
    },
    async (_request, reply) => {
      const state = await readiness();
      return sendJson(reply, state.ready ? 200 : 503, state);
    },
  );

  server.get(
    '/metrics',
    {
      config: { access: 'probe' },
      schema: {
        summary: 'Prometheus metrics',
        tags: ['health'],
        response: { 200: { description: 'Text exposition format', content: { 'text/plain': { schema: Type.String() } } } },
      },
    },
    async (_request, reply) => {
      const { contentType, body } = await metrics.render();
      return reply.header('content-type', contentType).send(body);
    },
  );

  server.get(
    '/problems/:code',
    {
      config: { access: 'open' },
      schema: {
        summary: 'What a problem code means',
        tags: ['health'],
        params: Type.Object({ code: text }),
        response: {
          200: Type.Object({ code: text, title: text, status: Type.Integer(), meaning: text }),
          ...describeProblems(404),
        },
      },
    },
    (request, reply) => {
      const code = PROBLEM_CODES.find((known) => known === request.params.code);
      if (code === undefined) {
        sendProblem(reply, 'not_found', { detail: 'there is no such problem code', path: '/params/code' });
        return;
      }
      const { title, status } = PROBLEMS[code];
      sendJson(reply, 200, { code, title, status, meaning: meaningOf(code) });
    },
  );
}
