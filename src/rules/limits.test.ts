import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine(`
diana: 1
name: limits
timezone: America/New_York
currencies: { points: { name: Points } }
rules:
  - { id: daily, on: a.daily, award: { points: 1 }, limit: { max: 2, per: day } }
  - { id: weekly, on: a.weekly, award: { points: 1 }, limit: { max: 1, per: week } }
  - { id: monthly, on: a.monthly, award: { points: 1 }, limit: { max: 1, per: month } }
  - { id: sliding, on: a.sliding, award: { points: 1 }, limit: { max: 2, within: 90s } }
  - { id: hourly, on: a.hourly, award: { points: 1 }, limit: { max: 1, per: hour } }
  - { id: both, on: a.both, award: { points: 1 }, limit: [ { max: 3, per: day }, { max: 1, within: 1m } ] }
  - { id: nothing, on: a.nothing, award: { points: event.data.n }, limit: { max: 1, per: day } }
`);
});
afterAll(() => engine.close());

let ids = 0;
/** Sends events of one type at these times, in this order, each by itself or together: `1` where it was paid. */
async function paid(type: string, user: string, times: readonly (string | undefined)[], together: boolean): Promise<string> {
  const events = times.map((time) => ({ id: `l${(ids += 1)}`, type, user, ...(time === undefined ? {} : { time }) }));
  const results = [];
  if (together) results.push(...(await engine.submit(events)));
  else for (const event of events) results.push(...(await engine.submit([event])));
  return results
    .map((result) => {
      if (result.status === 'refused') return result.code;
      if (result.awards.length === 1) return '1';
      expect(result.skipped).toEqual([{ rule: type.slice(2), code: 'limit_reached', message: expect.any(String) }]);
      return '0';
    })
    .join('');
}

const day = '2026-10-05T';
test.each([
  // The date as written, where the time carries an offset: 23:30 and 00:30 are two days, whatever UTC says.
  [
    'a.daily',
    'the offset as written',
    null,
    [`${day}23:30:00+05:00`, `${day}22:00:00+05:00`, `${day}21:00:00+05:00`, '2026-10-06T00:30:00+05:00', `${day}01:00:00-08:00`],
    '11010',
  ],
  [
    'a.daily',
    'the zone of the catalog for Z',
    null,
    [`${day}04:30:00Z`, `${day}03:30:00Z`, `${day}03:00:00Z`, `${day}02:00:00Z`, `${day}05:00:00Z`],
    '11101',
  ],
  [
    'a.daily',
    'the zone of the user, whatever is written',
    'Asia/Tokyo',
    [`${day}14:30:00Z`, `${day}10:00:00-04:00`, `${day}23:00:00+09:00`, `${day}15:30:00Z`],
    '1101',
  ],
  // Across the change of clocks: 2026-10-25 has 25 hours in Berlin.
  [
    'a.daily',
    'a day of 25 hours',
    'Europe/Berlin',
    ['2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', '2026-10-25T12:00:00Z', '2026-10-25T23:00:00Z'],
    '1101',
  ],
  [
    'a.weekly',
    'ISO weeks across new year',
    null,
    ['2026-12-31T10:00:00+00:00', '2027-01-03T10:00:00+00:00', '2027-01-04T10:00:00+00:00', '2026-12-27T10:00:00+00:00'],
    '1011',
  ],
  [
    'a.monthly',
    'months',
    null,
    ['2026-01-31T23:59:59+00:00', '2026-02-01T00:00:00+00:00', '2026-02-28T00:00:00+00:00', '2026-01-01T00:00:00+00:00'],
    '1100',
  ],
  // A window (t − w, t]: at t + w the first award has just left it.
  [
    'a.sliding',
    'a window is open at its far end',
    null,
    [`${day}10:00:00Z`, `${day}10:00:30Z`, `${day}10:01:29.999Z`, `${day}10:01:30Z`, `${day}10:01:59Z`, `${day}10:02:00Z`],
    '110101',
  ],
  [
    'a.sliding',
    'a late event looks back from its own time',
    null,
    [`${day}10:10:00Z`, `${day}10:10:10Z`, `${day}10:05:00Z`, `${day}10:04:59Z`, `${day}10:05:01Z`, `${day}10:09:59Z`],
    '111101',
  ],
  [
    'a.hourly',
    'an hour slides over the turn of the hour and of the day',
    null,
    [`${day}23:30:00Z`, '2026-10-06T00:29:59Z', '2026-10-06T00:30:00Z'],
    '101',
  ],
  [
    'a.both',
    'of two limits both hold',
    null,
    [`${day}10:00:00Z`, `${day}10:00:59Z`, `${day}10:01:00Z`, `${day}10:02:00Z`, `${day}10:03:00Z`],
    '10110',
  ],
] as const)('%s: %s', async (type, name, zone, times, expected) => {
  // The clock stands behind the latest of these times.
  engine.clock.set('2027-02-01T00:00:00Z');
  for (const together of [false, true]) {
    const user = `${name} ${String(together)}`;
    if (zone !== null) await engine.engine.putUser(user, { zone }, ADMIN);
    expect(await paid(type, user, times, together)).toBe(expected);
  }
});

test('an award of nothing takes no place in a limit', async () => {
  const send = async (n: number): Promise<unknown> => {
    const [result] = await engine.submit([{ id: `n${(ids += 1)}`, type: 'a.nothing', user: 'nora', data: { n } }]);
    return result?.status === 'refused'
      ? result.code
      : [result?.awards.map(({ amount, transfer }) => [amount, transfer === null]), result?.skipped.length];
  };
  expect(await send(0)).toEqual([[[0, true]], 0]);
  expect(await send(0)).toEqual([[[0, true]], 0]);
  expect(await send(5)).toEqual([[[5, false]], 0]);
  expect(await send(5)).toEqual([[], 1]);
});
