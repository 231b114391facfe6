import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localPeriodClose, type Period, PERIODS, periodKey, periodSpan, previousKey } from './period.ts';
import { dayOf, HOUR } from './time.ts';

const day = fc.integer({ min: 0, max: dayOf(9998, 12, 31) });
const cut = fc.constantFrom<Period>('day', 'week', 'month', 'year');

describe('calendar periods', () => {
  it.each([
    ['day', '2026-11-21'],
    ['week', '2026-W47'],
    ['month', '2026-11'],
    ['year', '2026'],
    ['all', 'all'],
  ] as const)('21 November 2026 is in the %s %s', (period, key) => {
    expect(periodKey(period, dayOf(2026, 11, 21))).toBe(key);
  });

  it.each([
    [2024, 12, 30, '2025-W01'],
    [2021, 1, 3, '2020-W53'],
    [2026, 12, 31, '2026-W53'],
    [2027, 1, 3, '2026-W53'],
    [2027, 1, 4, '2027-W01'],
  ])('the week of %i-%i-%i is %s', (year, month, date, key) => {
    expect(periodKey('week', dayOf(year, month, date))).toBe(key);
  });

  it('a key names the span that its days fall in, and no other day does', () => {
    fc.assert(
      fc.property(cut, day, (period, today) => {
        const key = periodKey(period, today);
        const span = periodSpan(period, key) ?? expect.fail(key);
        expect(span.from).toBeLessThanOrEqual(today);
        expect(span.to).toBeGreaterThan(today);
        expect(periodKey(period, span.from)).toBe(key);
        expect(periodKey(period, span.to - 1)).toBe(key);
        expect(periodKey(period, span.to)).not.toBe(key);
        expect(previousKey(period, span.to)).toBe(key);
      }),
    );
  });

  it('keys sort as their periods do', () => {
    fc.assert(
      fc.property(cut, day, day, (period, a, b) => {
        const [first, second] = a <= b ? [a, b] : [b, a];
        expect(periodKey(period, first) <= periodKey(period, second)).toBe(true);
      }),
    );
  });

  it.each([
    ['day', '2026-02-30'],
    ['day', '2026-11'],
    ['day', '2026-W01-01'],
    ['week', '2026-W54'],
    ['week', '2025-W53'],
    ['week', '2026-W00'],
    ['week', '2026-01'],
    ['month', '2026-13'],
    ['month', '2026-00'],
    ['month', '2026-W10'],
    ['year', '26'],
    ['year', '2026-01'],
    ['year', '0050'],
    ['all', '2026'],
    ['all', 'ALL'],
    ['day', ''],
  ] as const)('there is no %s %j', (period, key) => {
    expect(periodSpan(period, key)).toBeUndefined();
  });

  it('all has no end and nothing before it', () => {
    expect(previousKey('all', 0)).toBe('all');
    expect(periodSpan('all', 'all')).toEqual({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY });
    expect(PERIODS).toContain('all');
  });

  it('a period of local days is over when it is over at UTC−12', () => {
    const span = periodSpan('day', '2026-11-21') ?? expect.fail();
    expect(localPeriodClose(span)).toBe(Date.UTC(2026, 10, 22) + 12 * HOUR);
  });
});
