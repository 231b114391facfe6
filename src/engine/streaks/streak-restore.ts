import { transferId } from '../../kernel/ids.ts';
import { accepted, type Outcome, refused } from '../../kernel/outcome.ts';
import { type Amount, type Cover, datesOf, lastCovered, reassess, restorable, type StreakState } from '../../streaks/index.ts';
import { book, type Booked } from '../post.ts';
import type { Restored } from './streak-model.ts';
import { coverWith, type StreakSubject, writeCover } from './streak-subject.ts';
import type { Unfolding } from '../unfold.ts';

/** Spends the price and covers the gap. */
export async function restoreStreak(subject: StreakSubject): Promise<Outcome<Restored>> {
  const { scene, member, streak, past, place } = subject;
  const { id, key, every } = streak;
  const before = member.state.streaks.get(key);
  const gap = restorable(streak, before, past.covers, { now: scene.now, place });
  if (before === undefined || gap === null) {
    const why =
      streak.restore === null ? 'is not one that the catalog lets be restored' : 'has no break that may be restored now';
    return refused({ code: 'not_restorable', path: '/params/streak', message: `the streak "${id}" ${why}` });
  }
  const cover: Cover = { first: gap.first, last: gap.last, kind: 'restore' };
  const covers = [...past.covers, cover];
  const unfolding = scene.unfold(member, { type: 'streak.restored' });
  const booked = pay(subject, unfolding, gap.price);
  if (!booked.ok) return booked;
  const { length } = lengthWith(subject, before, covers);
  unfolding.facts.push({ type: 'streak.restored', data: { streak: id, length, reason: 'paid' }, cause: null });
  const refusal = coverWith(subject, unfolding, covers) ?? scene.settle(member, unfolding, booked.value);
  if (refusal !== undefined) return refused(refusal);
  await writeCover(subject, { ...cover, reason: null });
  const dates = datesOf(every, gap);
  const price = Object.fromEntries(gap.price.map(({ currency, amount }) => [currency, amount]));
  return accepted({ streak: id, length, from: dates.first, to: dates.last, price });
}

function lengthWith({ streak, past }: StreakSubject, before: StreakState, covers: readonly Cover[]): StreakState {
  return reassess(streak, { ...before, covered: lastCovered(covers) }, { ...past, covers });
}

/** What the price takes counts as spent. */
function pay(
  { scene: { rulebook, cause, now } }: StreakSubject,
  unfolding: Unfolding,
  price: readonly Amount[],
): Outcome<readonly Booked[]> {
  const booked: Booked[] = [];
  for (const [ordinal, { currency, amount }] of price.entries()) {
    const overdraft = rulebook.catalog.currencies.get(currency)?.overdraft ?? 'deny';
    const order = { kind: 'spend', currency, amount, rule: null, reason: null } as const;
    const outcome = book(order, { user: unfolding.account, to: null }, overdraft, { ...cause, occurredAt: now, ordinal });
    if (!outcome.ok) return outcome;
    booked.push(outcome.value);
    const transfer = transferId(outcome.value.transfer.id);
    const balance = unfolding.account.balances.get(currency)?.available ?? 0;
    unfolding.facts.push({ type: 'points.spent', data: { transfer, kind: 'spend', currency, amount, balance }, cause: null });
    const refusal = unfolding.settle('spent', { currency, amount });
    if (refusal !== undefined) return refused(refusal);
  }
  return accepted(booked);
}
