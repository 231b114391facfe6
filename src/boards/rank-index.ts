import { checkColumns, checkDistinct, type ScoreColumns, sortSlots } from './cold-build.ts';
import { CountedBlocks } from './counted-blocks.ts';
import type { Members } from './members.ts';
import type { Order, Ties } from './model.ts';
import { createRanking, NO_RANKING, type Ranking, rankAmong, type Standing, standing } from './ranking.ts';
import { ScoreRows } from './score-rows.ts';
import { Segments } from './segments.ts';

export type { Order, Standing, Ties };

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
export interface RankIndex extends Ranking {
  /** The absolute score as of `position`, with what is kept with it. False when ignored, because something newer is known. */
  set(account: number, user: string, score: number, reachedAt: number, position: number, kept?: Kept): boolean;
  /** False when ignored, because something newer is known; true also when there was no entry. */
  remove(account: number, position: number): boolean;
  /** All entries as of `position`; only while the index has none. O(n). */
  load(columns: ScoreColumns, position: number): void;
  has(account: number): boolean;
  /** Those of one segment; good until anything else is asked for or told. */
  within(segment: string): Ranking;
  /** Those of these accounts that have entries, ranked among themselves. O(m log m + m log n). */
  among(accounts: Iterable<number>): AmongStanding[];
  /** Lets go of the shared directory, which holds on to the index until then. Not to be used afterwards. */
  close(): void;
}

/** What is kept with a score; the record as JSON. */
export interface Kept {
  readonly segment: string | null;
  readonly record: string | null;
}

export interface AmongStanding extends Standing {
  /** Among all of the board. */
  readonly globalRank: number;
}

export interface RankIndexOptions {
  readonly members: Members;
  readonly order: Order;
  readonly ties: Ties;
  /** Entries a block has room for; tests use few to have many blocks. */
  readonly blockSize?: number;
}

const NOTHING_KEPT: Kept = { segment: null, record: null };

export function createRankIndex({ members, order, ties, blockSize }: RankIndexOptions): RankIndex {
  const rows = new ScoreRows(members);
  const blocks = new CountedBlocks(rows, blockSize);
  const segments = new Segments(rows, blocks, blockSize);
  const ground = { members, rows, ties, turned };
  const all = createRanking(ground, blocks, () => true);
  let loadedAt = Number.NEGATIVE_INFINITY;

  const unwatch = members.watch({
    beforeRename: (slot) => rows.has(slot) && takeOut(slot),
    afterRename: (slot) => rows.has(slot) && putIn(slot),
  });

  function putIn(slot: number): void {
    blocks.insert(slot);
    segments.insert(slot);
  }

  function takeOut(slot: number): void {
    segments.delete(slot);
    blocks.delete(slot);
  }

  /** From a score to its key and back. Never -0, which is the same score as 0 but another pattern of bits. */
  function turned(value: number): number {
    return order === 'desc' ? 0 - value : value + 0;
  }

  function set(account: number, user: string, score: number, reachedAt: number, position: number, kept = NOTHING_KEPT): boolean {
    requireFinite('score', score);
    requireFinite('reachedAt', reachedAt);
    requireFinite('position', position);
    if (position < loadedAt) return false;
    const slot = members.slotOf(account, user);
    if (rows.isNewer(slot, position)) return false;
    const key = turned(score);
    const segment = segments.numberOf(kept.segment);
    if (rows.has(slot)) {
      if (rows.key(slot) === key && rows.reachedAt(slot) === reachedAt && rows.segment(slot) === segment) {
        rows.raise(slot, position);
        rows.keep(slot, segment, kept.record);
        return true;
      }
      takeOut(slot);
    }
    rows.write(slot, key, reachedAt, position);
    rows.keep(slot, segment, kept.record);
    putIn(slot);
    return true;
  }

  function remove(account: number, position: number): boolean {
    requireFinite('position', position);
    if (position < loadedAt) return false;
    const slot = members.reserve(account);
    if (rows.isNewer(slot, position)) return false;
    if (rows.has(slot)) takeOut(slot);
    rows.bury(slot, position);
    return true;
  }

  function load(columns: ScoreColumns, position: number): void {
    if (blocks.size > 0) throw new RangeError(`only an empty index is loaded, this one has ${blocks.size} entries`);
    requireFinite('position', position);
    checkColumns(columns);
    const { accounts, users, scores, reachedAt, kept } = columns;
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
      if (kept !== undefined) rows.keep(slot, segments.numberOf(kept.segments[i]!), kept.records[i]!);
      taken++;
    }
    const taking = <C extends Int32Array | Float64Array>(column: C) => column.subarray(0, taken) as C;
    blocks.fill(sortSlots(taking(slots), taking(keys), taking(times), (a, b) => rows.compare(a, b)));
    segments.reset();
    loadedAt = Math.max(loadedAt, position);
  }

  function within(name: string): Ranking {
    const segment = segments.within(name);
    if (segment === undefined) return NO_RANKING;
    return createRanking(ground, segment.blocks, (slot) => rows.segment(slot) === segment.number);
  }

  function among(accounts: Iterable<number>): AmongStanding[] {
    const slots = [...accounts].flatMap((account) => {
      const slot = members.find(account);
      return slot < 0 ? [] : [slot];
    });
    return rankAmong(ground, slots).map(({ slot, rank }) => {
      const own = standing(ground, slot, rank);
      return { ...own, globalRank: all.rankOf(own.account)!.rank };
    });
  }

  return {
    get size() {
      return blocks.size;
    },
    set,
    remove,
    load,
    has(account) {
      const slot = members.find(account);
      return slot >= 0 && rows.has(slot);
    },
    rankOf: all.rankOf,
    page: all.page,
    around: all.around,
    within,
    among,
    close: unwatch,
  };
}

function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} is not a finite number: ${value}`);
}
