/**
 * Fenwick tree (binary indexed tree) of whole numbers.
 * Source: P. Fenwick, "A New Data Structure for Cumulative Frequency Tables", 1994.
 * `add`, `prefix` and `find` are O(log n); `rebuild` is O(n).
 */
export class Fenwick {
  /** 1-based: node i holds the sum of the `i & -i` values that end at value i. */
  #tree = new Int32Array(16);
  #length = 0;

  rebuild(length: number, valueAt: (index: number) => number): void {
    if (this.#tree.length <= length) this.#tree = new Int32Array(length * 2);
    const tree = this.#tree;
    for (let i = 1; i <= length; i++) tree[i] = valueAt(i - 1);
    for (let i = 1; i <= length; i++) {
      const parent = i + (i & -i);
      if (parent <= length) tree[parent]! += tree[i]!;
    }
    this.#length = length;
  }

  add(index: number, delta: number): void {
    const tree = this.#tree;
    for (let i = index + 1; i <= this.#length; i += i & -i) tree[i]! += delta;
  }

  /** Sum of the values before `index`. */
  prefix(index: number): number {
    const tree = this.#tree;
    let sum = 0;
    for (let i = index; i > 0; i &= i - 1) sum += tree[i]!;
    return sum;
  }

  /** The index of the value that covers `offset`, counting units from 0; `length` when `offset` is past the total. */
  find(offset: number): number {
    const tree = this.#tree;
    let index = 0;
    let rest = offset;
    for (let step = 1 << (31 - Math.clz32(this.#length)); step > 0; step >>= 1) {
      const next = index + step;
      if (next <= this.#length && tree[next]! <= rest) {
        index = next;
        rest -= tree[next]!;
      }
    }
    return index;
  }
}
