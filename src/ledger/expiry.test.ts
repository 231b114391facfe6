import { describe, expect, test } from 'vitest';
import { periodKey, periodSpan } from '../kernel/period.ts';
import { type Expiry, expiryDay, parseCurrencies, warningDay } from './index.ts';
import type { DocumentNode, Faults } from '../kernel/document.ts';

const scalar = (value: string): DocumentNode => ({ kind: 'scalar', value, line: 1, path: '' });
const map = (entries: Readonly<Record<string, DocumentNode>>): DocumentNode => ({
  kind: 'map',
  entries: new Map(Object.entries(entries)),
  line: 1,
  path: '',
});

function expiry(given: Readonly<Record<string, string>>): Expiry {
  const faults: Faults = [];
  const expires = map(Object.fromEntries(Object.entries(given).map(([key, value]) => [key, scalar(value)])));
  const found = parseCurrencies(faults, map({ points: map({ expires }) })).get('points')?.expires;
  if (found === undefined || found === null) throw new Error(JSON.stringify(faults));
  return found;
}

const text = (day: number | null): string | null => (day === null ? null : periodKey('day', day));
const day = (key: string): number => periodSpan('day', key)?.from ?? Number.NaN;

describe('points expire at the beginning of', () => {
  test.each<[Readonly<Record<string, string>>, string, string | null]>([
    [{ after: 'P365D' }, '2026-11-21', '2027-11-21'],
    [{ after: 'P1D' }, '2026-11-21', '2026-11-22'],
    [{ after: 'P1Y' }, '2028-02-29', '2029-02-28'],
    [{ at: '12-31' }, '2026-12-30', '2026-12-31'],
    [{ at: '12-31' }, '2026-12-31', '2027-12-31'],
    [{ at: '01-01' }, '2026-12-31', '2027-01-01'],
    [{ at: '2027-06-30' }, '2027-06-29', '2027-06-30'],
    [{ at: '2027-06-30' }, '2027-06-30', null],
  ])('%o from %s: %s', (given, from, on) => {
    expect(text(expiryDay(expiry(given), day(from)))).toBe(on);
  });
});

test('people are told so much ahead', () => {
  expect(text(warningDay(expiry({ after: 'P1Y', warn: 'P30D' }), day('2027-01-15')))).toBe('2026-12-16');
  expect(text(warningDay(expiry({ at: '2027-06-30', warn: 'P1M' }), day('2027-06-30')))).toBe('2027-05-30');
  expect(warningDay(expiry({ after: 'P1Y' }), day('2027-01-15'))).toBeNull();
});
