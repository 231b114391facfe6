import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronFault, cronSpan, cronSpanOf } from './cron.ts';

const PATTERNS = [
  '0 18 * * 5',
  '0 * * * *',
  '30 2 * * *',
  '15 */6 * * *',
  '59 1,2,3 * * *',
  '0 0 1 * *',
  '45 9-17 * * 1-5',
  '0 0 29 2 *',
];
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Asia/Kolkata',
  'Pacific/Apia',
];

describe('periods from one firing to the next', () => {
  it.each([
    ['0 18 * * 5', 'Europe/Madrid', '2026-11-21T12:00:00Z', '2026-11-20T18-00', '2026-11-20T17:00:00Z', '2026-11-27T17:00:00Z'],
    [
      '0 18 * * 5',
      'Europe/Madrid',
      '2026-11-20T16:59:59.999Z',
      '2026-11-13T18-00',
      '2026-11-13T17:00:00Z',
      '2026-11-20T17:00:00Z',
    ],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T05:00:00Z', '2026-10-25T02-30', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    ['0 * * * *', 'Europe/Berlin', '2026-10-25T00:20:00Z', '2026-10-25T02-00', '2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z'],
    ['0 * * * *', 'Europe/Berlin', '2026-10-25T01:20:00Z', '2026-10-25T02-00b', '2026-10-25T01:00:00Z', '2026-10-25T02:00:00Z'],
    // Clocks leave 02:30 out: it fires when they jump.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-29T05:00:00Z', '2026-03-29T03-00', '2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
    // Clocks go back two hours: 01:00 comes again after 02:00 and begins nothing.
    ['0 * * * *', 'Antarctica/Troll', '2026-10-25T01:30:00Z', '2026-10-25T02-00', '2026-10-25T00:00:00Z', '2026-10-25T02:00:00Z'],
  ])('"%s" in %s at %s is %s', (pattern, zone, time, key, from, to) => {
    const span = { key, from: Date.parse(from), to: Date.parse(to) };
    expect(cronSpan(pattern, zone, Date.parse(time))).toEqual(span);
    expect(cronSpanOf(pattern, zone, key)).toEqual(span);
  });

  it('they tile time without gap or overlap, and keys are unique and sort by time, over changes of clocks too', () => {
    const year = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 11, 31) });
    const change = fc
      .constantFrom('2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01')
      .chain((day) => fc.integer({ min: Date.parse(day) - 86_400_000, max: Date.parse(day) + 2 * 86_400_000 }));
    fc.assert(
      fc.property(fc.constantFrom(...PATTERNS), fc.constantFrom(...ZONES), fc.oneof(year, change), (pattern, zone, ms) => {
        let span = cronSpan(pattern, zone, ms);
        expect(span.from).toBeLessThanOrEqual(ms);
        expect(span.to).toBeGreaterThan(ms);
        for (let step = 0; step < 5; step += 1) {
          expect(cronSpanOf(pattern, zone, span.key)).toEqual(span);
          expect(cronSpan(pattern, zone, span.to - 1)).toEqual(span);
          const following = cronSpan(pattern, zone, span.to);
          expect(following.from).toBe(span.to);
          expect(following.key > span.key).toBe(true);
          span = following;
        }
      }),
      { numRuns: 400 },
    );
  });

  it.each(['2026-11-20T18-01', '2026-11-19T18-00', '2026-11-20', '2026-11-20T18-00b', '2026-13-40T99-00', ''])(
    'there is no period %j',
    (key) => expect(cronSpanOf('0 18 * * 5', 'Europe/Madrid', key)).toBeUndefined(),
  );
});

describe('patterns', () => {
  it.each(['0 18 * * 5', '59 23 31 12 *', '0 0 29 2 *', '5 4 * * sun', '0 */6 1-15 * *', '0 0 L * *'])('%j is one', (pattern) =>
    expect(cronFault(pattern)).toBeUndefined(),
  );
  it.each([
    ['* * * * *', 'an hour at least'],
    ['*/30 * * * *', 'an hour at least'],
    ['0,30 9 * * *', 'an hour at least'],
    ['0 0 30 2 *', 'never fires'],
    ['0 0 0 * * *', 'five fields'],
    ['? 0 * * *', 'five fields'],
    ['@daily', 'five fields'],
    ['0 25 * * *', 'five fields'],
    ['0 0 * * someday', 'five fields'],
  ])('%j is none: %s', (pattern, why) => expect(cronFault(pattern)).toContain(why));
});
