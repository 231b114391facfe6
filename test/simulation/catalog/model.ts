import { localOf } from './calendar.ts';
import { balanceOf, levelOf, metricOf } from './counting.ts';
import type { Entry, Move } from './entry.ts';
import { decideRules, type Priced, type Skipped } from './paying.ts';
import type { Plan } from './plan.ts';
import { closedBoards } from './ranking.ts';
import { counts, streakLength } from './streaks.ts';
import { unlock } from './unlocking.ts';

export interface ModelEvent {
  readonly id: string;
  readonly source?: string;
  readonly type: string;
  readonly user: string;
  readonly time?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface ModelTransfer {
  readonly id: string;
  readonly kind: 'award' | 'spend' | 'transfer' | 'adjust';
  readonly user: string;
  readonly to?: string;
  readonly currency: string;
  readonly amount: number;
  readonly reason?: string;
}

export interface Award extends Priced {
  readonly balance: number;
}

export type ModelAnswer =
  | { readonly status: 'refused'; readonly code: string }
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly awards: readonly Award[];
      readonly adjustments: readonly Award[];
      readonly achievements: readonly { readonly id: string; readonly tier: string }[];
      readonly streaks: readonly { readonly id: string; readonly length: number }[];
      readonly level: number;
      readonly skipped: readonly Skipped[];
    };

export type ModelTransferAnswer = { readonly code: string } | { readonly first: boolean; readonly balance: number };

/** Someone, and all that was accepted about them, in order of acceptance. */
interface Person {
  zone: string | null;
  attributes: Readonly<Record<string, unknown>>;
  readonly entries: Entry[];
}

/** The economy as somebody would write it who has all the time in the world: every answer is counted anew from the list. */
export class Model {
  readonly plan: Plan;
  /** When the catalog was applied. */
  readonly since: number;
  readonly people = new Map<string, Person>();
  #events = new Map<string, { readonly body: string; readonly answer: ModelAnswer }>();
  #transfers = new Map<string, { readonly body: string; readonly answer: ModelTransferAnswer }>();

  constructor(plan: Plan, since: number) {
    this.plan = plan;
    this.since = since;
  }

  putUser(user: string, traits: { readonly zone: string | null; readonly attributes: Readonly<Record<string, unknown>> }): void {
    this.people.set(user, { ...traits, entries: this.people.get(user)?.entries ?? [] });
  }

  submit(event: ModelEvent, isAdmin: boolean, now: number): ModelAnswer {
    const { id, source = 'default', ...rest } = event;
    const body = JSON.stringify(Object.entries(rest).toSorted());
    const known = this.#events.get(`${source} ${id}`);
    if (known !== undefined) {
      if (known.body !== body) return { status: 'refused', code: 'id_reused' };
      return known.answer.status === 'refused' ? known.answer : { ...known.answer, status: 'duplicate' };
    }
    const answer = this.#take(event, isAdmin, now);
    this.#events.set(`${source} ${id}`, { body, answer });
    return answer;
  }

  transfer(command: ModelTransfer, now: number): ModelTransferAnswer {
    const body = JSON.stringify(command);
    const known = this.#transfers.get(command.id);
    if (known !== undefined) {
      if (known.body !== body) return { code: 'id_reused' };
      return 'code' in known.answer ? known.answer : { ...known.answer, first: false };
    }
    const answer = this.#move(command, now);
    // An unknown user leaves the id free.
    if (!('code' in answer) || answer.code !== 'unknown_user') this.#transfers.set(command.id, { body, answer });
    return answer;
  }

  #take(event: ModelEvent, isAdmin: boolean, now: number): ModelAnswer {
    const { plan } = this;
    const isNew = !this.people.has(event.user);
    const { entries } = this.#person(event.user);
    const entry = this.#enter(event.user, event.type, event.data ?? {}, event.time, now);
    const { payments, skipped } = decideRules(plan, entries, isAdmin);
    const awards: Award[] = [];
    const adjustments: Award[] = [];
    const give = (kind: Move['kind'], priced: Priced): Award => {
      if (priced.amount !== 0) entry.moves.push({ kind, currency: priced.currency, amount: priced.amount });
      return { ...priced, balance: balanceOf(entries, priced.currency) };
    };
    for (const payment of payments) {
      awards.push(...payment.awards.map((award) => give('award', award)));
      for (const adjustment of payment.adjustments) {
        const adjusted = give('adjust', adjustment);
        if (adjusted.balance < 0 && !plan.overdraft.includes(adjusted.currency)) {
          // As if it had never been sent.
          entries.pop();
          if (isNew) this.people.delete(event.user);
          return { status: 'refused', code: 'insufficient_balance' };
        }
        if (adjusted.amount !== 0) adjustments.push(adjusted);
      }
      if ([...payment.awards, ...payment.adjustments].some(({ amount }) => amount !== 0)) entry.paid.push(payment.rule);
    }
    const unlocked = unlock(plan, entries, entry, ({ id, tier, award }) => {
      for (const [currency, amount] of award) {
        awards.push(give('award', { rule: `achievement:${id}:${tier}`, currency, base: amount, multipliers: [], amount }));
      }
    });
    return {
      status: 'accepted',
      awards,
      adjustments,
      achievements: unlocked.map(({ id, tier }) => ({ id, tier })),
      streaks: plan.streaks
        .filter((streak) => counts(streak, entry))
        .map(({ id }) => ({ id, length: streakLength(plan, entries, id) })),
      level: levelOf(plan, entries),
      skipped: [...skipped, ...closedBoards(plan, entries, this.since).map((board) => ({ board, code: 'period_closed' }))],
    };
  }

  #move({ kind, user, to, currency, amount }: ModelTransfer, now: number): ModelTransferAnswer {
    const takes = kind === 'spend' || kind === 'transfer' || amount < 0;
    const signed = kind === 'spend' || kind === 'transfer' ? -amount : amount;
    if (takes && !this.people.has(user)) return { code: 'unknown_user' };
    const balance = balanceOf(this.people.get(user)?.entries ?? [], currency) + signed;
    if (takes && balance < 0 && !this.plan.overdraft.includes(currency)) return { code: 'insufficient_balance' };
    this.#book(user, { kind: kind === 'transfer' ? 'gift' : kind, currency, amount: signed }, now);
    if (to !== undefined) this.#book(to, { kind: 'gift', currency, amount }, now);
    return { first: true, balance };
  }

  /** One side of a transfer, and what it unlocks. */
  #book(user: string, move: Move, now: number): void {
    const entry = this.#enter(user, null, {}, undefined, now);
    entry.moves.push(move);
    unlock(this.plan, this.#person(user).entries, entry, ({ award }) => {
      for (const [currency, amount] of award) entry.moves.push({ kind: 'award', currency, amount });
    });
  }

  #person(user: string): Person {
    const person = this.people.get(user) ?? { zone: null, attributes: {}, entries: [] };
    this.people.set(user, person);
    return person;
  }

  #enter(user: string, type: string | null, data: Entry['data'], time: string | undefined, now: number): Entry {
    const { zone, attributes, entries } = this.#person(user);
    const ms = time === undefined ? now : Date.parse(time);
    const entry: Entry = {
      type,
      data,
      attributes,
      ms,
      ...localOf(time, ms, zone, this.plan.timezone),
      acceptedAt: now,
      levelBefore: levelOf(this.plan, entries),
      moves: [],
      paid: [],
      unlocked: [],
    };
    entries.push(entry);
    return entry;
  }

  /** Everything about a user that can be asked for in the end. */
  metric(user: string, name: string): number {
    return metricOf(this.plan, this.#person(user).entries, name);
  }
}
