import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { accountId, createIds, factId, transferId, transferUuid } from './ids.ts';
import type { Randomness } from './ports.ts';

/** Counts through the hash of a counter: seeded, and like chance. */
function seeded(): Randomness {
  let calls = 0;
  const bytes = (count: number): Uint8Array => {
    const out = new Uint8Array(count);
    for (let i = 0; i < count; i += 32) {
      calls += 1;
      out.set(
        createHash('sha256')
          .update(`seed ${calls}`)
          .digest()
          .subarray(0, Math.min(32, count - i)),
        i,
      );
    }
    return out;
  };
  return { bytes, integer: (bound) => Buffer.from(bytes(6)).readUIntBE(0, 6) % bound };
}

describe('ids', () => {
  it('are UUIDs of version 7 that carry the time', () => {
    const now = Date.UTC(2026, 0, 1);
    const uuid = createIds({ now: () => now }, seeded()).uuid();
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16)).toBe(now);
  });

  it('rise strictly, in a burst within one millisecond and when the clock goes back', () => {
    let now = 1_000;
    const ids = createIds({ now: () => now }, seeded());
    let last = '';
    for (let i = 0; i < 20_000; i += 1) {
      if (i % 3_000 === 2_999) now += i % 2 === 0 ? 5 : -3;
      const uuid = ids.uuid();
      expect(uuid > last).toBe(true);
      last = uuid;
    }
  });

  it('accounts lie in [1, 2^53)', () => {
    const integer = (answer: (bound: number) => number): Randomness => ({
      bytes: (count) => new Uint8Array(count),
      integer: answer,
    });
    expect(
      createIds(
        { now: () => 0 },
        integer(() => 0),
      ).account(),
    ).toBe(1);
    expect(
      createIds(
        { now: () => 0 },
        integer((bound) => bound - 1),
      ).account(),
    ).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
  });

  it('a transfer id leads back to its UUID', () => {
    const uuid = createIds({ now: () => 1 }, seeded()).uuid();
    expect(transferUuid(transferId(uuid))).toBe(uuid);
    for (const text of ['', 'tr_', uuid, `${transferId(uuid)}0`, transferId(uuid).toUpperCase()])
      expect(transferUuid(text)).toBeUndefined();
  });

  it('carry the prefix of their noun', () => {
    expect(accountId(36)).toBe('acct_10');
    expect(factId(7)).toBe('evt_7');
  });
});
