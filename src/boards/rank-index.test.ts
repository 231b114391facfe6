import { describe, expect, it } from 'vitest';
import { Members } from './members.ts';
import { createRankIndex, type RankIndex } from './rank-index.ts';

describe('facts that come late', () => {
  it('keeps the newer score, whichever comes first', () => {
    const index = descending();
    expect(index.set(1, 'ann', 10, 0, 5)).toBe(true);
    expect(index.set(1, 'ann', 99, 0, 4)).toBe(false);
    expect(index.rankOf(1)?.score).toBe(10);
  });

  it('lets an unchanged score raise the position', () => {
    const index = descending();
    index.set(1, 'ann', 10, 0, 5);
    expect(index.set(1, 'ann', 10, 0, 9)).toBe(true);
    expect(index.set(1, 'ann', 99, 0, 7)).toBe(false);
  });

  it('keeps a removed entry out, also one that was removed before it was heard of', () => {
    const index = descending();
    expect(index.remove(1, 5)).toBe(true);
    expect(index.set(1, 'ann', 10, 0, 4)).toBe(false);
    expect(index.rankOf(1)).toBeUndefined();
    expect(index.set(1, 'ann', 10, 0, 6)).toBe(true);
    expect(index.rankOf(1)).toEqual({ rank: 1, user: 'ann', account: 1, score: 10 });
  });

  it('ignores what is older than the load, also for accounts that the load did not name', () => {
    const index = descending();
    index.load(columnsOf([{ account: 1, user: 'ann', score: 10, time: 0 }]), 50);
    expect(index.set(2, 'bob', 99, 0, 49)).toBe(false);
    expect(index.remove(1, 49)).toBe(false);
    expect(index.page(0, 9)).toEqual([{ rank: 1, user: 'ann', account: 1, score: 10 }]);
  });

  it('keeps out of a load what was removed after it was read', () => {
    const index = descending();
    index.remove(1, 51);
    const rows = [
      { account: 1, user: 'ann', score: 10, time: 0 },
      { account: 2, user: 'bob', score: 5, time: 0 },
    ];
    index.load(columnsOf(rows), 50);
    expect(index.page(0, 9).map(({ user }) => user)).toEqual(['bob']);
  });
});

describe('names', () => {
  it('moves a renamed user among ties on every board of the directory', () => {
    const members = new Members();
    const boards = (['desc', 'asc'] as const).map((order) => createRankIndex({ members, order, ties: 'first' }));
    for (const board of boards) for (const [one, user] of ['b', 'c'].entries()) board.set(one, user, 5, 0, 1);
    members.rename(1, 'a');
    for (const board of boards) expect(board.page(0, 9).map(({ user }) => user)).toEqual(['a', 'b']);
  });

  it('leaves a closed board alone', () => {
    const members = new Members();
    const board = createRankIndex({ members, order: 'desc', ties: 'first' });
    board.set(1, 'b', 5, 0, 1);
    board.close();
    expect(() => members.rename(1, 'a')).not.toThrow();
  });
});

describe('numbers that cannot be ordered', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s and keeps what it had', (wrong) => {
    const index = descending();
    index.set(1, 'ann', 10, 0, 5);
    expect(() => index.set(1, 'ann', wrong, 0, 6)).toThrow(RangeError);
    expect(() => index.set(1, 'ann', 0, wrong, 6)).toThrow(RangeError);
    expect(() => index.set(1, 'ann', 0, 0, wrong)).toThrow(RangeError);
    expect(() => index.set(wrong, 'ann', 0, 0, 6)).toThrow(RangeError);
    expect(() => index.remove(1, wrong)).toThrow(RangeError);
    expect(() => index.remove(wrong, 6)).toThrow(RangeError);
    expect(() => index.page(wrong, 1)).toThrow(RangeError);
    expect(() => index.around(1, wrong)).toThrow(RangeError);
    expect(index.page(0, 9)).toEqual([{ rank: 1, user: 'ann', account: 1, score: 10 }]);
  });

  it('refuses a load that is faulty, and can be loaded rightly afterwards', () => {
    const index = descending();
    const ann = { account: 1, user: 'ann', score: 10, time: 0 };
    expect(() => index.load(columnsOf([ann, { ...ann, score: 11 }]), 1)).toThrow('twice');
    expect(() => index.load(columnsOf([{ ...ann, score: Number.NaN }]), 1)).toThrow(RangeError);
    expect(() => index.load({ ...columnsOf([ann]), users: [] }, 1)).toThrow(RangeError);
    expect(index.size).toBe(0);
    index.load(columnsOf([ann]), 1);
    expect(index.size).toBe(1);
    expect(() => index.load(columnsOf([ann]), 2)).toThrow('empty');
  });
});

function descending(): RankIndex {
  return createRankIndex({ members: new Members(), order: 'desc', ties: 'first' });
}

interface Row {
  readonly account: number;
  readonly user: string;
  readonly score: number;
  readonly time: number;
}

function columnsOf(rows: readonly Row[]) {
  return {
    accounts: Float64Array.from(rows, ({ account }) => account),
    users: rows.map(({ user }) => user),
    scores: Float64Array.from(rows, ({ score }) => score),
    reachedAt: Float64Array.from(rows, ({ time }) => time),
  };
}
