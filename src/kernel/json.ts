/** Values as JSON gives them, and the checks that keep the hostile ones out. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Deep enough for any honest document; shallow enough for every recursive reader. */
export const MAX_DEPTH = 32;

export interface JsonFault {
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly message: string;
}

/** The first thing in `value` that PostgreSQL cannot store or that attacks readers, or undefined. */
export function jsonFault(value: unknown, depth = 0): JsonFault | undefined {
  if (typeof value === 'string') {
    const fault = textFault(value);
    return fault === undefined ? undefined : { path: '', message: fault };
  }
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { path: '', message: 'must be a finite number' };
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value !== 'object') return { path: '', message: 'is not JSON' };
  if (depth >= MAX_DEPTH) return { path: '', message: `is nested deeper than ${MAX_DEPTH} levels` };
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) {
      const fault = jsonFault(value[i], depth + 1);
      if (fault !== undefined) return below(String(i), fault);
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return below(key, { path: '', message: 'is not an allowed name' });
    const inName = textFault(key);
    if (inName !== undefined) return below(key, { path: '', message: `the name ${inName}` });
    const fault = jsonFault((value as Record<string, unknown>)[key], depth + 1);
    if (fault !== undefined) return below(key, fault);
  }
  return undefined;
}

/** Paths are put together on the way out: nearly every document has none to tell. */
function below(key: string, { path, message }: JsonFault): JsonFault {
  return { path: `/${pointerToken(key)}${path}`, message };
}

/** NUL cannot be stored by PostgreSQL, and a lone surrogate is no Unicode text. */
export function textFault(text: string): string | undefined {
  if (text.includes('\u0000')) return 'contains a NUL character';
  if (!text.isWellFormed()) return 'contains half of a surrogate pair';
  return undefined;
}

/** One token of a JSON Pointer, shortened where a hostile name is very long. */
export function pointerToken(name: string): string {
  return name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** One text for equal values: keys in order of code units, numbers as JSON writes them (after RFC 8785). */
export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const object = value as JsonObject;
  let text = '{';
  for (const key of inOrder(Object.keys(object))) {
    text += `${text.length > 1 ? ',' : ''}${JSON.stringify(key)}:${canonical(object[key] as Json)}`;
  }
  return `${text}}`;
}

/** Most objects have a handful of keys, for which the general sort takes longer than all the rest. */
function inOrder(keys: string[]): readonly string[] {
  if (keys.length > 16) return keys.toSorted();
  for (let i = 1; i < keys.length; i += 1) {
    const key = keys[i] as string;
    let at = i;
    for (; at > 0 && (keys[at - 1] as string) > key; at -= 1) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}
