import { didYouMean } from './closest.ts';

/**
 * A parsed document with its places: what each noun reads its own section of the catalog from. Nothing here
 * throws on bad input; faults are collected, so that an author sees all of them at once.
 */
export type DocumentNode = ScalarNode | ListNode | MapNode;

interface Place {
  /** 1-based line in the source. */
  readonly line: number;
  /** Dotted path: `rules[2].award.points`; empty for the whole document. */
  readonly path: string;
}

export interface ScalarNode extends Place {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
}

export interface ListNode extends Place {
  readonly kind: 'list';
  readonly items: readonly DocumentNode[];
}

export interface MapNode extends Place {
  readonly kind: 'map';
  /** In the order of the source; keys are unique. */
  readonly entries: ReadonlyMap<string, DocumentNode>;
}

export interface Fault extends Place {
  readonly message: string;
}

/** Faults found so far, in any order. */
export type Faults = Fault[];

/** More faults than this are not collected: nobody reads them, and looking for the nearest names takes time. */
export const MAX_FAULTS = 1_000;

/** Quoted text may have been cut within a surrogate pair, which no reader downstream has to take. */
export function report(faults: Faults, place: Place, message: string): undefined {
  if (!isFull(faults)) faults.push({ line: place.line, path: place.path.toWellFormed(), message: message.toWellFormed() });
}

export function isFull(faults: Faults): boolean {
  return faults.length >= MAX_FAULTS;
}

/** What a node is called in a message, with its text where that is short. */
export function describe(node: DocumentNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a mapping';
  const { value } = node;
  if (value === null) return 'nothing';
  if (typeof value !== 'string') return String(value);
  return value.length > 60 ? `the text ${JSON.stringify(value.slice(0, 57))}...` : `the text ${JSON.stringify(value)}`;
}

export function expected(faults: Faults, node: DocumentNode, what: string): undefined {
  return report(faults, node, `expected ${what}, found ${describe(node)}`);
}

/** The entries of a mapping with the given keys; any other key is a fault that suggests the nearest. */
export function fields(
  faults: Faults,
  node: DocumentNode,
  known: readonly string[],
  what: string,
): ReadonlyMap<string, DocumentNode> | undefined {
  const entries = mapping(faults, node, what);
  if (entries === undefined) return undefined;
  for (const [key, value] of entries) {
    if (known.includes(key)) continue;
    report(faults, value, `unknown key "${shortened(key)}"${didYouMean(key, known) || `; expected ${known.join(', ')}`}`);
  }
  return entries;
}

export function mapping(faults: Faults, node: DocumentNode, what: string): ReadonlyMap<string, DocumentNode> | undefined {
  return node.kind === 'map' ? node.entries : expected(faults, node, what);
}

export function list(faults: Faults, node: DocumentNode, what: string): readonly DocumentNode[] | undefined {
  return node.kind === 'list' ? node.items : expected(faults, node, what);
}

/** The entry of a key that has to be there. */
export function required(
  faults: Faults,
  node: DocumentNode,
  entries: ReadonlyMap<string, DocumentNode>,
  key: string,
): DocumentNode | undefined {
  const entry = entries.get(key);
  return entry ?? report(faults, node, `"${key}" is missing`);
}

/** Text that is not blank, of at most `most` UTF-16 units. */
export function text(faults: Faults, node: DocumentNode, what: string, most = 200): string | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value.trim() === '') return expected(faults, node, what);
  if (node.value.length > most) return report(faults, node, `at most ${most} characters; this has ${node.value.length}`);
  return node.value;
}

export function flag(faults: Faults, node: DocumentNode): boolean | undefined {
  return node.kind === 'scalar' && typeof node.value === 'boolean' ? node.value : expected(faults, node, 'true or false');
}

/** An exact integer in [least, most]. */
export function integer(faults: Faults, node: DocumentNode, least: number, most: number, what: string): number | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'number') return expected(faults, node, what);
  const { value } = node;
  const within = Number.isSafeInteger(value) && value >= least && value <= most;
  return within ? value : expected(faults, node, what);
}

export function oneOf<T extends string>(faults: Faults, node: DocumentNode, choices: readonly T[]): T | undefined {
  if (node.kind === 'scalar') {
    const { value } = node;
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    if (typeof value === 'string')
      return report(faults, node, `expected ${anyOf(choices)}, found "${shortened(value)}"${didYouMean(value, choices)}`);
  }
  return expected(faults, node, anyOf(choices));
}

export function anyOf(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join('') : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

/** `metrics:` with nothing after it. */
export function isEmpty(node: DocumentNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

export function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
