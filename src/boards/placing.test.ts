import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Members } from './members.ts';
import type { Board, Reward } from './model.ts';
import { placings } from './placing.ts';
import { createRankIndex } from './rank-index.ts';

type Row = readonly [user: string, score: number, reachedAt?: number];

function columnsOf(rows: readonly Row[]) {
  return {
    accounts: Float64Array.from(rows, (_, at) => at + 1),
    users: rows.map(([user]) => user),
    scores: Float64Array.from(rows, ([, score]) => score),
    reachedAt: Float64Array.from(rows, ([, , reachedAt = 0]) => reachedAt),
  };
}

const plain: Pick<Board, 'order' | 'ties' | 'rewards' | 'leagues'> = { order: 'desc', ties: 'first', rewards: [], leagues: null };
const ROWS: readonly Row[] = [
  ['dee', 1],
  ['bob', 5, 2],
  ['cy', 5, 1],
  ['ann', 9],
  ['eve', 5, 1],
];
const told = (board: Partial<typeof plain>, rows = ROWS): readonly string[] => {
  const columns = columnsOf(rows);
  return [...placings({ ...plain, ...board }, columns, new Map())].map(({ row, rank, award }) =>
    [rank, columns.users[row], award?.['points']].filter((part) => part !== undefined).join(' '),
  );
};

describe('places at the end of a period', () => {
  it.each([
    ['first', ['1 ann', '2 cy', '3 eve', '4 bob', '5 dee']],
    ['shared', ['1 ann', '2 cy', '2 eve', '2 bob', '5 dee']],
    ['dense', ['1 ann', '2 cy', '2 eve', '2 bob', '3 dee']],
  ] as const)('ties %s', (ties, expected) => expect(told({ ties })).toEqual(expected));

  it('are those of the live board, whatever is on it', () => {
    const row = fc.record({
      score: fc.integer({ min: -3, max: 3 }),
      at: fc.integer({ min: 0, max: 2 }),
      user: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 60 }),
        fc.constantFrom('desc' as const, 'asc' as const),
        fc.constantFrom('first' as const, 'shared' as const, 'dense' as const),
        (given, order, ties) => {
          const columns = columnsOf(given.map(({ user, score, at }, n) => [`${user}${n}`, score, at]));
          const live = createRankIndex({ members: new Members(), order, ties });
          live.load(columns, 1);
          const placed = [...placings({ ...plain, order, ties }, columns, new Map())];
          expect(placed.map(({ place }) => place)).toEqual(given.map((_, at) => at + 1));
          expect(placed.map(({ row: at, rank }) => [columns.users[at], rank])).toEqual(
            live.page(0, given.length).map(({ user, rank }) => [user, rank]),
          );
        },
      ),
    );
  });
});

describe('rewards', () => {
  const rank = (first: number, last: number, points: number): Reward => ({ first, last, award: { points } });
  const top = (share: number, points: number): Reward => ({ top: share, award: { points } });

  it('are the first that fits', () => {
    expect(told({ rewards: [rank(1, 1, 50), rank(1, 3, 20), top(100, 1)] })).toEqual([
      '1 ann 50',
      '2 cy 20',
      '3 eve 20',
      '4 bob 1',
      '5 dee 1',
    ]);
  });

  it.each([
    ['first', ['1 ann 7', '2 cy 7', '3 eve', '4 bob', '5 dee']],
    ['shared', ['1 ann 7', '2 cy 7', '2 eve 7', '2 bob 7', '5 dee']],
    ['dense', ['1 ann 7', '2 cy 7', '2 eve 7', '2 bob 7', '3 dee']],
  ] as const)('for a share count users, rounded up, and never part equals: ties %s', (ties, expected) => {
    expect(told({ ties, rewards: [top(40, 7)] })).toEqual(expected);
  });

  it.each([
    [10, 10, 1],
    [11, 10, 2],
    [3_000, 0.1, 3],
    [1_000, 0.7, 7],
    [7, 100, 7],
    [1, 0.0001, 1],
  ])('of %i users, the top %d%% are %i', (users, share, paid) => {
    const rows = Array.from({ length: users }, (_, n): Row => [`u${n}`, n]);
    expect(
      told({ rewards: [top(share, 1)] }, rows).filter((line) => line.endsWith(' 1') && line.split(' ').length === 3),
    ).toHaveLength(paid);
  });
});

it('cohorts rank their own, and move by place within', () => {
  const columns = columnsOf([
    ['a', 9],
    ['b', 8],
    ['c', 7],
    ['d', 6],
    ['e', 5],
  ]);
  const leagues = { tiers: ['low', 'high'], size: 3, promote: 1, relegate: 1 };
  const seats = new Map([1, 2, 3, 4].map((account) => [account, { tier: account % 2 === 0 ? 'low' : 'high', cohort: 0 }]));
  expect(
    [...placings({ ...plain, leagues }, columns, seats)].map(({ rank, league }) => [
      rank,
      league?.tier,
      league?.rank,
      league?.next,
    ]),
  ).toEqual([
    [1, 'high', 1, 'high'],
    [2, 'low', 1, 'high'],
    [3, 'high', 2, 'low'],
    [4, 'low', 2, 'low'],
    [5, undefined, undefined, undefined],
  ]);
});
