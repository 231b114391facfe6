import { type Broken, type Every, OWN, type StreakState } from '../../streaks/index.ts';

/**
 * A streak in the hot row: first and last unit of its newest run, the length of its longest chain, and what differs from a streak
 * of days that knows neither grace, freezes, covers nor milestones.
 */
export type StreakRow = readonly [first: number, last: number, longest: number, more?: More];

interface More {
  /** Length of the newest chain, where it is not that of the newest run. */
  n?: number;
  /** Last kept unit, where it is not the last one with an event. */
  k?: number;
  /** Freezes left. */
  f?: number;
  /** How the chain before ended: last kept unit, freezes left, first unit of the next one. */
  b?: readonly [kept: number, freezes: number, next: number];
  /** Unit, where it is no day. */
  e?: Every;
  /** What events came on the last day, where there was one within the hours of grace. */
  h?: number;
  /** Last covered unit. */
  c?: number;
  /** Highest milestone that was paid. */
  p?: number;
  /** Terms of freezes. */
  t?: string;
}

export function encodeStreak(state: StreakState): StreakRow {
  const { first, last, longest, length, kept, freezes, broken, every, hours, covered, paid, terms } = state;
  let more: More | undefined;
  if (length !== last - first + 1) (more ??= {}).n = length;
  if (kept !== last) (more ??= {}).k = kept;
  if (freezes !== 0) (more ??= {}).f = freezes;
  if (broken !== null) (more ??= {}).b = [broken.kept, broken.freezes, broken.next];
  if (every !== 'day') (more ??= {}).e = every;
  if (hours !== OWN) (more ??= {}).h = hours;
  if (covered !== null) (more ??= {}).c = covered;
  if (paid !== 0) (more ??= {}).p = paid;
  if (terms !== '') (more ??= {}).t = terms;
  return more === undefined ? [first, last, longest] : [first, last, longest, more];
}

export function decodeStreak([first, last, longest, more = NOTHING]: StreakRow): StreakState {
  return {
    first,
    last,
    longest,
    length: more.n ?? last - first + 1,
    kept: more.k ?? last,
    freezes: more.f ?? 0,
    broken: brokenOf(more.b),
    every: more.e ?? 'day',
    hours: more.h ?? OWN,
    covered: more.c ?? null,
    paid: more.p ?? 0,
    terms: more.t ?? '',
  };
}

function brokenOf(row: More['b']): Broken | null {
  return row === undefined ? null : { kept: row[0], freezes: row[1], next: row[2] };
}

const NOTHING: More = {};
