import { closingOf, dayIn, periodOf } from '../catalog/calendar.ts';
import { counterNamed, fold, isMirror, lastShown, type Reached } from './counting.ts';
import type { Entry, Person } from './entry.ts';
import type { Plan, PlannedBoard } from './plan.ts';

export interface Standing {
  readonly rank: number;
  readonly user: string;
  readonly score: number;
}

/** Where something counts on a board. */
type Place = Pick<Entry, 'ms' | 'day'>;

export function boardPeriod(board: PlannedBoard, place: Place): string {
  return periodOf(board.period, dayOn(board, place));
}

function dayOn({ zone }: PlannedBoard, { ms, day }: Place): string {
  return zone === null ? day : dayIn(zone, ms);
}

/** Whether the period of a board is over. `since`: when the board began. */
export function isOver(board: PlannedBoard, place: Place, now: number, since: number): boolean {
  const closing = closingOf(board.period, dayOn(board, place), board.zone);
  return closing <= now && closing > since;
}

/** Scores of one person by period. */
export function scoresOf(plan: Plan, board: PlannedBoard, { entries }: Person): ReadonlyMap<string, Reached> {
  const counted = entries.filter(({ closed }) => !closed.includes(board.id));
  const scores = new Map<string, Reached>();
  for (const period of new Set(counted.map((entry) => boardPeriod(board, entry)))) {
    const own = counted.filter((entry) => boardPeriod(board, entry) === period);
    const counter = counterNamed(plan, board.metric);
    const reached = isMirror(counter) && board.period !== 'all' ? lastShown(counter, own) : fold(counter, own);
    if (reached !== undefined) scores.set(period, reached);
  }
  return scores;
}

export function rank(board: PlannedBoard, scores: readonly (Reached & { readonly user: string })[]): readonly Standing[] {
  const sorted = scores.toSorted(
    (a, b) => (board.order === 'asc' ? a.value - b.value : b.value - a.value) || a.at - b.at || (a.user < b.user ? -1 : 1),
  );
  const values = sorted.map(({ value }) => value);
  const distinct = [...new Set(values)];
  return sorted.map(({ user, value }, i) => {
    if (board.ties === 'first') return { rank: i + 1, user, score: value };
    return { rank: (board.ties === 'shared' ? values : distinct).indexOf(value) + 1, user, score: value };
  });
}
