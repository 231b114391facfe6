import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { MAX_EVENTS } from '../../engine/index.ts';
import { jsonFault } from '../../kernel/json.ts';
import { type JsonShape, jsonShape, MAX_NESTING } from './json-shape.ts';
import { ProblemError } from './problems.ts';

/** The largest body that is read, in bytes: 1,000 events of 5 kB. */
export const MAX_BODY = 5 * 1024 * 1024;

/**
 * How much of a body that is too large is taken off the line and dropped, so that the caller reads the answer
 * instead of a broken connection. Beyond it the connection is cut.
 */
const MAX_DROPPED = 64 * 1024 * 1024;

type Done = (error: Error | null, body?: unknown) => void;
type BodyReader = (request: unknown, payload: IncomingMessage, done: Done) => void;

/** Reads a body as UTF-8 text and gives it to `parse`, which throws a ProblemError where it is not to its liking. */
export function bodyReader(parse: (text: string) => unknown): BodyReader {
  return (_request, payload, done) => {
    readText(payload, (error, text) => {
      if (error !== null) return done(error);
      let body: unknown;
      try {
        body = parse(text);
      } catch (fault) {
        return done(fault instanceof Error ? fault : new Error('a body parser threw', { cause: fault }));
      }
      return done(null, body);
    });
  };
}

/** The body of a request for events: no look inside, because the engine examines each event by itself. */
export function parseEvents(text: string): unknown {
  return parseJson(text, ({ elements }) => (elements > MAX_EVENTS ? countMessage(elements) : undefined));
}

/** What is said of an array that holds too many events, or none. */
export function countMessage(count: number): string {
  return `an array holds 1 to ${MAX_EVENTS} events, not ${count}`;
}

/** JSON without a look inside. `faultOf` says what is wrong with the shape of a text that is not parsed yet. */
export function parseJson(text: string, faultOf?: (shape: JsonShape) => string | undefined): unknown {
  if (text === '') return undefined;
  // Before the parser, which takes a gigabyte for five million brackets.
  const shape = jsonShape(text);
  const fault = shape.tooDeep ? `the body is nested deeper than ${MAX_NESTING} levels` : faultOf?.(shape);
  if (fault !== undefined) throw new ProblemError('malformed', fault, '');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ProblemError('malformed', `the body is no JSON: ${shorten((error as Error).message)}`, '');
  }
}

/** JSON that holds nothing hostile: no `__proto__`, no NUL, no half of a surrogate pair, and not nested too deeply. */
export function parseSafeJson(text: string): unknown {
  const value = parseJson(text);
  const fault = value === undefined ? undefined : jsonFault(value);
  if (fault !== undefined) throw new ProblemError('malformed', fault.message, fault.path);
  return value;
}

/** The parser's message may quote a good part of the body. */
function shorten(message: string): string {
  return message.length <= 200 ? message : `${message.slice(0, 200)}…`;
}

function readText(payload: IncomingMessage, done: (error: ProblemError | null, text: string) => void): void {
  const encoding = payload.headers['content-encoding'];
  const announced = Number(payload.headers['content-length'] ?? 0);
  const fail = (error: ProblemError): void => done(error, '');
  if (encoding !== undefined && encoding !== 'identity') {
    return fail(
      new ProblemError(
        'unsupported_media_type',
        'a body is read as it is, without content-encoding',
        '/headers/content-encoding',
      ),
    );
  }
  if (announced > MAX_DROPPED) return fail(tooLarge());

  let chunks: Buffer[] = [];
  let received = 0;
  let over = announced > MAX_BODY;
  let finished = false;
  const finish = (error: ProblemError | null): void => {
    if (finished) return;
    finished = true;
    payload.off('data', onData);
    if (error !== null) return fail(error);
    const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, received);
    chunks = [];
    if (!isUtf8(bytes)) return fail(new ProblemError('malformed', 'the body is not UTF-8', ''));
    return done(null, bytes.toString('utf8'));
  };
  const onData = (chunk: Buffer): void => {
    received += chunk.length;
    if (received > MAX_BODY) {
      over = true;
      chunks = [];
      if (received > MAX_DROPPED) finish(tooLarge());
    }
    if (!over) chunks.push(chunk);
  };
  payload.on('data', onData);
  payload.on('end', () => finish(over ? tooLarge() : null));
  // The caller went away: whatever is answered, nobody reads it.
  const onGone = (): void => finish(new ProblemError('malformed', 'the body ended before it was whole', ''));
  payload.on('error', onGone);
  payload.on('close', onGone);
}

function tooLarge(): ProblemError {
  return new ProblemError('too_large', `a body is at most ${MAX_BODY} bytes`, '');
}
