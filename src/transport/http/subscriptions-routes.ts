import { Type } from 'typebox';
import type { Refusal } from '../../kernel/refusals.ts';
import { type Reply, sendJson, sendProblem, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { ReasonQuery, text, time } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import {
  CreatedOut,
  overlapSeconds,
  ReasonIn,
  ReplayIn,
  ReplayOut,
  SubscriptionChangeIn,
  SubscriptionIn,
  SubscriptionOut,
  SubscriptionParams,
} from './subscription-schemas.ts';
import { describingBodyCompiler, optionalBodyCompiler } from './validation.ts';

/** As long as it may take until every receiver knows the new secret, where nothing else is said. Seconds. */
const OVERLAP = 24 * 60 * 60;

export function registerSubscriptions(server: HttpServer, { bus }: HttpDependencies): void {
  server.get(
    '/v1/subscriptions',
    {
      config: { access: 'service' },
      schema: {
        summary: 'Subscriptions of the event bus, and how each is doing',
        tags: ['bus'],
        response: { 200: Type.Object({ subscriptions: Type.Array(SubscriptionOut) }) },
      },
    },
    async (_request, reply) => sendJson(reply, 200, { subscriptions: await bus.list() }),
  );

  server.post(
    '/v1/subscriptions',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Subscribe a webhook, or a relay to Redis streams',
        tags: ['bus'],
        body: SubscriptionIn,
        response: { 201: CreatedOut, ...describeProblems(400, 409, 413, 415) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const outcome = await bus.create(request.body, request.actor);
      return outcome.ok ? sendJson(reply, 201, outcome.value) : sendRefusal(reply, outcome.refusal);
    },
  );

  server.get(
    '/v1/subscriptions/:name',
    {
      config: { access: 'service' },
      schema: {
        summary: 'A subscription, and how it is doing',
        tags: ['bus'],
        params: SubscriptionParams,
        response: { 200: SubscriptionOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const subscription = await bus.show(name);
      if (subscription !== undefined) return sendJson(reply, 200, subscription);
      return sendProblem(reply, 'unknown_subscription', { detail: `no subscription "${name}"`, path: '/params/name' });
    },
  );

  server.patch(
    '/v1/subscriptions/:name',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Change a subscription; what is left out stays',
        description: 'Of `retry` and `breaker`, what is left out takes the default of the kind.',
        tags: ['bus'],
        params: SubscriptionParams,
        body: SubscriptionChangeIn,
        response: { 200: SubscriptionOut, ...describeProblems(400, 404, 413, 415) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const outcome = await bus.change(request.params.name, request.body, request.actor);
      return outcome.ok ? sendJson(reply, 200, outcome.value) : sendRefusalOfOne(reply, outcome.refusal);
    },
  );

  server.delete(
    '/v1/subscriptions/:name',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Delete a subscription, with its place in the log, what waits and its dead letters',
        tags: ['bus'],
        params: SubscriptionParams,
        querystring: ReasonQuery,
        response: { 204: Type.Null(), ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const outcome = await bus.remove(request.params.name, request.actor, request.query.reason ?? null);
      return outcome.ok ? reply.code(204).send(null) : sendRefusalOfOne(reply, outcome.refusal);
    },
  );

  for (const [action, summary] of [
    ['pause', 'Deliver nothing more of a subscription until it is resumed; nothing is lost'],
    ['resume', 'Go on delivering a subscription that is paused or disabled, from where it ended'],
  ] as const) {
    server.post(
      `/v1/subscriptions/:name/${action}`,
      {
        config: { access: 'admin' },
        schema: {
          summary,
          tags: ['bus'],
          params: SubscriptionParams,
          body: ReasonIn,
          response: { 200: SubscriptionOut, ...describeProblems(400, 404, 413, 415) },
        },
        validatorCompiler: optionalBodyCompiler,
      },
      async (request, reply) => {
        const outcome = await bus[action](request.params.name, request.actor, request.body.reason ?? null);
        return outcome.ok ? sendJson(reply, 200, outcome.value) : sendRefusalOfOne(reply, outcome.refusal);
      },
    );
  }

  server.post(
    '/v1/subscriptions/:name/secret',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Replace the secret of a webhook',
        description: 'Until the old one ends, deliveries carry a signature by each.',
        tags: ['bus'],
        params: SubscriptionParams,
        body: Type.Object({ overlapSeconds: Type.Optional(overlapSeconds) }, { additionalProperties: false }),
        response: {
          200: Type.Object({
            secret: { ...text, description: 'Told here and never again' },
            until: { ...time, description: 'When the old one ends; RFC 3339' },
          }),
          ...describeProblems(400, 404, 413, 415),
        },
      },
      validatorCompiler: optionalBodyCompiler,
    },
    async (request, reply) => {
      const outcome = await bus.rotate(request.params.name, request.body.overlapSeconds ?? OVERLAP, request.actor);
      return outcome.ok ? sendJson(reply, 200, outcome.value) : sendRefusalOfOne(reply, outcome.refusal);
    },
  );

  server.post(
    '/v1/subscriptions/:name/replay',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Deliver again from a place in the log on',
        description:
          '202: it has begun, and `health` of the subscription tells how far it has come. 200: a dry run, which only counts.',
        tags: ['bus'],
        params: SubscriptionParams,
        body: ReplayIn,
        response: { 200: ReplayOut, 202: ReplayOut, ...describeProblems(400, 404, 409, 413, 415) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const outcome = await bus.replay(request.params.name, request.body, request.actor);
      if (outcome.ok) return sendJson(reply, outcome.value.dryRun ? 200 : 202, outcome.value);
      const { refusal } = outcome;
      // A name that is at fault but not unknown is the one that `into` asks for.
      if (refusal.code === 'unknown_subscription' || refusal.path !== '/name') return sendRefusalOfOne(reply, refusal);
      return sendRefusal(reply, { ...refusal, path: '/into' });
    },
  );
}

/** The bus calls the subscription `name`, which stands in the address here. */
function sendRefusalOfOne<R extends Reply>(reply: R, refusal: Refusal): R {
  return sendRefusal(reply, refusal.path === '/name' ? { ...refusal, path: '/params/name' } : refusal);
}
