import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseUnavailable, type Log } from '../../kernel/ports.ts';
import { sendProblem, sendProblemError } from './answers.ts';
import type { HttpMetrics } from './port.ts';
import { isRefusalCode, type ProblemCode, ProblemError, problemOf } from './problems.ts';

/** What the framework finds wrong by itself. Everything else of it below 500 is a malformed request. */
const FRAMEWORK: Readonly<Record<string, { readonly code: ProblemCode; readonly detail: string; readonly path?: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    detail: 'the body has no content type that is read here',
    path: '/headers/content-type',
  },
  FST_ERR_BAD_URL: { code: 'malformed', detail: 'the address is not percent-encoded UTF-8', path: '/params' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'malformed', detail: 'a part of the address is too long', path: '/params' },
};

/** The one place where what was thrown becomes an answer. Nothing of a stack or a message of ours leaves the house. */
export function createFailureHandler(
  log: Log,
  metrics: Pick<HttpMetrics, 'refusal'>,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    if (error instanceof ProblemError) {
      if (request.routeOptions.config.countsRefusals === true && isRefusalCode(error.code)) metrics.refusal?.(error.code);
      sendProblemError(reply, error);
    } else if (error instanceof DatabaseUnavailable) {
      const detail =
        error.outcome === 'unknown'
          ? 'the connection to the database broke before the outcome was known; send the same request again'
          : 'the database is away; nothing was written';
      sendProblem(reply, 'unavailable', { detail });
    } else if (isFrameworkError(error)) {
      const known = FRAMEWORK[error.code];
      sendProblem(reply, known?.code ?? 'malformed', { detail: known?.detail ?? error.message, path: known?.path });
    } else {
      const route = request.routeOptions.url ?? 'unmatched';
      log.error({ err: error, requestId: request.id, method: request.method, route }, 'a request failed');
      sendProblem(reply, 'internal_error', { detail: 'Diana failed on this request; the log tells more', requestId: request.id });
    }
  };
}

function isFrameworkError(error: unknown): error is FastifyError {
  if (!(error instanceof Error) || !('code' in error) || !('statusCode' in error)) return false;
  return String(error.code).startsWith('FST_ERR_') && Number(error.statusCode) < 500;
}

/** What is no HTTP request at all never reaches a route: answered on the bare socket. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = BROKEN[error.code ?? ''] ?? 'malformed';
  const problem = problemOf(code, { detail: 'this is no complete HTTP request' });
  const body = JSON.stringify(problem.body);
  const head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`;
  const headers = `content-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
  socket.end(`${head}\r\n${headers}\r\n\r\n${body}`);
}

const BROKEN: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};
