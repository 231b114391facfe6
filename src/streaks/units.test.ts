import { describe, expect, test } from 'vitest';
import { DAY, dayOf, localTime } from '../kernel/time.ts';
import { datesOf, dayAt, dayStart, EVERY, firstDay, hasDay, lastDay, unitOf } from './units.ts';

test.each(EVERY)('units of every %s follow one another without a gap or an overlap', (every) => {
  for (let day = dayOf(1969, 11, 1); day < dayOf(2030, 3, 1); day += 1) {
    const unit = unitOf(every, day);
    expect(unitOf(every, day + 1) - unit).toBe(day === lastDay(every, unit) ? 1 : 0);
    expect(firstDay(every, unit)).toBeLessThanOrEqual(day);
    expect(firstDay(every, unit + 1)).toBe(lastDay(every, unit) + 1);
  }
});

test('weeks begin on Mondays, months on the first, and both pass the turn of the year', () => {
  const unit = (every: 'week' | 'month', text: string) => unitOf(every, dayAt(0, Date.parse(`${text}T12:00:00Z`)));
  expect(unit('week', '2027-01-03') - unit('week', '2026-12-28')).toBe(0);
  expect(unit('week', '2027-01-04') - unit('week', '2027-01-03')).toBe(1);
  expect(unit('month', '2027-01-01') - unit('month', '2026-12-31')).toBe(1);
  const week = unit('week', '2026-12-31');
  expect(datesOf('week', { first: week, last: week })).toEqual({ first: '2026-12-28', last: '2027-01-03' });
  const month = unit('month', '2026-02-10');
  expect(datesOf('month', { first: month, last: month })).toEqual({ first: '2026-02-01', last: '2026-02-28' });
});

describe('a day begins where its date does', () => {
  test.each([
    ['Europe/Madrid', '2026-03-29', '2026-03-28T23:00:00Z'],
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00Z'],
    ['America/Havana', '2026-03-08', '2026-03-08T05:00:00Z'],
    ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00Z'],
    ['UTC', '2026-01-01', '2026-01-01T00:00:00Z'],
  ])('%s %s', (zone, date, moment) => {
    const day = Date.parse(`${date}T00:00:00Z`) / DAY;
    const start = dayStart(zone, day);
    expect(new Date(start)).toEqual(new Date(moment));
    expect(dayAt(zone, start)).toBe(day);
    expect(dayAt(zone, start - 1)).toBeLessThan(day);
  });

  test('of an offset, and where a date is left out or shown twice', () => {
    expect(dayStart(-8 * 3_600_000, 1)).toBe(DAY + 8 * 3_600_000);
    const samoa = Date.parse('2011-12-30T00:00:00Z') / DAY;
    expect([samoa - 1, samoa, samoa + 1].map((day) => hasDay('Pacific/Apia', day))).toEqual([true, false, true]);
    expect(hasDay(0, samoa)).toBe(true);
    expect(localTime({ ms: dayStart('Pacific/Apia', samoa + 1), offset: null }, 'Pacific/Apia', 'UTC').day).toBe(samoa + 1);
  });
});
