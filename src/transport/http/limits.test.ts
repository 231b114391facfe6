import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressName, createLimiter } from './limits.ts';

function limiterAt(max: number, window: number) {
  const clock = { time: 0, now: () => clock.time };
  return { clock, limiter: createLimiter({ max, window }, clock) };
}

describe('a limiter', () => {
  test('lets the next one through exactly when it said, and not a second earlier', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 7_000 }), { maxLength: 300 }),
        (max, pauses) => {
          const { clock, limiter } = limiterAt(max, 10_000);
          for (const pause of pauses) {
            clock.time += pause;
            const seconds = limiter.take('a');
            if (seconds === 0) continue;
            clock.time += seconds * 1_000 - 1_000;
            if (seconds > 1) expect(limiter.take('a')).toBeGreaterThan(0);
            clock.time += 1_000;
            expect(limiter.take('a')).toBe(0);
          }
        },
      ),
    );
  });

  test('never lets twice its number through in one window', () => {
    const { clock, limiter } = limiterAt(100, 10_000);
    let passed = 0;
    for (clock.time = 9_000; clock.time < 19_000; clock.time += 10) if (limiter.take('a') === 0) passed += 1;
    expect(passed).toBeLessThanOrEqual(190);
  });

  test('keeps names apart, and does not grow with them', () => {
    const { limiter } = limiterAt(1, 10_000);
    for (let i = 0; i < 10_000; i += 1) expect(limiter.take(`a${i}`)).toBe(0);
    expect(limiter.take('a9999')).toBeGreaterThan(0);
    expect(limiter.take('one more')).toBe(0);
    // The quietest name was forgotten for it.
    expect(limiter.take('a0')).toBe(0);
  });
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
])('the address %s counts as %s', (address, name) => {
  expect(addressName(address)).toBe(name);
});
