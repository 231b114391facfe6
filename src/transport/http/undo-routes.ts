import { Type } from 'typebox';
import { MAX_ID } from '../../events/index.ts';
import { sendJson, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { MAX_REASON, points, text } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { describingBodyCompiler } from './validation.ts';

const id = Type.String({ minLength: 1, maxLength: MAX_ID });

/** The engine's parser decides; this describes. */
const UndoIn = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: MAX_REASON, description: 'Why; kept in the audit log' }),
    dryRun: Type.Optional(Type.Boolean({ description: 'Tell what would happen, and change nothing' })),
    keep: Type.Optional(
      Type.Array(Type.Enum(['achievements', 'levels']), {
        description: 'What stays though it is no longer reached, beside what the catalog keeps',
      }),
    ),
  },
  { additionalProperties: false },
);

const signed = Type.Integer({ description: 'Signed: what it gave to the user' });
const change = Type.Object({ before: Type.Number(), after: Type.Number() });
const tier = { id: text, tier: text };

const UndoOut = Type.Object({
  dryRun: Type.Boolean(),
  reversed: Type.Array(
    Type.Object({
      reverses: Type.String({ description: 'The transfer that is taken back' }),
      transfer: Type.Union([text, Type.Null()], { description: 'The counter-entry; null where nothing was left to take' }),
      currency: text,
      amount: signed,
      short: Type.Integer({ description: 'What could not be taken, because it was spent' }),
      balance: points,
    }),
  ),
  achievements: Type.Object({
    revoked: Type.Array(Type.Object({ ...tier, left: Type.Integer({ description: 'How often it stays unlocked' }) })),
    kept: Type.Array(Type.Object(tier)),
  }),
  level: change,
  metrics: Type.Record(Type.String(), change),
  streaks: Type.Record(Type.String(), change),
  boards: Type.Array(
    Type.Object({
      board: text,
      period: text,
      before: Type.Union([Type.Number(), Type.Null()]),
      after: Type.Union([Type.Number(), Type.Null()]),
    }),
  ),
  position: Type.Optional(Type.Integer({ description: 'Place in the log; not of a dry run' })),
});

const responses = {
  201: { ...UndoOut, description: 'Undone' },
  200: { ...UndoOut, description: 'A dry run; or undone before: the first answer again' },
  ...describeProblems(400, 404, 409, 413, 415, 422),
};

export function registerUndo(server: HttpServer, { engine }: HttpDependencies): void {
  server.post(
    '/v1/events/:id/undo',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Undo an event with all that it caused',
        description:
          'Points go back by counter-entries; metrics, streaks, boards, levels and achievements are as they would be without it. Other events are not decided again.',
        tags: ['events'],
        params: Type.Object({ id }),
        querystring: Type.Object({ source: Type.Optional(id) }),
        body: UndoIn,
        response: responses,
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const source = request.query.source ?? 'default';
      return send(reply, await engine.undos.undoEvent(source, request.params.id, request.body, request.actor));
    },
  );

  server.post(
    '/v1/transfers/:id/reverse',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Take a transfer back by a counter-entry',
        description: 'By the id of the transfer (tr_…), or the id its command came with.',
        tags: ['transfers'],
        params: Type.Object({ id }),
        body: UndoIn,
        response: responses,
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => send(reply, await engine.undos.reverseTransfer(request.params.id, request.body, request.actor)),
  );
}

type Reply = Parameters<typeof sendJson>[0];
type Outcome = Awaited<ReturnType<HttpDependencies['engine']['undos']['undoEvent']>>;

function send<R extends Reply>(reply: R, outcome: Outcome): R {
  if (!outcome.ok) return sendRefusal(reply, outcome.refusal);
  const { result, first, position } = outcome.value;
  return sendJson(reply, first && !result.dryRun ? 201 : 200, position === null ? result : { ...result, position });
}
