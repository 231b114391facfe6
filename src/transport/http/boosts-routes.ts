import { Type } from 'typebox';
import { MAX_ID } from '../../events/index.ts';
import { sendJson, sendProblem, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { MAX_REASON, MAX_USER, optionalText, ReasonQuery, text, time } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { describingBodyCompiler } from './validation.ts';

const rules = Type.Union([Type.Array(text), Type.Null()], { description: 'Null: all rules' });

/** What a boost looks like on the wire. The engine's parser decides; this describes. */
const BoostIn = Type.Object(
  {
    id: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
      description: 'Identity for ever; it stands in the answer to each award that it raises, as `boost:<id>`',
    }),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_ID, description: 'Everyone where this is left out' })),
    factor: Type.Number({ exclusiveMinimum: 0, maximum: 1_000 }),
    currency: Type.Optional(Type.String({ description: 'All currencies where this is left out' })),
    rules: Type.Optional(
      Type.Array(text, {
        minItems: 1,
        maxItems: 100,
        description: 'Ids; all rules where this is left out, but those without multipliers',
      }),
    ),
    from: Type.Optional(
      Type.String({ format: 'date-time', description: 'For events from then on; from now on where this is left out' }),
    ),
    until: Type.String({ format: 'date-time', description: 'For events before then' }),
    reason: Type.String({ minLength: 1, maxLength: MAX_REASON }),
  },
  { additionalProperties: false },
);

const boost = {
  id: text,
  factor: Type.Number(),
  currency: Type.Union([text, Type.Null()], { description: 'Null: all currencies' }),
  rules,
  from: time,
  until: time,
  cancelled: Type.Boolean({ description: 'Taken back before its time: then `until` is when' }),
};

const BoostOut = Type.Object({
  ...boost,
  user: Type.Union([text, Type.Null()], { description: 'Null: everyone' }),
  position: Type.Union([Type.Integer(), Type.Null()]),
});

const BoostsOut = Type.Object({
  boosts: Type.Array(Type.Object({ ...boost, grantedAt: time, grantedBy: optionalText, reason: text })),
});

export function registerBoosts(server: HttpServer, { engine, reports }: HttpDependencies): void {
  server.post(
    '/v1/boosts',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Raise what rules award to a user, or to everyone, for a time',
        description: 'At most 20 go on at once for one user, and 20 for everyone.',
        tags: ['boosts'],
        body: BoostIn,
        response: {
          201: { ...BoostOut, description: 'Granted' },
          200: { ...BoostOut, description: 'Granted before: the first answer again' },
          ...describeProblems(400, 404, 409, 413, 415, 422),
        },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const outcome = await engine.grantBoost(request.body, request.actor);
      if (!outcome.ok) return sendRefusal(reply, outcome.refusal);
      return sendJson(reply, outcome.value.first ? 201 : 200, outcome.value.result);
    },
  );

  server.delete(
    '/v1/boosts/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'End a boost now',
        description: 'Events of before keep it. One that is over stays as it is.',
        tags: ['boosts'],
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: MAX_USER }) }),
        querystring: ReasonQuery,
        response: { 200: BoostOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const outcome = await engine.cancelBoost(request.params.id, request.query.reason ?? null, request.actor);
      return outcome.ok ? sendJson(reply, 200, outcome.value.result) : sendRefusal(reply, outcome.refusal);
    },
  );

  server.get(
    '/v1/boosts',
    {
      config: { access: 'service' },
      schema: {
        summary: 'Boosts that are not over: those for everyone, or those of one user',
        tags: ['boosts'],
        querystring: Type.Object({ user: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_USER })) }),
        response: { 200: BoostsOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const boosts = await reports.boosts(request.query.user);
      if (boosts !== undefined) return sendJson(reply, 200, { boosts });
      return sendProblem(reply, 'unknown_user', { detail: 'there is no user of this id', path: '/query/user' });
    },
  );
}
