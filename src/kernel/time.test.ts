import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DAY,
  dateOf,
  dayOf,
  formatTime,
  HOUR,
  isoWeekday,
  isZone,
  localTime,
  MINUTE,
  parseTime,
  zoneDay,
  zoneDayStart,
  zoneOffset,
} from './time.ts';

describe('RFC 3339 times', () => {
  it('keeps an offset that was written, and none for Z and -00:00', () => {
    expect(parseTime('2026-03-01T12:00:00+02:00')).toEqual({ ms: Date.UTC(2026, 2, 1, 10), offset: 2 * HOUR });
    expect(parseTime('2026-03-01T12:00:00-05:30')).toEqual({
      ms: Date.UTC(2026, 2, 1, 17, 30),
      offset: -(5 * HOUR + 30 * MINUTE),
    });
    expect(parseTime('2026-03-01T12:00:00+00:00')).toEqual({ ms: Date.UTC(2026, 2, 1, 12), offset: 0 });
    expect(parseTime('2026-03-01T12:00:00Z')?.offset).toBeNull();
    expect(parseTime('2026-03-01t12:00:00z')?.offset).toBeNull();
    expect(parseTime('2026-03-01T12:00:00-00:00')?.offset).toBeNull();
  });

  it('cuts what is finer than a millisecond', () => {
    expect(parseTime('2026-03-01T00:00:00.1239999Z')?.ms).toBe(Date.UTC(2026, 2, 1) + 123);
    expect(parseTime('2026-03-01T00:00:00.5Z')?.ms).toBe(Date.UTC(2026, 2, 1) + 500);
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:59:60Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+01:60',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '2026-01-01',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+01:00',
    '12026-01-01T00:00:00Z',
    ' 2026-01-01T00:00:00Z',
    '',
  ])('%j is none', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  it('accepts 29 February in leap years only', () => {
    expect(parseTime('2024-02-29T00:00:00Z')).toBeDefined();
    expect(parseTime('2000-02-29T00:00:00Z')).toBeDefined();
    expect(parseTime('2100-02-29T00:00:00Z')).toBeUndefined();
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), (ms) => {
        expect(parseTime(formatTime(ms))).toEqual({ ms, offset: null });
      }),
    );
  });
});

describe('local days', () => {
  const at = (text: string) => parseTime(text) ?? expect.fail(text);

  it("the user's zone comes first, then the offset as written, then the catalog's zone", () => {
    const written = at('2026-06-01T23:30:00+01:00');
    expect(localTime(written, null, 'Asia/Tokyo')).toEqual({ day: dayOf(2026, 6, 1), hour: 23, weekday: 1 });
    expect(localTime(written, 'Asia/Tokyo', 'UTC')).toEqual({ day: dayOf(2026, 6, 2), hour: 7, weekday: 2 });
    expect(localTime(at('2026-06-01T22:30:00Z'), null, 'Asia/Tokyo')).toEqual({ day: dayOf(2026, 6, 2), hour: 7, weekday: 2 });
    expect(localTime(at('2026-06-01T22:30:00+00:00'), null, 'Asia/Tokyo').day).toBe(dayOf(2026, 6, 1));
  });

  it('a day of 23 and one of 25 hours are one day each', () => {
    expect(zoneDay('Europe/Berlin', Date.UTC(2026, 2, 28, 23))).toBe(dayOf(2026, 3, 29));
    expect(zoneDay('Europe/Berlin', Date.UTC(2026, 2, 29, 21, 59))).toBe(dayOf(2026, 3, 29));
    expect(zoneDay('Europe/Berlin', Date.UTC(2026, 2, 29, 22))).toBe(dayOf(2026, 3, 30));
    expect(zoneDay('Europe/Berlin', Date.UTC(2026, 9, 25, 22, 59))).toBe(dayOf(2026, 10, 25));
    expect(zoneDay('Europe/Berlin', Date.UTC(2026, 9, 25, 23))).toBe(dayOf(2026, 10, 26));
  });

  it('the offset agrees with the platform at any instant', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
      'Pacific/Chatham',
      'Pacific/Apia',
      'America/St_Johns',
    ];
    const wallClock = (zone: string, ms: number): string =>
      new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(ms);
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: Date.UTC(2040, 0, 1) }), (zone, ms) => {
        const local = new Date(ms + zoneOffset(zone, ms)).toISOString().slice(0, 19).replace('T', ' ');
        expect(local).toBe(wallClock(zone, ms));
      }),
    );
  });

  it('a change within a quarter of an hour is met to the second', () => {
    // Newfoundland put its clocks back at 00:01 local time on 29 October 2006.
    const change = Date.UTC(2006, 9, 29, 2, 31);
    expect(zoneOffset('America/St_Johns', change - 1)).toBe(-2.5 * HOUR);
    expect(zoneOffset('America/St_Johns', change)).toBe(-3.5 * HOUR);
    expect(zoneOffset('America/St_Johns', change - 60_000)).toBe(-2.5 * HOUR);
  });

  it('zones are IANA names', () => {
    expect(isZone('Europe/Berlin')).toBe(true);
    expect(isZone('UTC')).toBe(true);
    for (const name of ['Europe/Berlln', '+02:00', '', 'UTC+2', 'a'.repeat(1_000), '../etc']) expect(isZone(name)).toBe(false);
    expect(() => zoneOffset('Nowhere/Land', 0)).toThrow(RangeError);
  });

  it('days count from 1970 and weekdays from Monday', () => {
    expect(dayOf(1970, 1, 1)).toBe(0);
    expect(isoWeekday(0)).toBe(4);
    expect(isoWeekday(-1)).toBe(3);
    expect(isoWeekday(-4)).toBe(7);
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 2_900_000 }), (day) => {
        const { year, month, day: date } = dateOf(day);
        expect(isoWeekday(day)).toBe(new Date(day * DAY).getUTCDay() || 7);
        if (year >= 100) expect(dayOf(year, month, date)).toBe(day);
      }),
    );
  });
});

describe('the start of a local day', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', 'an ordinary midnight before a change'],
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00Z', 'an ordinary midnight after it'],
    ['Atlantic/Azores', '2026-03-29', '2026-03-29T01:00:00Z', 'midnight is left out'],
    ['America/Santiago', '2026-09-06', '2026-09-06T04:00:00Z', 'midnight is left out'],
    ['America/Havana', '2026-03-08', '2026-03-08T05:00:00Z', 'midnight is left out'],
    ['America/Santiago', '2026-04-05', '2026-04-05T04:00:00Z', 'midnight comes twice: 24:00 becomes 23:00'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z', 'a whole day is left out'],
    ['UTC', '2026-01-01', '2026-01-01T00:00:00Z', 'no change ever'],
  ])('%s on %s begins at %s: %s', (zone, day, start) => {
    expect(new Date(zoneDayStart(zone, Date.parse(day) / DAY)).toISOString()).toBe(start.replace('Z', '.000Z'));
  });
});
