import { withRoomFor } from './columns.ts';
import type { Members } from './members.ts';

/**
 * What one board knows of each slot, and the order of its entries: key ascending, then `reachedAt` (milliseconds)
 * ascending, then user id by UTF-16 code units, then account, which only nameless entries ever need. The key is the
 * score turned so that smaller is better.
 *
 * States of a slot: unheard → present ⇄ removed; a removal may come first. A removed slot keeps its position, the
 * tombstone that keeps older sets out. 25 bytes a slot, in separate columns: a search reads keys alone, and a million
 * of them stay within reach of the processor's caches and page tables (measured: twice as fast as rows in pages). What
 * boards keep with scores, a segment by number and a record as text, has columns once there is any.
 */
export class ScoreRows {
  readonly #members: Members;
  #states = new Uint8Array(INITIAL_SLOTS);
  #keys = new Float64Array(INITIAL_SLOTS);
  #reachedAt = new Float64Array(INITIAL_SLOTS);
  #positions = new Float64Array(INITIAL_SLOTS);
  #segments: Int32Array<ArrayBuffer> | null = null;
  #records: (string | null)[] | null = null;

  constructor(members: Members) {
    this.#members = members;
  }

  has(slot: number): boolean {
    return this.#states[slot] === PRESENT;
  }

  /** Whether something newer than `position` is known of the slot. */
  isNewer(slot: number, position: number): boolean {
    return (this.#states[slot] ?? UNHEARD) !== UNHEARD && this.#positions[slot]! > position;
  }

  key(slot: number): number {
    return this.#keys[slot]!;
  }

  reachedAt(slot: number): number {
    return this.#reachedAt[slot]!;
  }

  /** Number of the segment; 0 for none. */
  segment(slot: number): number {
    return this.#segments?.[slot] ?? 0;
  }

  record(slot: number): string | null {
    return this.#records?.[slot] ?? null;
  }

  /** Negative when the entry of slot `a` stands before that of slot `b`. Both have entries. */
  compare(a: number, b: number): number {
    const keyA = this.#keys[a]!;
    const keyB = this.#keys[b]!;
    if (keyA !== keyB) return keyA < keyB ? -1 : 1;
    return this.#compareTied(a, b);
  }

  write(slot: number, key: number, reachedAt: number, position: number): void {
    this.#reserve(slot);
    this.#states[slot] = PRESENT;
    this.#keys[slot] = key;
    this.#reachedAt[slot] = reachedAt;
    this.#positions[slot] = position;
  }

  /** What is kept with the score of a slot that was written. */
  keep(slot: number, segment: number, record: string | null): void {
    if (segment !== 0 || this.#segments !== null) {
      this.#segments = withRoomFor(this.#segments ?? new Int32Array(INITIAL_SLOTS), slot);
      this.#segments[slot] = segment;
    }
    if (record === null && this.#records === null) return;
    const records = (this.#records ??= []);
    // Without holes, which would make a dictionary of it.
    while (records.length <= slot) records.push(null);
    records[slot] = record;
  }

  raise(slot: number, position: number): void {
    this.#positions[slot] = position;
  }

  /** Leaves no entry, only the position. */
  bury(slot: number, position: number): void {
    this.#reserve(slot);
    this.#states[slot] = REMOVED;
    this.#positions[slot] = position;
  }

  #compareTied(a: number, b: number): number {
    if (a === b) return 0;
    const reachedA = this.#reachedAt[a]!;
    const reachedB = this.#reachedAt[b]!;
    if (reachedA !== reachedB) return reachedA < reachedB ? -1 : 1;
    const userA = this.#members.user(a);
    const userB = this.#members.user(b);
    if (userA !== userB) return userA < userB ? -1 : 1;
    return this.#members.account(a) < this.#members.account(b) ? -1 : 1;
  }

  #reserve(slot: number): void {
    if (slot < this.#states.length) return;
    this.#states = withRoomFor(this.#states, slot);
    this.#keys = withRoomFor(this.#keys, slot);
    this.#reachedAt = withRoomFor(this.#reachedAt, slot);
    this.#positions = withRoomFor(this.#positions, slot);
  }
}

const INITIAL_SLOTS = 64;
const UNHEARD = 0;
const PRESENT = 1;
const REMOVED = 2;
