import { periodOf } from '../catalog/calendar.ts';
import { balanceOf, levelOf } from './counting.ts';
import { showAgain } from './deciding.ts';
import type { Keep } from './actions.ts';
import type { Entry, Move, Person, Unlock } from './entry.ts';
import type { Plan, PlannedAchievement, PlannedTier } from './plan.ts';
import { progressOf, unlocksOf } from './unlocking.ts';

/** What is to be taken back: the entry of an event, or one move; by their places, as both are looked for in copies. */
export type Target = { readonly event: number } | { readonly entry: number; readonly move: number };

export interface Undone {
  readonly person: Person;
  readonly revoked: readonly { readonly id: string; readonly tier: string; readonly left: number }[];
  /** What was wanted back, by currency: signed as it was given. */
  readonly taken: Readonly<Record<string, number>>;
}

/** How often a tier is lost, and the place of the entry that is undone. */
interface Lost {
  readonly achievement: PlannedAchievement;
  readonly tier: PlannedTier;
  readonly count: number;
  readonly period: string | null;
}

/**
 * The person as if what is undone had never been: it counts for nothing. What was reached with it and is not without it is
 * lost, with its rewards, which may have led to more. Of what stays unlocked the rewards stay. Nothing else is decided again.
 * Undefined where points are spent that the catalog does not take back then.
 */
export function undo(plan: Plan, before: Person, target: Target, keep: Keep, blank: Entry): Undone | undefined {
  const level = levelOf(plan, before);
  for (let lost: readonly Lost[] = []; ; ) {
    const person = structuredClone(before);
    if (keep.includes('levels')) person.levelFloor = Math.max(person.levelFloor, level);
    const undone = 'event' in target ? (person.entries[target.event] as Entry) : null;
    const gone = lost.flatMap((one) => withdraw(person, one, undone));
    const wanted = [...ownMoves(person, target), ...gone.flatMap(({ unlock }) => unlock.rewards)];
    const moves = new Set(wanted.filter(({ isTakenBack }) => !isTakenBack));
    takeBack(plan, person, moves, undone);
    for (const { entry } of gone) if (entry !== undone) countLess(plan, entry, 'medals', null, 1);
    if (undone !== null) clear(plan, undone);
    // Progress is looked at as if everything could be taken back.
    const full = withMoves(person, blank, moves);
    const more = keep.includes('achievements') ? [] : lostWith(plan, before, full, target, lost);
    if (more.some((one) => one.count > countOf(lost, one))) {
      lost = more;
      continue;
    }
    const taken = sumsOf(moves);
    const paid: Record<string, number> = {};
    for (const currency of Object.keys(taken)) {
      const settled = settle(plan, before, currency, moves);
      if (settled === undefined) return undefined;
      paid[currency] = settled;
    }
    const entry: Entry = {
      ...structuredClone(blank),
      moves: Object.entries(paid).flatMap(([currency, amount]) => counter(currency, amount)),
    };
    person.entries.push(entry);
    entry.shown.push(...showAgain(plan, person, entry));
    return { person, revoked: revokedOf(before, lost), taken };
  }
}

function counter(currency: string, amount: number): readonly Move[] {
  if (amount === 0) return [];
  return [{ kind: 'reverse', rule: '', currency, amount: -amount, isCapped: false, isTakenBack: false }];
}

function sumsOf(moves: Iterable<Move>): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { currency, amount } of moves) sums[currency] = (sums[currency] ?? 0) + amount;
  return sums;
}

/** What is taken of a currency, what comes back of it being there by then; undefined where it is refused. */
function settle(plan: Plan, person: Person, currency: string, moves: ReadonlySet<Move>): number | undefined {
  const own = [...moves].filter((move) => move.currency === currency).map(({ amount }) => amount);
  const back = own.filter((amount) => amount < 0).reduce((sum, amount) => sum - amount, 0);
  const taken = own.filter((amount) => amount > 0).reduce((sum, amount) => sum + amount, 0);
  const there = balanceOf(person, currency) + back;
  const policy = plan.currencies.find(({ code }) => code === currency)?.reversal;
  if (taken > 0 && taken > there && policy === 'refuse') return undefined;
  return (policy === 'clamp' ? Math.min(taken, Math.max(0, there)) : taken) - back;
}

function withMoves(person: Person, blank: Entry, moves: ReadonlySet<Move>): Person {
  const counters = Object.entries(sumsOf(moves)).flatMap(([currency, amount]) => counter(currency, amount));
  return { ...person, entries: [...person.entries, { ...blank, moves: counters }] };
}

/** What the event gave, but the rewards of what it unlocked and keeps; or the one move. */
function ownMoves(person: Person, target: Target): readonly Move[] {
  if (!('event' in target)) return [person.entries[target.entry]?.moves[target.move] as Move];
  const { moves, unlocks } = person.entries[target.event] as Entry;
  const kept = new Set(unlocks.flatMap(({ rewards }) => rewards));
  return moves.filter((move) => !kept.has(move));
}

/** Takes the times away that are lost: those of the event that is undone first, then the newest. */
function withdraw(
  person: Person,
  { achievement, tier, count, period }: Lost,
  undone: Entry | null,
): readonly { readonly entry: Entry; readonly unlock: Unlock }[] {
  const known = person.entries.flatMap((entry) =>
    entry.unlocks
      .filter((one) => one.achievement === achievement.id && one.tier === tier.id && (period === null || one.period === period))
      .map((unlock) => ({ entry, unlock })),
  );
  const newestFirst = known.toReversed();
  const gone = [
    ...newestFirst.filter(({ entry }) => entry === undone),
    ...newestFirst.filter(({ entry }) => entry !== undone),
  ].slice(0, count);
  for (const { entry, unlock } of gone) entry.unlocks = entry.unlocks.filter((one) => one !== unlock);
  return gone;
}

/** What is taken back counts as earned or spent no more, at the place where it did. */
function takeBack(plan: Plan, { entries }: Person, moves: ReadonlySet<Move>, undone: Entry | null): void {
  for (const entry of entries) {
    for (const move of entry.moves) {
      if (!moves.has(move)) continue;
      move.isTakenBack = true;
      const counts = move.kind === 'award' ? 'earned' : move.kind === 'spend' ? 'spent' : null;
      if (counts !== null && entry !== undone) countLess(plan, entry, counts, move.currency, Math.abs(move.amount));
    }
  }
}

function countLess(plan: Plan, entry: Entry, kind: 'earned' | 'spent' | 'medals', currency: string | null, amount: number): void {
  for (const metric of plan.metrics) {
    if (metric.kind !== kind || ('currency' in metric && metric.currency !== currency)) continue;
    entry.steps.push({ metric: metric.name, value: -amount });
  }
}

/** An event that counts for nothing but for what it unlocked and keeps. */
function clear(plan: Plan, entry: Entry): void {
  entry.isUndone = true;
  entry.shown = [];
  entry.streaks = [];
  entry.paid = [];
  entry.steps = plan.metrics.flatMap((metric) => {
    if (metric.kind === 'medals') return entry.unlocks.map(() => ({ metric: metric.name, value: 1 }));
    if (metric.kind !== 'earned') return [];
    return entry.unlocks
      .flatMap(({ rewards }) => rewards)
      .filter(({ isTakenBack, currency }) => !isTakenBack && currency === metric.currency)
      .map(({ amount }) => ({ metric: metric.name, value: amount }));
  });
}

function lostWith(plan: Plan, before: Person, after: Person, target: Target, known: readonly Lost[]): readonly Lost[] {
  const undone = 'event' in target ? (before.entries[target.event] as Entry) : null;
  return plan.achievements.flatMap((achievement) =>
    achievement.tiers.flatMap((tier): readonly Lost[] => {
      const times = unlocksOf(before, achievement.id, tier.id);
      if (times.length === 0) return [];
      const isWithin = achievement.kind === 'within';
      // What was reached in another period than that of the event is not touched by it.
      if (isWithin && undone === null) return [];
      const period = isWithin && undone !== null ? periodOf(achievement.within, undone.day) : null;
      const repeats = 'repeatable' in achievement && achievement.repeatable;
      const day = undone?.day ?? '';
      if (isWithin && period !== null) {
        const isOfPeriod = repeats
          ? times.some((one) => one.period === period)
          : before.entries.some(
              (entry) => entry.unlocks.includes(times[0] as Unlock) && periodOf(achievement.within, entry.day) === period,
            );
        if (!isOfPeriod) return [];
      }
      const was = progressOf(plan, before, achievement, day);
      const is = progressOf(plan, after, achievement, day);
      const wanted = repeats && !isWithin ? times.length : 1;
      const reached = (progress: number): number => Math.max(0, Math.min(wanted, Math.floor(progress / tier.at)));
      const count = reached(was) === wanted ? wanted - reached(is) : 0;
      const least = countOf(known, { achievement, tier });
      if (count === 0 && least === 0) return [];
      return [{ achievement, tier, count: Math.max(count, least), period: repeats ? period : null }];
    }),
  );
}

function countOf(lost: readonly Lost[], { achievement, tier }: Pick<Lost, 'achievement' | 'tier'>): number {
  return lost.find((one) => one.achievement.id === achievement.id && one.tier.id === tier.id)?.count ?? 0;
}

function revokedOf(before: Person, lost: readonly Lost[]): Undone['revoked'] {
  return lost.map(({ achievement: { id }, tier, count }) => ({
    id,
    tier: tier.id,
    left: unlocksOf(before, id, tier.id).length - count,
  }));
}
