import { type Achievement, type Occurrence, occurrenceId } from '../achievements/index.ts';
import { type ScoreKey, scorePeriod } from '../boards/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import { periodKey } from '../kernel/period.ts';
import { type LocalTime, localTime, type WrittenTime } from '../kernel/time.ts';
import { type AccountSeen, contributionOf, type Metric, seenId } from '../metrics/index.ts';
import { amountKeys, type Counted, type OfAccount, sentOf, type UsageKey, usageId, usageKeys } from '../rules/index.ts';
import {
  type DayKey,
  dayStart,
  leftOutBeside,
  needs,
  type Place,
  placeOf,
  type Streak,
  type StreakKey,
  unitOf,
} from '../streaks/index.ts';
import { type EventJob, type Job, type Named, peopleOf } from './job.ts';
import type { Reach, Rulebook } from './rulebook.ts';
import { type DecodedHotRow, scoreId } from './state.ts';

/** A user as the hot row tells. */
export type HotAccount = DecodedHotRow & { readonly account: number };

/** Rows of side tables. */
export interface SideKeys {
  readonly occurrences: readonly Occurrence[];
  readonly usage: readonly OfAccount<UsageKey>[];
  readonly scores: readonly ScoreKey[];
  readonly seen: readonly AccountSeen[];
  /** Units of streaks whose runs around them are needed, and streaks of which all is. */
  readonly days: readonly DayKey[];
  readonly pasts: readonly StreakKey[];
}

/** Whom and what a transaction decides about. */
export interface Touched {
  readonly jobs: readonly Job[];
  /** Users beside those of the jobs, about whom something is decided at `now`, milliseconds. */
  readonly people: readonly Named[];
  readonly now: number;
  /** A currency of which the first of them gives to another; null where nobody does. */
  readonly sends: string | null;
}

/** The rows of side tables that these jobs and people may need beside the hot rows. Users who are new have none. */
export function sideKeys(
  { jobs, people, now, sends }: Touched,
  hot: ReadonlyMap<string, HotAccount>,
  rulebook: Rulebook,
): SideKeys {
  const keys = new Keys(rulebook);
  for (const { digest } of people) {
    const row = hot.get(digest);
    if (row === undefined) continue;
    const { day } = localTime({ ms: now, offset: null }, row.zone, rulebook.catalog.timezone);
    keys.add(row, rulebook.reachOfTransfers, { time: now, day, place: placeOf(row.zone, null, rulebook.catalog.timezone) });
  }
  if (sends !== null) keys.addSent(hot.get(people[0]?.digest ?? ''), sends, now);
  for (const job of jobs) {
    const reach = job.kind === 'event' ? rulebook.reach(job.event.type) : rulebook.reachOfTransfers;
    const written: WrittenTime = job.kind === 'event' ? job.event.time : { ms: job.receivedAt, offset: null };
    for (const { digest } of peopleOf(job)) {
      const row = hot.get(digest);
      if (row === undefined) continue;
      const local = localTime(written, row.zone, rulebook.catalog.timezone);
      const place = placeOf(row.zone, written.offset, rulebook.catalog.timezone);
      keys.add(row, reach, { time: written.ms, day: local.day, place });
      if (job.kind === 'event') for (const metric of reach.distinct) keys.addSeen(row, metric, job, local);
    }
    if (job.kind === 'transfer' && job.to !== null) keys.addSent(hot.get(job.user.digest), job.command.currency, job.receivedAt);
  }
  return {
    occurrences: [...keys.occurrences.values()],
    usage: [...keys.usage.values()],
    scores: [...keys.scores.values()],
    seen: [...keys.seen.values()],
    days: keys.days.filter(({ account, streak }) => !keys.pasts.has(`${account} ${streak}`)),
    pasts: [...keys.pasts.values()],
  };
}

interface Moment {
  readonly time: number;
  readonly day: number;
  readonly place: Place;
}

class Keys {
  private readonly rulebook: Rulebook;
  readonly occurrences = new Map<string, Occurrence>();
  readonly usage = new Map<string, OfAccount<UsageKey>>();
  readonly scores = new Map<string, ScoreKey>();
  readonly seen = new Map<string, AccountSeen>();
  readonly days: DayKey[] = [];
  readonly pasts = new Map<string, StreakKey>();
  /** By account and streak: the latest unit that events of the batch move it in. */
  private readonly tops = new Map<string, number>();

  constructor(rulebook: Rulebook) {
    this.rulebook = rulebook;
  }

  add(row: HotAccount, reach: Reach, moment: Moment): void {
    const { account } = row;
    for (const rule of reach.rules) {
      for (const key of usageKeys(rule, moment)) this.usage.set(`${account} ${usageId(key)}`, { ...key, account });
    }
    for (const counted of reach.capped) this.addAmount(account, counted, moment.day);
    for (const board of reach.boards) {
      if (board.period === 'all') continue;
      const period = scorePeriod(board, moment);
      // The newest one is in the hot row, and beyond it there is none.
      if (period === null || period >= (row.newest.get(board.key) ?? '')) continue;
      this.scores.set(`${account} ${scoreId(board.key, period)}`, { account, board: board.key, period });
    }
    for (const achievement of reach.periodic) this.addOccurrences(row, achievement, moment.day);
    for (const streak of reach.streaks) this.addStreak(row, streak, moment);
  }

  private addStreak({ account, streaks }: HotAccount, { key, ...streak }: Streak, { time, day, place }: Moment): void {
    const state = streaks.get(key);
    // Whoever has no days yet has no past either.
    if (state === undefined) return;
    const id = `${account} ${key}`;
    const unit = unitOf(streak.every, day);
    const isEarly = streak.grace > 0 && time - dayStart(place, day) < streak.grace;
    const top = this.tops.get(id);
    const asks = leftOutBeside(streak.every, state, unit, place).length > 0 ? 'all' : needs(streak, state, unit, top, isEarly);
    if (asks === 'around') this.days.push({ account, streak: key, day: unit });
    else if (asks === 'all') this.pasts.set(id, { account, streak: key });
    if (top === undefined || unit > top) this.tops.set(id, unit);
  }

  private addOccurrences({ account, times }: HotAccount, { strategy, tiers }: Achievement, day: number): void {
    if (strategy.window === null) return;
    const period = periodKey(strategy.window, day);
    for (const { number } of tiers) {
      // The newest one is in the hot row, and beyond it there is none.
      if (period >= (times.get(number)?.period ?? '')) continue;
      this.occurrences.set(`${account} ${occurrenceId(number, period)}`, { account, number, period });
    }
  }

  /** What the giver has sent to others, where the currency limits that. */
  addSent(row: HotAccount | undefined, currency: string, now: number): void {
    const { catalog } = this.rulebook;
    const limits = catalog.currencies.get(currency)?.transfers ?? [];
    if (row === undefined || limits.length === 0) return;
    const { day } = localTime({ ms: now, offset: null }, row.zone, catalog.timezone);
    this.addAmount(row.account, sentOf(currency, limits), day);
  }

  private addAmount(account: number, counted: Counted, day: number): void {
    for (const key of amountKeys(counted, day)) this.usage.set(`${account} ${usageId(key)}`, { ...key, account });
  }

  /** What a metric of distinct values meets in an event, in its whole life and in the period of each board over it. */
  addSeen({ account, attributes }: HotAccount, metric: Metric, { event, receivedAt }: EventJob, local: LocalTime): void {
    const { hour, weekday, day } = local;
    const scope: Scope = {
      event: { type: event.type, source: event.source, data: event.data, time: event.time.ms, local: { hour, weekday } },
      // A metric's own expressions see no metrics, and the level is told by one.
      user: { attributes, level: 1 },
      metric: () => 0,
      now: receivedAt,
    };
    const result = contributionOf(metric, scope);
    if (result.kind !== 'moves' || result.contribution.member === null) return;
    const { member } = result.contribution;
    const add = (span: string): void => {
      const id = seenId(metric.key, span, member);
      this.seen.set(`${account} ${id}`, { account, metric: metric.key, span, member });
    };
    add('');
    for (const board of this.rulebook.boardsOf.get(metric.key) ?? []) {
      const period = board.period === 'all' ? null : scorePeriod(board, { time: event.time.ms, day });
      if (period !== null) add(scoreId(board.key, period));
    }
  }
}
