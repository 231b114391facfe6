import { isDeepStrictEqual } from 'node:util';

const INSTANT = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/;

/**
 * Where `actual` is not what `expected` names, one line a place. Objects may have more fields than are named; lists are
 * compared item by item and are of one length; null stands for a field that is not there, too; times are equal when they
 * are the same instant.
 */
export function differences(expected: unknown, actual: unknown, path: string): readonly string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return [line(path, expected, actual)];
    return expected.flatMap((item, i) => differences(item, actual[i], `${path}[${i}]`));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return [line(path, expected, actual)];
    return Object.entries(expected).flatMap(([name, value]) =>
      differences(value, (actual as Readonly<Record<string, unknown>>)[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return agree(expected, actual) ? [] : [line(path, expected, actual)];
}

function agree(expected: unknown, actual: unknown): boolean {
  if (expected === null) return actual === null || actual === undefined;
  if (typeof expected === 'string' && typeof actual === 'string' && INSTANT.test(expected) && INSTANT.test(actual))
    return Date.parse(expected) === Date.parse(actual);
  return isDeepStrictEqual(expected, actual);
}

function line(path: string, expected: unknown, actual: unknown): string {
  return `${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
}
