import { localOf } from '../catalog/calendar.ts';
import type { Keep, SentEvent, SentTransfer } from './actions.ts';
import { balanceOf, counterNamed, isMirror, levelOf, metricOf } from './counting.ts';
import { Deciding, type Given } from './deciding.ts';
import type { Entry, Move, Person } from './entry.ts';
import type { Plan, PlannedBoard } from './plan.ts';
import { boardPeriod, isOver, rank, scoresOf } from './ranking.ts';
import { isBroken, streakLength } from './streaks.ts';
import { type Target, undo } from './undoing.ts';

export type EventAnswer =
  | { readonly status: 'refused'; readonly code: string }
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly awards: readonly Given[];
      readonly achievements: readonly { readonly id: string; readonly tier: string; readonly times?: number }[];
      readonly streaks: readonly { readonly id: string; readonly length: number }[];
      readonly level: number;
      readonly limited: readonly string[];
      readonly closed: readonly string[];
    };

export type TransferAnswer = { readonly code: string } | { readonly first: boolean; readonly balance: number };

export type UndoAnswer =
  | { readonly code: string }
  | {
      readonly first: boolean;
      /** By currency: what was given. */
      readonly taken: Readonly<Record<string, number>>;
      readonly revoked: readonly string[];
      readonly level: readonly [before: number, after: number];
      readonly metrics: Changes;
      readonly streaks: Changes;
    };

type Changes = Readonly<Record<string, readonly [before: number, after: number]>>;
type Place = { readonly user: string; readonly entry: number; readonly move: number };

/** Milliseconds. */
const MAX_AHEAD = 300_000;

/** The economy as somebody would write it who has all the time in the world: every answer is counted anew from the list. */
export class Model {
  readonly plan: Plan;
  readonly people = new Map<string, Person>();
  /** When the boards began. */
  readonly #since: number;
  readonly #events = new Map<string, { readonly event: SentEvent; readonly answer: EventAnswer; readonly entry: number }>();
  readonly #transfers = new Map<
    string,
    { readonly transfer: SentTransfer; readonly answer: TransferAnswer; readonly places: readonly Place[] }
  >();
  readonly #undone = new Map<string, UndoAnswer>();
  readonly #closed = new Set<string>();

  constructor(plan: Plan, since: number) {
    this.plan = plan;
    this.#since = since;
  }

  zone(user: string, zone: string): void {
    this.#person(user).zone = zone;
  }

  event(event: SentEvent, now: number): EventAnswer {
    const known = this.#events.get(event.id);
    if (known !== undefined) {
      if (JSON.stringify(known.event) !== JSON.stringify(event)) return { status: 'refused', code: 'id_reused' };
      return { ...known.answer, status: 'duplicate' } as EventAnswer;
    }
    if (Date.parse(event.time) > now + MAX_AHEAD) return { status: 'refused', code: 'invalid_time' };
    const { plan } = this;
    const person = this.#person(event.user);
    const entry = this.#enter(person, now, event);
    const deciding = new Deciding(plan, person);
    deciding.event();
    const answer: EventAnswer = {
      status: 'accepted',
      awards: deciding.awards,
      achievements: deciding.unlocked.map(({ achievement, tier, times }) => {
        const repeats = 'repeatable' in achievement && achievement.repeatable;
        return { id: achievement.id, tier: tier.id, ...(repeats ? { times } : {}) };
      }),
      streaks: entry.streaks.map((id) => ({ id, length: streakLength(plan, person.entries, id) })),
      level: levelOf(plan, person),
      limited: deciding.limited,
      closed: this.#missed(entry),
    };
    this.#events.set(event.id, { event, answer, entry: person.entries.indexOf(entry) });
    return answer;
  }

  transfer(transfer: SentTransfer, now: number): TransferAnswer {
    const known = this.#transfers.get(transfer.id);
    if (known !== undefined) {
      if (JSON.stringify(known.transfer) !== JSON.stringify(transfer)) return { code: 'id_reused' };
      return 'code' in known.answer ? known.answer : { ...known.answer, first: false };
    }
    const { kind, user, to, currency, amount } = transfer;
    const takes = kind === 'spend' || kind === 'transfer' || amount < 0;
    // An unknown user leaves the id free.
    if (takes && !this.people.has(user)) return { code: 'unknown_user' };
    const signed = kind === 'spend' || kind === 'transfer' ? -amount : amount;
    const balance = balanceOf(this.people.get(user) ?? { entries: [] }, currency) + signed;
    if (takes && balance < 0 && !this.#mayOwe(currency)) return this.#answered(transfer, { code: 'insufficient_balance' }, []);
    const places = [this.#book(user, now, { kind: kind === 'transfer' ? 'gift' : kind, currency, amount: signed })];
    if (to !== undefined) places.push(this.#book(to, now, { kind: 'gift', currency, amount }));
    return this.#answered(transfer, { first: true, balance }, places);
  }

  undo(id: string, keep: Keep, now: number): UndoAnswer {
    const known = this.#events.get(id);
    if (known === undefined) return { code: 'unknown_event' };
    return this.#take(`event ${id}`, known.event.user, { event: known.entry }, keep, now);
  }

  reverse(id: string, now: number): UndoAnswer {
    const known = this.#transfers.get(id);
    if (known === undefined || known.places.length === 0) return { code: 'unknown_transfer' };
    const [giver, receiver] = known.places as readonly [Place, Place?];
    if (receiver === undefined) return this.#reverseMove(giver, now);
    return this.#reverseGift(giver, receiver, now);
  }

  /** Undefined where there is no such award. */
  reverseAward(id: string, n: number, now: number): UndoAnswer | undefined {
    const known = this.#events.get(id);
    if (known === undefined || !('awards' in known.answer)) return undefined;
    const award = known.answer.awards[n];
    if (award === undefined || award.amount === 0) return undefined;
    const move = known.answer.awards.slice(0, n).filter(({ amount }) => amount !== 0).length;
    return this.#reverseMove({ user: known.event.user, entry: known.entry, move }, now);
  }

  /** Closes what is over: standings as they are by now, and their rewards. */
  close(now: number): void {
    const over = this.plan.boards.flatMap((board) => this.#overOn(board, now).map((period) => ({ board, period })));
    const placed = over.flatMap(({ board, period }) =>
      this.standings(board, period).flatMap((standing) => {
        const reward = board.rewards.find(({ from, to }) => from <= standing.rank && standing.rank <= to);
        return reward === undefined ? [] : [{ ...standing, rule: `board:${board.id}:${period}:${standing.rank}`, reward }];
      }),
    );
    for (const { user, rule, reward } of placed) {
      const person = this.#person(user);
      this.#enter(person, now, null);
      const deciding = new Deciding(this.plan, person);
      for (const [currency, amount] of reward.award) {
        deciding.booked({ kind: 'award', rule, currency, amount, isCapped: false });
        deciding.settle();
      }
      deciding.finish();
    }
  }

  /** A deadline found a streak broken. Answers whether it is. */
  breakStreak(user: string, id: string, now: number): boolean {
    const person = this.#person(user);
    const entry = this.#enter(person, now, null);
    const deciding = new Deciding(this.plan, person);
    deciding.breakStreak(id);
    return isBroken(this.plan, person.entries, id, entry.day);
  }

  standings(board: PlannedBoard, period: string): ReturnType<typeof rank> {
    const scores = [...this.people.values()].flatMap((person) => {
      const reached = scoresOf(this.plan, board, person).get(period);
      return reached === undefined ? [] : [{ user: person.user, ...reached }];
    });
    return rank(board, scores);
  }

  periods(board: PlannedBoard): readonly string[] {
    return [...new Set([...this.people.values()].flatMap((person) => [...scoresOf(this.plan, board, person).keys()]))];
  }

  #overOn(board: PlannedBoard, now: number): readonly string[] {
    const periods = [...this.people.values()].flatMap((person) => {
      const scored = scoresOf(this.plan, board, person);
      return person.entries
        .filter((entry) => isOver(board, entry, now, this.#since) && scored.has(boardPeriod(board, entry)))
        .map((entry) => boardPeriod(board, entry));
    });
    const fresh = [...new Set(periods)].filter((period) => !this.#closed.has(`${board.id} ${period}`));
    for (const period of fresh) this.#closed.add(`${board.id} ${period}`);
    return fresh;
  }

  #answered(transfer: SentTransfer, answer: TransferAnswer, places: readonly Place[]): TransferAnswer {
    this.#transfers.set(transfer.id, { transfer, answer, places });
    return answer;
  }

  #mayOwe(currency: string): boolean {
    return this.plan.currencies.find(({ code }) => code === currency)?.overdraft === 'allow';
  }

  #book(user: string, now: number, move: Pick<Move, 'kind' | 'currency' | 'amount'>): Place {
    const person = this.#person(user);
    this.#enter(person, now, null);
    const deciding = new Deciding(this.plan, person);
    deciding.booked({ ...move, rule: '', isCapped: false });
    deciding.settle();
    deciding.finish();
    return { user, entry: person.entries.length - 1, move: 0 };
  }

  #reverseMove({ user, entry, move }: Place, now: number): UndoAnswer {
    const key = `move ${user} ${entry} ${move}`;
    const isGone = this.#person(user).entries[entry]?.moves[move]?.isTakenBack === true;
    if (isGone && !this.#undone.has(key)) return { code: 'already_undone' };
    return this.#take(key, user, { entry, move }, [], now);
  }

  #take(key: string, user: string, target: Target, keep: Keep, now: number): UndoAnswer {
    const known = this.#undone.get(key);
    if (known !== undefined) return { ...known, first: false };
    const { plan } = this;
    const before = this.#person(user);
    const blank = this.#blank(before, now, null);
    const undone = undo(plan, before, target, keep, blank);
    if (undone === undefined) return { code: 'points_spent' };
    const { person: after, taken, revoked } = undone;
    this.people.set(user, after);
    const answer: UndoAnswer = {
      first: true,
      taken,
      revoked: revoked.map(({ id, tier, left }) => `${id}.${tier} ${left}`).toSorted(),
      level: [levelOf(plan, before), levelOf(plan, after)],
      metrics: changes(plan.metrics.map(({ name }) => [name, metricOf(plan, before, name), metricOf(plan, after, name)])),
      streaks: changes(
        plan.streaks.map(({ id }) => [id, streakLength(plan, before.entries, id), streakLength(plan, after.entries, id)]),
      ),
    };
    this.#undone.set(key, answer);
    return answer;
  }

  /** A gift goes back: it was neither earned nor spent, so nothing else is unwound. */
  #reverseGift(giver: Place, receiver: Place, now: number): UndoAnswer {
    const key = `gift ${giver.user} ${giver.entry}`;
    const known = this.#undone.get(key);
    if (known !== undefined) return { ...known, first: false };
    const move = this.#person(receiver.user).entries[receiver.entry]?.moves[0] as Move;
    const { currency, amount: wanted } = move;
    const there = balanceOf(this.#person(receiver.user), currency);
    const policy = this.plan.currencies.find(({ code }) => code === currency)?.reversal;
    if (there < wanted && policy === 'refuse') return { code: 'points_spent' };
    const amount = policy === 'clamp' ? Math.min(wanted, Math.max(0, there)) : wanted;
    const level = levelOf(this.plan, this.#person(receiver.user));
    if (amount > 0) {
      this.#book(receiver.user, now, { kind: 'reverse', currency, amount: -amount });
      this.#book(giver.user, now, { kind: 'reverse', currency, amount });
    }
    const answer: UndoAnswer = {
      first: true,
      taken: { [currency]: wanted },
      revoked: [],
      level: [level, level],
      metrics: {},
      streaks: {},
    };
    this.#undone.set(key, answer);
    return answer;
  }

  #person(user: string): Person {
    const person = this.people.get(user) ?? { user, zone: null, entries: [], levelFloor: 0, milestones: {} };
    this.people.set(user, person);
    return person;
  }

  #enter(person: Person, now: number, event: SentEvent | null): Entry {
    const entry = this.#blank(person, now, event);
    person.entries.push(entry);
    return entry;
  }

  #blank(person: Person, now: number, event: SentEvent | null): Entry {
    const { plan } = this;
    const ms = event === null ? now : Date.parse(event.time);
    const { day } = localOf(event?.time, ms, person.zone, plan.timezone);
    return {
      event: event?.id ?? null,
      type: event?.type ?? '',
      data: event?.data ?? {},
      ms,
      day,
      levelBefore: levelOf(plan, person),
      closed: plan.boards.filter((board) => isOver(board, { ms, day }, now, this.#since)).map(({ id }) => id),
      steps: [],
      shown: [],
      streaks: [],
      paid: [],
      moves: [],
      unlocks: [],
      isUndone: false,
    };
  }

  /** Boards that an event would have scored on, had it come in time. */
  #missed({ closed, steps, shown }: Entry): readonly string[] {
    return this.plan.boards
      .filter(({ id, metric }) => {
        const counts = isMirror(counterNamed(this.plan, metric)) ? shown : steps;
        return closed.includes(id) && counts.some((step) => step.metric === metric);
      })
      .map(({ id }) => id);
  }
}

function changes(values: readonly (readonly [string, number, number])[]): Changes {
  return Object.fromEntries(values.filter(([, a, b]) => a !== b).map(([name, a, b]) => [name, [a, b]]));
}
