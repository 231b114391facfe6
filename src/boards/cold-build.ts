import { radixOrder } from './radix-order.ts';

/** The entries of a board, in any order, one row for each account. */
export interface ScoreColumns {
  readonly accounts: Float64Array;
  readonly users: readonly string[];
  readonly scores: Float64Array;
  /** Milliseconds since 1970: the time of the event that reached the score. */
  readonly reachedAt: Float64Array;
  /** What is kept with each score; left out where nothing is. */
  readonly kept?: { readonly segments: readonly (string | null)[]; readonly records: readonly (string | null)[] };
}

/** RangeError on columns of different lengths and on numbers that cannot be ordered. */
export function checkColumns({ accounts, users, scores, reachedAt, kept }: ScoreColumns): void {
  const rows = accounts.length;
  if (kept !== undefined && (kept.segments.length !== rows || kept.records.length !== rows)) {
    throw new RangeError(`${rows} rows, but ${kept.segments.length} segments and ${kept.records.length} records`);
  }
  if (users.length !== rows || scores.length !== rows || reachedAt.length !== rows) {
    const lengths = [rows, users.length, scores.length, reachedAt.length].join(', ');
    throw new RangeError(`columns of accounts, users, scores and times differ in length: ${lengths}`);
  }
  for (let row = 0; row < rows; row++) {
    if (!Number.isSafeInteger(accounts[row])) throw new RangeError(`row ${row}: account ${accounts[row]}`);
    if (!Number.isFinite(scores[row])) throw new RangeError(`row ${row}: score ${scores[row]}`);
    if (!Number.isFinite(reachedAt[row])) throw new RangeError(`row ${row}: reachedAt ${reachedAt[row]}`);
  }
}

/** RangeError when a slot comes twice. `bound` is above every slot. */
export function checkDistinct(slots: Int32Array, bound: number): void {
  const seen = new Uint8Array(bound);
  for (const slot of slots) {
    if (seen[slot] === 1) throw new RangeError('columns name an account twice');
    seen[slot] = 1;
  }
}

/**
 * The slots by key, then time, then `compare`, which is asked only where both are equal: names are slow to compare and
 * seldom decide.
 */
export function sortSlots(
  slots: Int32Array,
  keys: Float64Array,
  times: Float64Array,
  compare: (a: number, b: number) => number,
): Int32Array {
  const order = radixOrder(keys, times);
  const sorted = Int32Array.from(order, (row) => slots[row]!);
  let from = 0;
  for (let to = 1; to <= order.length; to++) {
    const tied = to < order.length && keys[order[to]!] === keys[order[from]!] && times[order[to]!] === times[order[from]!];
    if (tied) continue;
    if (to - from > 1) sorted.subarray(from, to).sort(compare);
    from = to;
  }
  return sorted;
}
