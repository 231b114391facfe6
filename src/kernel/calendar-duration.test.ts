import { describe, expect, it } from 'vitest';
import { addCalendar, readCalendarDuration } from './calendar-duration.ts';
import { periodKey, periodSpan } from './period.ts';

const day = (text: string): number => periodSpan('day', text)?.from ?? Number.NaN;

function moved(from: string, duration: string, sign: 1 | -1 = 1): string {
  const read = readCalendarDuration(duration);
  return read === undefined ? 'none' : periodKey('day', addCalendar(day(from), read, sign));
}

describe('lengths of time by the calendar', () => {
  it.each([
    ['2026-11-21', 'P365D', '2027-11-21'],
    ['2026-11-21', 'P2W', '2026-12-05'],
    ['2026-11-21', 'P1M', '2026-12-21'],
    ['2026-12-31', 'P1M', '2027-01-31'],
    ['2026-01-31', 'P1M', '2026-02-28'],
    ['2028-01-31', 'P1M', '2028-02-29'],
    ['2028-02-29', 'P1Y', '2029-02-28'],
    ['2026-11-21', 'P1Y6M', '2028-05-21'],
    ['2026-01-31', 'P1M1D', '2026-03-01'],
  ])('%s and %s is %s', (from, duration, to) => {
    expect(moved(from, duration)).toBe(to);
  });

  it.each([
    ['2027-01-31', 'P1M', '2026-12-31'],
    ['2027-03-31', 'P1M', '2027-02-28'],
    ['2027-01-05', 'P1Y1M', '2025-12-05'],
    ['2027-01-05', 'P30D', '2026-12-06'],
  ])('%s less %s is %s', (from, duration, to) => {
    expect(moved(from, duration, -1)).toBe(to);
  });

  it.each(['', 'P', 'P0D', 'P0Y0M', '30D', 'p30d', 'P1H', 'PT1H', 'P1.5D', 'P-1D', 'P1D1W', 'P101Y', 'P36601D', 'P1D ', '12'])(
    '"%s" is none',
    (text) => {
      expect(readCalendarDuration(text)).toBeUndefined();
    },
  );
});
