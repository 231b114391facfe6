import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import { registerAchievements } from './achievements-routes.ts';
import { registerAudit } from './audit-routes.ts';
import { registerSetAside } from './set-aside-routes.ts';
import { createGuard } from './authentication.ts';
import { registerBoardClosing } from './board-closing-routes.ts';
import { registerBoards } from './boards-routes.ts';
import { bodyReader, MAX_BODY, parseSafeJson } from './body.ts';
import { registerBoosts } from './boosts-routes.ts';
import { registerBus } from './bus-routes.ts';
import { registerCatalog } from './catalog-routes.ts';
import { registerDeadLetters } from './dead-letters-routes.ts';
import { registerEvents } from './events-routes.ts';
import { answerBrokenRequest, createFailureHandler } from './failures.ts';
import { registerFlows } from './flows-routes.ts';
import { registerHolds } from './holds-routes.ts';
import { registerHealth } from './health-routes.ts';
import { registerKeys } from './keys-routes.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { createAddresses } from './not-found.ts';
import { registerOpenApi, registerOpenApiRoute } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { MAX_USER } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { addRetirement } from './retirement.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { registerStreaks } from './streaks-routes.ts';
import { registerStream } from './stream-routes.ts';
import { registerSubscriptions } from './subscriptions-routes.ts';
import { registerSummary } from './summary-routes.ts';
import { registerTraces } from './traces-routes.ts';
import { registerTransfers } from './transfers-routes.ts';
import { registerUndo } from './undo-routes.ts';
import { registerUserTransfers } from './user-transfers-routes.ts';
import { registerUsers } from './users-routes.ts';
import { registerWhy } from './why-routes.ts';
import { validatorCompiler } from './validation.ts';

/** A whole request, body included, has to arrive within this: 5 MB over a slow line do; who drips bytes does not. */
const REQUEST_TIMEOUT = 30_000;
/** Longer than the 60 s after which common load balancers drop an idle connection, so that they are the ones to close it. */
const KEEP_ALIVE_TIMEOUT = 72_000;
/** Silence in the middle of an exchange. Longer than any answer takes, so it only meets peers that are gone. */
const CONNECTION_TIMEOUT = 120_000;
/** Headers are small: who needs longer is no honest caller. */
const HEADERS_TIMEOUT = 10_000;
/** A request that took longer than this is worth a line in the log. Milliseconds. */
const SLOW = 1_000;
/** How often connections that fell idle are closed while the server closes: kept open, each would hold it for 72 s. */
const CLOSING_STEP = 50;
/** A character of a parameter takes up to 4 bytes of 3 characters each when percent-encoded. */
const MAX_PARAM = MAX_USER * 12;

/** The HTTP side of Diana, ready to listen. `close` waits for the requests under way. */
export async function createHttpServer(dependencies: HttpDependencies): Promise<HttpServer> {
  const { log, metrics, access, findAccount, clock, randomness, trustProxy } = dependencies;
  const boot = Buffer.from(randomness.bytes(4)).toString('hex');
  let requests = 0;
  const fail = createFailureHandler(log, metrics);
  const server: HttpServer = fastify({
    // One line a request would cost more than the request. What matters is logged below and in failures.ts.
    logger: false,
    genReqId: () => `${boot}-${(requests += 1)}`,
    bodyLimit: MAX_BODY,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    connectionTimeout: CONNECTION_TIMEOUT,
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : (trustProxy ?? false),
    // What arrives on a connection while it drains is still answered; the engine says when it takes no more.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM },
    frameworkErrors: (error, request, reply) => fail(error, request, reply),
    clientErrorHandler: answerBrokenRequest,
  }).withTypeProvider<TypeBoxTypeProvider>();
  server.server.headersTimeout = HEADERS_TIMEOUT;
  server.decorateRequest('actor');
  server.setValidatorCompiler(validatorCompiler);
  // Answers are serialized where they are made; the response schemas describe them.
  server.setSerializerCompiler(() => JSON.stringify);
  server.setErrorHandler(fail);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', bodyReader(parseSafeJson));

  const guard = createGuard(access, findAccount, { ...DEFAULT_LIMITS, ...dependencies.limits }, clock);
  const addresses = createAddresses();
  server.addHook('onRoute', (route) => {
    const routeAccess = route.config?.access;
    if (routeAccess === undefined) throw new Error(`${route.url} does not say who may call it`);
    addresses.add(route.url, route.method);
    route.onRequest = [guard.admit(routeAccess), ...[route.onRequest ?? []].flat()];
    if (routeAccess === 'own') route.preHandler = [guard.ownUserOnly, ...[route.preHandler ?? []].flat()];
    const pattern = route.url;
    const streams = route.config?.streams === true;
    route.onResponse = (request, reply, done) => {
      if (streams && reply.statusCode === 200) return done();
      const elapsed = reply.elapsedTime;
      metrics.observeRequest(pattern, request.method, reply.statusCode, elapsed / 1_000);
      if (elapsed > SLOW) {
        const fields = {
          route: pattern,
          method: request.method,
          status: reply.statusCode,
          ms: Math.round(elapsed),
          requestId: request.id,
        };
        log.info(fields, 'a request was slow');
      }
      done();
    };
  });
  server.setNotFoundHandler((request, reply) => {
    setSecurityHeaders(reply);
    addresses.answer(request, reply);
    metrics.observeRequest('unmatched', request.method, reply.statusCode, reply.elapsedTime / 1_000);
  });

  addRetirement(server);
  server.addHook('preClose', (done) => {
    const closing = setInterval(() => server.server.closeIdleConnections(), CLOSING_STEP);
    server.server.once('close', () => clearInterval(closing));
    done();
  });

  await registerOpenApi(server, dependencies.version ?? '0.0.0');
  for (const register of [registerEvents, registerCatalog]) {
    // Their own scope, because they read content types of their own.
    await server.register(async (scope: HttpServer) => register(scope, dependencies));
  }
  for (const register of [
    registerUsers,
    registerAchievements,
    registerUserTransfers,
    registerWhy,
    registerTransfers,
    registerUndo,
    registerStreaks,
    registerHolds,
    registerBoosts,
    registerBoards,
    registerBoardClosing,
    registerSummary,
    registerKeys,
    registerAudit,
    registerSetAside,
    registerTraces,
    registerFlows,
    registerSubscriptions,
    registerDeadLetters,
    registerBus,
    registerStream,
    registerHealth,
  ]) {
    register(server, dependencies);
  }
  registerOpenApiRoute(server);
  await server.ready();
  return server;
}
