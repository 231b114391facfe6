import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { Summary } from '../../reports/index.ts';
import { summaryText } from './summary.ts';

const SUMMARY: Summary = {
  users: 1_200,
  boards: [
    {
      board: 'weekly',
      period: '2026-W47',
      total: 1_100,
      entries: [9_000, 800, 70, 60, 50, 4].map((score, n) => ({ rank: n + 1, user: `u${n}`, score })),
    },
    { board: 'yearly', period: null, total: 0, entries: [] },
  ],
  streaks: [
    { user: 'ann', streak: 'daily', length: 1, longest: 12, first: '2026-11-01', last: '2026-11-12' },
    { user: 'bob', streak: 'daily', length: 1, longest: 1, first: '2026-11-02', last: '2026-11-02' },
  ],
  unlocks: {
    total: 3_000,
    rarest: [
      {
        achievement: 'owl',
        name: 'Night owl',
        tier: 'gold',
        users: 1,
        percent: 0.0833,
        first: { user: 'ann', at: '2026-11-01T02:00:00.000Z' },
      },
      {
        achievement: 'owl',
        name: 'Night owl',
        tier: 'one',
        users: 24,
        percent: 2,
        first: { user: 'bob', at: '2026-10-01T02:00:00.000Z' },
      },
    ],
  },
  levels: [
    { level: 1, users: 1_000 },
    { level: 2, users: 150 },
    { level: 25, users: 50 },
  ],
};

test('a summary is a few short tables', () => {
  expect(stripVTControlCharacters(summaryText(SUMMARY))).toBe(
    `
weekly  2026-W47, 1,100 ranked
   1.  u0  9,000
   2.  u1    800
   3.  u2     70
   4.  u3     60
   5.  u4     50

yearly  nobody yet

Longest streaks
   12 days  daily  ann  2026-11-01 to 2026-11-12
   1 day    daily  bob  2026-11-02 to 2026-11-02

Rarest unlocks  of 3,000 by 1,200 users
   Night owl, gold  1 user (0.0833 %)  ann on 2026-11-01
   Night owl, one   24 users (2 %)     first bob on 2026-10-01

Levels  of 1,200 users
   1–3    1,150  ██████████████████████████████
   25–27     50  █
`.trim(),
  );
});

test('what there is nothing to tell of is left out', () => {
  const nothing: Summary = { users: 0, boards: [], streaks: [], unlocks: { total: 0, rarest: [] }, levels: [] };
  expect(summaryText(nothing)).toBe('');
});
