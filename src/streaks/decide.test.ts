import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currentLength, moveStreak, needsOlder, type Run, type StreakState } from './index.ts';

/** All that is known of one streak; `older` by first day. */
interface Known {
  readonly state: StreakState | undefined;
  readonly older: readonly Run[];
}

const NOTHING: Known = { state: undefined, older: [] };

function see({ state, older }: Known, day: number): Known {
  const move = moveStreak(state, older, day);
  if (move === undefined) return { state, older };
  for (const run of move.removed) expect(older).toContainEqual(run);
  const kept = older.filter(({ first }) => !move.removed.some((run) => run.first === first));
  return { state: move.after, older: [...kept, ...move.added].toSorted((a, b) => a.first - b.first) };
}

const run = (first: number, last = first): Run => ({ first, last });

describe('a day', () => {
  test.each<[string, readonly number[], Run, number, readonly Run[]]>([
    ['begins a run', [10], run(10), 1, []],
    ['counts once', [10, 10, 10], run(10), 1, []],
    ['after the newest one extends it', [10, 11, 12], run(10, 12), 3, []],
    ['after a gap begins a new run', [10, 11, 13], run(13), 2, [run(10, 11)]],
    ['before the newest run extends it to the past', [10, 9], run(9, 10), 2, []],
    ['within an older run was there already', [10, 11, 12, 20, 11], run(20), 3, [run(10, 12)]],
    ['long ago stands alone', [10, 5], run(10), 1, [run(5)]],
    ['extends an older run to the future', [5, 10, 6], run(10), 2, [run(5, 6)]],
    ['extends an older run to the past', [5, 10, 4], run(10), 2, [run(4, 5)]],
    ['joins two older runs', [1, 2, 4, 5, 10, 3], run(10), 5, [run(1, 5)]],
    ['joins an older run to the newest', [1, 2, 4, 3], run(1, 4), 4, []],
    ['leaves runs alone that it does not touch', [1, 2, 5, 8, 10, 6], run(10), 2, [run(1, 2), run(5, 6), run(8)]],
    ['before 1970 is a day too', [1, -1, 0], run(-1, 1), 3, []],
  ])('%s', (_, days, newest, longest, older) => {
    expect(days.reduce(see, NOTHING)).toEqual({ state: { ...newest, longest }, older });
  });

  test('that lengthens an older run beyond the newest makes it the longest, not the newest', () => {
    const known = [1, 2, 4, 10, 11, 3].reduce(see, NOTHING);
    expect(known.state).toEqual({ first: 10, last: 11, longest: 4 });
  });

  test('needs older runs only before the newest one', () => {
    const state = { first: 10, last: 12, longest: 3 };
    expect([8, 9, 10, 12, 13, 20].map((day) => needsOlder(state, day))).toEqual([true, true, false, false, false, false]);
    expect(needsOlder(undefined, 8)).toBe(false);
    for (const day of [10, 12, 13, 20]) expect(moveStreak(state, [run(1, 5)], day)).toEqual(moveStreak(state, [], day));
  });
});

test('a streak is broken once a whole day went by without an event', () => {
  const state = { first: 10, last: 12, longest: 7 };
  expect([11, 12, 13, 14, 100].map((today) => currentLength(state, today))).toEqual([3, 3, 3, 0, 0]);
});

/** The rule book: a set of days. */
function runsOf(days: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const day of [...new Set(days)].toSorted((a, b) => a - b)) {
    const before = runs.at(-1);
    if (before?.last === day - 1) runs[runs.length - 1] = run(before.first, day);
    else runs.push(run(day));
  }
  return runs;
}

test('runs are those of the set of days, after every day and in any order of arrival', () => {
  const days = fc.array(fc.integer({ min: -5, max: 25 }), { minLength: 1, maxLength: 40, size: 'max' });
  fc.assert(
    fc.property(days, fc.infiniteStream(fc.nat()), (days, keys) => {
      let known = NOTHING;
      let longest = 0;
      for (const [i, day] of days.entries()) {
        const touching = known.older.filter(({ first, last }) => first <= day + 1 && last >= day - 1);
        expect(moveStreak(known.state, touching, day)).toEqual(moveStreak(known.state, known.older, day));
        if (!needsOlder(known.state, day))
          expect(moveStreak(known.state, [], day)).toEqual(moveStreak(known.state, touching, day));
        known = see(known, day);
        const runs = runsOf(days.slice(0, i + 1));
        longest = Math.max(longest, ...runs.map(({ first, last }) => last - first + 1));
        expect(known).toEqual({ state: { ...runs.at(-1), longest }, older: runs.slice(0, -1) });
      }
      const shuffled = days
        .map((day) => ({ day, key: keys.next().value }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ day }) => day);
      expect(shuffled.reduce(see, NOTHING)).toEqual(known);
    }),
    { numRuns: 500 },
  );
});
