import { Type } from 'typebox';
import type { HoldOutcome } from '../../engine/index.ts';
import { MAX_ID } from '../../events/index.ts';
import { isHoldCursor } from '../../reports/index.ts';
import { type Reply, sendJson, sendProblem, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { MAX_REASON, MAX_USER, nextCursor, optionalText, pageQuery, points, text, time, UserParams } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { sendUnknownUser } from './users-routes.ts';
import { describingBodyCompiler } from './validation.ts';

const STATES = ['held', 'captured', 'released', 'expired'];
const name = (description: string) => Type.String({ minLength: 1, maxLength: MAX_ID, description });
const amount = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description });

/** What holds look like on the wire. The engine's parser decides; this describes. */
const HoldIn = Type.Object(
  {
    id: name('Identity for ever; a repeat gets the first answer'),
    user: name('Whose points are set apart'),
    currency: text,
    amount: amount('Of what is available'),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_REASON })),
    expiresIn: Type.Optional(
      Type.String({ description: 'What is left then is released: `90s`, `15m`, `2h`, `3d`; at most 400 days' }),
    ),
    expiresAt: Type.Optional(
      Type.String({ format: 'date-time', description: 'The same as a time; without either it waits for ever' }),
    ),
  },
  { additionalProperties: false },
);

const ownId = Type.Optional(name('Of this call: a repeat gets the first answer. Without it a repeat is another one'));

const CaptureIn = Type.Object(
  {
    id: ownId,
    amount: Type.Optional(amount('All that is left where this is left out')),
    to: Type.Optional(name('Who receives the points; they are spent where this is left out')),
    final: Type.Optional(Type.Boolean({ default: false, description: 'Whether what it leaves is released' })),
  },
  { additionalProperties: false },
);

const ReleaseIn = Type.Object(
  { id: ownId, amount: Type.Optional(amount('All that is left where this is left out')) },
  { additionalProperties: false },
);

const hold = {
  id: Type.String({ description: "The caller's id of the hold" }),
  hold: Type.String({ description: 'Ours' }),
  user: text,
  currency: text,
  amount: Type.Integer({ description: 'As it was held first' }),
  captured: Type.Integer(),
  released: Type.Integer(),
  state: Type.Enum(STATES, { description: '`held` while it goes on; then what ended it' }),
  expiresAt: Type.Union([time, Type.Null()]),
  balance: { ...points, description: 'Available of the user in that currency' },
  held: Type.Integer({ description: 'Held of the user in that currency, by all holds' }),
};

const HoldOut = Type.Object({
  ...hold,
  transfer: Type.String({ description: 'What was booked' }),
  position: Type.Integer(),
});

const HoldStatusOut = Type.Object({ ...hold, createdAt: time, reason: optionalText });

const HoldParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: MAX_USER, description: "The caller's id of the hold, or ours; percent-encoded" }),
});

const done = {
  201: { ...HoldOut, description: 'Done' },
  200: { ...HoldOut, description: 'Done before: the first answer again' },
};

export function registerHolds(server: HttpServer, { engine, reports }: HttpDependencies): void {
  server.post(
    '/v1/holds',
    {
      config: { access: 'service' },
      schema: {
        summary: 'Set points of a user apart, to be captured or released later',
        tags: ['holds'],
        body: HoldIn,
        response: { ...done, ...describeProblems(400, 404, 409, 413, 415, 422) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => sendHold(reply, await engine.createHold(request.body, request.actor)),
  );

  server.post(
    '/v1/holds/:id/capture',
    {
      config: { access: 'service' },
      schema: {
        summary: 'Take what is held, or a part of it',
        description: 'The points are spent, or given to somebody else.',
        tags: ['holds'],
        params: HoldParams,
        body: CaptureIn,
        response: { ...done, ...describeProblems(400, 404, 409, 413, 415, 422) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => sendHold(reply, await engine.captureHold(request.params.id, request.body, request.actor)),
  );

  server.post(
    '/v1/holds/:id/release',
    {
      config: { access: 'service' },
      schema: {
        summary: 'Give what is held back, or a part of it',
        tags: ['holds'],
        params: HoldParams,
        body: ReleaseIn,
        response: { ...done, ...describeProblems(400, 404, 409, 413, 415, 422) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => sendHold(reply, await engine.releaseHold(request.params.id, request.body, request.actor)),
  );

  server.get(
    '/v1/holds/:id',
    {
      config: { access: 'service' },
      schema: {
        summary: 'A hold',
        tags: ['holds'],
        params: HoldParams,
        response: { 200: HoldStatusOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const found = await reports.hold(request.params.id);
      if (found !== undefined) return sendJson(reply, 200, found);
      return sendProblem(reply, 'unknown_hold', { detail: 'there is no hold of this id', path: '/params/id' });
    },
  );

  server.get(
    '/v1/users/:user/holds',
    {
      config: { access: 'own' },
      schema: {
        summary: 'Holds of a user, newest first',
        tags: ['users', 'holds'],
        params: UserParams,
        querystring: Type.Object({ state: Type.Optional(Type.Enum(STATES)), ...pageQuery(50, 1_000) }),
        response: {
          200: Type.Object({ holds: Type.Array(HoldStatusOut), cursor: nextCursor }),
          ...describeProblems(400, 404),
        },
      },
    },
    async (request, reply) => {
      const { state, limit, cursor } = request.query;
      if (cursor !== undefined && !isHoldCursor(cursor))
        return sendProblem(reply, 'malformed', { detail: 'is no cursor of this list', path: '/query/cursor' });
      const page = await reports.holds(request.params.user, {
        limit,
        ...(state === undefined ? {} : { state }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return page === undefined ? sendUnknownUser(reply) : sendJson(reply, 200, page);
    },
  );
}

function sendHold<R extends Reply>(reply: R, outcome: HoldOutcome): R {
  if (!outcome.ok) return sendRefusal(reply, outcome.refusal);
  return sendJson(reply, outcome.value.first ? 201 : 200, outcome.value.result);
}
