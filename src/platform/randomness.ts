import { randomBytes } from 'node:crypto';
import type { Randomness } from '../kernel/ports.ts';

/** Bytes that nobody can guess, from the operating system. */
export const systemRandomness: Randomness = {
  bytes: (count) => randomBytes(count),
  integer(bound) {
    // 53 bits, and again where the remainder would favour small numbers.
    const limit = 2 ** 53 - (2 ** 53 % bound);
    for (;;) {
      const bytes = randomBytes(7);
      const value = bytes.readUIntBE(0, 6) * 32 + ((bytes[6] ?? 0) & 31);
      if (value < limit) return value % bound;
    }
  },
};
