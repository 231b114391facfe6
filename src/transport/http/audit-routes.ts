import { Type } from 'typebox';
import { sendJson, sendProblem } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { anything, nextCursor, optionalText, pageQuery, text, time } from './schemas.ts';
import type { HttpServer } from './server-type.ts';

const AuditOut = Type.Object({
  entries: Type.Array(
    Type.Object({
      id: Type.Integer(),
      at: time,
      actor: text,
      action: text,
      target: text,
      before: anything,
      after: anything,
      reason: optionalText,
    }),
  ),
  cursor: nextCursor,
});

export function registerAudit(server: HttpServer, { access }: HttpDependencies): void {
  server.get(
    '/v1/audit',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Who changed what, and why; newest first',
        tags: ['access'],
        querystring: Type.Object(pageQuery(50, 1_000)),
        response: { 200: AuditOut, ...describeProblems(400) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      if (cursor !== undefined && !/^[1-9]\d{0,14}$/.test(cursor)) {
        return sendProblem(reply, 'malformed', { detail: 'is no cursor of this list', path: '/query/cursor' });
      }
      const entries = await access.listAudit({ limit, ...(cursor === undefined ? {} : { before: Number(cursor) }) });
      const last = entries.length === limit ? entries.at(-1) : undefined;
      return sendJson(reply, 200, { entries, cursor: last === undefined ? null : String(last.id) });
    },
  );
}
