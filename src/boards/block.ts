/** The order of slots. `key` groups neighbours: where `compare` puts a before b, a has no higher key than b. */
export interface SlotOrder {
  compare(a: number, b: number): number;
  key(slot: number): number;
}

/**
 * A sorted run of entries. An entry is `slot * 2 + (head ? 1 : 0)`, where a head is the first entry of its key in all
 * blocks: the flag moves with the entry, and counting distinct keys reads nothing else. A slot is below 2^30.
 */
export interface Block {
  readonly entries: Int32Array;
  count: number;
  /** How many of the entries are heads. */
  heads: number;
}

export function emptyBlock(capacity: number): Block {
  return { entries: new Int32Array(capacity), count: 0, heads: 0 };
}

export function entryFor(slot: number, head: 0 | 1): number {
  return (slot << 1) | head;
}

export function slotAt(block: Block, at: number): number {
  return block.entries[at]! >> 1;
}

/** 1 for a head, 0 for a follower. */
export function headAt(block: Block, at: number): 0 | 1 {
  return (block.entries[at]! & 1) as 0 | 1;
}

export function append(block: Block, entry: number): void {
  block.entries[block.count++] = entry;
  block.heads += entry & 1;
}

/** Where the slot belongs. O(log n). */
export function lowerBound(block: Block, slot: number, order: SlotOrder): number {
  let low = 0;
  let high = block.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order.compare(slotAt(block, middle), slot) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the first entry stands whose key is not below `key`. O(log n). */
export function keyBound(block: Block, key: number, order: SlotOrder): number {
  let low = 0;
  let high = block.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order.key(slotAt(block, middle)) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a slot of this block stands. The step through the run of its key reads entries alone, which are in cache. */
export function placeOf(block: Block, slot: number, order: SlotOrder): number {
  for (let at = keyBound(block, order.key(slot), order); at < block.count; at++) {
    if (slotAt(block, at) === slot) return at;
  }
  throw new Error(`slot ${slot} is not where its order says`);
}

/** Heads before `end`, counted in whichever part of the block is shorter. */
export function headsBefore(block: Block, end: number): number {
  const fromStart = end * 2 <= block.count;
  const to = fromStart ? end : block.count;
  let heads = 0;
  for (let at = fromStart ? 0 : end; at < to; at++) heads += headAt(block, at);
  return fromStart ? heads : block.heads - heads;
}

/** Moves the second half of the entries into a new block. */
export function splitBlock(left: Block): Block {
  const right = emptyBlock(left.entries.length);
  const half = left.count >>> 1;
  for (let at = half; at < left.count; at++) append(right, left.entries[at]!);
  left.count = half;
  left.heads -= right.heads;
  return right;
}

/** Appends all entries of the block that follows. */
export function absorb(left: Block, right: Block): void {
  left.entries.set(right.entries.subarray(0, right.count), left.count);
  left.count += right.count;
  left.heads += right.heads;
}
