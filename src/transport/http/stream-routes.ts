import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import { DatabaseUnavailable } from '../../kernel/ports.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import { sendProblem, sendRefusal } from './answers.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import type { HttpServer } from './server-type.ts';
import { createFrames, streamEvents } from './stream-events.ts';

/** Each takes a connection and some memory for as long as its reader likes. */
const MAX_STREAMS = 2_000;
/** What a reader that does not read has, once the server closes, to take the rest. Milliseconds. */
const LAST_CALL = 1_000;
/** Characters: patterns for a hundred types; a header of any length is no cursor. */
const MAX_TYPES = 8_000;
const MAX_FILTER = 4_000;
const MAX_CURSOR = 100;

const ROUTE = '/v1/stream';

export function registerStream(server: HttpServer, { bus, engine, metrics, log }: HttpDependencies): void {
  const frames = createFrames();
  const open = new Map<ServerResponse, () => void>();
  let isClosing = false;
  server.addHook('preClose', (done) => {
    isClosing = true;
    for (const [response, close] of open) {
      close();
      setTimeout(() => response.destroy(), LAST_CALL).unref();
    }
    done();
  });

  server.get(
    ROUTE,
    {
      config: { access: 'service', streams: true },
      // There is nothing to be told of a stream without reading it.
      exposeHeadRoute: false,
      schema: {
        summary: 'Events as they are committed, as server-sent events',
        description:
          'Goes on behind `Last-Event-ID`, where that header is sent. Each event has its cursor as `id`, its type as `event`, and itself as `data`, in JSON.',
        tags: ['bus'],
        headers: Type.Object({
          'last-event-id': Type.Optional(Type.String({ description: '`id` of the last event that arrived' })),
        }),
        querystring: Type.Object({
          types: Type.String({
            minLength: 1,
            maxLength: MAX_TYPES,
            default: '*',
            description: 'Patterns over event types, separated by commas, such as `game.*,quiz.*`',
          }),
          filter: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: MAX_FILTER,
              description: 'A condition in CEL, such as `event.data.amount > 10`',
            }),
          ),
          from: Type.String({
            minLength: 1,
            maxLength: 100,
            default: 'now',
            description: 'Without a cursor: `now`, `beginning`, a position of the log, or an RFC 3339 time',
          }),
          lastEventId: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: MAX_CURSOR,
              description: 'The same as the header, for those who cannot send it',
            }),
          ),
        }),
        response: {
          200: { description: 'Until either side ends it', content: { 'text/event-stream': { schema: Type.String() } } },
          ...describeProblems(400, 409),
        },
      },
    },
    async (request, reply) => {
      const { types, filter, from, lastEventId } = request.query;
      const leaving = (): boolean => isClosing || engine.status().draining;
      if (leaving()) return sendProblem(reply, 'unavailable', { detail: 'this process is shutting down' });
      if (bus.status().streams >= MAX_STREAMS)
        return sendProblem(reply, 'busy', { detail: `${MAX_STREAMS} streams are open in this process, which is all it takes` });
      const kept = request.headers['last-event-id'];
      const header = typeof kept === 'string' && kept.trim() !== '' ? kept : undefined;
      const cursor = header ?? lastEventId ?? null;
      const outcome = await bus.stream({
        types: types.split(',').map((pattern) => pattern.trim()),
        filter: filter ?? null,
        cursor,
        from: /^\d{1,16}$/.test(from) ? Number(from) : from,
      });
      if (!outcome.ok) return sendRefusal(reply, inQuery(outcome.refusal, header === undefined));
      const { feed } = outcome.value;
      const response = reply.raw;
      if (leaving() || response.destroyed) {
        feed.close();
        return sendProblem(reply, 'unavailable', { detail: 'this process is shutting down' });
      }

      const seconds = reply.elapsedTime / 1_000;
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) response.setHeader(name, value);
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
        // Nothing follows on it: a server that retires waits for no connection whose stream has ended.
        connection: 'close',
      });
      open.set(response, () => feed.close());
      response.once('close', () => {
        open.delete(response);
        // Of the time until it began: how long somebody listens says nothing of how fast anything is.
        metrics.observeRequest(ROUTE, request.method, 200, seconds);
      });
      const onFault = (error: unknown): void => {
        if (error instanceof DatabaseUnavailable) log.debug({ err: error }, 'a stream was ended: the database is away');
        else log.error({ err: error, requestId: request.id }, 'a stream of events failed');
      };
      void streamEvents(response, outcome.value, { frames, isNew: cursor === null, onFault });
      return reply;
    },
  );
}

/** The bus names fields of its own; here they stand in the address. */
function inQuery(refusal: Refusal, isCursorInQuery: boolean): Refusal {
  const { path = '' } = refusal;
  if (path === '/headers/last-event-id') return isCursorInQuery ? { ...refusal, path: '/query/lastEventId' } : refusal;
  if (path.startsWith('/query')) return refusal;
  // Which of the patterns it is, its message says; the list is one parameter.
  return { ...refusal, path: `/query${path.startsWith('/types') ? '/types' : path}` };
}
