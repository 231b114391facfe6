import { Type } from 'typebox';
import { type EventResult, MAX_EVENTS, type RefusedResult } from '../../engine/index.ts';
import type { RefusalCode } from '../../kernel/refusals.ts';
import { type Reply, sendJsonText, sendProblem } from './answers.ts';
import type { Actor } from '../../access/index.ts';
import { bodyReader, countMessage, parseEvents } from './body.ts';
import { BATCH, cloudEventPath, fromCloudEvent, STRUCTURED } from './cloud-events.ts';
import { CloudEventBatchIn, CloudEventIn, EventReportOut, EventResultsOut, EventsIn } from './event-schemas.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { after, MAX_USER } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { describingBodyCompiler } from './validation.ts';

/** What makes a single event a problem of its own instead of a result: its shape, size, time or key, and overload. */
const PROBLEM_WHEN_SINGLE: ReadonlySet<RefusalCode> = new Set([
  'malformed',
  'too_large',
  'invalid_time',
  'reserved_type',
  'invalid_data',
  'forbidden',
  'busy',
  'unavailable',
]);

export function registerEvents(server: HttpServer, { engine, reports, metrics }: HttpDependencies): void {
  // The engine examines each event by itself: a fault in one is not the fault of the others.
  const reader = bodyReader(parseEvents);
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser(['application/json', STRUCTURED, BATCH], reader);

  server.post(
    '/v1/events',
    {
      config: { access: 'client', countsRefusals: true },
      schema: {
        summary: 'Take in events and answer what they earned',
        description: 'Client keys may send events of types that the catalog declares public, for their own user.',
        tags: ['events'],
        body: {
          content: {
            'application/json': { schema: EventsIn },
            [STRUCTURED]: { schema: CloudEventIn },
            [BATCH]: { schema: CloudEventBatchIn },
          },
        },
        response: { 200: EventResultsOut, ...describeProblems(400, 413, 415) },
      },
      validatorCompiler: describingBodyCompiler,
    },
    async (request, reply) => {
      const body: unknown = request.body;
      // The names of media types are case-insensitive (RFC 9110 §8.3.1).
      const type = request.headers['content-type']?.toLowerCase();
      if (type?.startsWith('application/cloudevents') === true) {
        return takeCloudEvents(reply, body, type.startsWith(BATCH), request.actor);
      }
      if (!Array.isArray(body)) {
        if (body === undefined) return sendMalformed(reply, 'an event, or an array of events, is required');
        const results = await engine.submit([body], request.actor);
        return sendSingle(reply, results[0] as EventResult);
      }
      return countFault(reply, body.length) ?? sendResults(reply, await engine.submit(body, request.actor));
    },
  );

  const countFault = <R extends Reply>(reply: R, count: number): R | undefined =>
    count >= 1 && count <= MAX_EVENTS ? undefined : sendMalformed(reply, countMessage(count));

  /** Refused before the engine has seen anything, which counts its own refusals. */
  function sendMalformed<R extends Reply>(reply: R, detail: string): R {
    metrics.refusal?.('malformed');
    return sendProblem(reply, 'malformed', { detail, path: '' });
  }

  async function takeCloudEvents<R extends Reply>(reply: R, body: unknown, isBatch: boolean, actor: Actor): Promise<R> {
    if (Array.isArray(body) !== isBatch) {
      return sendMalformed(reply, isBatch ? 'a batch is an array of CloudEvents' : 'a CloudEvent is an object');
    }
    const list = isBatch ? (body as readonly unknown[]) : [body];
    const wrongCount = countFault(reply, list.length);
    if (wrongCount !== undefined) return wrongCount;
    const translated = list.map(fromCloudEvent);
    const events = translated.flatMap((one) => ('event' in one ? [one.event] : []));
    const decided = events.length === 0 ? [] : await engine.submit(events, actor);
    let next = 0;
    const results = translated.map((one) => {
      if (!('refused' in one)) return inCallersNames(decided[next++] as EventResult);
      metrics.refusal?.(one.refused.code);
      return one.refused;
    });
    return isBatch ? sendResults(reply, results) : sendSingle(reply, results[0] as EventResult);
  }

  server.get(
    '/v1/events/:id',
    {
      config: { access: 'service' },
      schema: {
        summary: 'An event, its outcome and why',
        tags: ['events'],
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: MAX_USER }) }),
        querystring: Type.Object({ source: Type.String({ minLength: 1, maxLength: MAX_USER, default: 'default' }), after }),
        response: { 200: EventReportOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const { source } = request.query;
      const report = await reports.event(source, request.params.id);
      if (report === undefined) {
        return sendProblem(reply, 'unknown_event', {
          detail: `source "${source}" has sent no event of this id`,
          path: '/params/id',
        });
      }
      return sendJsonText(reply, 200, JSON.stringify(report));
    },
  );
}

function inCallersNames(result: EventResult): EventResult {
  return result.status === 'refused' && result.path !== undefined ? { ...result, path: cloudEventPath(result.path) } : result;
}

function sendSingle<R extends Reply>(reply: R, result: EventResult): R {
  if (result.status === 'refused' && PROBLEM_WHEN_SINGLE.has(result.code)) return sendRefused(reply, result);
  return sendJsonText(reply, 200, JSON.stringify({ results: [result] }));
}

/** Overload and outage concern the whole request, so that callers with a plain retry policy do the right thing. */
function sendResults<R extends Reply>(reply: R, results: readonly EventResult[]): R {
  const first = results[0];
  if (first?.status === 'refused' && results.every(isTurnedAway)) return sendRefused(reply, first);
  return sendJsonText(reply, 200, JSON.stringify({ results }));
}

function isTurnedAway(result: EventResult): boolean {
  return result.status === 'refused' && (result.code === 'busy' || result.code === 'unavailable');
}

function sendRefused<R extends Reply>(reply: R, result: RefusedResult): R {
  return sendProblem(reply, result.code, { detail: result.message, path: result.path });
}
