import { isWildcard } from './pattern.ts';

/** Which of many patterns match a type: one walk along its segments, however many patterns there are. */
export interface PatternIndex<T> {
  add(pattern: string, item: T): void;
  remove(pattern: string, item: T): void;
  /** Each item once, however many of its patterns match. The set is kept between calls: leave it as it is. */
  match(type: string): ReadonlySet<T>;
}

interface Node<T> {
  readonly next: Map<string, Node<T>>;
  /** Patterns that end here. */
  readonly here: Map<T, number>;
  /** Patterns that end here on `*`, which stands for everything that follows. */
  readonly below: Map<T, number>;
}

/** Types are the callers' words: the memory of them is bounded. */
const MAX_TYPES = 10_000;

export function createPatternIndex<T>(): PatternIndex<T> {
  const root = node<T>();
  const known = new Map<string, ReadonlySet<T>>();

  /** Where a pattern's items stand. A sole `*` is everything, so it stands at the root. */
  function place(pattern: string): Map<T, number> {
    const segments = pattern.split('.');
    const open = segments.at(-1) === '*';
    if (open) segments.pop();
    let at = root;
    for (const segment of segments) {
      let next = at.next.get(segment);
      if (next === undefined) at.next.set(segment, (next = node<T>()));
      at = next;
    }
    return open ? at.below : at.here;
  }

  /** What no longer says anything goes, so that patterns that come and go leave nothing behind. */
  function prune(at: Node<T>, segments: readonly string[], depth: number): boolean {
    const segment = segments[depth];
    const next = segment === undefined ? undefined : at.next.get(segment);
    if (segment !== undefined && next !== undefined && prune(next, segments, depth + 1)) at.next.delete(segment);
    return at.next.size === 0 && at.here.size === 0 && at.below.size === 0;
  }

  function collect(at: Node<T>, segments: readonly string[], depth: number, found: Set<T>): void {
    const segment = segments[depth];
    if (segment === undefined) {
      for (const item of at.here.keys()) found.add(item);
      return;
    }
    for (const item of at.below.keys()) found.add(item);
    for (const name of [segment, '*']) {
      const next = at.next.get(name);
      if (next !== undefined) collect(next, segments, depth + 1, found);
    }
  }

  return {
    add(pattern, item) {
      const items = place(pattern);
      items.set(item, (items.get(item) ?? 0) + 1);
      known.clear();
    },
    remove(pattern, item) {
      const items = place(pattern);
      const count = items.get(item) ?? 0;
      if (count > 1) items.set(item, count - 1);
      else items.delete(item);
      const segments = pattern.split('.');
      if (isWildcard(pattern) && segments.at(-1) === '*') segments.pop();
      prune(root, segments, 0);
      known.clear();
    },
    match(type) {
      const before = known.get(type);
      if (before !== undefined) return before;
      const found = new Set<T>();
      collect(root, type.split('.'), 0, found);
      if (known.size >= MAX_TYPES) known.clear();
      known.set(type, found);
      return found;
    },
  };
}

function node<T>(): Node<T> {
  return { next: new Map(), here: new Map(), below: new Map() };
}
