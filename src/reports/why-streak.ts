import { formatTime } from '../kernel/time.ts';
import {
  type Cover,
  currentLength,
  datesOf,
  dayAt,
  type Every,
  hasBegun,
  type Here,
  nextMilestone,
  prospect,
  restorable,
  type Run,
  type Streak,
  type StreakState,
  unitOf,
} from '../streaks/index.ts';
import { readRuns } from './store.ts';
import type { Asking } from './why-asking.ts';
import type { StreakGap, StreakWhy, WhyAnswer } from './why-model.ts';
import { count, dayText, figure, listed, moment } from './words.ts';

/** Runs that an answer tells of, newest first. */
const MAX_RUNS = 50;

type Answer = Omit<StreakWhy, 'about' | 'user' | 'sentences' | 'arm' | 'verdict'>;

/** How a streak stands, what broke it, and what covered the gaps that did not. */
export async function explainStreak(asking: Asking, id: string): Promise<WhyAnswer<StreakWhy>> {
  const { rulebook, person, hot, zone, now } = asking;
  const streak = rulebook.streaksById.get(id);
  if (streak === undefined) return { ok: false, fault: 'unknown_streak' };
  const state = hot.streaks.get(streak.key);
  const older = (await readRuns(asking.tx, person.account)).filter((run) => run.streak === streak.key);
  const runs = hasBegun(state) ? [state, ...older.toReversed()].slice(0, MAX_RUNS) : [];
  const covers = (person.covers ?? []).filter((cover) => cover.streak === streak.key);
  const here = { now, place: zone };
  const told = { ...standingOf(streak, state, covers, here), zone, ...pastOf(streak, state, runs, covers, here) };
  const sentences = sentencesOf(asking, told, streak.every);
  return { ok: true, value: { about: 'streak', user: person.id, sentences, arm: null, verdict: null, ...told } };
}

function standingOf(streak: Streak, state: StreakState | undefined, covers: readonly Cover[], here: Here) {
  const { id, every, description, freezes } = streak;
  const today = dayAt(here.place, here.now);
  const unit = unitOf(every, today);
  const current = currentLength(streak, state, covers, here);
  const used = hasBegun(state) ? prospect(streak, state, covers, here).frozen.length : 0;
  // Without another event, when all freezes are used up.
  const end = hasBegun(state) && current > 0 ? prospect(streak, state, covers, { ...here, now: Number.MAX_SAFE_INTEGER }) : null;
  const wayBack = restorable(streak, state, covers, here);
  return {
    streak: id,
    every,
    definition: description,
    current,
    length: state?.length ?? 0,
    longest: state?.longest ?? 0,
    today: dayText(today),
    counted: hasBegun(state) && state.last >= unit,
    keptUntil: end === null || end.brokenAt === null ? null : formatTime(end.brokenAt),
    freezes: freezes === null ? null : Math.max(0, hasBegun(state) ? state.freezes - used : freezes.start),
    restorable: wayBack === null ? null : { until: formatTime(wayBack.until), price: pricesOf(wayBack.price) },
    nextMilestone: nextMilestone(streak, state),
  };
}

function pricesOf(price: readonly { readonly currency: string; readonly amount: number }[]): Readonly<Record<string, number>> {
  return Object.fromEntries(price.map(({ currency, amount }) => [currency, amount]));
}

function pastOf(
  streak: Streak,
  state: StreakState | undefined,
  runs: readonly Run[],
  covers: readonly Cover[],
  here: Here,
): Pick<Answer, 'runs' | 'gaps' | 'covers'> {
  const { every } = streak;
  const gaps: StreakGap[] = [];
  const isBroken = hasBegun(state) && currentLength(streak, state, covers, here) === 0;
  if (isBroken) {
    const gap = { first: state.last + 1, last: unitOf(every, dayAt(here.place, here.now)) - 1 };
    if (gap.first <= gap.last) gaps.push(gapOf(every, gap, covers, false));
  }
  // As long as the newest chain has more than these runs, what lies between them was bridged.
  let kept = 0;
  for (const [i, run] of runs.entries()) {
    kept += lengthOf(run);
    const before = runs[i + 1];
    if (before === undefined) break;
    const length = state?.length ?? 0;
    const bridged = kept < length ? true : kept - lengthOf(run) < length ? false : null;
    gaps.push(gapOf(every, { first: before.last + 1, last: run.first - 1 }, covers, bridged));
  }
  return {
    runs: runs.map((run) => ({ ...datesOf(every, run), length: lengthOf(run) })),
    gaps,
    covers: covers.toReversed().map((cover) => ({ kind: cover.kind, ...datesOf(every, cover) })),
  };
}

function lengthOf({ first, last }: Run): number {
  return last - first + 1;
}

function gapOf(every: Every, gap: Run, covers: readonly Cover[], bridged: boolean | null): StreakGap {
  let covered = 0;
  for (let unit = gap.first; unit <= gap.last; unit += 1) {
    if (covers.some((cover) => cover.first <= unit && unit <= cover.last)) covered += 1;
  }
  return { ...datesOf(every, gap), missing: lengthOf(gap) - covered, covered, bridged };
}

function sentencesOf({ person, zone }: Asking, told: Answer, every: Every): readonly string[] {
  const { streak, definition, current, length, longest, counted, keptUntil, freezes, gaps, runs, nextMilestone: next } = told;
  const what = `Streak "${streak}" counts ${definition}.`;
  const [newest] = runs;
  if (newest === undefined) return [what, `It has not begun: nothing of that has happened to ${person.id}.`];
  const whose =
    person.zone === null
      ? `Days are those of events as they came, and of the catalog's zone, ${zone}.`
      : `Days are those of ${zone}.`;
  const rest = [
    `The longest was ${count(longest, every)}.`,
    ...(freezes === null ? [] : [`${count(freezes, 'freeze')} ${freezes === 1 ? 'is' : 'are'} left.`]),
    ...(next === null ? [] : [`The next milestone is at ${figure(next)}.`]),
    ...told.covers.map(({ kind, first, last }) => `${COVERS[kind]} ${spanText(first, last)}.`),
    whose,
  ];
  const [gap] = gaps;
  if (current === 0) {
    const missed = gap === undefined ? '' : `: ${gapText(gap)}`;
    const back = told.restorable;
    const restoring =
      back === null ? [] : [`It may be restored until ${moment(Date.parse(back.until), zone)}${priceText(back.price)}.`];
    return [what, `It is broken${missed}. It was ${count(length, every)} long, until ${newest.last}.`, ...restoring, ...rest];
  }
  const until =
    keptUntil === null ? '' : `; to keep it going, something has to count before ${moment(Date.parse(keptUntil), zone)}`;
  const now = every === 'day' ? 'Today' : `This ${every}`;
  return [
    what,
    `It goes on with ${count(current, every)}.`,
    `${now} ${counted ? 'counts already' : 'has not counted yet'}${until}.`,
    ...gaps.filter(({ bridged }) => bridged === true).map((each) => `It went on over a gap: ${gapText(each)}.`),
    ...gaps.filter(({ bridged }) => bridged === false).map((each) => `It began anew after a gap: ${gapText(each)}.`),
    ...rest,
  ];
}

const COVERS: Readonly<Record<Cover['kind'], string>> = {
  pause: 'A pause covers',
  travel: 'A journey cut short',
  restore: 'It was restored over',
};

function spanText(first: string, last: string): string {
  return first === last ? first : `${first} to ${last}`;
}

function gapText({ first, last, covered, missing, bridged }: StreakGap): string {
  const parts = [
    ...(covered === 0 ? [] : [`${figure(covered)} covered`]),
    ...(missing === 0 || bridged !== true ? [] : [`${count(missing, 'freeze')} used`]),
  ];
  return `nothing counted on ${spanText(first, last)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}

function priceText(price: Readonly<Record<string, number>>): string {
  const parts = Object.entries(price).map(([currency, amount]) => `${figure(amount)} ${currency}`);
  return parts.length === 0 ? '' : ` for ${listed(parts)}`;
}
