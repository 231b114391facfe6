import { formatTime, localTime, zoneDayStart } from '../kernel/time.ts';
import { currentLength, lengthOf, type Run } from '../streaks/index.ts';
import { readRuns } from './store.ts';
import type { Asking } from './why-asking.ts';
import type { StreakWhy, WhyAnswer } from './why-model.ts';
import { count, dayText, daysText, moment } from './words.ts';

/** Runs that an answer tells of, newest first. */
const MAX_RUNS = 50;

/** How a streak stands, and which days broke it. */
export async function explainStreak(asking: Asking, id: string): Promise<WhyAnswer<StreakWhy>> {
  const { rulebook, person, hot, zone, now } = asking;
  const streak = rulebook.streaksById.get(id);
  if (streak === undefined) return { ok: false, fault: 'unknown_streak' };
  const newest = hot.streaks.get(streak.key);
  const older = (await readRuns(asking.tx, person.account)).filter((run) => run.streak === streak.key);
  const runs = newest === undefined ? [] : [newest, ...older.toReversed()].slice(0, MAX_RUNS);
  const today = localTime({ ms: now, offset: null }, person.zone, rulebook.catalog.timezone).day;
  const current = newest === undefined ? 0 : currentLength(newest, today);
  // The whole day after the last one is there to go on; the streak ends with it.
  const keptUntil = newest === undefined || current === 0 ? null : zoneDayStart(zone, newest.last + 2);
  const gaps = gapsOf(runs, current === 0 ? today : null);
  const told = {
    streak: id,
    definition: streak.description,
    current,
    length: newest === undefined ? 0 : lengthOf(newest),
    longest: newest?.longest ?? 0,
    today: dayText(today),
    zone,
    countedToday: newest !== undefined && newest.last >= today,
    keptUntil: keptUntil === null ? null : formatTime(keptUntil),
    runs: runs.map((run) => ({ first: dayText(run.first), last: dayText(run.last), length: lengthOf(run) })),
    gaps: gaps.map((gap) => ({ first: dayText(gap.first), last: dayText(gap.last), days: lengthOf(gap) })),
  };
  const sentences = sentencesOf(asking, told, newest, gaps[0], keptUntil);
  return { ok: true, value: { about: 'streak', user: person.id, sentences, arm: null, verdict: null, ...told } };
}

/** Days between runs; `today`: where the newest run is over, what came after it, too. */
function gapsOf(runs: readonly Run[], today: number | null): readonly Run[] {
  const [newest] = runs;
  if (newest === undefined) return [];
  const between = runs.slice(1).map((run, i) => ({ first: run.last + 1, last: (runs[i] as Run).first - 1 }));
  return today === null ? between : [{ first: newest.last + 1, last: today - 1 }, ...between];
}

function sentencesOf(
  { person, zone }: Asking,
  {
    streak,
    definition,
    current,
    length,
    longest,
    countedToday,
  }: Omit<StreakWhy, 'about' | 'user' | 'sentences' | 'arm' | 'verdict'>,
  newest: Run | undefined,
  gap: Run | undefined,
  keptUntil: number | null,
): readonly string[] {
  const what = `Streak "${streak}" counts ${definition}.`;
  if (newest === undefined) return [what, `It has not begun: nothing of that has happened to ${person.id}.`];
  const days = daysText(newest.first, newest.last);
  const whose =
    person.zone === null
      ? `Days are those of events as they came, and of the catalog's zone, ${zone}`
      : `Days are those of ${zone}`;
  const record = `The longest run was ${count(longest, 'day')}.`;
  if (current === 0) {
    const missed = gap === undefined ? '' : `: nothing counted on ${daysText(gap.first, gap.last)}`;
    return [
      what,
      `It is broken since ${dayText(newest.last + 1)}${missed}. The run before was ${count(length, 'day')}, ${days}.`,
      record,
      `${whose}.`,
    ];
  }
  const state = countedToday ? 'Today counts already' : 'Today has not counted yet';
  const until = keptUntil === null ? '' : `; to keep it going, something has to count before ${moment(keptUntil, zone)}`;
  return [
    what,
    `It goes on with ${count(current, 'day')}, ${days}.`,
    `${state}${until}.`,
    ...(gap === undefined ? [] : [`It began anew after ${daysText(gap.first, gap.last)}, when nothing counted.`]),
    record,
    `${whose}.`,
  ];
}
