import { Type } from 'typebox';
import { isTransferCursor } from '../../reports/index.ts';
import { sendJson, sendProblem } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { after, MAX_USER, pageQuery, UserParams } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { TransferPageOut } from './user-schemas.ts';
import { sendUnknownUser } from './users-routes.ts';

const TransfersQuery = Type.Object({
  currency: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_USER })),
  ...pageQuery(50, 1_000),
  after,
});

export function registerUserTransfers(server: HttpServer, { reports }: HttpDependencies): void {
  server.get(
    '/v1/users/:user/transfers',
    {
      config: { access: 'own' },
      schema: {
        summary: 'Transfers of a user, newest first',
        tags: ['users', 'transfers'],
        params: UserParams,
        querystring: TransfersQuery,
        response: { 200: TransferPageOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const { currency, limit, cursor } = request.query;
      if (cursor !== undefined && !isTransferCursor(cursor)) {
        return sendProblem(reply, 'malformed', { detail: 'is no cursor of this list', path: '/query/cursor' });
      }
      const page = await reports.transfers(request.params.user, {
        limit,
        ...(currency === undefined ? {} : { currency }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return page === undefined ? sendUnknownUser(reply) : sendJson(reply, 200, page);
    },
  );
}
