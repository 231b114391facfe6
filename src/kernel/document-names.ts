import { didYouMean } from './closest.ts';
import {
  type DocumentNode,
  expected,
  type Faults,
  fields,
  isEmpty,
  isFull,
  list,
  mapping,
  report,
  required,
  shortened,
} from './document.ts';

/** Names in a document: sections that declare them, places that refer to them. */

/** Definitions in one section: more than any economy has, few enough to compare every name with every other. */
const MAX_DEFINITIONS = 1_000;

export function withinBounds(faults: Faults, node: DocumentNode, count: number): boolean {
  if (count > MAX_DEFINITIONS) report(faults, node, `at most ${MAX_DEFINITIONS} definitions; this has ${count}`);
  return count <= MAX_DEFINITIONS;
}

const MAX_NAME = 64;
const NAME = /^[a-z][a-z0-9_-]*$/;

/** The same in JSON Schema. */
export const NAME_SHAPE = { pattern: NAME.source, maxLength: MAX_NAME } as const;

/** Why `name` may not stand for something in the catalog, or undefined. */
export function nameFault(name: string): string | undefined {
  if (name.length > MAX_NAME) return `a name has at most ${MAX_NAME} characters; this has ${name.length}`;
  return NAME.test(name) ? undefined : `"${name}" is no name: expected a small letter, then small letters, digits, "_" and "-"`;
}

/** A name as a value: `id: commit`. */
export function name(faults: Faults, node: DocumentNode, what: string): string | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return expected(faults, node, what);
  const fault = nameFault(node.value);
  return fault === undefined ? node.value : report(faults, node, fault);
}

/** A reference to something declared elsewhere in the catalog. */
export function reference(faults: Faults, node: DocumentNode, noun: string, known: Iterable<string>): string | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return expected(faults, node, `the name of a ${noun}`);
  return isKnown(faults, node, noun, node.value, known) ? node.value : undefined;
}

/** Who has more slips than this reads no more hints, and each costs a look at every name. */
const MAX_HINTS = 200;

/** Whether `given` is declared; a fault at `node` that suggests the nearest where it is not. */
export function isKnown(faults: Faults, node: DocumentNode, noun: string, given: string, known: Iterable<string>): boolean {
  if (known instanceof Set && known.has(given)) return true;
  const names = [...known];
  if (names.includes(given)) return true;
  if (isFull(faults)) return false;
  const hint =
    names.length === 0
      ? `; no ${noun} is declared`
      : (faults.length < MAX_HINTS && didYouMean(given, names)) || `; known are ${names.slice(0, 20).join(', ')}`;
  report(faults, node, `unknown ${noun} "${shortened(given)}"${hint}`);
  return false;
}

/** A section that maps names to definitions, such as `metrics`. Entries with a bad name are faults and left out. */
export function named(
  faults: Faults,
  node: DocumentNode | undefined,
  what: string,
): readonly (readonly [string, DocumentNode])[] {
  if (node === undefined || isEmpty(node)) return [];
  const entries = mapping(faults, node, what);
  if (entries === undefined || !withinBounds(faults, node, entries.size)) return [];
  return [...entries].filter(([key, value]) => {
    const fault = nameFault(key);
    if (fault !== undefined) report(faults, value, fault);
    return fault === undefined;
  });
}

/** A section that lists definitions with an `id` each, such as `rules`; an id that is there twice is a fault. */
export function identified(
  faults: Faults,
  node: DocumentNode | undefined,
  known: readonly string[],
  noun: string,
): readonly { readonly id: string; readonly node: DocumentNode; readonly entries: ReadonlyMap<string, DocumentNode> }[] {
  if (node === undefined || isEmpty(node)) return [];
  const seen = new Map<string, number>();
  const found = [];
  const items = list(faults, node, `a list of ${noun}s`) ?? [];
  if (!withinBounds(faults, node, items.length)) return [];
  for (const item of items) {
    const entries = fields(faults, item, known, `a ${noun}, as in { id: ... }`);
    if (entries === undefined) continue;
    const given = required(faults, item, entries, 'id');
    const id = given === undefined ? undefined : name(faults, given, `the id of the ${noun}`);
    if (id !== undefined && given !== undefined) {
      const first = seen.get(id);
      if (first === undefined) seen.set(id, given.line);
      else report(faults, given, `the id "${id}" is there twice: first on line ${first}`);
    }
    // One without a good id is read all the same, for its other faults.
    found.push({ id: id ?? '', node: item, entries });
  }
  return found;
}
