import type { CountedBlocks } from './counted-blocks.ts';
import type { Members } from './members.ts';
import type { Ties } from './model.ts';
import type { ScoreRows } from './score-rows.ts';

export interface Standing {
  readonly rank: number;
  /** Outside user id; empty once the user is erased. */
  readonly user: string;
  readonly account: number;
  readonly score: number;
  /** What is kept with the score, as JSON; left out where nothing is. */
  readonly record?: string;
}

/** Entries in their order, with their ranks: all of a board, or those of a segment. */
export interface Ranking {
  readonly size: number;
  rankOf(account: number): Standing | undefined;
  page(offset: number, limit: number): Standing[];
  /** The account and `around` neighbours on each side. At an end the window shifts, to stay full if the board allows. */
  around(account: number, around: number): Standing[] | undefined;
}

/** What rankings of one board share. */
export interface Ground {
  readonly members: Members;
  readonly rows: ScoreRows;
  readonly ties: Ties;
  /** From a key to its score. */
  readonly turned: (key: number) => number;
}

export function standing({ members, rows, turned }: Ground, slot: number, rank: number): Standing {
  const record = rows.record(slot);
  const own = { rank, user: members.user(slot), account: members.account(slot), score: turned(rows.key(slot)) };
  return record === null ? own : { ...own, record };
}

/** `admits`: whether a slot that has an entry is among these. */
export function createRanking(ground: Ground, blocks: CountedBlocks, admits: (slot: number) => boolean): Ranking {
  const { members, rows, ties } = ground;

  function rankAt(slot: number, place: number): number {
    if (ties === 'first') return place + 1;
    return ties === 'shared' ? blocks.countBelow(rows.key(slot)) + 1 : blocks.headsThrough(slot);
  }

  function entryOf(account: number): number | undefined {
    const slot = members.find(account);
    return slot >= 0 && rows.has(slot) && admits(slot) ? slot : undefined;
  }

  function page(offset: number, limit: number): Standing[] {
    requireWhole('offset', offset);
    requireWhole('limit', limit);
    const standings: Standing[] = [];
    let rank = 0;
    blocks.walk(offset, limit, (slot, opensScore) => {
      const place = offset + standings.length;
      if (standings.length === 0) rank = rankAt(slot, place);
      else if (ties === 'first' || (ties === 'shared' && opensScore)) rank = place + 1;
      else if (opensScore) rank++;
      standings.push(standing(ground, slot, rank));
    });
    return standings;
  }

  return {
    get size() {
      return blocks.size;
    },
    rankOf(account) {
      const slot = entryOf(account);
      if (slot === undefined) return undefined;
      return standing(ground, slot, rankAt(slot, ties === 'first' ? blocks.countBefore(slot) : 0));
    },
    page,
    around(account, neighbours) {
      requireWhole('around', neighbours);
      const slot = entryOf(account);
      if (slot === undefined) return undefined;
      const width = 2 * neighbours + 1;
      const start = Math.min(blocks.countBefore(slot) - neighbours, blocks.size - width);
      return page(Math.max(0, start), width);
    },
  };
}

export const NO_RANKING: Ranking = {
  size: 0,
  rankOf: () => undefined,
  page: () => [],
  around: () => undefined,
};

/** Those of these slots that have entries, in their order, ranked among themselves. */
export function rankAmong(ground: Ground, slots: Iterable<number>): { readonly slot: number; readonly rank: number }[] {
  const { rows, ties } = ground;
  const entries = [...new Set(slots)].filter((slot) => rows.has(slot)).toSorted((a, b) => rows.compare(a, b));
  let rank = 0;
  return entries.map((slot, place) => {
    const isTied = place > 0 && rows.key(slot) === rows.key(entries[place - 1]!);
    if (ties === 'first' || (ties === 'shared' && !isTied)) rank = place + 1;
    else if (!isTied) rank++;
    return { slot, rank };
  });
}

function requireWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(`${name} is not a whole number from 0 up: ${value}`);
}
