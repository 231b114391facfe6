import { awardedOf, type Counted, recordAmount, restOf } from './amounts.ts';
import type { PricedAward } from './pricing.ts';
import type { Usage, UsageBook } from './usage.ts';

/** What is counted of each currency that has a cap. */
export type Caps = ReadonlyMap<string, Counted>;

/** Null where no currency has one. */
export function capsOf(currencies: Iterable<Parameters<typeof namedCap>[0]>): Caps | null {
  const caps = new Map([...currencies].filter(({ cap }) => cap.length > 0).map(namedCap));
  return caps.size === 0 ? null : caps;
}

function namedCap({ code, cap }: { readonly code: string; readonly cap: Counted['limits'] }): readonly [string, Counted] {
  return [code, awardedOf(code, cap)];
}

export interface Capped {
  /** Those for which nothing is left are left out. */
  readonly awards: readonly PricedAward[];
  readonly usage: readonly Usage[];
  /** Why the first of them is left out; null where none is. */
  readonly reached: string | null;
}

/** Cuts what a rule awards to what the caps of its currencies leave on a local day. A rule gives each currency once. */
export function cutToCaps(awards: readonly PricedAward[], caps: Caps, day: number, book: UsageBook): Capped {
  const cut: PricedAward[] = [];
  const usage: Usage[] = [];
  let reached: string | null = null;
  for (const award of awards) {
    const counted = caps.get(award.currency);
    const rest = counted === undefined || award.amount === 0 ? undefined : restOf(counted, day, book);
    if (counted === undefined || rest === undefined) {
      cut.push(award);
      continue;
    }
    const { limit, used, left } = rest;
    if (left === 0) {
      reached ??= `awarded ${used} of ${limit.max} ${award.currency} per ${limit.per}`;
      continue;
    }
    const amount = Math.min(award.amount, left);
    usage.push(...recordAmount(counted, day, amount, book));
    const capped = { max: limit.max, per: limit.per, used: used + amount };
    cut.push(amount === award.amount ? award : { ...award, amount, capped });
  }
  return { awards: cut, usage, reached };
}
