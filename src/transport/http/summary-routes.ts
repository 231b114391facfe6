import { Type } from 'typebox';
import { sendJson } from './answers.ts';
import type { HttpDependencies } from './port.ts';
import { optionalText, text, time } from './schemas.ts';
import type { HttpServer } from './server-type.ts';

const day = Type.String({ description: 'A local day: 2026-11-21' });
const days = (description: string) => Type.Integer({ description: `Days ${description}` });

const SummaryOut = Type.Object({
  users: Type.Integer(),
  boards: Type.Array(
    Type.Object({
      board: text,
      period: { ...optionalText, description: 'The newest that has scores; null where none has' },
      total: Type.Integer({ description: 'Users on the board in that period' }),
      entries: Type.Array(Type.Object({ rank: Type.Integer(), user: text, score: Type.Number() })),
    }),
  ),
  streaks: Type.Array(
    Type.Object({
      user: text,
      streak: text,
      length: days('of the newest run'),
      longest: days('of the longest run, from `first` to `last`'),
      first: day,
      last: day,
    }),
  ),
  unlocks: Type.Object({
    total: Type.Integer(),
    rarest: Type.Array(
      Type.Object({
        achievement: text,
        name: text,
        tier: text,
        users: Type.Integer({ description: 'How many have it' }),
        percent: Type.Number({ description: 'Their share of all users' }),
        first: Type.Object({ user: text, at: time }, { description: 'Who had it first' }),
      }),
    ),
  }),
  levels: Type.Array(Type.Object({ level: Type.Integer(), users: Type.Integer() }), { description: 'Users by level' }),
});

export function registerSummary(server: HttpServer, { reports }: HttpDependencies): void {
  server.get(
    '/v1/summary',
    {
      config: { access: 'service' },
      schema: {
        summary: 'The top of every board, the longest streaks, the rarest unlocks, and users by level',
        description: 'Reads whole tables: for a look now and then.',
        tags: ['summary'],
        response: { 200: SummaryOut },
      },
    },
    async (_request, reply) => sendJson(reply, 200, await reports.summary()),
  );
}
