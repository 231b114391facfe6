import swagger from '@fastify/swagger';
import { sendJsonText } from './answers.ts';
import { PROBLEM_CODES, PROBLEMS } from './problems.ts';
import { ProblemSchema } from './schemas.ts';
import type { HttpServer, RouteAccess } from './server-type.ts';

/** What a caller of any guarded route has to reckon with. */
const ALWAYS = [401, 403, 429, 500, 503];

const WHO: Readonly<Record<RouteAccess, string>> = {
  probe: 'No key needed.',
  open: 'No key needed.',
  client: 'Any key.',
  own: 'Service and admin keys; client keys for their own user.',
  service: 'Service and admin keys.',
  admin: 'Admin keys.',
};

/** Responses for these statuses, with the codes that they may carry. */
export function describeProblems(...statuses: readonly number[]): Readonly<Record<number, object>> {
  return Object.fromEntries(
    statuses.map((status) => {
      const codes = PROBLEM_CODES.filter((code) => PROBLEMS[code].status === status);
      const description = codes.map((code) => `\`${code}\``).join(', ');
      return [status, { description, content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } }];
    }),
  );
}

/** OpenAPI 3.1 from the schemas of the routes. To be called before the routes are declared. */
export async function registerOpenApi(server: HttpServer, version: string): Promise<void> {
  server.addSchema(ProblemSchema);
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Diana',
        version,
        description: 'Events in; points, achievements, streaks and ranks out, from a ledger that can be proven.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'A key: `diana_<role>_<id>_<secret>`' } },
      },
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) => (typeof json.$id === 'string' ? json.$id : `schema-${index}`),
    },
    transform: ({ schema, url, route }) => {
      const access = route.config?.access ?? 'admin';
      const guarded = access !== 'open' && access !== 'probe';
      const response = { ...(schema?.response as object | undefined), ...(guarded ? describeProblems(...ALWAYS) : {}) };
      const description = [schema?.description, WHO[access]].filter((part) => part !== undefined).join(' ');
      return { url, schema: { ...schema, response, description, security: guarded ? [{ key: [] }] : [] } };
    },
  });
}

export function registerOpenApiRoute(server: HttpServer): void {
  let text: string | undefined;
  server.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, (_request, reply) => {
    text ??= JSON.stringify(server.swagger());
    sendJsonText(reply, 200, text);
  });
}
