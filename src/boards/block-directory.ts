import { type Block, type SlotOrder, slotAt } from './block.ts';
import { withRoomFor } from './columns.ts';
import { Fenwick } from './fenwick.ts';

/** The blocks in order, what is counted over them, and the key that each begins with. */
export class BlockDirectory {
  readonly #order: SlotOrder;
  readonly #blocks: Block[] = [];
  readonly #counts = new Fenwick();
  readonly #heads = new Fenwick();
  /** One small array, so that the search for a block touches no block. */
  #firstKeys = new Float64Array(16);
  #size = 0;

  constructor(order: SlotOrder) {
    this.#order = order;
  }

  /** Entries in all blocks. */
  get size(): number {
    return this.#size;
  }

  get length(): number {
    return this.#blocks.length;
  }

  at(index: number): Block | undefined {
    return this.#blocks[index];
  }

  entriesBefore(index: number): number {
    return this.#counts.prefix(index);
  }

  headsBefore(index: number): number {
    return this.#heads.prefix(index);
  }

  /** The index of the block that holds the entry at this place in the whole order. */
  indexOfPlace(place: number): number {
    return this.#counts.find(place);
  }

  /** The last block that begins at or before the slot; the first one when none does. */
  indexFor(slot: number): number {
    const key = this.#order.key(slot);
    const keys = this.#firstKeys;
    let low = 1;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = keys[middle]!;
      if (first < key || (first === key && this.#beginsBy(middle, slot))) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** How many blocks begin with a key below `key`. */
  beginningBelow(key: number): number {
    const keys = this.#firstKeys;
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** An entry came or went, or became a head or ceased to be one. O(log length). */
  change(index: number, count: 1 | 0 | -1, heads: 1 | 0 | -1): void {
    const block = this.#blocks[index]!;
    block.count += count;
    block.heads += heads;
    this.#size += count;
    if (count !== 0) this.#counts.add(index, count);
    if (heads !== 0) this.#heads.add(index, heads);
  }

  /** After the first entry of a block became another. */
  refreshFirst(index: number): void {
    const block = this.#blocks[index]!;
    if (block.count > 0) this.#firstKeys[index] = this.#order.key(slotAt(block, 0));
  }

  /** `add` and `drop` leave the counts stale, so that several can share one `recount`. O(length). */
  add(index: number, block: Block): void {
    const { length } = this.#blocks;
    this.#firstKeys = withRoomFor(this.#firstKeys, length);
    this.#firstKeys.copyWithin(index + 1, index, length);
    this.#blocks.splice(index, 0, block);
    this.refreshFirst(index);
  }

  drop(index: number): void {
    this.#firstKeys.copyWithin(index, index + 1, this.#blocks.length);
    this.#blocks.splice(index, 1);
  }

  recount(): void {
    const blocks = this.#blocks;
    this.#counts.rebuild(blocks.length, (index) => blocks[index]!.count);
    this.#heads.rebuild(blocks.length, (index) => blocks[index]!.heads);
    this.#size = this.#counts.prefix(blocks.length);
  }

  #beginsBy(index: number, slot: number): boolean {
    return this.#order.compare(slotAt(this.#blocks[index]!, 0), slot) <= 0;
  }
}
