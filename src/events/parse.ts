import { canonical, type Json, type JsonObject, jsonFault, pointerToken, textFault } from '../kernel/json.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import { isEventType } from '../kernel/pattern.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import { MAX_AHEAD, parseTime, type WrittenTime } from '../kernel/time.ts';
import type { EventDeclaration, Submission } from './model.ts';
import { isReserved } from './reserved.ts';

/** Ids are names, not documents: longer ones are a caller's mistake. Characters. */
export const MAX_ID = 256;
/** Bytes of one event as JSON. */
export const MAX_EVENT = 256 * 1024;

const FIELDS = new Set(['id', 'type', 'user', 'time', 'data', 'source', 'correlationId', 'causationId']);
const NO_DATA: JsonObject = Object.freeze({});

function no(
  code: RefusalCode,
  path: string,
  message: string,
): { readonly ok: false; readonly refusal: { code: RefusalCode; path: string; message: string } } {
  return refused({ code, path, message }) as { ok: false; refusal: { code: RefusalCode; path: string; message: string } };
}

/**
 * An event as it came off the wire, parsed once. `now` is the moment of acceptance in milliseconds; `freshId`
 * gives an id to an event that has none.
 */
export function parseEvent(raw: unknown, now: number, freshId: () => string): Outcome<Submission> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return no('malformed', '', 'an event is an object');
  const fault = jsonFault(raw);
  if (fault !== undefined) return no('malformed', fault.path, fault.message);
  const event = raw as Readonly<Record<string, Json>>;
  for (const name of Object.keys(event)) {
    if (!FIELDS.has(name))
      return no('malformed', `/${pointerToken(name)}`, `is no field of an event (${[...FIELDS].join(', ')})`);
  }
  const { type, user, time, data, correlationId, causationId } = event;
  const id = event['id'];
  const source = event['source'];
  for (const [name, value, required] of [
    ['type', type, true],
    ['user', user, true],
    ['id', id, false],
    ['source', source, false],
    ['correlationId', correlationId, false],
    ['causationId', causationId, false],
  ] as const) {
    const wrong = nameFault(value, required);
    if (wrong !== undefined) return no('malformed', `/${name}`, wrong);
  }
  if (!isEventType(type as string)) {
    return no(
      'malformed',
      '/type',
      'must be 1–16 segments of a–z, 0–9, "_" and "-", split by dots, each beginning with a letter',
    );
  }
  if (typeof source === 'string' && (source === 'diana' || source.startsWith('@'))) {
    return no('malformed', '/source', '"diana" and sources that begin with "@" belong to Diana itself');
  }
  if (data !== undefined && (typeof data !== 'object' || data === null || Array.isArray(data))) {
    return no('malformed', '/data', 'must be an object');
  }
  // A caller may well give every attempt a correlation of its own: it is no part of what must agree.
  const { id: _id, source: _source, correlationId: _correlation, causationId: _causation, ...rest } = event;
  const body = canonical(rest);
  // Escapes only make bytes of what would be fewer; the cheap bound comes first.
  if (body.length > MAX_EVENT / 4 && Buffer.byteLength(body) > MAX_EVENT) {
    return no('too_large', '', `an event is at most ${MAX_EVENT} bytes as JSON`);
  }
  const when = timeOf(time, now);
  if (!when.ok) return when;
  if (isReserved(type as string))
    return no('reserved_type', '/type', `${type as string} is announced by Diana itself and cannot be posted`);

  return {
    ok: true,
    value: {
      source: (source as string | undefined) ?? 'default',
      id: (id as string | undefined) ?? freshId(),
      type: type as string,
      user: user as string,
      time: when.value,
      data: (data as JsonObject | undefined) ?? NO_DATA,
      correlationId: (correlationId as string | undefined) ?? null,
      causationId: (causationId as string | undefined) ?? null,
      body,
    },
  };
}

function timeOf(time: Json | undefined, now: number): Outcome<WrittenTime> {
  if (time === undefined) return { ok: true, value: { ms: now, offset: null } };
  const parsed = typeof time === 'string' ? parseTime(time) : undefined;
  if (parsed === undefined) {
    return no('invalid_time', '/time', 'must be an RFC 3339 time from 1970 on, such as "2026-11-21T10:00:00+01:00"');
  }
  if (parsed.ms > now + MAX_AHEAD) return no('invalid_time', '/time', 'lies more than five minutes in the future');
  return { ok: true, value: parsed };
}

/** Why a value is no name of something outside, or undefined. */
export function nameFault(value: unknown, required: boolean): string | undefined {
  if (value === undefined) return required ? 'is required' : undefined;
  if (typeof value !== 'string') return 'must be text';
  if (value === '') return 'must not be empty';
  if (value.length > MAX_ID) return `must be at most ${MAX_ID} characters`;
  return textFault(value);
}

/** Whether data fit the declaration of their type; fields that are not declared may be there too. */
export function checkData(declaration: EventDeclaration, data: JsonObject): Outcome<null> {
  if (declaration.data === null) return { ok: true, value: null };
  for (const [name, field] of declaration.data) {
    const value = data[name];
    const path = `/data/${pointerToken(name)}`;
    if (value === undefined || value === null) {
      if (!field.optional) return no('invalid_data', path, `is required by ${declaration.type} (${field.type})`);
      continue;
    }
    const actual = Array.isArray(value) ? 'list' : typeof value === 'object' ? 'map' : typeof value;
    const fits = field.type === 'integer' ? Number.isSafeInteger(value) : actual === field.type;
    if (!fits)
      return no(
        'invalid_data',
        path,
        `must be ${field.type === 'integer' ? 'an integer' : `a ${field.type}`}, as ${declaration.type} declares`,
      );
  }
  return { ok: true, value: null };
}
