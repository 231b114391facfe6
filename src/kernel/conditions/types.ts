import type { Code } from './machine.ts';

/**
 * The types of the checker. There is one number type, because JSON has one: `10`, `10.0` and `size(s)` are
 * all of it. `dyn` is a value of event data or user attributes whose type nobody declared: it is checked
 * when the expression runs.
 */
export type Type =
  | { readonly kind: 'number' | 'string' | 'bool' | 'null' | 'timestamp' | 'duration' | 'dyn' }
  | { readonly kind: 'list'; readonly of: Type }
  /** `fields`: the only ones that may be named, with their types; null: any. */
  | { readonly kind: 'map'; readonly of: Type; readonly fields: ReadonlyMap<string, Type> | null }
  /** A part of the scope: not a value, its members may be named. */
  | { readonly kind: 'record'; readonly members: ReadonlyMap<string, Typed>; readonly noun: string };

/** A checked expression and how to run it. */
export interface Typed {
  readonly type: Type;
  readonly code: Code;
  /** As the author wrote it, for messages. */
  readonly text: string;
  /** Present where the value is known at load. */
  readonly constant?: unknown;
}

export const NUMBER: Type = { kind: 'number' };
export const STRING: Type = { kind: 'string' };
export const BOOL: Type = { kind: 'bool' };
export const NULL: Type = { kind: 'null' };
export const TIMESTAMP: Type = { kind: 'timestamp' };
export const DURATION: Type = { kind: 'duration' };
export const DYN: Type = { kind: 'dyn' };
export const LIST: Type = { kind: 'list', of: DYN };
export const MAP: Type = { kind: 'map', of: DYN, fields: null };

const NAMES: Record<Type['kind'], string> = {
  number: 'a number',
  string: 'text',
  bool: 'true or false',
  null: 'null',
  timestamp: 'a timestamp',
  duration: 'a duration',
  dyn: 'of any type',
  list: 'a list',
  map: 'a map',
  record: 'a group of fields',
};

export function named(type: Type): string {
  return NAMES[type.kind];
}

/** Whether a value of `type` may turn out to be of `kind`. */
export function may(type: Type, kind: Type['kind']): boolean {
  return type.kind === kind || type.kind === 'dyn';
}

/** Times are numbers when an expression runs, so one may not pass for a value of event data. */
function hasTime(type: Type): boolean {
  if (type.kind === 'list' || type.kind === 'map') return hasTime(type.of);
  return type.kind === 'timestamp' || type.kind === 'duration' || type.kind === 'record';
}

/** The type of a value that is of one type or the other, or undefined where they do not go together. */
export function unify(a: Type, b: Type): Type | undefined {
  if (a === b) return a;
  if (a.kind === 'dyn') return hasTime(b) ? undefined : DYN;
  if (b.kind === 'dyn') return hasTime(a) ? undefined : DYN;
  if (a.kind !== b.kind) return undefined;
  if (a.kind === 'list' && b.kind === 'list') {
    const of = unify(a.of, b.of);
    return of === undefined ? undefined : { kind: 'list', of };
  }
  if (a.kind === 'map' && b.kind === 'map') {
    const of = unify(a.of, b.of);
    return of === undefined ? undefined : { kind: 'map', of, fields: null };
  }
  return a.kind === 'record' ? undefined : a;
}
