import { Overlay } from '../../kernel/overlay.ts';
import {
  type Cover,
  dayStart,
  deadlineOf,
  goesOn,
  hasBegun,
  leftOutBeside,
  moveStreak,
  NO_PAST,
  type Past,
  prospect,
  reassess,
  type Run,
  type Streak,
  type StreakMove,
  type StreakState,
  unitOf,
} from '../../streaks/index.ts';
import type { NewTimer } from '../../timers/index.ts';
import type { Moment } from '../board-moves.ts';
import type { MoveLog } from '../moves.ts';
import type { CoverRow, EarlyRow, RunRow, UserState } from '../state.ts';

/** Fires when a unit that a streak needs is over. */
export const DEADLINE = 'streak.deadline';

/** What an event or a cover did to a streak. */
export interface StreakChange {
  readonly before: number;
  readonly after: number;
  /** Whether a chain that was broken goes on again. */
  readonly restored: boolean;
}

/** What streaks do in one decision. */
export class StreakMoves {
  private readonly account: number;
  private readonly moment: Moment;
  private readonly log: MoveLog;
  private readonly states: Overlay<StreakState>;
  private readonly known: Overlay<Past>;
  private readonly broken = new Set<string>();
  readonly runRows: RunRow[] = [];
  readonly earlyRows: EarlyRow[] = [];
  readonly coverRows: CoverRow[] = [];
  readonly deadlines: NewTimer[] = [];

  constructor(before: UserState, moment: Moment, log: MoveLog) {
    this.account = before.account;
    this.moment = moment;
    this.log = log;
    this.states = new Overlay(before.streaks);
    this.known = new Overlay(before.pasts);
  }

  get changes(): ReadonlyMap<string, StreakState> {
    return this.states.changes;
  }

  get pasts(): ReadonlyMap<string, Past> {
    return this.known.changes;
  }

  /** Of the newest chain, also where it is broken: what factors, conditions and achievements go by. */
  length(key: string): number {
    return this.states.get(key)?.length ?? 0;
  }

  /** Its deadline found it broken, by the calendar of the last event that kept it. */
  break({ key }: Streak): void {
    this.broken.add(key);
  }

  /** Whether its chain is broken when this happens. */
  isBroken(streak: Streak): boolean {
    const state = this.states.get(streak.key);
    if (!hasBegun(state) || this.broken.has(streak.key)) return true;
    // Most come on a kept day or the day after one, which needs no calendar.
    if (unitOf(streak.every, this.moment.day) <= state.kept + 1) return false;
    return !this.goesOn(streak, state, this.known.get(streak.key)?.covers ?? [], this.moment.time);
  }

  /** Counts the event for the unit of its day. */
  count(streak: Streak): StreakChange {
    const { key, every, grace } = streak;
    const { day, time, place } = this.moment;
    const isEarly = grace > 0 && time - dayStart(place, day) < grace;
    this.log.day(key, day, isEarly);
    const unit = unitOf(every, day);
    this.coverLeftOut(streak, unit);
    const before = this.states.get(key);
    const past = this.known.get(key) ?? NO_PAST;
    const move = moveStreak(streak, before, past, unit, isEarly);
    if (move === undefined) return { before: before?.length ?? 0, after: before?.length ?? 0, restored: false };
    this.take(key, past, move);
    const change = this.put(streak, before, move.after, past.covers);
    const joins = hasBegun(before) && unit < before.first && move.after.length > before.length + 1;
    return joins && this.goesOn(streak, move.after, past.covers, this.moment.recordedAt) ? { ...change, restored: true } : change;
  }

  /** A day that was counted once is folded again. `streak`: undefined where the catalog of then no longer has the key. */
  replay(key: string, streak: Streak | undefined, day: number, isEarly: boolean): void {
    const definition = streak ?? DAYS;
    const past = this.known.get(key) ?? NO_PAST;
    const move = moveStreak(definition, this.states.get(key), past, unitOf(definition.every, day), isEarly);
    if (move === undefined) return;
    this.take(key, past, move);
    this.states.set(key, move.after);
  }

  /** The state by all that is known, once covers came or went. */
  cover(streak: Streak, past: Past, before: StreakState): StreakChange {
    const { recordedAt, place } = this.moment;
    const after = reassess(streak, before, past);
    this.known.set(streak.key, past);
    this.states.set(streak.key, after);
    const next = hasBegun(after) ? prospect(streak, after, past.covers, { now: recordedAt, place }).next : null;
    if (next !== null) this.arm(streak, next);
    return { before: before.length, after: after.length, restored: false };
  }

  /** Milestones that are due, each once: from here on they are paid. */
  takeMilestones({ key, milestones }: Streak): Streak['milestones'] {
    const state = this.states.get(key);
    if (state === undefined || milestones.length === 0) return NONE;
    const due = milestones.filter(({ at }) => at > state.paid && at <= state.length);
    const paid = due.at(-1)?.at;
    if (paid !== undefined) this.states.set(key, { ...state, paid });
    return due;
  }

  private coverLeftOut({ key, every }: Streak, day: number): void {
    const state = this.states.get(key);
    for (const other of leftOutBeside(every, state, day, this.moment.place)) {
      const past = this.known.get(key) ?? NO_PAST;
      if (state === undefined || past.covers.some(({ first, last }) => first <= other && other <= last)) continue;
      const cover: Cover = { first: other, last: other, kind: 'travel' };
      this.known.set(key, { ...past, covers: [...past.covers, cover] });
      this.coverRows.push({ ...cover, streak: key });
      this.states.set(key, { ...state, covered: Math.max(this.states.get(key)?.covered ?? other, other) });
    }
  }

  private take(key: string, past: Past, { removed, added, early }: StreakMove): void {
    if (early !== null) this.earlyRows.push({ ...early, streak: key });
    for (const run of removed) this.runRows.push({ ...run, streak: key, stays: false });
    for (const run of added) this.runRows.push({ ...run, streak: key, stays: true });
    if (removed.length + added.length === 0 && early === null) return;
    const stays = past.older.filter((run) => !removed.some(({ first }) => first === run.first));
    const days = early === null ? past.early : new Map(past.early).set(early.day, early.own);
    this.known.set(key, { ...past, older: [...stays, ...added], early: days });
  }

  private put(streak: Streak, before: StreakState | undefined, after: StreakState, covers: readonly Run[]): StreakChange {
    this.states.set(streak.key, after);
    const lengths = { before: before?.length ?? 0, after: after.length };
    const { recordedAt } = this.moment;
    const isAlive = this.goesOn(streak, after, covers, recordedAt) && !this.goesOn(streak, before, covers, recordedAt);
    if (!isAlive) return { ...lengths, restored: false };
    this.arm(streak, deadlineOf(streak, after.kept + 1, this.moment.place));
    return { ...lengths, restored: hasBegun(before) && after.length > before.length };
  }

  /** Who was covered is looked at by the timer, which sees the covers. `now`: milliseconds. */
  private goesOn(streak: Streak, state: StreakState | undefined, covers: readonly Run[], now: number): boolean {
    if (state !== undefined && covers.length === 0 && state.covered !== null && state.covered > state.kept)
      return hasBegun(state);
    return goesOn(streak, state, covers, { now, place: this.moment.place });
  }

  private arm({ key }: Streak, dueAt: number): void {
    const { account } = this;
    const { place } = this.moment;
    this.deadlines.push({
      kind: DEADLINE,
      key: `${account} ${key}`,
      dueAt,
      account,
      data: { offset: typeof place === 'number' ? place : null },
    });
  }
}

const NONE: Streak['milestones'] = [];
const DAYS = { every: 'day', grace: 0, freezes: null, restore: null } as const;
