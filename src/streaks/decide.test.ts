import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assess } from './chain.ts';
import { moveStreak, needs, NO_PAST, type Past, reassess, type Run, type StreakState } from './index.ts';
import type { MovingStreak } from './decide.ts';

const PLAIN: MovingStreak = { every: 'day', grace: 0, freezes: null, restore: null };
const GRACE: MovingStreak = { ...PLAIN, grace: 3 * 3_600_000 };
const FROZEN: MovingStreak = { ...PLAIN, freezes: { start: 1, every: 3, max: 2 } };
const WHOLE: MovingStreak = { ...GRACE, ...FROZEN, grace: GRACE.grace, restore: { within: 1, price: [] } };

/** All that is known of one streak. */
interface Known {
  readonly state: StreakState | undefined;
  readonly past: Past;
}

/** A day with an event: within the hours of grace, where it is early. */
interface Sight {
  readonly day: number;
  readonly early: boolean;
}

const own = (day: number): Sight => ({ day, early: false });
const early = (day: number): Sight => ({ day, early: true });
const run = (first: number, last = first): Run => ({ first, last });

function see(streak: MovingStreak, { state, past }: Known, sight: Sight, shown = past): Known {
  const move = moveStreak(streak, state, shown, sight.day, sight.early);
  if (move === undefined) return { state, past };
  for (const gone of move.removed) expect(past.older).toContainEqual(gone);
  const stays = past.older.filter(({ first }) => !move.removed.some((gone) => gone.first === first));
  const older = [...stays, ...move.added].toSorted((a, b) => a.first - b.first);
  const days = move.early === null ? past.early : new Map(past.early).set(move.early.day, move.early.own);
  return { state: move.after, past: { ...past, older, early: days } };
}

function seeAll(streak: MovingStreak, sights: readonly Sight[], covers: Past['covers'] = []): Known {
  const begin: Known = { state: undefined, past: { ...NO_PAST, covers } };
  return sights.reduce((known, sight) => see(streak, known, sight), begin);
}

const pause = (first: number, last = first) => ({ first, last, kind: 'pause' as const });

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
    ['that lengthens an older run beyond the newest makes it the longest', [1, 2, 4, 10, 11, 3], run(10, 11), 4, [run(1, 4)]],
  ])('%s', (_, days, newest, longest, older) => {
    const { state, past } = seeAll(PLAIN, days.map(own));
    expect(state).toMatchObject({ ...newest, longest, length: newest.last - newest.first + 1, kept: newest.last });
    expect(past.older).toEqual(older);
  });
});

/** Length, last kept day and freezes left. */
const standing = (known: Known) => [known.state?.length, known.state?.kept, known.state?.freezes];

describe('grace:', () => {
  test.each<[string, readonly Sight[], number, number]>([
    ['an early event keeps the day before, and not its own', [own(1), early(3)], 2, 2],
    ['a later event of that day keeps that day', [own(1), early(3), own(3)], 3, 3],
    ['it keeps its own day where the day before is kept', [own(1), early(2)], 2, 2],
    ['it keeps its own day where two are missing', [own(1), early(4)], 1, 4],
    ['it keeps its own day at the very beginning', [early(3)], 1, 3],
    ['night after night', [own(1), early(3), early(4), early(5)], 4, 4],
    ['a day after the night that was spent on the day before is missed', [own(1), early(3), own(4)], 1, 4],
    ['two nights in one day are one', [own(1), early(3), early(3)], 2, 2],
    ['the day before came late: the night keeps its own day again', [own(1), early(3), own(2)], 3, 3],
    ['the night came after the day', [own(1), own(3), early(3)], 3, 3],
  ])('%s', (_, sights, length, kept) => {
    expect(standing(seeAll(GRACE, sights))).toEqual([length, kept, 0]);
  });

  test('it is spent before a freeze is', () => {
    expect(standing(seeAll(WHOLE, [own(1), early(3)]))).toEqual([2, 2, 1]);
    expect(standing(seeAll(WHOLE, [own(1), own(3)]))).toEqual([2, 3, 0]);
  });

  test('a paused day does not need it', () => {
    expect(standing(seeAll(GRACE, [own(1), early(3)], [pause(2)]))).toEqual([2, 3, 0]);
    expect(standing(seeAll(GRACE, [own(1), early(5)], [pause(2, 3)]))).toEqual([2, 4, 0]);
  });
});

describe('freezes:', () => {
  test.each<[string, readonly number[], number, number]>([
    ['one covers one day and does not count', [1, 3], 2, 0],
    ['a gap for which there are too few uses none', [1, 4], 1, 1],
    ['one more is gained by every third kept day', [1, 2, 3], 3, 2],
    ['there are never more than the most', [1, 2, 3, 4, 5, 6], 6, 2],
    ['two cover two days', [1, 2, 3, 6], 4, 0],
    ['what is gained later does not cover what was before', [1, 4, 5, 6], 3, 2],
    ['the oldest gap is served first', [1, 3, 5], 1, 1],
    ['kept days are counted over the whole chain', [1, 3, 4], 3, 1],
    ['a late day gives the freeze back', [1, 3, 2], 3, 2],
  ])('%s', (_, days, length, freezes) => {
    expect(standing(seeAll(FROZEN, days.map(own)))).toEqual([length, Math.max(...days), freezes]);
  });

  test('a paused day uses none', () => {
    expect(standing(seeAll(FROZEN, [own(1), own(4)], [pause(2)]))).toEqual([2, 4, 0]);
  });
});

test('what is paused neither counts nor breaks, and an event in it counts', () => {
  expect(standing(seeAll(PLAIN, [own(1), own(5)], [pause(2, 4)]))).toEqual([2, 5, 0]);
  expect(standing(seeAll(PLAIN, [own(1), own(3), own(5)], [pause(2, 4)]))).toEqual([3, 5, 0]);
  expect(standing(seeAll(PLAIN, [own(1), own(6)], [pause(2, 4)]))).toEqual([1, 6, 0]);
  expect(standing(seeAll(PLAIN, [own(1), own(7)], [pause(2, 4), pause(3, 6)]))).toEqual([2, 7, 0]);
});

test('a gap that is covered afterwards joins what it parted, and how it ended is forgotten', () => {
  const streak = { ...PLAIN, restore: { within: 1, price: [] } };
  const { state, past } = seeAll(streak, [own(1), own(2), own(5)]);
  expect(state).toMatchObject({ length: 1, longest: 2, broken: { kept: 2, freezes: 0, next: 5 } });
  const joined = reassess(streak, state!, { ...past, covers: [{ first: 3, last: 4, kind: 'restore' }] });
  expect(joined).toMatchObject({ first: 5, last: 5, length: 3, kept: 5, longest: 3, broken: null });
});

test('another number of freezes holds from the next event on, for the whole past', () => {
  const before = seeAll(PLAIN, [own(1), own(3)]);
  expect(standing(before)).toEqual([1, 3, 0]);
  expect(needs(FROZEN, before.state, 4, undefined, false)).toBe('all');
  expect(standing(see(FROZEN, before, own(4)))).toEqual([3, 4, 1]);
  const frozen = seeAll(FROZEN, [own(1), own(3)]);
  expect(standing(see(PLAIN, frozen, own(4)))).toEqual([2, 4, 0]);
});

const STREAKS = { PLAIN, GRACE, FROZEN, WHOLE };
const sights = fc.array(fc.record({ day: fc.integer({ min: -5, max: 30 }), early: fc.boolean() }), {
  minLength: 1,
  maxLength: 40,
  size: 'max',
});
const coverings = fc.array(
  fc.tuple(fc.integer({ min: -5, max: 30 }), fc.integer({ min: 0, max: 4 })).map(([first, more]) => pause(first, first + more)),
  { maxLength: 3 },
);

/** The rule book: what the whole set of days comes to. */
function fromScratch(streak: MovingStreak, all: readonly Sight[], covers: Past['covers']) {
  const days = [...new Set(all.map(({ day }) => day))].toSorted((a, b) => a - b);
  const runs: Run[] = [];
  for (const day of days) {
    const before = runs.at(-1);
    if (before?.last === day - 1) runs[runs.length - 1] = run(before.first, day);
    else runs.push(run(day));
  }
  const nights = streak.grace === 0 ? [] : all.filter((sight) => sight.early);
  const byDay = new Map(nights.map(({ day }) => [day, all.some((other) => other.day === day && !other.early)]));
  return { runs, early: byDay, chain: assess(runs, { early: byDay, covers }, streak) };
}

describe.each(Object.entries(STREAKS))('a streak that is %s', (_, streak) => {
  const taken = (all: readonly Sight[]) => (streak.grace === 0 ? all.map(({ day }) => own(day)) : all);

  test('is after every event what the set of days comes to, whatever the order, and looks at no more than it needs', () => {
    fc.assert(
      fc.property(sights, coverings, fc.boolean(), (all, covers, known) => {
        const seen = taken(all);
        const covered = covers.reduce<number | null>((last, cover) => Math.max(last ?? cover.last, cover.last), null);
        let now: Known = { state: undefined, past: { ...NO_PAST, covers } };
        for (const [i, sight] of seen.entries()) {
          const before = now.state === undefined ? undefined : { ...now.state, covered };
          const asks = needs(streak, before, sight.day, undefined, sight.early);
          const around = now.past.older.filter(({ first, last }) => first <= sight.day + 1 && last >= sight.day - 1);
          const shown =
            asks === 'all' || before === undefined ? now.past : { ...NO_PAST, older: asks === 'around' ? around : [] };
          now = see(streak, { ...now, state: before }, sight, known ? now.past : shown);
          const { runs, early, chain } = fromScratch(streak, seen.slice(0, i + 1), covers);
          expect([...now.past.older, { first: now.state!.first, last: now.state!.last }]).toEqual(runs);
          expect(now.past.early).toEqual(early);
          expect(now.state).toMatchObject({ ...chain });
        }
      }),
      { numRuns: 400 },
    );
  });

  test('never counts more than there were days with events, and freezes and covers count for nothing', () => {
    fc.assert(
      fc.property(sights, coverings, (all, covers) => {
        const seen = taken(all);
        const { chain } = fromScratch(streak, seen, covers);
        const days = new Set(seen.map(({ day }) => day)).size;
        // A night and a day of one date are two: of the day before, and of the date.
        const nights = new Set(
          seen.filter((sight) => sight.early && seen.some((o) => o.day === sight.day && !o.early)).map(({ day }) => day),
        ).size;
        expect(chain!.longest).toBeLessThanOrEqual(days + nights);
        expect(chain!.length).toBeLessThanOrEqual(chain!.longest);
        expect(chain!.freezes).toBeLessThanOrEqual(streak.freezes?.max ?? 0);
        // Kept units of all chains together are those of events.
        const unbroken = assess(fromScratch(streak, seen, covers).runs, { early: new Map(), covers: [pause(-50, 50)] }, streak);
        expect(unbroken!.length).toBe(days);
      }),
      { numRuns: 300 },
    );
  });
});
