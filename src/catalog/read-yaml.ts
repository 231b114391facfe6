import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from 'yaml';
import { type DocumentNode, type Faults, report } from '../kernel/document.ts';
import { textFault } from '../kernel/json.ts';

/**
 * YAML 1.2 into nodes with places. JSON is YAML. Refused: tags, duplicate keys, keys that are no text, several
 * documents, and aliases that blow up.
 */

/** Bytes of UTF-8. */
const MAX_SOURCE = 1_000_000;
const MAX_SYNTAX_FAULTS = 20;
/** Deeper than any catalog. */
const MAX_DEPTH = 24;
/** Nodes that are reached through aliases, each counted as often as it is repeated: 500 bytes can unfold to millions. */
const MAX_UNFOLDED = 50_000;

/** The document, or undefined after a fault that leaves nothing to read. */
export function readYaml(faults: Faults, source: string): DocumentNode | undefined {
  const bytes = Buffer.byteLength(source);
  const whole = { line: 1, path: '' };
  if (bytes > MAX_SOURCE) return report(faults, whole, `a catalog has at most ${MAX_SOURCE} bytes; this has ${bytes}`);
  const fault = textFault(source);
  if (fault !== undefined) return report(faults, { line: lineOfFault(source), path: '' }, `the catalog ${fault}`);
  const lines = new LineCounter();
  const document = parse(source, lines);
  if (typeof document === 'string') return report(faults, whole, document);
  const before = faults.length;
  // One slip of syntax brings others with it; the first ones tell what to mend.
  const told = new Set<string>();
  for (const error of [...document.errors, ...document.warnings]) {
    const { line } = lines.linePos(error.pos[0]);
    const what = message(error.code, error.message);
    if (told.size >= MAX_SYNTAX_FAULTS || told.has(`${line} ${what}`)) continue;
    told.add(`${line} ${what}`);
    report(faults, { line, path: '' }, what);
  }
  // A version of YAML with other rules for "yes" and "no".
  if (document.directives?.yaml.explicit === true && document.directives.yaml.version !== '1.2')
    report(faults, whole, 'the catalog is YAML 1.2: drop the %YAML line');
  if (faults.length > before) return undefined;
  if (document.contents === null) return report(faults, whole, 'the catalog is empty: expected a mapping with "diana: 1"');
  const reader = new Reader(faults, lines, anchorsOf(document.contents));
  const root = reader.read(document.contents, '', 0, undefined);
  return reader.isSpent ? undefined : root;
}

function parse(source: string, lines: LineCounter): Document.Parsed | string {
  try {
    // Unique keys are ours to check: the library compares every key with every other.
    return parseDocument(source, {
      version: '1.2',
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      resolveKnownTags: false,
      logLevel: 'error',
    });
  } catch (error) {
    if (error instanceof RangeError) return 'the catalog is nested too deep to be read';
    return `the catalog cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function message(code: string, text: string): string {
  if (code === 'MULTIPLE_DOCS') return 'the catalog is one document: nothing may follow "---"';
  if (code === 'TAB_AS_INDENT') return 'not YAML: tabs are not allowed as indentation';
  if (text.includes('call stack')) return 'the catalog is nested too deep to be read';
  return `not YAML: ${text}`;
}

function lineOfFault(source: string): number {
  const lines = source.split('\n');
  return lines.findIndex((line) => textFault(line) !== undefined) + 1 || 1;
}

/** What each alias stands for: the last anchor of its name before it. */
function anchorsOf(root: Node): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const visit = (node: unknown, depth: number): void => {
    if (depth > 2 * MAX_DEPTH) return;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
      return;
    }
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isSeq(node)) for (const item of node.items) visit(item, depth + 1);
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        visit(key, depth + 1);
        visit(value, depth + 1);
      }
    }
  };
  visit(root, 0);
  return targets;
}

class Reader {
  readonly #faults: Faults;
  readonly #lines: LineCounter;
  readonly #targets: ReadonlyMap<Alias, Node>;
  /** Aliases that the node at hand stands within. */
  #within = 0;
  #unfolded = 0;

  constructor(faults: Faults, lines: LineCounter, targets: ReadonlyMap<Alias, Node>) {
    this.#faults = faults;
    this.#lines = lines;
    this.#targets = targets;
  }

  /** Whether the aliases unfolded to more than is read: what was read is not the document. */
  get isSpent(): boolean {
    return this.#unfolded > MAX_UNFOLDED;
  }

  /** `line` is that of the key before the node, where authors look for it. */
  read(node: unknown, path: string, depth: number, line: number | undefined): DocumentNode | undefined {
    // Before any work on the node: this is what a bomb multiplies.
    if (this.isSpent) return undefined;
    if (this.#within > 0) this.#unfolded += 1;
    const place = { line: line ?? this.#lineOf(node), path };
    if (this.isSpent) return report(this.#faults, place, 'the aliases of the catalog unfold to too much');
    if (depth > MAX_DEPTH)
      return report(this.#faults, place, `nested deeper than ${MAX_DEPTH} levels, or an alias within itself`);
    if (isAlias(node)) {
      const target = this.#targets.get(node);
      if (target === undefined)
        return report(this.#faults, place, `the alias *${node.source.slice(0, 60)} has no anchor before it`);
      this.#within += 1;
      const read = this.read(target, path, depth + 1, place.line);
      this.#within -= 1;
      return read;
    }
    if (node === null || node === undefined) return { ...place, kind: 'scalar', value: null };
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.tag !== undefined) return report(this.#faults, place, `tags are not allowed: ${node.tag.slice(0, 60)}`);
    }
    if (isScalar(node)) return this.#scalar(node, place);
    if (isSeq(node)) {
      const items = node.items.map((item, i) => this.read(item, `${path}[${i}]`, depth + 1, undefined));
      return { ...place, kind: 'list', items: items.filter((item) => item !== undefined) };
    }
    if (isMap(node)) return { ...place, kind: 'map', entries: this.#entries(node.items, path, depth) };
    return report(this.#faults, place, 'expected a mapping, a list or a value');
  }

  #scalar({ value }: Scalar, place: { line: number; path: string }): DocumentNode | undefined {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      // Escapes such as "\0" come to light only now.
      const fault = typeof value === 'string' ? textFault(value) : undefined;
      return fault === undefined ? { ...place, kind: 'scalar', value } : report(this.#faults, place, `the text ${fault}`);
    }
    return report(this.#faults, place, 'expected text, a number, true, false or nothing');
  }

  #entries(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    path: string,
    depth: number,
  ): ReadonlyMap<string, DocumentNode> {
    const entries = new Map<string, DocumentNode>();
    const lines = new Map<string, number>();
    for (const { key, value } of pairs) {
      if (this.isSpent) break;
      const line = this.#lineOf(key);
      const name = this.#keyOf(key);
      if (name === undefined) {
        report(this.#faults, { line, path }, 'a key must be text');
        continue;
      }
      const at = path === '' ? name.slice(0, 100) : `${path}.${name.slice(0, 100)}`;
      const first = lines.get(name);
      if (first !== undefined) {
        report(this.#faults, { line, path: at }, `the key "${name.slice(0, 60)}" is there twice: first on line ${first}`);
        continue;
      }
      lines.set(name, line);
      const node = this.read(value, at, depth + 1, line);
      if (node !== undefined) entries.set(name, node);
    }
    return entries;
  }

  #keyOf(key: unknown): string | undefined {
    if (!isScalar(key) || key.tag !== undefined) return undefined;
    // `on:` and `2026:` are text to an author; null is a key left out.
    const name = key.source ?? (typeof key.value === 'string' ? key.value : undefined);
    if (name === undefined || key.value === null) return undefined;
    return textFault(name) === undefined ? name : undefined;
  }

  #lineOf(node: unknown): number {
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
    return range === undefined || range === null ? 1 : this.#lines.linePos(range[0]).line;
  }
}
