import { type Chain, EARLY, OWN, type Past, type Run, type Streak } from './model.ts';

/** What of a definition decides about chains. */
export type Terms = Pick<Streak, 'freezes' | 'restore'>;

export function termsOf({ freezes }: Terms): string {
  return freezes === null ? '' : `${freezes.start}.${freezes.every}.${freezes.max}`;
}

/** How many of the units strictly between `after` and `before` are not covered. */
export function missing(after: number, before: number, covers: readonly Run[]): number {
  let left = before - after - 1;
  if (left <= 0) return 0;
  let from = after + 1;
  for (const { first, last } of covers.toSorted((a, b) => a.first - b.first)) {
    const begin = Math.max(first, from);
    const end = Math.min(last, before - 1);
    if (begin > end) continue;
    left -= end - begin + 1;
    from = end + 1;
  }
  return left;
}

export function isCovered(unit: number, covers: readonly Run[]): boolean {
  return covers.some(({ first, last }) => first <= unit && unit <= last);
}

/**
 * The chain after a stretch of units that had events, all of them later than what it has seen. `hours` of a stretch of several
 * units is `OWN`.
 */
export function follow(chain: Chain | null, stretch: Run, hours: number, covers: readonly Run[], terms: Terms): Chain {
  const before = stretch.first - 1;
  if (chain === null || (hours & EARLY) === 0 || before <= chain.kept) return keep(chain, stretch, covers, terms);
  const joins = !isCovered(before, covers) && missing(chain.kept, before, covers) === 0;
  if (!joins) return keep(chain, stretch, covers, terms);
  const saved = keep(chain, { first: before, last: before }, covers, terms);
  return (hours & OWN) === 0 ? saved : keep(saved, stretch, covers, terms);
}

/** The chain with kept units more. */
export function keep(chain: Chain | null, { first, last }: Run, covers: readonly Run[], terms: Terms): Chain {
  const { freezes } = terms;
  const gap = chain === null ? 0 : missing(chain.kept, first, covers);
  const goesOn = chain !== null && gap <= chain.freezes;
  const length = goesOn ? chain.length : 0;
  const left = goesOn ? chain.freezes - gap : (freezes?.start ?? 0);
  const grown = length + last - first + 1;
  const gained = freezes === null ? 0 : Math.floor(grown / freezes.every) - Math.floor(length / freezes.every);
  return {
    length: grown,
    kept: last,
    freezes: Math.min(freezes?.max ?? 0, left + gained),
    longest: Math.max(chain?.longest ?? 0, grown),
    broken:
      goesOn || chain === null || terms.restore === null
        ? (chain?.broken ?? null)
        : { kept: chain.kept, freezes: chain.freezes, next: first },
  };
}

/** What all that is known of a streak comes to; null where there was no event. `runs` in order of time. */
export function assess(runs: readonly Run[], { early, covers }: Pick<Past, 'early' | 'covers'>, terms: Terms): Chain | null {
  let chain: Chain | null = null;
  const days = [...early.keys()].toSorted((a, b) => a - b);
  let next = 0;
  for (const { first, last } of runs) {
    let from = first;
    for (; (days[next] ?? Number.POSITIVE_INFINITY) <= last; next += 1) {
      const day = days[next] as number;
      if (day < from) continue;
      if (day > from) chain = follow(chain, { first: from, last: day - 1 }, OWN, covers, terms);
      chain = follow(chain, { first: day, last: day }, early.get(day) === true ? EARLY | OWN : EARLY, covers, terms);
      from = day + 1;
    }
    if (from <= last) chain = follow(chain, { first: from, last }, OWN, covers, terms);
  }
  return chain;
}
