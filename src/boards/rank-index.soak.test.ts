import { describe, expect, it } from 'vitest';
import { Members } from './members.ts';
import { createRankIndex, type Order } from './rank-index.ts';

const ENTRIES = 200_000;
/** A prime, so that accounts are scattered but their order is known. */
const ACCOUNT_STEP = 7_919;

interface Entry {
  readonly account: number;
  readonly user: string;
  score: number;
  time: number;
}

/**
 * One seed, 200,000 entries over one directory, a thousand blocks: grown, crowded onto few scores, then mostly removed,
 * with every standing compared to a plain sort after each phase.
 */
describe.each<Order>(['desc', 'asc'])('a large board in %s order', (order) => {
  it('stands as a sort does under every tie policy', () => {
    const random = sequence(7);
    const below = (end: number) => Math.floor(random() * end);
    const members = new Members();
    const boards = (['first', 'shared', 'dense'] as const).map((ties) => ({
      ties,
      index: createRankIndex({ members, order, ties, blockSize: 256 }),
    }));
    const entries: Entry[] = [];
    let position = 0;

    const put = (entry: Entry) => {
      position++;
      for (const { index } of boards) index.set(entry.account, entry.user, entry.score, entry.time, position);
    };
    const compare = (left: readonly Entry[]) => {
      const sorted = left.toSorted((a, b) => byPlace(a, b) * (a.score !== b.score && order === 'desc' ? -1 : 1));
      const ranks = ranksOf(sorted);
      for (const { ties, index } of boards) {
        const page = index.page(0, ENTRIES);
        expect(page.length).toBe(sorted.length);
        // Compared by hand: `toEqual` on this many objects takes longer than all the rest.
        const wrong = page.findIndex(
          ({ account, score, rank }, i) =>
            account !== sorted[i]!.account || score !== sorted[i]!.score || rank !== ranks[ties][i],
        );
        expect(page[wrong]).toBeUndefined();
        for (let sample = 0; sample < 2_000; sample++) {
          const place = below(sorted.length);
          expect(index.rankOf(sorted[place]!.account)).toEqual(page[place]);
        }
      }
    };

    for (let i = 0; i < ENTRIES; i++) {
      const entry = { account: i * ACCOUNT_STEP, user: `user-${i % 1_000}`, score: below(5_000), time: below(1_000) };
      entries.push(entry);
      put(entry);
    }
    compare(entries);
    for (let i = 0; i < ENTRIES; i++) {
      const entry = entries[below(ENTRIES)]!;
      entry.score = below(50);
      entry.time = below(10);
      put(entry);
    }
    compare(entries);
    const removed = entries.splice(0, ENTRIES * 0.9);
    for (const { account } of removed) {
      for (const { index } of boards) index.remove(account, position);
    }
    compare(entries);
  }, 60_000);
});

function byPlace(a: Entry, b: Entry): number {
  if (a.score !== b.score) return a.score - b.score;
  if (a.time !== b.time) return a.time - b.time;
  if (a.user !== b.user) return a.user < b.user ? -1 : 1;
  return a.account - b.account;
}

function ranksOf(sorted: readonly Entry[]) {
  const ranks = { first: [] as number[], shared: [] as number[], dense: [] as number[] };
  let [shared, dense] = [0, 0];
  for (const [place, { score }] of sorted.entries()) {
    if (score !== sorted[place - 1]?.score) {
      shared = place + 1;
      dense++;
    }
    ranks.first.push(place + 1);
    ranks.shared.push(shared);
    ranks.dense.push(dense);
  }
  return ranks;
}

/** mulberry32 (T. Ettinger, public domain): the same run every time. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
