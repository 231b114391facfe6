import { nameFault } from '../events/index.ts';
import { jsonFault, pointerToken } from '../kernel/json.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import type { Refusal } from '../kernel/refusals.ts';

/** Reading commands as they came off the wire: what each of them has to check. */

/** A reason is a sentence, not a document. Characters. */
export const MAX_REASON = 1_000;

export type Fields = Readonly<Record<string, unknown>>;

export function no(path: string, message: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code: 'malformed', path, message } };
}

/** An object of sound JSON that has no other fields than the known ones. `noun`: `a transfer`. */
export function readFields(raw: unknown, noun: string, known: readonly string[]): Outcome<Fields> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return no('', `${noun} is an object`);
  const fault = jsonFault(raw);
  if (fault !== undefined) return no(fault.path, fault.message);
  for (const name of Object.keys(raw)) {
    if (!known.includes(name)) return no(`/${pointerToken(name)}`, `is no field of ${noun} (${known.join(', ')})`);
  }
  return { ok: true, value: raw as Fields };
}

/** The first of these fields that is no id or name; `true` for those that have to be there. */
export function faultOfNames(fields: Fields, names: Readonly<Record<string, boolean>>): Outcome<never> | undefined {
  for (const [name, required] of Object.entries(names)) {
    const wrong = nameFault(fields[name], required);
    if (wrong !== undefined) return no(`/${name}`, wrong);
  }
  return undefined;
}

export function faultOfReason(reason: unknown, needed: string | null): Outcome<never> | undefined {
  if (reason === undefined) return needed === null ? undefined : no('/reason', needed);
  if (typeof reason === 'string' && reason !== '' && reason.length <= MAX_REASON) return undefined;
  return no('/reason', `must be text of 1 to ${MAX_REASON} characters`);
}

/** For commands that are none of a client's. */
export function forbidden(message: string): Outcome<never> {
  return refused({ code: 'forbidden', path: '', message });
}
