import { withRoomFor } from './columns.ts';

/**
 * The directory that all rank indexes of a process share: account <-> slot <-> outside user id.
 *
 * A slot is a small dense number that stands for an account for as long as the process lives; it is never given to
 * another account, so indexes may keep columns by slot. States of a slot: nameless (an account known only by a removal)
 * → named → erased, or straight to erased. Its user id is the empty string unless it is named.
 *
 * Accounts are found by open addressing with linear probing: 4 bytes a place, at most 70 % full. A Map of a million
 * numbers takes some 40 MB, this takes 8. Accounts are random and nothing is ever deleted, so probes stay short.
 */
export class Members {
  #accounts = new Float64Array(INITIAL_PLACES);
  #users: string[] = [];
  #states = new Uint8Array(INITIAL_PLACES);
  /** Slot + 1 at the place of its account's hash or the next free one; 0 is free. The length is a power of two. */
  #places = new Int32Array(INITIAL_PLACES);
  /** The same by the hash of the user id. A slot that was renamed stays in its old place, where its name no longer fits. */
  #names = new Int32Array(INITIAL_PLACES);
  #named = 0;
  #watchers = new Set<RenameWatcher>();

  /** Slots handed out, those of erased users included. */
  get size(): number {
    return this.#users.length;
  }

  /** The slot of `account`, or -1. */
  find(account: number): number {
    return this.#places[this.#placeOf(account)]! - 1;
  }

  /** The account of a user id that some slot has, or undefined. */
  accountNamed(user: string): number | undefined {
    const mask = this.#names.length - 1;
    for (let place = hashText(user) & mask; ; place = (place + 1) & mask) {
      const slot = this.#names[place]! - 1;
      if (slot < 0 || user === '') return undefined;
      if (this.#users[slot] === user) return this.#accounts[slot];
    }
  }

  /**
   * The slot of `account`, made when there is none. `user` names a slot that has no name; a name already known stays,
   * because an event read late may carry an older one: names change through `rename` alone. What is erased stays so.
   */
  slotOf(account: number, user: string): number {
    const slot = this.reserve(account);
    if (this.#states[slot] === NAMELESS) this.#setUser(slot, user, NAMED);
    return slot;
  }

  /** As `slotOf`, for an account whose user id is not at hand. */
  reserve(account: number): number {
    const place = this.#placeOf(account);
    const known = this.#places[place]! - 1;
    if (known >= 0) return known;
    if (!Number.isSafeInteger(account)) throw new RangeError(`account is not a safe integer: ${account}`);
    const slot = this.#users.push('') - 1;
    this.#accounts = withRoomFor(this.#accounts, slot);
    this.#states = withRoomFor(this.#states, slot);
    this.#accounts[slot] = account;
    this.#places[place] = slot + 1;
    if (this.size > this.#places.length * FULLEST) this.#rehash();
    return slot;
  }

  account(slot: number): number {
    return this.#accounts[slot]!;
  }

  /** The outside user id; empty when it is unknown or erased. */
  user(slot: number): string {
    return this.#users[slot]!;
  }

  /** Another user id for a known account; its entries move among ties. False when unknown or erased. */
  rename(account: number, user: string): boolean {
    const slot = this.find(account);
    if (slot < 0 || this.#states[slot] === ERASED) return false;
    this.#setUser(slot, user, NAMED);
    return true;
  }

  /**
   * Destroys the name of an erased user for good; events read late do not bring it back. The account keeps its slot.
   * Entries stay on their boards, nameless, until each board removes them.
   */
  forget(account: number): void {
    this.#setUser(this.reserve(account), '', ERASED);
  }

  /** The order of ties depends on names, so an index takes an entry out before its name changes and back in after. */
  watch(watcher: RenameWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  #setUser(slot: number, user: string, state: number): void {
    this.#states[slot] = state;
    if (this.#users[slot] === user) return;
    for (const watcher of this.#watchers) watcher.beforeRename(slot);
    this.#users[slot] = user;
    if (user !== '') this.#addName(slot, user);
    for (const watcher of this.#watchers) watcher.afterRename(slot);
  }

  #addName(slot: number, user: string): void {
    if (this.#named >= this.#names.length * FULLEST) return this.#rehashNames();
    const mask = this.#names.length - 1;
    let place = hashText(user) & mask;
    while (this.#names[place] !== 0) place = (place + 1) & mask;
    this.#names[place] = slot + 1;
    this.#named += 1;
  }

  /** Takes in every slot that has a name; old names are left behind. */
  #rehashNames(): void {
    this.#names = new Int32Array(this.#names.length * 2);
    this.#named = 0;
    const mask = this.#names.length - 1;
    for (const [slot, user] of this.#users.entries()) {
      if (user === '') continue;
      let place = hashText(user) & mask;
      while (this.#names[place] !== 0) place = (place + 1) & mask;
      this.#names[place] = slot + 1;
      this.#named += 1;
    }
  }

  #placeOf(account: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    let place = hash(account) & mask;
    for (;;) {
      const slot = places[place]! - 1;
      if (slot < 0 || this.#accounts[slot] === account) return place;
      place = (place + 1) & mask;
    }
  }

  #rehash(): void {
    this.#places = new Int32Array(this.#places.length * 2);
    for (let slot = 0; slot < this.size; slot++) this.#places[this.#placeOf(this.#accounts[slot]!)] = slot + 1;
  }
}

export interface RenameWatcher {
  beforeRename(slot: number): unknown;
  afterRename(slot: number): unknown;
}

const INITIAL_PLACES = 1024;
const FULLEST = 0.7;
const NAMELESS = 0;
const NAMED = 1;
const ERASED = 2;

/** All 53 bits take part; the mixing steps are the 32-bit finalizer of MurmurHash3 (A. Appleby, public domain). */
function hash(account: number): number {
  let bits = (account | 0) ^ Math.imul(Math.floor(account / 2 ** 32) | 0, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 units, then the same finalizer. */
function hashText(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
