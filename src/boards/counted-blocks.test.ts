import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountedBlocks } from './counted-blocks.ts';
import { Fenwick } from './fenwick.ts';
import { radixOrder } from './radix-order.ts';

/** Slots stand by their number; ten share a key. */
const BY_NUMBER = { compare: (a: number, b: number) => a - b, key: (slot: number) => Math.floor(slot / 10) };

describe('counted blocks', () => {
  it('count places, keys and distinct keys as a sorted array does', () => {
    const toggles = fc.array(fc.nat(199), { maxLength: 600, size: 'max' });
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(199)), toggles, fc.constantFrom(4, 5, 8), (start, toggles, capacity) => {
        const blocks = new CountedBlocks(BY_NUMBER, capacity);
        const present = new Set(start);
        blocks.fill(Int32Array.from(present).toSorted());
        for (const slot of toggles) {
          if (present.delete(slot)) {
            blocks.delete(slot);
          } else {
            blocks.insert(slot);
            present.add(slot);
          }
        }
        const sorted = [...present].toSorted(BY_NUMBER.compare);
        const keys = sorted.map(BY_NUMBER.key);
        const visited: [number, boolean][] = [];
        blocks.walk(0, 1000, (slot, head) => visited.push([slot, head]));
        expect(visited).toEqual(sorted.map((slot, i) => [slot, keys[i] !== keys[i - 1]]));
        for (const [place, slot] of sorted.entries()) {
          expect(blocks.countBefore(slot)).toBe(place);
          expect(blocks.headsThrough(slot)).toBe(new Set(keys.slice(0, place + 1)).size);
        }
        for (let key = -1; key <= 20; key++) expect(blocks.countBelow(key)).toBe(keys.filter((k) => k < key).length);
      }),
      { numRuns: 200 },
    );
  });

  it('stay few after removals, whichever entries go', () => {
    const gone = fc.shuffledSubarray(Array.from({ length: 2000 }, (_, slot) => slot));
    fc.assert(
      fc.property(gone, (gone) => {
        const blocks = new CountedBlocks(BY_NUMBER, 16);
        for (let slot = 0; slot < 2000; slot++) blocks.insert(slot);
        for (const slot of gone) {
          blocks.delete(slot);
          expect(blocks.blockCount).toBeLessThanOrEqual((8 * blocks.size) / 16 + 1);
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['first to the last', (slots: number[]) => slots],
    ['last to the first', (slots: number[]) => slots.toReversed()],
  ])('stay few when full blocks are thinned out from the %s', (_, arrange) => {
    const blocks = new CountedBlocks(BY_NUMBER, 16);
    const slots = Array.from({ length: 2400 }, (_, slot) => slot);
    blocks.fill(Int32Array.from(slots));
    for (const slot of arrange(slots.filter((slot) => slot % 12 > 0))) blocks.delete(slot);
    expect(blocks.size).toBe(200);
    expect(blocks.blockCount).toBeLessThanOrEqual((8 * 200) / 16 + 1);
  });

  it('refuse to search for ever for a slot that is not in', () => {
    const blocks = new CountedBlocks(BY_NUMBER, 4);
    blocks.insert(3);
    expect(() => blocks.delete(4)).toThrow('not where its order says');
  });
});

describe('a Fenwick tree', () => {
  it('sums and finds as a loop does, through changes', () => {
    const values = fc.array(fc.nat(9), { maxLength: 70 });
    const changes = fc.array(fc.tuple(fc.nat(69), fc.nat(5)));
    fc.assert(
      fc.property(values, changes, (values, changes) => {
        const tree = new Fenwick();
        tree.rebuild(values.length, (index) => values[index]!);
        for (const [index, delta] of changes) {
          if (index >= values.length) continue;
          values[index]! += delta;
          tree.add(index, delta);
        }
        let sum = 0;
        for (const [index, value] of values.entries()) {
          expect(tree.prefix(index)).toBe(sum);
          for (let offset = sum; offset < sum + value; offset++) expect(tree.find(offset)).toBe(index);
          sum += value;
        }
        expect(tree.find(sum)).toBe(values.length);
      }),
    );
  });
});

describe('the radix order', () => {
  it('is that of a stable comparison, for every double but NaN', () => {
    const anyNumber = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger());
    const number = anyNumber.map((n) => n + 0);
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { maxLength: 200 }), (rows) => {
        const expected = rows.map((_, row) => row);
        expected.sort((a, b) => difference(rows[a]![0], rows[b]![0]) || difference(rows[a]![1], rows[b]![1]));
        const columns = [0, 1].map((at) => Float64Array.from(rows, (row) => row[at]!)) as [Float64Array, Float64Array];
        expect([...radixOrder(...columns)]).toEqual(expected);
      }),
    );
  });
});

function difference(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
