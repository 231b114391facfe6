import type { FastifyReply, FastifyRequest, preHandlerHookHandler, onRequestHookHandler } from 'fastify';
import type { Access, Actor, Role } from '../../access/index.ts';
import type { Clock } from '../../kernel/ports.ts';
import { sendProblem } from './answers.ts';
import { addressName, createLimiter, type Limiter, type Limits } from './limits.ts';
import { setSecurityHeaders } from './security-headers.ts';
import type { RouteAccess } from './server-type.ts';

const RANK: Readonly<Record<Role, number>> = { client: 0, service: 1, admin: 2 };
/** The least role that a route lets in; `own` looks at the user besides. */
const LEAST: Readonly<Record<Exclude<RouteAccess, 'open' | 'probe'>, Role>> = {
  client: 'client',
  own: 'client',
  service: 'service',
  admin: 'admin',
};

export interface Guard {
  /** Lets in who may call a route of this access, and holds them to their limits. */
  admit(access: RouteAccess): onRequestHookHandler;
  /** For `own` routes: a client key reads about its own user only. */
  ownUserOnly: preHandlerHookHandler;
}

export function createGuard(
  access: Access,
  findAccount: (user: string) => Promise<number | undefined>,
  limits: Limits,
  clock: Clock,
): Guard {
  const limiter = (limit: Limits['perAddress']): Limiter | undefined =>
    limit === null ? undefined : createLimiter(limit, clock);
  const addresses = limiter(limits.perAddress);
  const failures = limiter(limits.failedAuthentication);
  const keys: Readonly<Record<Role, Limiter | undefined>> = {
    client: limiter(limits.perKey.client),
    service: limiter(limits.perKey.service),
    admin: limiter(limits.perKey.admin),
  };

  /** Whether the address still has room; answers when it has not. */
  const hasRoom = (request: FastifyRequest, reply: FastifyReply): boolean => {
    const seconds = addresses?.take(addressName(request.ip)) ?? 0;
    if (seconds > 0) slowDown(reply, seconds, 'this address sends too many requests');
    return seconds === 0;
  };

  const enter = (actor: Actor | undefined, least: Role, request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (actor === undefined) {
      const wait = failures?.take(addressName(request.ip)) ?? 0;
      if (wait > 0) return slowDown(reply, wait, 'this address sent too many wrong keys');
      unauthorized(reply, 'Bearer realm="diana", error="invalid_token"', 'the key is unknown or revoked');
      return;
    }
    const seconds = keys[actor.role]?.take(actor.id) ?? 0;
    if (seconds > 0) return slowDown(reply, seconds, 'this key sends too many requests');
    if (RANK[actor.role] < RANK[least]) {
      sendProblem(reply, 'forbidden', { detail: `a ${actor.role} key may not do this; it takes a key of role ${least}` });
      return;
    }
    request.actor = actor;
    done();
  };

  return {
    admit(routeAccess) {
      if (routeAccess === 'probe') {
        return (_request, reply, done) => {
          setSecurityHeaders(reply);
          done();
        };
      }
      if (routeAccess === 'open') {
        return (request, reply, done) => {
          setSecurityHeaders(reply);
          if (hasRoom(request, reply)) done();
        };
      }
      const least = LEAST[routeAccess];
      return (request, reply, done) => {
        setSecurityHeaders(reply);
        if (!hasRoom(request, reply)) return;
        const token = bearerToken(request.headers.authorization);
        if (token === undefined) {
          unauthorized(reply, 'Bearer realm="diana"', 'send a key: Authorization: Bearer <key>');
          return;
        }
        // Looked up before anything is held against the address: a good key opens, whoever else is behind the same
        // proxy. Our own keys have 256 random bits, so that it is not the limit that keeps them from being guessed.
        access.authenticate(token).then((actor) => enter(actor, least, request, reply, done), done);
      };
    },

    ownUserOnly(request, reply, done) {
      if (request.actor.role !== 'client') return done();
      const { user } = request.params as { readonly user: string };
      findAccount(user).then((account) => {
        if (account !== undefined && account === request.actor.account) done();
        // The same answer for a user who does not exist: a client key is not told who else there is.
        else sendProblem(reply, 'forbidden', { detail: 'a client key reads about its own user only', path: '/params/user' });
      }, done);
    },
  };
}

/** The scheme's name is case-insensitive (RFC 9110 §11.1). Headers arrive as Latin-1, whatever the bytes mean. */
function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined || header.length < 8 || header.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  const token = header.slice(7).trim();
  if (token === '') return undefined;
  return /[\u0080-\u00ff]/.test(token) ? Buffer.from(token, 'latin1').toString('utf8') : token;
}

function unauthorized(reply: FastifyReply, challenge: string, detail: string): void {
  reply.header('www-authenticate', challenge);
  sendProblem(reply, 'unauthorized', { detail, path: '/headers/authorization' });
}

function slowDown(reply: FastifyReply, seconds: number, detail: string): void {
  sendProblem(reply, 'rate_limited', { detail: `${detail}; try again in ${seconds} s`, retryAfter: seconds });
}
