import type { RefusedResult } from '../../engine/index.ts';

/**
 * CloudEvents 1.0 in the JSON format: `subject` is the user, the extensions `correlationid` and `causationid` say what
 * it belongs to and what caused it. Only the
 * envelope is looked at here; whether what it carries is an event, the engine decides.
 */

export const STRUCTURED = 'application/cloudevents+json';
export const BATCH = 'application/cloudevents-batch+json';

export type Translated = { readonly event: unknown } | { readonly refused: RefusedResult };

/** How the engine's names for the parts of an event are called in a CloudEvent. */
const NAMES: Readonly<Record<string, string>> = {
  '/user': '/subject',
  '/correlationId': '/correlationid',
  '/causationId': '/causationid',
};

export function fromCloudEvent(raw: unknown): Translated {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return refuse(null, '', 'a CloudEvent is an object');
  const envelope = raw as Readonly<Record<string, unknown>>;
  const { id, source, type, subject, time, data, correlationid, causationid, specversion, datacontenttype } = envelope;
  if (specversion !== '1.0') return refuse(id, '/specversion', 'must be "1.0"');
  for (const [name, value] of Object.entries({ id, source, type, subject })) {
    if (isAbsent(value)) return refuse(id, `/${name}`, 'is required');
  }
  if (!isAbsent(datacontenttype) && !isJsonType(datacontenttype)) return refuse(id, '/datacontenttype', 'must be JSON');
  if (Object.hasOwn(envelope, 'data_base64')) return refuse(id, '/data_base64', 'is not read: send "data" as JSON');
  if (Object.hasOwn(envelope, '__proto__')) return refuse(id, '/__proto__', 'is not an allowed name');
  return {
    event: {
      id,
      source,
      type,
      user: subject,
      ...(isAbsent(time) ? {} : { time }),
      ...(isAbsent(data) ? {} : { data }),
      ...(isAbsent(correlationid) ? {} : { correlationId: correlationid }),
      ...(isAbsent(causationid) ? {} : { causationId: causationid }),
    },
  };
}

/** An attribute that is null is one that is not there (CloudEvents JSON format §2.2). */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** The path of a fault in the names that the caller used. */
export function cloudEventPath(path: string): string {
  return NAMES[path] ?? path;
}

function isJsonType(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z]+\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i.test(value);
}

function refuse(id: unknown, path: string, message: string): Translated {
  return {
    refused: { id: typeof id === 'string' ? id : null, status: 'refused', code: 'malformed', message, path, retryable: false },
  };
}
