import { Type } from 'typebox';
import { MAX_ID } from '../../events/index.ts';
import { sendJson, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { MAX_REASON, points, text, UserParams } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { describingBodyCompiler } from './validation.ts';

const date = (description: string) => Type.String({ description });

const StreakParams = Type.Object({
  ...UserParams.properties,
  streak: Type.String({ minLength: 1, maxLength: MAX_ID, description: 'Name of the streak in the catalog' }),
});

const PauseParams = Type.Object({ ...StreakParams.properties, from: date('The date on which the pause begins') });

/** The engine's parser decides; this describes. */
const PauseIn = Type.Object(
  {
    from: date("First date, today of the user's calendar or later"),
    to: date('Last date; at most 60 days, weeks or months of one pause, and 90 days of a year in all'),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_REASON })),
  },
  { additionalProperties: false },
);

const RestoreIn = Type.Object(
  { id: Type.String({ minLength: 1, maxLength: MAX_ID, description: 'Identity for ever; a repeat gets the first answer' }) },
  { additionalProperties: false },
);

const position = Type.Union([Type.Integer(), Type.Null()], { description: 'Of what was announced; null where nothing was' });

const PauseOut = Type.Object({ streak: text, from: date('First paused date'), to: date('Last paused date'), position });

const RestoreOut = Type.Object({
  streak: text,
  length: Type.Integer({ description: 'Of the streak now' }),
  from: date('First date of the gap that was restored'),
  to: date('Last date of it'),
  price: Type.Record(Type.String(), points, { description: 'What it took, by currency' }),
  position,
});

export function registerStreaks(server: HttpServer, { engine }: HttpDependencies): void {
  server.post(
    '/v1/users/:user/streaks/:streak/pauses',
    {
      config: { access: 'service' },
      schema: {
        summary: 'Pause a streak for some time, planned ahead',
        description: 'Paused days neither count nor break the streak; what happens in them counts all the same.',
        tags: ['streaks'],
        params: StreakParams,
        body: PauseIn,
        response: { 201: { ...PauseOut, description: 'Paused' }, ...describeProblems(400, 404, 413, 415, 422) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const { user, streak } = request.params;
      const outcome = await engine.pauseStreak(user, streak, request.body, request.actor);
      return outcome.ok ? sendJson(reply, 201, answerOf(outcome.value)) : sendRefusal(reply, outcome.refusal);
    },
  );

  server.delete(
    '/v1/users/:user/streaks/:streak/pauses/:from',
    {
      config: { access: 'service' },
      schema: {
        summary: 'End a pause, from today on',
        tags: ['streaks'],
        params: PauseParams,
        response: {
          200: Type.Object({
            streak: text,
            from: text,
            cancelled: Type.Boolean({ description: 'False where no pause begins on that date, or it is over' }),
            position,
          }),
          ...describeProblems(400, 404),
        },
      },
    },
    async (request, reply) => {
      const { user, streak, from } = request.params;
      const outcome = await engine.cancelPause(user, streak, from, request.actor);
      return outcome.ok ? sendJson(reply, 200, answerOf(outcome.value)) : sendRefusal(reply, outcome.refusal);
    },
  );

  server.post(
    '/v1/users/:user/streaks/:streak/restore',
    {
      config: { access: 'service', countsRefusals: true },
      schema: {
        summary: 'Restore a broken streak for the price that the catalog names',
        tags: ['streaks'],
        params: StreakParams,
        body: RestoreIn,
        response: {
          201: { ...RestoreOut, description: 'Restored' },
          200: { ...RestoreOut, description: 'Restored before: the first answer again' },
          ...describeProblems(400, 404, 409, 413, 415, 422),
        },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const { user, streak } = request.params;
      const outcome = await engine.restoreStreak(user, streak, request.body, request.actor);
      if (!outcome.ok) return sendRefusal(reply, outcome.refusal);
      return sendJson(reply, outcome.value.first ? 201 : 200, answerOf(outcome.value));
    },
  );
}

function answerOf({ result, position }: { readonly result: object; readonly position: number | null }): object {
  return { ...result, position };
}
