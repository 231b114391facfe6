import { CountedBlocks } from './counted-blocks.ts';
import type { ScoreRows } from './score-rows.ts';

/** Segments whose order is kept, of one period of a board; the one read longest ago goes first. 4 bytes an entry, and 2 kB at least. */
const MAX_OPEN = 10_000;
/** Entries of a block: there are many segments, and most are small. */
const BLOCK_SIZE = 256;

/**
 * The order within segments of one period of a board, over the same rows as the order of all: the two cannot differ. Kept once
 * any segment was asked for: picked out of all entries in one pass, for all segments while they are not too many.
 */
export class Segments {
  readonly #rows: ScoreRows;
  readonly #all: CountedBlocks;
  readonly #blockSize: number;
  /** From 1 on; 0 is none. Never given to another name. */
  readonly #numbers = new Map<string, number>();
  /** In order of use. */
  readonly #open = new Map<number, CountedBlocks>();

  constructor(rows: ScoreRows, all: CountedBlocks, blockSize = BLOCK_SIZE) {
    this.#rows = rows;
    this.#all = all;
    this.#blockSize = blockSize;
  }

  numberOf(name: string | null): number {
    if (name === null) return 0;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#numbers.size + 1;
    this.#numbers.set(name, number);
    return number;
  }

  /** The entry of the slot joined all entries. */
  insert(slot: number): void {
    this.#openOf(slot)?.insert(slot);
  }

  /** The entry of the slot is about to leave all entries. */
  delete(slot: number): void {
    this.#openOf(slot)?.delete(slot);
  }

  /** All entries are others. */
  reset(): void {
    this.#open.clear();
  }

  /** The order of a segment, good until the next one is asked for; undefined where nobody ever was in it. */
  within(name: string): { readonly number: number; readonly blocks: CountedBlocks } | undefined {
    const number = this.#numbers.get(name);
    if (number === undefined) return undefined;
    if (this.#open.size === 0 && this.#numbers.size <= MAX_OPEN) this.#pickAll();
    const blocks = this.#open.get(number) ?? this.#pick(number);
    this.#open.delete(number);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size < MAX_OPEN) break;
      this.#open.delete(oldest);
    }
    this.#open.set(number, blocks);
    return { number, blocks };
  }

  #openOf(slot: number): CountedBlocks | undefined {
    return this.#open.size === 0 ? undefined : this.#open.get(this.#rows.segment(slot));
  }

  #pickAll(): void {
    const counts = new Int32Array(this.#numbers.size + 1);
    this.#eachEntry((_, number) => counts[number]!++);
    const slots = Array.from(counts, (count, number) => new Int32Array(number === 0 ? 0 : count));
    counts.fill(0);
    this.#eachEntry((slot, number) => {
      if (number !== 0) slots[number]![counts[number]!++] = slot;
    });
    for (const [number, own] of slots.entries()) if (number !== 0) this.#open.set(number, this.#filled(own));
  }

  #pick(number: number): CountedBlocks {
    const slots = new Int32Array(this.#all.size);
    let count = 0;
    this.#eachEntry((slot, of) => {
      if (of === number) slots[count++] = slot;
    });
    return this.#filled(slots.subarray(0, count));
  }

  #eachEntry(visit: (slot: number, segment: number) => void): void {
    this.#all.walk(0, this.#all.size, (slot) => visit(slot, this.#rows.segment(slot)));
  }

  #filled(slots: Int32Array): CountedBlocks {
    const blocks = new CountedBlocks(this.#rows, this.#blockSize);
    blocks.fill(slots);
    return blocks;
  }
}
