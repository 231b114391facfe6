import { nameFault } from '../../events/index.ts';
import { jsonFault, pointerToken } from '../../kernel/json.ts';
import { type Outcome, refused } from '../../kernel/outcome.ts';
import { periodSpan } from '../../kernel/period.ts';

/** A reason is a sentence, not a document. Characters. */
const MAX_REASON = 1_000;

/** Local days, both included. */
export interface PauseCommand {
  readonly from: number;
  readonly to: number;
  readonly reason: string | null;
}

function no(path: string, message: string): ReturnType<typeof refused> {
  return refused({ code: 'malformed', path, message });
}

function fieldsOf(raw: unknown, known: readonly string[]): Outcome<Readonly<Record<string, unknown>>> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return no('', 'must be an object');
  const fault = jsonFault(raw);
  if (fault !== undefined) return no(fault.path, fault.message);
  const other = Object.keys(raw).find((name) => !known.includes(name));
  if (other !== undefined) return no(`/${pointerToken(other)}`, `is no field of this (${known.join(', ')})`);
  return { ok: true, value: raw as Readonly<Record<string, unknown>> };
}

/** Undefined for what is no date such as 2026-11-21. */
export function parseDate(text: unknown): number | undefined {
  return typeof text === 'string' ? periodSpan('day', text)?.from : undefined;
}

export function parsePause(raw: unknown): Outcome<PauseCommand> {
  const fields = fieldsOf(raw, ['from', 'to', 'reason']);
  if (!fields.ok) return fields;
  const { from, to, reason } = fields.value;
  const [first, last] = [parseDate(from), parseDate(to)];
  if (first === undefined) return no('/from', 'must be a date such as "2026-12-24"');
  if (last === undefined) return no('/to', 'must be a date such as "2027-01-06"');
  if (last < first) return no('/to', 'must not be before "from"');
  if (reason !== undefined && (typeof reason !== 'string' || reason === '' || reason.length > MAX_REASON))
    return no('/reason', `must be text of 1 to ${MAX_REASON} characters`);
  return { ok: true, value: { from: first, to: last, reason: reason ?? null } };
}

export function parseRestoration(raw: unknown): Outcome<{ readonly id: string }> {
  const fields = fieldsOf(raw, ['id']);
  if (!fields.ok) return fields;
  const { id } = fields.value;
  const fault = nameFault(id, true);
  return fault === undefined ? { ok: true, value: { id: id as string } } : no('/id', fault);
}
