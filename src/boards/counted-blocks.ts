import {
  absorb,
  append,
  emptyBlock,
  entryFor,
  headAt,
  headsBefore,
  keyBound,
  lowerBound,
  placeOf,
  type SlotOrder,
  slotAt,
  splitBlock,
} from './block.ts';
import { BlockDirectory } from './block-directory.ts';

/**
 * Slots in order, with counting: sorted blocks of less than `capacity` entries, and over them two Fenwick trees, of the
 * entries of each block and of its heads, the first entries of their keys; so heads count distinct keys.
 *
 * Life of a block: at `capacity` it is split in halves; below a quarter it joins a neighbour unless the two would fill
 * more than three quarters (the slack keeps a block from being split and joined in turns); when empty it always goes.
 * So two small neighbours never stand side by side, and n entries take at most 8n / capacity + 1 blocks.
 *
 * With B blocks, `insert` and `delete` are O(log n + capacity), and O(B) in addition when a block is made or goes.
 * `countBelow` is O(log n), `countBefore` and `headsThrough` step over one block in addition.
 */
export class CountedBlocks {
  readonly #order: SlotOrder;
  readonly #capacity: number;
  #blocks: BlockDirectory;

  /** 1,024 entries are 4 kB: one page of memory, and shifting them costs less than finding their place. */
  constructor(order: SlotOrder, capacity = 1024) {
    if (!(capacity >= 4)) throw new RangeError(`a block needs room for 4 entries, got ${capacity}`);
    this.#order = order;
    this.#capacity = capacity;
    this.#blocks = new BlockDirectory(order);
  }

  get size(): number {
    return this.#blocks.size;
  }

  get blockCount(): number {
    return this.#blocks.length;
  }

  /** Replaces everything by slots that are already in order. O(n). */
  fill(slots: Int32Array): void {
    this.#blocks = new BlockDirectory(this.#order);
    // Three quarters full, so that the first inserts after a cold build do not split every block.
    const share = Math.floor((this.#capacity * 3) / 4);
    let previousKey = Number.NaN;
    for (let from = 0; from < slots.length; from += share) {
      const block = emptyBlock(this.#capacity);
      for (const slot of slots.subarray(from, from + share)) {
        const key = this.#order.key(slot);
        append(block, entryFor(slot, key === previousKey ? 0 : 1));
        previousKey = key;
      }
      this.#blocks.add(this.#blocks.length, block);
    }
    this.#blocks.recount();
  }

  /** The slot must not be in, and its order must not change until it is deleted. */
  insert(slot: number): void {
    const blocks = this.#blocks;
    if (blocks.length === 0) {
      blocks.add(0, emptyBlock(this.#capacity));
      blocks.recount();
    }
    const index = blocks.indexFor(slot);
    const block = blocks.at(index)!;
    const at = lowerBound(block, slot, this.#order);
    const head = this.#opensKey(index, at, slot) ? 1 : 0;
    if (head === 1) this.#passHead(index, at, slot, -1);
    block.entries.copyWithin(at + 1, at, block.count);
    block.entries[at] = entryFor(slot, head);
    blocks.change(index, 1, head);
    if (at === 0) blocks.refreshFirst(index);
    if (block.count === this.#capacity) {
      blocks.add(index + 1, splitBlock(block));
      blocks.recount();
    }
  }

  /** The slot must be in, with the order it was inserted with. */
  delete(slot: number): void {
    const blocks = this.#blocks;
    const index = blocks.indexFor(slot);
    const block = blocks.at(index)!;
    const at = placeOf(block, slot, this.#order);
    const head = headAt(block, at);
    if (head === 1) this.#passHead(index, at + 1, slot, 1);
    block.entries.copyWithin(at, at + 1, block.count);
    blocks.change(index, -1, head === 1 ? -1 : 0);
    if (at === 0) blocks.refreshFirst(index);
    if (block.count < this.#capacity / 4) this.#shrink(index);
  }

  /** Entries that stand before this slot, which must be in. */
  countBefore(slot: number): number {
    const index = this.#blocks.indexFor(slot);
    return this.#blocks.entriesBefore(index) + placeOf(this.#blocks.at(index)!, slot, this.#order);
  }

  /** Entries whose key is below `key`. */
  countBelow(key: number): number {
    // Later blocks begin at the key or past it; this one may still reach it.
    const index = this.#blocks.beginningBelow(key) - 1;
    const block = this.#blocks.at(index);
    return block === undefined ? 0 : this.#blocks.entriesBefore(index) + keyBound(block, key, this.#order);
  }

  /** Distinct keys from the start through that of this slot, which must be in. */
  headsThrough(slot: number): number {
    const index = this.#blocks.indexFor(slot);
    const block = this.#blocks.at(index)!;
    return this.#blocks.headsBefore(index) + headsBefore(block, placeOf(block, slot, this.#order) + 1);
  }

  /** Visits entries in order from `offset`, at most `limit` of them. */
  walk(offset: number, limit: number, visit: (slot: number, head: boolean) => void): void {
    const end = Math.min(this.size, offset + limit);
    if (offset >= end) return;
    let index = this.#blocks.indexOfPlace(offset);
    let at = offset - this.#blocks.entriesBefore(index);
    for (let place = offset; place < end; index++, at = 0) {
      const block = this.#blocks.at(index)!;
      for (; at < block.count && place < end; at++, place++) visit(slotAt(block, at), headAt(block, at) === 1);
    }
  }

  /** Whether an entry put at this place would be the first of its key. */
  #opensKey(index: number, at: number, slot: number): boolean {
    const block = this.#blocks.at(at > 0 ? index : index - 1);
    if (block === undefined) return true;
    return this.#order.key(slotAt(block, (at > 0 ? at : block.count) - 1)) !== this.#order.key(slot);
  }

  /** The entry at this place, or at the start of the next block, becomes the head of the slot's key or ceases to be. */
  #passHead(index: number, at: number, slot: number, change: 1 | -1): void {
    const beyond = at >= this.#blocks.at(index)!.count;
    const owner = beyond ? index + 1 : index;
    const block = this.#blocks.at(owner);
    const place = beyond ? 0 : at;
    if (block === undefined || this.#order.key(slotAt(block, place)) !== this.#order.key(slot)) return;
    block.entries[place]! += change;
    this.#blocks.change(owner, 0, change);
  }

  /** A small block goes if it is empty, and joins a neighbour if the two fit. */
  #shrink(index: number): void {
    const blocks = this.#blocks;
    const { count } = blocks.at(index)!;
    const fits = (neighbour: number) => {
      const block = blocks.at(neighbour);
      return block !== undefined && block.count + count <= (this.#capacity * 3) / 4;
    };
    if (count === 0) blocks.drop(index);
    else if (fits(index - 1)) this.#join(index - 1);
    else if (fits(index + 1)) this.#join(index);
    else return;
    blocks.recount();
  }

  #join(index: number): void {
    absorb(this.#blocks.at(index)!, this.#blocks.at(index + 1)!);
    this.#blocks.drop(index + 1);
  }
}
