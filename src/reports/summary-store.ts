import type { Board } from '../boards/index.ts';
import type { Rulebook } from '../engine/index.ts';
import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Database, Row, Tx } from '../kernel/ports.ts';

/** What `summary` asks of all users at once: each statement reads a table whole, or the top of it by index. */

type Reader = Pick<Tx, 'query'>;

export async function countUsers(tx: Reader): Promise<number> {
  const [row] = await tx.query<{ users: number }>('select count(*) as users from users.person');
  return row?.users ?? 0;
}

export interface PeriodRow extends Row {
  /** Key of the board. */
  readonly board: string;
  readonly period: string;
  readonly total: number;
}

/** The newest period of each board that has scores, and how many users have a rank there. Keys of one board's periods sort as text, by time. */
export async function readNewestPeriods(tx: Reader, boards: readonly string[]): Promise<readonly PeriodRow[]> {
  return tx.query<PeriodRow>(
    `select b.board, n.period,
       (select count(*) from boards.score s where s.board = b.board and s.period = n.period)
       - (select count(*) from (select distinct account from boards.hidden where board in ('', b.board)) h
          join boards.score s on (s.account, s.board, s.period) = (h.account, b.board, n.period)) as total
     from unnest($1::text[]) as b (board)
     cross join lateral (
       select s.period from boards.score s where s.board = b.board order by s.period desc limit 1
     ) n`,
    [textArray(boards)],
  );
}

export interface TopRow extends Row {
  readonly user: string;
  readonly score: number;
}

/** The first scores of a period. Among equals those reached earlier come first, then by user id, byte by byte. */
export async function readTop(tx: Reader, { key, order }: Board, period: string, limit: number): Promise<readonly TopRow[]> {
  return tx.query<TopRow>(
    `select p.id as "user", s.score
     from boards.score s join users.person p on p.account = s.account
     where s.board = $1 and s.period = $2
       and not exists (select from boards.hidden h where h.account = s.account and h.board in ('', $1))
     order by s.score ${order}, s.reached_at, p.id collate "C" limit $3`,
    [key, period, limit],
  );
}

export interface LongestRow extends Row {
  readonly user: string;
  /** Key of the streak. */
  readonly streak: string;
  readonly length: number;
  readonly longest: number;
  /** Of the longest run, units of the streak. */
  readonly first: number;
  readonly last: number;
}

/**
 * Users with the longest runs. The hot row has the newest run and the length of the longest; where that is an older
 * one, its units are in `streaks.run`. Of runs of one length the one that was complete first is told; the newest, where gaps were
 * bridged in the longest chain.
 */
export async function readLongestStreaks(tx: Reader, streaks: readonly string[], limit: number): Promise<readonly LongestRow[]> {
  return tx.query<LongestRow>(
    `select p.id as "user", t.streak, t.length, t.longest,
       coalesce(r.first, t.first) as first, coalesce(r.last, t.last) as last
     from (
       select a.account, s.key as streak, (s.value ->> 0)::integer as first, (s.value ->> 1)::integer as last,
         (s.value ->> 2)::integer as longest,
         coalesce((s.value #>> '{3,n}')::integer, (s.value ->> 1)::integer - (s.value ->> 0)::integer + 1) as length
       from engine.account a cross join lateral json_each(a.state -> 'streaks') s
       where s.key = any ($1::text[]) and (s.value ->> 2)::integer > 0
       order by longest desc, last, a.account limit $2
     ) t
     join users.person p on p.account = t.account
     left join lateral (
       select r.first, r.last from streaks.run r
       where r.account = t.account and r.streak = t.streak and r.last - r.first + 1 = t.longest
       order by r.first limit 1
     ) r on true
     order by t.longest desc, last, p.id collate "C", t.streak`,
    [textArray(streaks), limit],
  );
}

export interface TierRow extends Row {
  readonly achievement: string;
  readonly tier: string;
  readonly users: number;
}

/** How many users have each tier that anybody has. */
export async function countUnlocks(tx: Reader): Promise<readonly TierRow[]> {
  return tx.query<TierRow>('select achievement, tier, count(*) as users from achievements.unlock group by achievement, tier');
}

export interface FirstRow extends Row {
  /** Place in the list that was asked about. */
  readonly place: number;
  readonly user: string;
  readonly unlocked_at: number;
}

/** Who had each of these tiers first, by the time of the event. */
export async function readFirstUnlocks(
  tx: Reader,
  tiers: readonly { readonly achievement: string; readonly tier: string }[],
): Promise<readonly FirstRow[]> {
  return tx.query<FirstRow>(
    `select t.place, u.id as "user", u.unlocked_at
     from unnest($1::text[], $2::text[]) with ordinality as t (achievement, tier, place)
     cross join lateral (
       select p.id, u.unlocked_at
       from achievements.unlock u join users.person p on p.account = u.account
       where u.achievement = t.achievement and u.tier = t.tier
       order by u.unlocked_at, p.id collate "C" limit 1
     ) u
     order by t.place`,
    [plainArray(tiers.map(({ achievement }) => achievement)), plainArray(tiers.map(({ tier }) => tier))],
  );
}

export interface ValueRow extends Row {
  readonly value: number;
  readonly users: number;
}

const AT = (path: string): string => `coalesce((a.state #>> ${path}::text[])::double precision, 0)`;

/** How many users have each value of the metric that levels go by: where `metricValue` finds it in the hot row. */
export function streamLevelValues(
  database: Database,
  tx: Tx,
  { levelMetric, streaksById }: Rulebook,
  chunk: number,
): AsyncIterable<readonly ValueRow[]> {
  const count = (value: string, ...paths: readonly (readonly string[])[]): AsyncIterable<readonly ValueRow[]> =>
    database.stream<ValueRow>(
      tx,
      `select ${value} as value, count(*) as users
       from engine.account a join users.person p on p.account = a.account group by value`,
      paths.map(textArray),
      chunk,
    );
  const source = levelMetric?.when === null ? levelMetric.source : null;
  if (source?.kind === 'balance') return count(AT('$1'), ['balances', source.currency, '0']);
  if (source?.kind === 'streak') {
    const run = ['streaks', streaksById.get(source.streak)?.key ?? source.streak];
    return count(
      `case when a.state #> $1::text[] is null then 0
         else coalesce((a.state #>> $3::text[])::double precision, ${AT('$2')} - ${AT('$1')} + 1) end`,
      [...run, '0'],
      [...run, '1'],
      [...run, '3', 'n'],
    );
  }
  return count(AT('$1'), ['metrics', levelMetric?.key ?? '', '0']);
}
