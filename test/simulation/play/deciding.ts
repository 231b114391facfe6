import { balanceOf, counterNamed, fold, isMirror, metricOf, stepsOf } from './counting.ts';
import { type Entry, isOf, type Move, type Person, type Step, type Unlock } from './entry.ts';
import { decideRules, type Priced } from './paying.ts';
import type { Award, Plan } from './plan.ts';
import { chainOf, isBroken, streakLength } from './streaks.ts';
import { type Due, nextDue, partsOf, watched } from './unlocking.ts';

export interface Given {
  readonly rule: string;
  readonly currency: string;
  readonly amount: number;
  readonly balance: number;
}

/** Decides what comes of the last entry of a person: once, then never again. */
export class Deciding {
  readonly #plan: Plan;
  readonly #person: Person;
  readonly #entry: Entry;
  readonly #before: ReadonlyMap<string, number>;
  readonly awards: Given[] = [];
  readonly unlocked: Due[] = [];
  limited: readonly string[] = [];
  /** Metrics that something counted in since achievements were looked at. */
  #dirty = new Set<string>();
  #heard = 0;

  constructor(plan: Plan, person: Person) {
    this.#plan = plan;
    this.#person = person;
    this.#entry = person.entries.at(-1) as Entry;
    const earlier = { ...person, entries: person.entries.slice(0, -1) };
    this.#before = mirrorsOf(plan, earlier);
  }

  /** An event: what it counts in moves first, rules see it, then come awards, milestones, achievements. */
  event(): void {
    for (const step of stepsOf(this.#plan, this.#entry)) this.#count(step);
    this.#countStreaks();
    const { awards, limited } = decideRules(this.#plan, this.#person);
    this.limited = limited;
    const milestones = this.#passMilestones();
    for (const award of awards) this.#award(award, true);
    this.#entry.paid.push(...new Set(awards.filter(({ amount }) => amount !== 0).map(({ rule }) => rule)));
    for (const award of milestones) this.#award(award, false);
    this.#unlock();
    this.finish();
  }

  /** Points that came or went outside the rules. */
  booked(move: Omit<Move, 'isTakenBack'>): Move {
    const { kind, currency, amount } = move;
    const whole = { ...move, isTakenBack: false };
    this.#entry.moves.push(whole);
    for (const metric of this.#plan.metrics) {
      if (!('currency' in metric) || metric.currency !== currency) continue;
      const counts = { award: 'earned', spend: 'spent' }[kind as string];
      if (metric.kind === counts) this.#count({ metric: metric.name, value: Math.abs(amount) });
      else if (metric.kind === 'balance') this.#touch(metric.name);
    }
    return whole;
  }

  settle(): void {
    this.#unlock();
  }

  /** What is unlocked is heard in turn; what mirrors a state shows it, where it is another one than before. */
  finish(): void {
    for (; this.#heard < this.unlocked.length; this.#heard += 1) {
      for (const { name, kind } of this.#plan.metrics) if (kind === 'medals') this.#count({ metric: name, value: 1 });
      this.#unlock();
    }
    this.#entry.shown = [...mirrorsOf(this.#plan, this.#person)].flatMap(([metric, value]) => {
      const isStale =
        value !== shownOf(this.#plan, this.#person, metric) && !hasFallen(this.#plan, this.#person, this.#entry, metric);
      return isStale || value !== this.#before.get(metric) ? [{ metric, value }] : [];
    });
  }

  /** A broken streak falls to 0 where it is shown. */
  breakStreak(id: string): void {
    for (const metric of this.#plan.metrics) {
      if (metric.kind !== 'streak' || metric.streak !== id) continue;
      if (shownOf(this.#plan, this.#person, metric.name) !== 0) this.#entry.shown.push({ metric: metric.name, value: 0 });
    }
  }

  #count(step: Step): void {
    const { metric } = step;
    const counter = counterNamed(this.#plan, metric);
    const before = fold(counter, this.#person.entries);
    this.#entry.steps.push(step);
    const after = fold(counter, this.#person.entries);
    const isMoved = before?.value !== after?.value || before?.at !== after?.at;
    if (isMoved) this.#touch(metric);
    else if (counter.kind !== 'sequence') this.#dirty.add(metric);
  }

  #touch(metric: string): void {
    this.#dirty.add(metric);
    if (this.#plan.levels?.metric !== metric) return;
    for (const { name, kind } of this.#plan.metrics) if (kind === 'level') this.#dirty.add(name);
  }

  #countStreaks(): void {
    for (const { id, on } of this.#plan.streaks) {
      if (!isOf(on, this.#entry)) continue;
      const before = streakLength(this.#plan, this.#person.entries, id);
      this.#entry.streaks.push(id);
      if (before === streakLength(this.#plan, this.#person.entries, id)) continue;
      for (const metric of this.#plan.metrics) if (metric.kind === 'streak' && metric.streak === id) this.#touch(metric.name);
    }
  }

  /** Each once for ever. */
  #passMilestones(): readonly Priced[] {
    const { milestones: paid, entries } = this.#person;
    return this.#plan.streaks.flatMap((streak) => {
      if (!this.#entry.streaks.includes(streak.id)) return [];
      const { length } = chainOf(streak, entries);
      const due = streak.milestones.filter(({ at }) => at > (paid[streak.id] ?? 0) && at <= length);
      for (const { at } of due) paid[streak.id] = at;
      return due.flatMap(({ at, award }) => pricedOf(`streak:${streak.id}:${at}`, award));
    });
  }

  #award({ rule, currency, amount }: Priced, isCapped: boolean): Move | undefined {
    const move = amount === 0 ? undefined : this.booked({ kind: 'award', rule, currency, amount, isCapped });
    this.awards.push({ rule, currency, amount, balance: balanceOf(this.#person, currency) });
    return move;
  }

  /** In the order of the catalog, again and again: what is unlocked further down may be what one further up waits for. */
  #unlock(): void {
    const { achievements } = this.#plan;
    const pending = new Set<number>();
    const collect = (): void => {
      for (const [place, one] of achievements.entries()) if (this.#dirty.has(watched(one) ?? '')) pending.add(place);
      this.#dirty.clear();
    };
    collect();
    for (let from = 0; pending.size > 0; ) {
      const waiting = [...pending].toSorted((a, b) => a - b);
      const place = waiting.find((one) => one >= from) ?? Math.min(...waiting);
      pending.delete(place);
      from = place + 1;
      const achievement = achievements[place] as Plan['achievements'][number];
      for (let due = nextDue(this.#plan, this.#person, achievement); due !== undefined; ) {
        this.#take(due);
        for (const [other, one] of achievements.entries()) if (partsOf(one).includes(achievement.id)) pending.add(other);
        collect();
        due = nextDue(this.#plan, this.#person, achievement);
      }
    }
  }

  #take(due: Due): void {
    const { achievement, tier, period } = due;
    const rewards: Move[] = [];
    const unlock: Unlock = { achievement: achievement.id, tier: tier.id, period, rewards };
    this.#entry.unlocks.push(unlock);
    this.unlocked.push(due);
    for (const priced of pricedOf(`achievement:${achievement.id}:${tier.id}`, tier.award)) {
      const move = this.#award(priced, false);
      if (move !== undefined) rewards.push(move);
    }
  }
}

function pricedOf(rule: string, award: Award): readonly Priced[] {
  return award.map(([currency, amount]) => ({ rule, currency, amount }));
}

/** Metrics that mirror a state, with the state. */
function mirrorsOf(plan: Plan, person: Person): ReadonlyMap<string, number> {
  return new Map(plan.metrics.filter(isMirror).map(({ name }) => [name, metricOf(plan, person, name)]));
}

/** What a mirror showed last; everybody begins with nothing, and on the first level. */
function shownOf(plan: Plan, person: Person, metric: string): number {
  const counter = counterNamed(plan, metric);
  return fold(counter, person.entries)?.value ?? (counter.kind === 'level' ? 1 : 0);
}

/** Whether a mirror shows nothing because its streak is broken when this happens, or fell later already. */
function hasFallen(plan: Plan, person: Person, { ms, day }: Entry, metric: string): boolean {
  const counter = counterNamed(plan, metric);
  if (counter.kind !== 'streak' || shownOf(plan, person, metric) !== 0) return false;
  const fellAt = fold(counter, person.entries)?.at ?? Number.NEGATIVE_INFINITY;
  return ms < fellAt || isBroken(plan, person.entries, counter.streak, day);
}

/** What mirrors show that were left behind. */
export function showAgain(plan: Plan, person: Person, entry: Entry): readonly Step[] {
  return [...mirrorsOf(plan, person)].flatMap(([metric, value]) =>
    value === shownOf(plan, person, metric) || hasFallen(plan, person, entry, metric) ? [] : [{ metric, value }],
  );
}
