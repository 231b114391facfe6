import { closingOf, dayIn, periodOf } from './calendar.ts';
import { countsIn, fold, isLive, metricNamed, metricOf, type Reached } from './counting.ts';
import type { Entries, Entry } from './entry.ts';
import type { Plan, PlannedBoard } from './plan.ts';

export interface Standing {
  readonly rank: number;
  readonly user: string;
  readonly score: number;
}

/** Which period of a board an entry falls in, and whether it came too late for it. `since`: when the board began. */
function placeOf(board: PlannedBoard, entry: Entry, since: number): { readonly period: string; readonly closed: boolean } {
  const day = board.zone === null ? entry.day : dayIn(board.zone, entry.ms);
  const closing = closingOf(board.period, day, board.zone);
  return { period: periodOf(board.period, day), closed: closing <= entry.acceptedAt && closing > since };
}

/** Periods in which a user may stand on a board. */
export function periodsOf(board: PlannedBoard, entries: Entries, since: number): readonly string[] {
  return [...new Set(entries.map((entry) => placeOf(board, entry, since).period))];
}

/** The score of a user in a period of a board; undefined where they never scored. */
export function scoreOf(plan: Plan, board: PlannedBoard, period: string, entries: Entries, since: number): Reached | undefined {
  const counted = entries.filter((entry) => {
    const place = placeOf(board, entry, since);
    return place.period === period && !place.closed;
  });
  return scoreFrom(plan, board, entries, counted);
}

function scoreFrom(plan: Plan, board: PlannedBoard, entries: Entries, counted: Entries): Reached | undefined {
  const metric = metricNamed(plan, board.metric);
  if (!isLive(metric)) return fold(metric, counted);
  const changes = entries.flatMap((entry, i) => {
    const until = entries.slice(0, i + 1);
    return counted.includes(entry) && countsIn(plan, until, metric.name)
      ? [{ value: metricOf(plan, until, metric.name), at: entry.ms }]
      : [];
  });
  const last = changes.at(-1);
  return last === undefined ? undefined : { value: last.value, at: Math.max(...changes.map(({ at }) => at)) };
}

/** Boards whose metric the last of the entries counted in, but whose period was closed. */
export function closedBoards(plan: Plan, entries: Entries, since: number): readonly string[] {
  const last = entries.at(-1);
  if (last === undefined) return [];
  return plan.boards.flatMap((board) => {
    return placeOf(board, last, since).closed && countsIn(plan, entries, board.metric) ? [board.id] : [];
  });
}

export function rank(board: PlannedBoard, scores: readonly (Reached & { readonly user: string })[]): readonly Standing[] {
  const sorted = scores.toSorted(
    (a, b) => (board.order === 'asc' ? a.value - b.value : b.value - a.value) || a.at - b.at || (a.user < b.user ? -1 : 1),
  );
  const values = sorted.map(({ value }) => value);
  return sorted.map(({ user, value }, i) => {
    if (board.ties === 'first') return { rank: i + 1, user, score: value };
    if (board.ties === 'shared') return { rank: values.indexOf(value) + 1, user, score: value };
    return { rank: [...new Set(values)].indexOf(value) + 1, user, score: value };
  });
}
