import { checkColumns, checkDistinct, type ScoreColumns, sortSlots } from './cold-build.ts';
import { CountedBlocks } from './counted-blocks.ts';
import type { Members } from './members.ts';
import type { Order, Ties } from './model.ts';
import { ScoreRows } from './score-rows.ts';

export type { Order, Ties };

export interface Standing {
  readonly rank: number;
  /** Outside user id; empty once the user is erased. */
  readonly user: string;
  readonly account: number;
  readonly score: number;
}

/**
 * One period of one board in memory. Entries stand by score, then `reachedAt` (milliseconds; earlier first), then user
 * id (plain `<`, UTF-16 code units). That order is total and the same under every tie policy, which only decides the
 * rank that is shown.
 *
 * Facts may come late, twice and out of order. Each carries the log position it is true at, and an account keeps the
 * newest: what is older is ignored, what has the same position replaces. A removal leaves its position behind, so an
 * older set does not bring the entry back; a loaded index ignores all that is older than what it was loaded with.
 *
 * `set`, `remove` and `rankOf` are O(log n) and a step over one block; a page adds its length.
 *
 * A number that is not finite, an account that is not a safe integer, and a place in the order that is not a whole
 * number from 0 up are bugs of the caller: RangeError, and no entry changes.
 */
export interface RankIndex {
  readonly size: number;
  /** The absolute score as of `position`. False when ignored, because something newer is known. */
  set(account: number, user: string, score: number, reachedAt: number, position: number): boolean;
  /** False when ignored, because something newer is known; true also when there was no entry. */
  remove(account: number, position: number): boolean;
  /** All entries as of `position`; only while the index has none. O(n). */
  load(columns: ScoreColumns, position: number): void;
  rankOf(account: number): Standing | undefined;
  page(offset: number, limit: number): Standing[];
  /** The account and `around` neighbours on each side. At an end the window shifts, to stay full if the board allows. */
  around(account: number, around: number): Standing[] | undefined;
  /** Lets go of the shared directory, which holds on to the index until then. Not to be used afterwards. */
  close(): void;
}

export interface RankIndexOptions {
  readonly members: Members;
  readonly order: Order;
  readonly ties: Ties;
  /** Entries a block has room for; tests use few to have many blocks. */
  readonly blockSize?: number;
}

export function createRankIndex({ members, order, ties, blockSize }: RankIndexOptions): RankIndex {
  const rows = new ScoreRows(members);
  const blocks = new CountedBlocks(rows, blockSize);
  let loadedAt = Number.NEGATIVE_INFINITY;

  const unwatch = members.watch({
    beforeRename: (slot) => rows.has(slot) && blocks.delete(slot),
    afterRename: (slot) => rows.has(slot) && blocks.insert(slot),
  });

  /** From a score to its key and back. Never -0, which is the same score as 0 but another pattern of bits. */
  function turned(value: number): number {
    return order === 'desc' ? 0 - value : value + 0;
  }

  function set(account: number, user: string, score: number, reachedAt: number, position: number): boolean {
    requireFinite('score', score);
    requireFinite('reachedAt', reachedAt);
    requireFinite('position', position);
    if (position < loadedAt) return false;
    const slot = members.slotOf(account, user);
    if (rows.isNewer(slot, position)) return false;
    const key = turned(score);
    if (rows.has(slot)) {
      if (rows.key(slot) === key && rows.reachedAt(slot) === reachedAt) {
        rows.raise(slot, position);
        return true;
      }
      blocks.delete(slot);
    }
    rows.write(slot, key, reachedAt, position);
    blocks.insert(slot);
    return true;
  }

  function remove(account: number, position: number): boolean {
    requireFinite('position', position);
    if (position < loadedAt) return false;
    const slot = members.reserve(account);
    if (rows.isNewer(slot, position)) return false;
    if (rows.has(slot)) blocks.delete(slot);
    rows.bury(slot, position);
    return true;
  }

  function load(columns: ScoreColumns, position: number): void {
    if (blocks.size > 0) throw new RangeError(`only an empty index is loaded, this one has ${blocks.size} entries`);
    requireFinite('position', position);
    checkColumns(columns);
    const { accounts, users, scores, reachedAt } = columns;
    const slots = new Int32Array(accounts.length);
    for (let i = 0; i < slots.length; i++) slots[i] = members.slotOf(accounts[i]!, users[i]!);
    checkDistinct(slots, members.size);

    const keys = new Float64Array(slots.length);
    const times = new Float64Array(slots.length);
    let taken = 0;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      // Removed by a fact that is newer than the columns.
      if (rows.isNewer(slot, position)) continue;
      slots[taken] = slot;
      keys[taken] = turned(scores[i]!);
      times[taken] = reachedAt[i]!;
      rows.write(slot, keys[taken]!, times[taken]!, position);
      taken++;
    }
    const taking = <C extends Int32Array | Float64Array>(column: C) => column.subarray(0, taken) as C;
    blocks.fill(sortSlots(taking(slots), taking(keys), taking(times), (a, b) => rows.compare(a, b)));
    loadedAt = Math.max(loadedAt, position);
  }

  function rankAt(slot: number, place: number): number {
    if (ties === 'first') return place + 1;
    return ties === 'shared' ? blocks.countBelow(rows.key(slot)) + 1 : blocks.headsThrough(slot);
  }

  function standing(slot: number, rank: number): Standing {
    return { rank, user: members.user(slot), account: members.account(slot), score: turned(rows.key(slot)) };
  }

  /** The slot of an account that has an entry. */
  function entryOf(account: number): number | undefined {
    const slot = members.find(account);
    return slot >= 0 && rows.has(slot) ? slot : undefined;
  }

  function rankOf(account: number): Standing | undefined {
    const slot = entryOf(account);
    if (slot === undefined) return undefined;
    return standing(slot, rankAt(slot, ties === 'first' ? blocks.countBefore(slot) : 0));
  }

  function page(offset: number, limit: number): Standing[] {
    requireWhole('offset', offset);
    requireWhole('limit', limit);
    const standings: Standing[] = [];
    let rank = 0;
    blocks.walk(offset, limit, (slot, opensScore) => {
      const place = offset + standings.length;
      if (standings.length === 0) rank = rankAt(slot, place);
      else if (ties === 'first' || (ties === 'shared' && opensScore)) rank = place + 1;
      else if (opensScore) rank++;
      standings.push(standing(slot, rank));
    });
    return standings;
  }

  function around(account: number, neighbours: number): Standing[] | undefined {
    requireWhole('around', neighbours);
    const slot = entryOf(account);
    if (slot === undefined) return undefined;
    const width = 2 * neighbours + 1;
    const start = Math.min(blocks.countBefore(slot) - neighbours, blocks.size - width);
    return page(Math.max(0, start), width);
  }

  return {
    get size() {
      return blocks.size;
    },
    set,
    remove,
    load,
    rankOf,
    page,
    around,
    close: unwatch,
  };
}

function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} is not a finite number: ${value}`);
}

function requireWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(`${name} is not a whole number from 0 up: ${value}`);
}
