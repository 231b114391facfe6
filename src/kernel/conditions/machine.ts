import type { Scope } from './model.ts';

/**
 * How a checked expression runs: a tree of closures over one `Run`. A part that has no value returns
 * `FAIL` and leaves the reason in the run. Nothing is thrown, because a missing field is daily business
 * (`user.attributes.vip` of everybody who is not) and an exception costs a hundred times as much.
 *
 * Every loop and every walk over text or lists spends fuel in proportion to its work, so that no data can
 * hold the process up: the whole allowance is some ten milliseconds.
 */
export const FAIL = Symbol('no value');

export interface Run {
  scope: Scope;
  /** What a formula is of; 0 elsewhere. */
  value: number;
  /** Element that the comprehension is at; there is one at a time, as they do not nest. */
  item: unknown;
  fuel: number;
  reason: string;
}

export type Code = (run: Run) => unknown;

/** A unit is about a closure call, or the comparison of 64 characters. One plain loop over the largest event fits. */
export const FUEL = 1_000_000;
/** Longest text that an expression may build, in UTF-16 units: four times the largest event. */
export const MAX_TEXT = 1_000_000;

export function fail(run: Run, reason: string): typeof FAIL {
  run.reason = reason;
  return FAIL;
}

/** False when the fuel is used up. */
export function spend(run: Run, units: number): boolean {
  run.fuel -= units;
  if (run.fuel >= 0) return true;
  run.reason = 'this would take too long';
  return false;
}

/** Price of work on a text, or of so many comparisons of characters. */
export function textCost(characters: number): number {
  return 1 + Math.floor(characters / 64);
}

export type JsonMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** What a value is called in a reason. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return Array.isArray(value) ? 'a list' : 'a map';
  }
}

/** Equality of JSON values. FAIL when it takes too long or nests too deep. */
export function equal(run: Run, a: unknown, b: unknown, depth = 0): boolean | typeof FAIL {
  if (typeof a === 'string' && typeof b === 'string') {
    if (a.length !== b.length) return false;
    return a.length < 64 || spend(run, textCost(a.length)) ? a === b : FAIL;
  }
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (depth > 64) return fail(run, 'the values are nested too deep to compare');
  if (isList(a) || isList(b)) {
    if (!isList(a) || !isList(b) || a.length !== b.length) return false;
    if (!spend(run, a.length)) return FAIL;
    for (let i = 0; i < a.length; i += 1) {
      const same = equal(run, a[i], b[i], depth + 1);
      if (same !== true) return same;
    }
    return true;
  }
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  if (!spend(run, keys.length)) return FAIL;
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return false;
    const same = equal(run, a[key], b[key], depth + 1);
    if (same !== true) return same;
  }
  return true;
}
