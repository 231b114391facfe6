import { accepted, refused } from '../../kernel/outcome.ts';
import { datesOf, hasBegun, loadCovers, placeOf, prospect } from '../../streaks/index.ts';
import { setTimers } from '../../timers/index.ts';
import type { DecidedFact } from '../facts.ts';
import { timerDeed, type TimerHandler } from '../timing.ts';

/**
 * A unit that a streak needed is over. It is looked at as it is now: what goes on is looked at again when the next unit is over;
 * what a freeze will cover, and what is broken, is announced. Nothing of the streak changes: what happened follows from its days.
 */
export const streakDeadline: TimerHandler = (timer) =>
  timerDeed(timer, async (scene) => {
    const [member] = scene.members;
    const key = timer.key.slice(timer.key.indexOf(' ') + 1);
    const streak = scene.rulebook.catalog.streaks.find((one) => one.key === key);
    const state = member?.state.streaks.get(key);
    if (member === undefined || streak === undefined || !hasBegun(state)) return accepted({});
    const { account, zone } = member.state;
    const { offset, kept, frozen = 0 } = timer.data as { offset?: number | null; kept?: number; frozen?: number };
    const place = placeOf(zone, offset ?? null, scene.rulebook.catalog.timezone);
    const covers = state.covered === null ? [] : await loadCovers(scene.tx, [{ account, streak: key }]);
    const ahead = prospect(streak, state, covers, { now: scene.now, place });
    const told = kept === state.kept ? frozen : 0;
    const facts: DecidedFact[] = ahead.frozen.slice(told).map((unit, i) => ({
      type: 'streak.frozen',
      data: {
        streak: streak.id,
        length: state.length,
        freezes: state.freezes - told - i - 1,
        date: datesOf(streak.every, { first: unit, last: unit }).first,
      },
      cause: null,
    }));
    if (ahead.brokenAt !== null)
      facts.splice(0, facts.length, { type: 'streak.broken', data: { streak: streak.id, length: state.length }, cause: null });
    if (facts.length > 0) {
      const unfolding = scene.unfold(member);
      unfolding.facts.push(...facts);
      if (ahead.brokenAt !== null) unfolding.breakStreak(streak);
      const refusal = scene.settle(member, unfolding);
      if (refusal !== undefined) return refused(refusal);
    }
    if (ahead.next !== null) {
      const data = { offset: offset ?? null, kept: state.kept, frozen: ahead.frozen.length };
      await setTimers(scene.tx, [{ kind: timer.kind, key: timer.key, dueAt: ahead.next, account, data }]);
    }
    return accepted({});
  });
