import { expect, test } from 'vitest';
import { DAY, HOUR, localTime, MINUTE, zoneOffset } from '../kernel/time.ts';
import { dayStart, hasDay, moveStreak, NO_PAST, type StreakState } from './index.ts';
import type { MovingStreak } from './decide.ts';

const PLAIN: MovingStreak = { every: 'day', grace: 0, freezes: null, restore: null };
const GRACE: MovingStreak = { ...PLAIN, grace: 3 * HOUR };

const BEGIN = Date.UTC(2026, 0, 1);
const END = Date.UTC(2027, 0, 1);
/** No zone changes its clocks twice within this. */
const STEP = 5 * DAY;

/** Every moment of 2026 at which a zone has another offset than a minute before. */
function transitionsOf(zone: string): readonly number[] {
  const found: number[] = [];
  for (let from = BEGIN; from < END; from += STEP) {
    if (zoneOffset(zone, from) === zoneOffset(zone, from + STEP)) continue;
    let [low, high] = [from, from + STEP];
    while (high - low > MINUTE) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
      if (zoneOffset(zone, middle) === zoneOffset(zone, from)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

const transitions = Intl.supportedValuesOf('timeZone').flatMap((zone) => transitionsOf(zone).map((at) => ({ zone, at })));

/** Deterministic, and different for each seed: 0 ≤ x < 1. */
function* chances(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

function see(streak: MovingStreak, state: StreakState | undefined, zone: string, ms: number): StreakState | undefined {
  const { day } = localTime({ ms, offset: null }, zone, 'UTC');
  const isEarly = streak.grace > 0 && ms - dayStart(zone, day) < streak.grace;
  return moveStreak(streak, state, NO_PAST, day, isEarly)?.after ?? state;
}

test('zones that change their clocks in 2026 are found, forwards and back', () => {
  expect(transitions.length).toBeGreaterThan(200);
  const jumps = new Set(transitions.map(({ zone, at }) => Math.sign(zoneOffset(zone, at) - zoneOffset(zone, at - MINUTE))));
  expect([...jumps].toSorted()).toEqual([-1, 1]);
});

test('one event each local day around a change of clocks gives exactly one more each day, wherever on its day it comes', () => {
  for (const [seed, { zone, at }] of transitions.entries()) {
    const chance = chances(seed);
    const { day: today } = localTime({ ms: at, offset: null }, zone, 'UTC');
    // The first and the last minute of each day, and some moments in between.
    const places = [() => 0, () => 1, () => chance.next().value, () => chance.next().value];
    for (const streak of [PLAIN, GRACE]) {
      for (const place of places) {
        let state: StreakState | undefined;
        for (let day = today - 4, length = 1; day <= today + 4; day += 1, length += 1) {
          expect(hasDay(zone, day)).toBe(true);
          const [from, to] = [dayStart(zone, day), dayStart(zone, day + 1)];
          const ms = from + Math.floor(place() * ((to - from) / MINUTE - 1)) * MINUTE;
          state = see(streak, state, zone, ms);
          if (state?.length !== length)
            expect.fail(`${zone}: ${new Date(ms).toISOString()} gives ${state?.length}, not ${length}`);
        }
      }
    }
  }
});

test('events 20 to 28 hours apart never count twice for a date, and never lose one', () => {
  for (const [seed, { zone, at }] of transitions.entries()) {
    const chance = chances(seed);
    const dates = new Set<number>();
    let state: StreakState | undefined;
    let counted = 0;
    for (let ms = at - 8 * DAY; ms < at + 8 * DAY; ms += 20 * HOUR + Math.floor(chance.next().value * 8 * 60) * MINUTE) {
      const { day } = localTime({ ms, offset: null }, zone, 'UTC');
      const before = state;
      state = see(PLAIN, state, zone, ms);
      const isNew = !dates.has(day);
      dates.add(day);
      if ((before !== state) !== isNew) expect.fail(`${zone}: ${new Date(ms).toISOString()} counts ${isNew ? 'not' : 'again'}`);
      if (isNew) counted += 1;
    }
    expect(counted).toBe(dates.size);
    expect(state?.length ?? 0).toBeLessThanOrEqual(dates.size);
  }
});
