import { dateOf } from '../kernel/time.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import type { Run } from './model.ts';
import { type Every, firstDay, lastDay } from './units.ts';

/** Units of one pause, and days of all pauses of one streak in one calendar year. */
export const MAX_PAUSE = 60;
export const MAX_PAUSED_DAYS = 90;

/** Whether a pause may be planned beside those that there are already. */
export function checkPause(every: Every, pause: Run, others: readonly Run[]): Outcome<null> {
  const units = pause.last - pause.first + 1;
  if (units > MAX_PAUSE) {
    return refused({ code: 'malformed', path: '/to', message: `a pause has at most ${MAX_PAUSE} ${every}s; this has ${units}` });
  }
  const years = [firstDay(every, pause.first), lastDay(every, pause.last)].map((day) => dateOf(day).year);
  for (const year of new Set(years)) {
    const days = pausedDays(every, [pause, ...others], year);
    if (days > MAX_PAUSED_DAYS) {
      const message = `at most ${MAX_PAUSED_DAYS} days of a year are paused; with this, ${days} of ${year} would be`;
      return refused({ code: 'limit_reached', path: '/to', message });
    }
  }
  return { ok: true, value: null };
}

function pausedDays(every: Every, pauses: readonly Run[], year: number): number {
  const days = new Set<number>();
  for (const { first, last } of pauses) {
    for (let day = firstDay(every, first); day <= lastDay(every, last); day += 1) if (dateOf(day).year === year) days.add(day);
  }
  return days.size;
}
