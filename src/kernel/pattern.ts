/**
 * Patterns over event types: segments split on `.`; `*` is exactly one segment, except as the last one,
 * where it is one or more; a sole `*` is everything.
 */

export const MAX_SEGMENTS = 16;
const SEGMENT = /^[a-z][a-z0-9_-]*$/;

/** A concrete type: 1–16 segments of `[a-z][a-z0-9_-]*`, at most 200 characters. */
export function isEventType(text: string): boolean {
  if (text.length > 200) return false;
  const segments = text.split('.');
  return segments.length <= MAX_SEGMENTS && segments.every((segment) => SEGMENT.test(segment));
}

/** Why `text` is no pattern, or undefined when it is one. */
export function patternFault(text: string): string | undefined {
  const segments = text.split('.');
  if (segments.length > MAX_SEGMENTS) return `at most ${MAX_SEGMENTS} segments`;
  for (const segment of segments) {
    if (segment === '') return 'no empty segment';
    if (segment !== '*' && !SEGMENT.test(segment)) {
      return segment.includes('*')
        ? `"*" stands for a whole segment: write "${segment.replaceAll('*', '')}.*"`
        : `segments of lower-case letters, digits, "_" and "-"`;
    }
  }
  return undefined;
}

export function isWildcard(pattern: string): boolean {
  return pattern.includes('*');
}

/** A matcher for a valid pattern. */
export function compilePattern(pattern: string): (type: string) => boolean {
  if (!isWildcard(pattern)) return (type) => type === pattern;
  if (pattern === '*') return () => true;
  const wanted = pattern.split('.');
  const last = wanted.length - 1;
  const open = wanted[last] === '*';
  return (type) => {
    const given = type.split('.');
    if (open ? given.length < wanted.length : given.length !== wanted.length) return false;
    return wanted.every((segment, i) => segment === '*' || segment === given[i]);
  };
}
