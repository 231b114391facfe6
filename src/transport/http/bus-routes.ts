import { Type } from 'typebox';
import { sendJson } from './answers.ts';
import type { HttpDependencies } from './port.ts';
import { optionalText, text } from './schemas.ts';
import type { HttpServer } from './server-type.ts';

const BusOut = Type.Object({
  degraded: Type.Array(text, { description: 'What does not work as it should, named' }),
  redis: Type.Object({
    configured: Type.Boolean(),
    kind: optionalText,
    up: Type.Union([Type.Boolean(), Type.Null()]),
  }),
  streams: Type.Integer({ description: 'Readers of event streams that are open in the process asked' }),
  subscriptions: Type.Integer(),
  deadLetters: Type.Integer({ description: 'Of all subscriptions' }),
  lag: Type.Object(
    { events: Type.Integer(), seconds: Type.Number() },
    { description: 'The largest of any active subscription: positions that it has not looked at, and the age of the first' },
  ),
});

export function registerBus(server: HttpServer, { bus }: HttpDependencies): void {
  server.get(
    '/v1/bus',
    {
      config: { access: 'service' },
      schema: { summary: 'How the event bus is doing, in short', tags: ['bus'], response: { 200: BusOut } },
    },
    async (_request, reply) => {
      const list = await bus.list();
      const lags = list.flatMap(({ state, health }) => (state === 'active' ? [health.lag] : []));
      return sendJson(reply, 200, {
        ...bus.status(),
        subscriptions: list.length,
        deadLetters: list.reduce((sum, { health }) => sum + health.deadLetters, 0),
        lag: {
          events: Math.max(0, ...lags.map(({ events }) => events)),
          seconds: Math.max(0, ...lags.map(({ seconds }) => seconds)),
        },
      });
    },
  );
}
