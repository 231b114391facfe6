/**
 * The permutation that sorts rows by `first`, then `second`, both ascending, ties in the order given. No NaN.
 *
 * Radix sort from the least digit, 16 bits a digit, O(n): no comparison is called, which is what a cold board would
 * spend most of its time on. A digit that all rows share (the low bits of small whole numbers) is skipped.
 */
export function radixOrder(first: Float64Array, second: Float64Array): Uint32Array {
  const columns = [sortableDigits(second), sortableDigits(first)];
  let order = Uint32Array.from(first.keys());
  let spare = new Uint32Array(first.length);
  const starts = new Uint32Array(DIGIT_VALUES);
  for (const digits of columns) {
    for (let digit = 0; digit < DIGITS; digit++) {
      if (!countStarts(digits, digit, starts)) continue;
      for (let i = 0; i < order.length; i++) {
        const row = order[i]!;
        spare[starts[digits[row * DIGITS + digit]!]!++] = row;
      }
      [order, spare] = [spare, order];
    }
  }
  return order;
}

const DIGITS = 4;
const DIGIT_VALUES = 1 << 16;
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Four digits a number, least first, ordered as the numbers are: IEEE 754 doubles of one sign compare as their bits, so
 * positive ones get the sign bit set and negative ones are inverted.
 */
function sortableDigits(column: Float64Array): Uint16Array {
  const digits = new Uint16Array(column.slice().buffer);
  for (let at = 0; at < digits.length; at += DIGITS) {
    if (!LITTLE_ENDIAN) digits.subarray(at, at + DIGITS).reverse();
    const top = at + DIGITS - 1;
    if (digits[top]! < 0x8000) {
      digits[top]! ^= 0x8000;
      continue;
    }
    for (let i = at; i <= top; i++) digits[i]! ^= 0xffff;
  }
  return digits;
}

/** Turns counts of digit values into the places where their rows begin; false when all rows share one value. */
function countStarts(digits: Uint16Array, digit: number, starts: Uint32Array): boolean {
  starts.fill(0);
  for (let at = digit; at < digits.length; at += DIGITS) starts[digits[at]!]!++;
  const rows = digits.length / DIGITS;
  let sum = 0;
  for (let value = 0; value < DIGIT_VALUES; value++) {
    const count = starts[value]!;
    if (count === rows) return false;
    starts[value] = sum;
    sum += count;
  }
  return true;
}
