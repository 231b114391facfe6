import type { EventResult } from '../../../src/engine/index.ts';
import type { ModelAnswer } from './model.ts';

/** What the engine told, in the form of `expectedFrom`; what it says beyond the contract is left out. */
export function toldBy(result: EventResult): unknown {
  if (result.status === 'refused') return { status: 'refused', code: result.code };
  const { status, awards, adjustments = [], achievements, streaks, level, skipped } = result;
  const award = ({ transfer, rule, currency, base, multipliers, amount, balance }: (typeof awards)[number]): unknown => ({
    rule,
    currency,
    base,
    multipliers: multipliers.map(({ id, factor }) => ({ id, factor })),
    amount,
    balance,
    isBooked: transfer !== null,
  });
  return {
    status,
    awards: awards.map(award),
    adjustments: adjustments.map(award),
    achievements,
    streaks,
    level,
    rules: skipped.flatMap(({ rule, code }) => (rule === undefined ? [] : [{ rule, code }])),
    boards: skipped.flatMap(({ board, code }) => (board === undefined ? [] : [{ board, code }])).toSorted(byBoard),
  };
}

export function expectedFrom(answer: ModelAnswer): unknown {
  if (answer.status === 'refused') return answer;
  const { awards, adjustments, skipped, ...rest } = answer;
  return {
    ...rest,
    awards: awards.map((award) => ({ ...award, isBooked: award.amount !== 0 })),
    adjustments: adjustments.map((award) => ({ ...award, isBooked: true })),
    rules: skipped.filter(({ rule }) => rule !== undefined),
    boards: skipped.filter(({ board }) => board !== undefined).toSorted(byBoard),
  };
}

/** Boards move in no particular order. */
function byBoard(a: { readonly board?: string }, b: { readonly board?: string }): number {
  return (a.board ?? '') < (b.board ?? '') ? -1 : 1;
}
