import { Type } from 'typebox';
import { sendJson, sendProblem } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { anything, nextCursor, pageQuery, text, time } from './schemas.ts';
import type { HttpServer } from './server-type.ts';

const SetAsideOut = Type.Object({
  events: Type.Array(
    Type.Object({
      id: text,
      source: text,
      type: text,
      user: text,
      data: anything,
      receivedAt: { ...time, description: 'When it was sent last' },
      times: Type.Integer({ description: 'How often it was sent' }),
    }),
  ),
  cursor: nextCursor,
});

export function registerSetAside(server: HttpServer, { reports }: HttpDependencies): void {
  server.get(
    '/v1/set-aside',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Events of undeclared types, which strictEvents refused; newest first',
        description:
          'Nothing of them counts, and their ids are free: declare the type and send them again. The newest 100,000 are kept.',
        tags: ['events'],
        querystring: Type.Object({
          ...pageQuery(50, 1_000),
          type: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
        }),
        response: { 200: SetAsideOut, ...describeProblems(400) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, type } = request.query;
      const page = await reports.setAside({
        limit,
        ...(cursor === undefined ? {} : { cursor }),
        ...(type === undefined ? {} : { type }),
      });
      if (page === undefined)
        return sendProblem(reply, 'malformed', { detail: 'is no cursor of this list', path: '/query/cursor' });
      return sendJson(reply, 200, page);
    },
  );
}
