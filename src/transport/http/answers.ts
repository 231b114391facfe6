import { REFUSALS, type Refusal } from '../../kernel/refusals.ts';
import { type ProblemCode, type ProblemDetails, ProblemError, problemOf } from './problems.ts';

/** As much of a reply as an answer needs, whatever the schema of its route. */
export interface Reply {
  code(status: number): unknown;
  header(name: string, value: string | number): unknown;
  send(payload?: unknown): unknown;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers with JSON. Serialized here, so that an answer is what was decided, whatever a schema leaves out. */
export function sendJson<R extends Reply>(reply: R, status: number, value: object): R {
  return sendJsonText(reply, status, JSON.stringify(value));
}

export function sendJsonText<R extends Reply>(reply: R, status: number, text: string): R {
  reply.code(status);
  reply.header('content-type', JSON_TYPE);
  reply.send(text);
  return reply;
}

export function sendProblem<R extends Reply>(reply: R, code: ProblemCode, details: ProblemDetails): R {
  const problem = problemOf(code, details);
  reply.code(problem.status);
  // The media type has no charset parameter, and the framework adds none to bytes.
  reply.header('content-type', 'application/problem+json');
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
  reply.send(Buffer.from(JSON.stringify(problem.body)));
  return reply;
}

export function sendRefusal<R extends Reply>(reply: R, refusal: Refusal): R {
  return sendProblem(reply, refusal.code, { detail: refusal.message || REFUSALS[refusal.code].means, path: refusal.path });
}

/** The problem that a thrown one stands for. */
export function sendProblemError<R extends Reply>(reply: R, error: ProblemError): R {
  return sendProblem(reply, error.code, { detail: error.message, path: error.path });
}
