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
    /** Takes in events or transfers, whose refusals are counted even where the body alone is at fault. */
    countsRefusals?: boolean;
    /** A success lasts for as long as its reader likes: the route itself tells metrics of it. */
    streams?: boolean;
  }
  interface FastifyInstance {
    /**
     * The way out that cuts nobody off, before `close`: takes no more connections and ends each open one with its next
     * answer. Resolves when none is open, or after that many milliseconds.
     */
    retire(milliseconds: number): Promise<void>;
  }
}

export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
