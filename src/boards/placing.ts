import { type ScoreColumns, sortSlots } from './cold-build.ts';
import { zoneOf } from './leagues.ts';
import type { Board, Leagues, Reward, Ties } from './model.ts';

/** Where a user plays within a period. */
export interface Seat {
  readonly tier: string;
  readonly cohort: number;
}

/** What becomes of one row of a board at the end of a period. */
export interface Placing {
  /** Of the columns. */
  readonly row: number;
  /** Order on the board, from 1; no two have the same. */
  readonly place: number;
  readonly rank: number;
  /** By currency; null where the rank earns none. */
  readonly award: Reward['award'] | null;
  /** `place`: order in the cohort; `next`: the tier in which the user plays then. */
  readonly league: (Seat & { readonly rank: number; readonly place: number; readonly next: string }) | null;
}

type Rules = Pick<Board, 'order' | 'ties' | 'rewards' | 'leagues'>;

/**
 * All rows of a period in the order of live boards: score, the moment that reached it, user id by code unit, account. With the
 * rank that ties give them, the first reward that fits, and what the cohort makes of it. `seats`: by account.
 */
export function* placings(board: Rules, columns: ScoreColumns, seats: ReadonlyMap<number, Seat>): Generator<Placing> {
  const { accounts, scores } = columns;
  const total = accounts.length;
  const { leagues } = board;
  const ranks = new Ranks(board.ties);
  const cohorts = new Map<string, Ranks>();
  const sizes = leagues === null ? new Map<string, number>() : sizesOf(accounts, seats);
  for (const row of orderOf(board, columns)) {
    const score = scores[row] as number;
    ranks.next(score);
    const { place, rank, edge } = ranks;
    const award = board.rewards.find((reward) => fits(reward, rank, edge, total))?.award ?? null;
    const seat = seats.get(accounts[row] as number);
    if (leagues === null || seat === undefined) {
      yield { row, place, rank, award, league: null };
      continue;
    }
    const id = cohortId(seat);
    const within = cohorts.get(id) ?? new Ranks(board.ties);
    cohorts.set(id, within);
    within.next(score);
    const next = nextTier(leagues, seat.tier, within.place, sizes.get(id) ?? 0);
    yield { row, place, rank, award, league: { ...seat, rank: within.rank, place: within.place, next } };
  }
}

function orderOf({ order }: Rules, { accounts, users, scores, reachedAt }: ScoreColumns): Int32Array {
  const keys = order === 'desc' ? scores.map((score) => -score) : scores;
  return sortSlots(Int32Array.from(accounts.keys()), keys, reachedAt, (a, b) => {
    const [userA, userB] = [users[a] as string, users[b] as string];
    if (userA !== userB) return userA < userB ? -1 : 1;
    return (accounts[a] as number) - (accounts[b] as number);
  });
}

/** Counts ranks along an order. `edge` is the rank that shares of a board go by: equals stand together, unless ties decide. */
class Ranks {
  private readonly ties: Ties;
  private last = Number.NaN;
  place = 0;
  rank = 0;
  edge = 0;

  constructor(ties: Ties) {
    this.ties = ties;
  }

  next(score: number): void {
    this.place += 1;
    if (score !== this.last || this.ties === 'first') {
      this.rank = this.ties === 'dense' ? this.rank + 1 : this.place;
      this.edge = this.place;
    }
    this.last = score;
  }
}

/** Shares have four decimals at most: in whole numbers, so that a tenth of ten is one. */
const SHARES = 10_000;

function fits(reward: Reward, rank: number, edge: number, total: number): boolean {
  if ('first' in reward) return reward.first <= rank && rank <= reward.last;
  return edge <= Math.ceil((total * Math.round(reward.top * SHARES)) / (100 * SHARES));
}

function cohortId({ tier, cohort }: Seat): string {
  return `${tier} ${cohort}`;
}

function sizesOf(accounts: Float64Array, seats: ReadonlyMap<number, Seat>): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const account of accounts) {
    const seat = seats.get(account);
    if (seat !== undefined) sizes.set(cohortId(seat), (sizes.get(cohortId(seat)) ?? 0) + 1);
  }
  return sizes;
}

function nextTier(leagues: Leagues, tier: string, place: number, size: number): string {
  const { tiers } = leagues;
  const zone = zoneOf(leagues, tier, place, size);
  const step = zone === 'promotion' ? 1 : zone === 'relegation' ? -1 : 0;
  return tiers[tiers.indexOf(tier) + step] ?? tier;
}
