import { Type } from 'typebox';
import { MAX_ID } from '../../events/index.ts';
import { sendJson, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { MAX_REASON, points, text, UserParams } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { describingBodyCompiler } from './validation.ts';

const Params = Type.Object({
  ...UserParams.properties,
  achievement: Type.String({ minLength: 1, maxLength: MAX_ID, description: 'Id of the achievement in the catalog in force' }),
});

const tier = Type.Optional(Type.String({ description: 'Id of the tier; required where there are several' }));
const reason = Type.String({ minLength: 1, maxLength: MAX_REASON, description: 'Why; kept in the audit log' });

/** The engine's parser decides; this describes. */
const GrantIn = Type.Object(
  {
    tier,
    reason,
    id: Type.Optional(
      Type.String({ minLength: 1, maxLength: MAX_ID, description: 'Identity for ever; a repeat gets the first answer' }),
    ),
    reward: Type.Optional(Type.Boolean({ description: 'Whether the reward is paid; true is the default' })),
  },
  { additionalProperties: false },
);

const RevokeIn = Type.Object({ tier, reason }, { additionalProperties: false });

const RevokedOut = Type.Object({
  achievement: text,
  tier: text,
  position: Type.Union([Type.Integer(), Type.Null()], { description: 'Place in the log; reads with `?after=` wait for it' }),
});
const GrantedOut = Type.Object({
  ...RevokedOut.properties,
  paid: Type.Record(Type.String(), points, { description: 'By currency' }),
});

export function registerAchievements(server: HttpServer, { engine }: HttpDependencies): void {
  server.post(
    '/v1/users/:user/achievements/:achievement/grant',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Unlock a tier of an achievement by hand',
        description: 'Whatever its progress, and whatever it requires.',
        tags: ['users'],
        params: Params,
        body: GrantIn,
        response: {
          201: { ...GrantedOut, description: 'Unlocked' },
          200: { ...GrantedOut, description: 'Done before: the first answer again' },
          ...describeProblems(400, 404, 409, 413, 415, 422),
        },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const { user, achievement } = request.params;
      const outcome = await engine.grants.grant(user, achievement, request.body, request.actor);
      if (!outcome.ok) return sendRefusal(reply, outcome.refusal);
      const { result, position, first } = outcome.value;
      return sendJson(reply, first ? 201 : 200, { ...result, position });
    },
  );

  server.post(
    '/v1/users/:user/achievements/:achievement/revoke',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Take a tier of an achievement away by hand',
        description: 'It stays locked until it is granted again. What was paid for it stays, and so does what it unlocked.',
        tags: ['users'],
        params: Params,
        body: RevokeIn,
        response: { 200: RevokedOut, ...describeProblems(400, 404, 409, 413, 415) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const { user, achievement } = request.params;
      const outcome = await engine.grants.revoke(user, achievement, request.body, request.actor);
      if (!outcome.ok) return sendRefusal(reply, outcome.refusal);
      return sendJson(reply, 200, { ...outcome.value.result, position: outcome.value.position });
    },
  );
}
