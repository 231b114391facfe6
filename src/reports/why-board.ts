import { type Board, type Boards, closesAt, scorePeriod } from '../boards/index.ts';
import { describeBoard } from '../catalog/index.ts';
import type { Moves } from '../engine/index.ts';
import { DAY, formatTime } from '../kernel/time.ts';
import type { Metric } from '../metrics/index.ts';
import { type LoggedEvent, readLogged } from './event-store.ts';
import { causingEvent, eventText } from './logged.ts';
import { readScores } from './store.ts';
import type { Asking } from './why-asking.ts';
import type { BoardWhy, ScoreMove, Undone, WhyAnswer, WhyFault } from './why-model.ts';
import { type MovesRow, readMoves } from './why-store.ts';
import { count, figure, moment } from './words.ts';

/** As many events as one answer tells of. */
const MAX_MOVES = 10;
/** Events that are looked through for those that moved the score. */
const MAX_SCANNED = 5_000;
const CHUNK = 500;
const MAX_OTHERS = 10;

/** Where the rank indexes have a user; to be asked outside of the snapshot, because they may have to read by themselves. */
export interface Placing {
  readonly period: string;
  readonly rank: number | null;
  readonly total: number;
}

export async function findPlacing(
  boards: Pick<Boards, 'around' | 'page'>,
  board: string,
  user: string,
  query: { readonly period: string; readonly after: number },
): Promise<{ readonly ok: true; readonly value: Placing } | { readonly ok: false; readonly fault: WhyFault }> {
  const own = await boards.around(board, user, { ...query, around: 0 });
  if (own.ok) return { ok: true, value: { period: own.value.period, rank: own.value.rank, total: own.value.total } };
  if (own.fault === 'no_segments') return { ok: false, fault: 'unknown_board' };
  if (own.fault !== 'not_ranked' && own.fault !== 'hidden') return { ok: false, fault: own.fault };
  const page = await boards.page(board, { ...query, offset: 0, limit: 1 });
  if (page.ok) return { ok: true, value: { period: page.value.period, rank: null, total: page.value.total } };
  return { ok: false, fault: page.fault === 'unknown_board' ? 'unknown_board' : 'unknown_period' };
}

/** Why a user stands where on a board, or is not on it. */
export async function explainBoard(asking: Asking, id: string, { period, rank, total }: Placing): Promise<WhyAnswer<BoardWhy>> {
  const { rulebook, person, now } = asking;
  const board = rulebook.catalog.boards.find((candidate) => candidate.id === id);
  const metric = board === undefined ? undefined : rulebook.metricsByName.get(board.metric);
  if (board === undefined || metric === undefined) return { ok: false, fault: 'unknown_board' };
  const scores = (await readScores(asking.tx, person.account)).filter((score) => score.board === board.key);
  const own = scores.find((score) => score.period === period);
  const { moves, late } = await lastMoves(asking, board, metric, period);
  const closes = closesAt(board, period);
  const others = scores.filter((score) => score.period !== period).toReversed();
  const told = {
    board: id,
    period,
    definition: describeBoard(board),
    metric: metric.name,
    score: own?.score ?? null,
    reachedAt: own === undefined ? null : formatTime(own.reached_at),
    rank,
    total,
    closesAt: Number.isFinite(closes) ? formatTime(closes) : null,
    closed: closes <= now,
    moves,
    late: late.map(causingEvent),
    others: others.slice(0, MAX_OTHERS).map((other) => ({ period: other.period, score: other.score })),
  };
  const sentences = sentencesOf(asking, metric, told);
  return { ok: true, value: { about: 'board', user: person.id, sentences, arm: null, verdict: null, ...told } };
}

/** The last events that moved the score of a period, and those that came too late for it; newest first. */
async function lastMoves(
  asking: Asking,
  board: Board,
  metric: Metric,
  period: string,
): Promise<{ readonly moves: readonly ScoreMove[]; readonly late: readonly LoggedEvent[] }> {
  const { tx, person } = asking;
  const moves: ScoreMove[] = [];
  const late: LoggedEvent[] = [];
  const later = new Later();
  let before = Number.MAX_SAFE_INTEGER;
  for (let scanned = 0; scanned < MAX_SCANNED && moves.length < MAX_MOVES; scanned += CHUNK) {
    const rows = await readMoves(tx, person.account, before, CHUNK);
    const brought = new Map<number, Brought>();
    const tooLate = new Set<number>();
    for (const row of rows) {
      later.note(row);
      if (!countsIn(board, period, row)) continue;
      const told = later.told(row, metric);
      if (told === undefined) continue;
      brought.set(row.position, told);
      if (row.moves?.c?.includes(board.key)) tooLate.add(row.position);
    }
    const logged = await readLogged(tx, [...brought.keys()]);

    for (const row of logged) {
      if (tooLate.has(row.position)) late.push(row);
      else if (moves.length < MAX_MOVES) moves.push({ event: causingEvent(row), ...(brought.get(row.position) ?? NOTHING) });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK) break;
    before = last.position;
  }
  return { moves, late: late.slice(0, MAX_MOVES) };
}

/** What later rows of the log say of earlier ones; rows are read newest first, so that it is known when one comes. */
class Later {
  private readonly undone = new Map<number, Undone>();
  private readonly past = new Map<number, { readonly by: number; readonly moves: Moves }[]>();

  note({ position, recorded_at: at, undoes, moves }: MovesRow): void {
    if (undoes !== null) this.undone.set(undoes, { at: formatTime(at), position });
    for (const [of, , , told] of moves?.past ?? []) {
      const known = this.past.get(of);
      if (known === undefined) this.past.set(of, [{ by: position, moves: told }]);
      else known.push({ by: position, moves: told });
    }
  }

  /** What an event brings to a metric by all that is known of it; undefined where it never brought anything. */
  told({ position, moves }: MovesRow, metric: Metric): Brought | undefined {
    const undone = this.undone.get(position) ?? null;
    const past = this.past.get(position) ?? [];
    const own = moveOf(metric, moves === null ? [] : [moves]);
    const all = moveOf(
      metric,
      undone === null
        ? [...(moves === null ? [] : [moves]), ...past.map((told) => told.moves)]
        : past.filter(({ by }) => by === undone.position).map((told) => told.moves),
    );
    if (own === undefined && all === undefined) return undefined;
    return { ...(all ?? NOTHING), undone };
  }
}

function countsIn(board: Board, period: string, { occurred_at: time, local_day: localDay }: MovesRow): boolean {
  const day = localDay === null ? Math.floor(time / DAY) : Date.parse(localDay) / DAY;
  return scorePeriod(board, { time, day }) === period;
}

type Brought = Omit<ScoreMove, 'event'>;

const NOTHING: Brought = { by: null, value: null, state: null, undone: null };

/** What an event brought to a metric; undefined where it brought nothing. */
function moveOf(metric: Metric, moves: readonly Moves[]): Brought | undefined {
  const steps = moves.flatMap(({ m = [] }) => m).filter(([key]) => key === metric.key);
  const shown = moves.flatMap(({ v = [] }) => v).findLast(([key]) => key === metric.key);
  const last = steps.at(-1);
  if (last === undefined) return shown === undefined ? undefined : { ...NOTHING, state: shown[1] };
  if (!addsUp(metric)) return { ...NOTHING, value: last[1] };
  // A value of `distinct` is a step again each time it comes, and counts once.
  const isKnown = steps.every(([, , member]) => member === undefined);
  return { ...NOTHING, by: isKnown ? steps.reduce((sum, [, amount]) => sum + amount, 0) : null };
}

/** Whether what comes is added to what is there; the highest, the lowest and the last value are not. */
function addsUp({ fold }: Metric): boolean {
  return fold({ value: 1, at: 0 }, 1, 1)?.value === 2;
}

function sentencesOf(
  { person, zone }: Asking,
  metric: Metric,
  told: Omit<BoardWhy, 'about' | 'user' | 'sentences' | 'arm' | 'verdict'>,
): readonly string[] {
  const { board, period, definition, score, reachedAt, rank, total, closesAt: closes, closed, moves, late, others } = told;
  const where = period === 'all' ? `board "${board}"` : `board "${board}" in ${period}`;
  const sentences = [`The score of ${where} is metric ${metric.name} (${metric.description}); the board is ${definition}.`];
  if (score === null) {
    sentences.push(
      `${person.id} is not on it, because nothing has moved ${metric.name} for ${person.id}${period === 'all' ? '' : ` in ${period}`}.`,
    );
    if (others.length > 0)
      sentences.push(
        `There are scores in other periods: ${others.map((other) => `${figure(other.score)} in ${other.period}`).join(', ')}.`,
      );
  } else {
    const reached = reachedAt === null ? '' : `, reached on ${moment(Date.parse(reachedAt), zone)}`;
    sentences.push(
      rank === null
        ? `${person.id} has a score of ${figure(score)}${reached}, but is not ranked: whoever is hidden, or stays off the board, takes no rank.`
        : `${person.id} is number ${figure(rank)} of ${figure(total)} with ${figure(score)}${reached}.`,
    );
  }
  if (closes !== null)
    sentences.push(
      `The period ${closed ? 'was closed' : 'closes'} on ${moment(Date.parse(closes), zone)}; what comes later counts for the user and leaves the board.`,
    );
  for (const move of moves) sentences.push(moveText(move, zone));
  if (late.length > 0)
    sentences.push(
      `${count(late.length, 'event')} came when the period was closed: ${late.map((event) => eventText(event, zone)).join(', ')}.`,
    );
  return sentences;
}

function moveText(move: ScoreMove, zone: string): string {
  const text = eventText(move.event, zone);
  const { undone } = move;
  const what = broughtText(move);
  if (undone === null) return what === null ? `Moved by ${text}.` : `${what} ${text}.`;
  const gone = `taken back on ${moment(Date.parse(undone.at), zone)}`;
  return what === null ? `Nothing any more by ${text}, which was ${gone}.` : `${what} ${text}; the rest of it was ${gone}.`;
}

function broughtText({ by, value, state }: ScoreMove): string | null {
  if (by !== null) return `${by < 0 ? '−' : '+'}${figure(Math.abs(by))} by`;
  if (value !== null) return `${figure(value)} by`;
  return state === null ? null : `${figure(state)} after`;
}
