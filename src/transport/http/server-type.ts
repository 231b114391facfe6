import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Actor } from '../../access/index.ts';

/**
 * Who may call a route. `own`: service and admin, and client keys for their own user, whom the parameter `user` names.
 * `open`: anybody. `probe`: anybody, and no limit applies.
 */
export type RouteAccess = 'probe' | 'open' | 'client' | 'own' | 'service' | 'admin';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every route that is not open. */
    actor: Actor;
  }
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
}

export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
