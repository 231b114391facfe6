import { Type } from 'typebox';
import { MAX_ID } from '../../events/index.ts';
import { sendJson, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { MAX_REASON, points, text } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { describingBodyCompiler } from './validation.ts';

const KINDS = ['award', 'spend', 'transfer', 'adjust', 'force'];
const name = (description: string) => Type.String({ minLength: 1, maxLength: MAX_ID, description });

/** What a transfer looks like on the wire. The engine's parser decides; this describes. */
export const TransferIn = Type.Object(
  {
    id: name('Identity for ever; a repeat gets the first answer'),
    kind: Type.Enum(KINDS, { description: '`adjust` and `force` need an admin key and a reason' }),
    user: name('Who receives (award, adjust, force) or gives (spend, transfer)'),
    to: Type.Optional(name('Who receives; of kind `transfer` only')),
    currency: text,
    amount: Type.Integer({
      minimum: -Number.MAX_SAFE_INTEGER,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Positive; for `adjust` signed and not zero',
    }),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_REASON })),
  },
  { additionalProperties: false },
);

const TransferOut = Type.Object({
  id: text,
  transfer: text,
  kind: Type.Enum(KINDS),
  user: text,
  to: Type.Optional(text),
  currency: text,
  amount: { ...points, description: 'What was booked: of an adjustment that takes what there is, maybe less than was asked for' },
  balance: Type.Integer({ description: 'Available balance of `user` after it; for a transfer, of the giver' }),
  position: Type.Integer(),
});

export function registerTransfers(server: HttpServer, { engine }: HttpDependencies): void {
  server.post(
    '/v1/transfers',
    {
      config: { access: 'service', countsRefusals: true },
      schema: {
        summary: 'Move points outside the rules',
        tags: ['transfers'],
        body: TransferIn,
        response: {
          201: { ...TransferOut, description: 'Done' },
          200: { ...TransferOut, description: 'Done before: the first answer again' },
          ...describeProblems(400, 404, 409, 413, 415, 422),
        },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const outcome = await engine.transfer(request.body, request.actor);
      if (!outcome.ok) return sendRefusal(reply, outcome.refusal);
      return sendJson(reply, outcome.value.first ? 201 : 200, outcome.value.result);
    },
  );
}
